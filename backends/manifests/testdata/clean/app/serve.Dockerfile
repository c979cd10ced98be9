FROM golang:1.26@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY cmd ./cmd
RUN CGO_ENABLED=0 go build -trimpath -o /pitwall ./cmd/pitwall

FROM scratch
COPY --from=build /pitwall /pitwall
COPY model.onnx /model.onnx
USER 65532
HEALTHCHECK CMD ["/pitwall", "pipe", "health"]
ENTRYPOINT ["/pitwall", "serve", "/model.onnx"]
