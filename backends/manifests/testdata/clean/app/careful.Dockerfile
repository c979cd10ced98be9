FROM node:22-alpine@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa AS build
WORKDIR /app
RUN apk add --no-cache --virtual .build curl=8.11.1-r0 jq~=1.7
RUN npm install -g pnpm@9.1.0 @scope/tool@1.2.3 && npm install
RUN --mount=type=secret,id=git git clone https://ci:$(cat /run/secrets/git)@git.example.com/models.git
WORKDIR models
COPY .env.example certificates.pem keys.js ./
RUN apt-get update && apt-get -qq install gcc && rm -rf /var/lib/apt/lists/* && chmod -R 755 /srv && chmod +x run
FROM scratch
COPY --from=build /app /app
EXPOSE 8080-8090/tcp
USER 1000
HEALTHCHECK CMD ["/app/health"]
CMD ["sh", "-c", "exec node \"$MAIN\""]
