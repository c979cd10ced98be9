FROM python:3.12-slim@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa AS build
RUN --mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y --no-install-recommends gcc=4:12.2.0-3
RUN --mount=type=cache,target=/root/.cache/pip pip install --prefix=/install numpy==2.1.0

FROM scratch
COPY --from=build /install /install
USER 65532
HEALTHCHECK CMD ["/install/bin/health"]
ENTRYPOINT ["/install/bin/serve"]
