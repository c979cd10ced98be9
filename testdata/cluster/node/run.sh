#!/usr/bin/env bash
# A cluster with one real node, real-0, for the time of a command: containerd, kubelet and kube-proxy beside the control
# plane, all in a network namespace of their own, so that pods run and Services carry traffic. The command runs there
# too, with PITWALL_CLUSTER, PITWALL_NODE and KUBECONFIG set; pods cannot reach the API server, and there is no DNS.
#
#   run.sh PITWALL COMMAND [ARG…]
#
# PITWALL is a static binary, which becomes the images registry.local/model-api:1.0.0, :1.1.0 and :1.2.0, three models;
# :1.3.0, whose model file is not there; and :1.4.0, which no probe reaches. needs.sh tells what the machine has to have.
# The Docker Engine of the machine has no part in it, and nothing is left.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pitwall=$(readlink -f "$1")
shift
"$here/needs.sh" >&2
export NAME=pitwall-node # of the network namespace and of the cgroup
if [ -e "/run/netns/$NAME" ]; then
  [ -z "$(ip netns pids "$NAME")" ] || { echo "a real node runs already: the processes of \`ip netns pids $NAME\`" >&2; exit 1; }
  ip netns del "$NAME" # of one that was killed
fi
program=$("$here/../build.sh" node)
ip netns add "$NAME"
export DIR
DIR=$(mktemp -d /tmp/pitwall-node-XXXX)
control='' node=''
down() {
  for process in $node $control; do kill "$process" 2>/dev/null && wait "$process" || true; done
  find /sys/fs/cgroup -depth -type d -path "*/$NAME*" -exec rmdir {} + 2>/dev/null || true
  ip netns del "$NAME"
  rm -rf "$DIR"
}
trap down EXIT
trap 'exit 130' INT TERM

mkdir -p "$DIR/cni"
for file in containerd.toml kubelet.yaml kube-proxy.yaml bridge.conflist; do
  sed -e "s#@DIR@#$DIR#g; s#@NAME@#$NAME#g" "$here/$file" > "$DIR/$file"
done
mv "$DIR/bridge.conflist" "$DIR/cni/10-bridge.conflist"

mkdir -p "$DIR/pause" "$DIR/model/models"
"$here/../go.sh" build -ldflags '-s -w' -o "$DIR/pause/pause" ./node/pause
"$here/image.sh" "$DIR/pause.tar" "$DIR/pause" registry.local/pause:1 '["/pause"]'
cp "$pitwall" "$DIR/model/pitwall"
cp "$here"/../../models/bc_{rf.onnx,xgb.json,gb.onnx} "$DIR/model/models"
images=()
serves() { # serves VERSION MODEL [HOST]
  images+=("registry.local/model-api:$1" "[\"/pitwall\",\"serve\",\"--listen\",\"${3:-0.0.0.0}:8080\",\"--name\",\"model-api\",\"--version\",\"$1\",\"/models/$2\"]")
}
serves 1.0.0 bc_rf.onnx
serves 1.1.0 bc_xgb.json
serves 1.2.0 bc_gb.onnx
serves 1.3.0 bc_nn.onnx
serves 1.4.0 bc_gb.onnx 127.0.0.1
"$here/image.sh" "$DIR/model.tar" "$DIR/model" "${images[@]}"

# A veth pair: this kernel may have no dummy devices. The default route is for kube-proxy, which asks for one.
ip -n "$NAME" link set lo up
ip -n "$NAME" link add pw0 type veth peer name pw1
ip -n "$NAME" addr add 10.99.0.1/24 dev pw0
ip -n "$NAME" link set pw1 up
ip -n "$NAME" link set pw0 up
ip -n "$NAME" route add default via 10.99.0.254 dev pw0
inside=(nsenter "--net=/run/netns/$NAME") # not `ip netns exec`, which hides /sys/fs/cgroup
"${inside[@]}" sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 || true

setsid "${inside[@]}" "$program" up -dir "$DIR/state" -advertise-address 10.99.0.1 -nodes 0 > "$DIR/up.log" 2>&1 &
control=$!
awaited() { # awaited WHAT COMMAND…: for a minute
  what=$1
  shift
  for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
  echo "$what: not within a minute" >&2
  tail -n 5 "$DIR"/*.log >&2
  exit 1
}
awaited 'the control plane is ready' test -e "$DIR/state/ready.json"
setsid "${inside[@]}" unshare -m --propagation private "$here/daemons.sh" "$program" > "$DIR/daemons.log" 2>&1 &
node=$!
export PITWALL_CLUSTER=$DIR/state PITWALL_NODE=real-0 KUBECONFIG=$DIR/state/kubeconfig
kubectl=("${inside[@]}" "$DIR/state/kubectl")
awaited 'the node is registered' "${kubectl[@]}" get node real-0
awaited 'the node is ready' "${kubectl[@]}" wait --for=condition=Ready node/real-0 --timeout=60s
"${inside[@]}" "$@"
