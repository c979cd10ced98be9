#!/usr/bin/env bash
# Builds the controller of Argo Rollouts and prints the path of its binary, kept in the user's cache. It is built in a
# copy of its own module, with the versions of Kubernetes that it asks for, and with one change: it listens on 127.0.0.1
# where the original has 0.0.0.0 written into it. The first time takes about 285 CPU seconds.
set -euo pipefail
module=github.com/argoproj/argo-rollouts@v1.10.1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pitwall/cluster
key=$({ go version; cat "${BASH_SOURCE[0]}"; } | sha256sum | cut -c1-16)
binary=$cache/argo-rollouts-$key
if [ ! -x "$binary" ]; then
  mkdir -p "$cache"
  exec 9> "$cache/argo.lock"
  flock 9 # one build at a time; another may have done it meanwhile
fi
if [ ! -x "$binary" ]; then
  echo "building the controller of Argo Rollouts (minutes the first time on a machine): $binary" >&2
  start=$SECONDS
  work=$(mktemp -d)
  trap 'rm -rf "$work" "$binary.part"' EXIT
  cd "$work"
  source=$(go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp -r --no-preserve=mode "$source" argo
  cd argo
  sed -i 's/"0\.0\.0\.0:%d"/"127.0.0.1:%d"/' controller/controller.go
  grep -q '"127.0.0.1:%d"' controller/controller.go
  export CGO_ENABLED=0
  go build -buildvcs=false -gcflags=all=-dwarf=false -ldflags '-s -w' -o "$binary.part" ./cmd/rollouts-controller >&2
  mv "$binary.part" "$binary"
  echo "built in $((SECONDS - start)) s" >&2
fi
echo "$binary"
