#!/usr/bin/env bash
# Runs in the namespaces that run.sh made, with DIR and NAME of it: containerd with the images, kubelet and kube-proxy of
# the program $1, until SIGTERM.
set -uo pipefail
program=$1
mount --make-rshared /         # a new peer group: nothing goes back to the host
mount -t tmpfs none /run/netns # where CNI makes the pods' namespaces; gone with this one

# A cgroup of one's own must be there beforehand in every hierarchy of cgroup v1, and its cpuset filled.
for hierarchy in /sys/fs/cgroup/*/; do
  [ -e "$hierarchy/cgroup.procs" ] && mkdir -p "$hierarchy/$NAME"
done
for file in cpuset.cpus cpuset.mems; do
  [ -e /sys/fs/cgroup/cpuset/$file ] && cat /sys/fs/cgroup/cpuset/$file > "/sys/fs/cgroup/cpuset/$NAME/$file"
done

ctr="ctr -a $DIR/containerd.sock -n k8s.io"
containerd --config "$DIR/containerd.toml" > "$DIR/containerd.log" 2>&1 &
containerd=$!
for _ in $(seq 100); do $ctr version >/dev/null 2>&1 && break; sleep 0.1; done
for image in pause model; do $ctr images import "$DIR/$image.tar"; done
# As after a pull: known by their digests too.
$ctr images ls | awk '$1 ~ /:[0-9.]+$/ {print $1, $3}' | while read -r image digest; do $ctr images tag "$image" "${image%:*}@$digest"; done
"$program" kubelet --config="$DIR/kubelet.yaml" --kubeconfig="$DIR/state/pki/kubelet.kubeconfig" --hostname-override=real-0 \
  --node-ip=10.99.0.1 --root-dir="$DIR/kubelet" --cert-dir="$DIR/kubelet-pki" --node-labels=type=real > "$DIR/kubelet.log" 2>&1 &
kubelet=$!
"$program" kube-proxy --config="$DIR/kube-proxy.yaml" > "$DIR/kube-proxy.log" 2>&1 &
proxy=$!

stop() {
  kill -TERM $kubelet $proxy
  wait $kubelet $proxy
  for task in $($ctr task ls -q); do $ctr task kill -s KILL "$task"; done
  sleep 1 # until their shims have seen it
  for container in $($ctr container ls -q); do
    $ctr task rm -f "$container"
    $ctr container rm "$container"
  done
  kill -TERM $containerd
  wait $containerd
  # The kubelet's and containerd's mounts go with this mount namespace.
  exit 0
}
trap stop TERM INT
wait
