# flaw: docker/one-stage
# flaw: docker/root
FROM debian:12@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
# flaw: docker/apt-lists
RUN apt-get update && apt-get install -y --no-install-recommends python3
HEALTHCHECK CMD ["/health"]
# flaw: docker/shell-form
ENTRYPOINT /serve
