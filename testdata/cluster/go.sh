#!/usr/bin/env bash
# The go command in this module, with the flags with which build.sh builds: other ones would compile all of Kubernetes
# once more.
set -euo pipefail
cd "$(dirname "$0")"
export CGO_ENABLED=0 GOFLAGS='-buildvcs=false -gcflags=all=-dwarf=false'
exec go "$@"
