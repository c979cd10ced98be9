FROM node:22-alpine@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
# flaw: docker/relative
WORKDIR app
# flaw: docker/apk-loose
RUN apk add --no-cache curl jq
# flaw: docker/npm-loose
RUN npm install -g pnpm @scope/tool@1.2.3
# flaw: docker/world-writable
RUN chmod -R 777 /srv
# flaw: docker/secret
RUN git clone https://ci:hunter2@git.example.com/models.git
# flaw: docker/apt-yes
RUN apt-get update && apt-get install --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*
# flaw: docker/copy-secret
COPY .env id_rsa /srv/
# flaw: docker/world-writable
COPY --chmod=777 main.js /srv/
# flaw: docker/port
EXPOSE 8080 70000
USER 1000
HEALTHCHECK NONE
# flaw-file: docker/no-health
# flaw: docker/twice
CMD ["node", "other.js"]
# flaw: docker/shell-form
CMD ["sh", "-c", "node main.js"]
