#!/usr/bin/env bash
# Tells in one line what keeps a real node from running on this machine, and exits 1 then.
set -uo pipefail
no() {
  echo "$*"
  exit 1
}
[ "$(uname -s)" = Linux ] || no 'it needs Linux'
[ "$(id -u)" = 0 ] || no 'it needs root'
for program in containerd containerd-shim-runc-v2 ctr runc iptables ip nsenter unshare setsid; do
  command -v $program >/dev/null || no "$program is not installed (apt-get install containerd runc iptables iproute2 util-linux)"
done
[ -x /usr/lib/cni/bridge ] || no 'the CNI plugins are not installed (apt-get install containernetworking-plugins)'
grep -qw overlay /proc/filesystems || no 'the kernel has no overlay file system'
unshare --net --mount --propagation private sh -c 'mount -t tmpfs none /mnt && ip link add pw0 type veth peer name pw1' 2>/dev/null ||
  no 'this user may not make namespaces, mounts and network devices in them'
[ -e /sys/fs/cgroup/memory/cgroup.procs ] || no 'it was made for control groups of version 1, which are not mounted at /sys/fs/cgroup'
{ mkdir /sys/fs/cgroup/memory/pitwall-probe && rmdir /sys/fs/cgroup/memory/pitwall-probe; } 2>/dev/null || no 'this user may not make control groups'
