#!/usr/bin/env bash
# Writes images as an archive that `ctr images import` and `docker load` take. All have the files of one directory, and
# differ in what they run: each is a JSON list of strings.
#
#   image.sh OUT.tar ROOT REF COMMAND [REF COMMAND…]
set -euo pipefail
out=$(readlink -f "$1") root=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
architecture=$(go env GOARCH)
tar -C "$root" --sort=name --mtime=@0 --numeric-owner --owner=0 --group=0 -cf "$work/layer.tar" .
digest() { sha256sum "$1" | cut -d' ' -f1; }
layer=$(digest "$work/layer.tar")
manifests=
while [ $# -ge 2 ]; do
  cat > "$work/config" <<JSON
{"architecture":"$architecture","os":"linux","config":{"Entrypoint":$2,"User":"65532:65532","ExposedPorts":{"8080/tcp":{}}},
"rootfs":{"type":"layers","diff_ids":["sha256:$layer"]},"history":[{"created_by":"image.sh"}]}
JSON
  config=$(digest "$work/config").json
  mv "$work/config" "$work/$config"
  manifests+="${manifests:+,}{\"Config\":\"$config\",\"RepoTags\":[\"$1\"],\"Layers\":[\"layer.tar\"]}"
  shift 2
done
echo "[$manifests]" > "$work/manifest.json"
tar -C "$work" -cf "$out" manifest.json layer.tar $(cd "$work" && ls -- *.json | grep -v manifest.json)
