#!/usr/bin/env bash
# Builds the test cluster's binary and prints its path. It is kept outside the work tree, in the user's cache, under a
# name that holds a hash of everything that it is made from: a second run only prints. A machine that has never built it
# pays about 6 minutes (600 CPU seconds, 0.7 GB of modules, 3.3 GB of build cache); a change of these files about 20 s.
#
#   build.sh [TAG]     TAG node adds the kubelet and kube-proxy, for real pods
set -euo pipefail
cd "$(dirname "$0")"
tag=${1:-}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pitwall/cluster

version=k8s.io/component-base/version
# Without these the server gives a version that kubectl cannot read.
ldflags="-s -w -X $version.gitMajor=1 -X $version.gitMinor=37 -X $version.gitVersion=v1.37.2"
ldflags+=" -X $version.gitTreeState=clean -X $version.gitCommit=module"

sources=$(find . -path ./node -prune -o -type f \( -name '*.go' -o -name '*.yaml' -o -name go.mod -o -name go.sum \) ! -name '*_test.go' -print | sort)
key=$({ go version; echo "$ldflags"; sha256sum go.sh $sources; } | sha256sum | cut -c1-16)
binary=$cache/cluster${tag:+-$tag}-$key
if [ ! -x "$binary" ]; then
  mkdir -p "$cache"
  exec 9> "$cache/build.lock"
  flock 9 # one build at a time; another may have done it meanwhile
fi
if [ ! -x "$binary" ]; then
  echo "building the test cluster (minutes the first time on a machine): $binary" >&2
  start=$SECONDS
  part=$binary.part
  ./go.sh build ${tag:+-tags "$tag"} -ldflags "$ldflags" -o "$part" . >&2 &
  build=$!
  trap 'kill $build 2>/dev/null || true; rm -f "$part"' EXIT
  while sleep 15 >/dev/null 2>&1 9>&- && kill -0 $build 2>/dev/null; do echo "  … $((SECONDS - start)) s" >&2; done &
  progress=$!
  trap 'kill $build $progress 2>/dev/null || true; rm -f "$part"' EXIT
  wait $build
  kill $progress 2>/dev/null || true
  mv "$part" "$binary"
  trap - EXIT
  echo "built in $((SECONDS - start)) s" >&2
  # What older sources built is of no use any more, unless it runs.
  find "$cache" -maxdepth 1 -name "cluster${tag:+-$tag}-????????????????" ! -path "$binary" -mtime +7 -delete
fi
echo "$binary"
