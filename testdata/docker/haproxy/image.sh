#!/bin/sh
# Builds an HAProxy image from Debian's packages, without a registry.
#
#   image.sh TAG PITWALL [LABEL=VALUE…]
#
# PITWALL is a static pitwall binary: it becomes /pitwall, by which the runtime
# API is reached from outside the container. The configuration is read from
# /etc/haproxy/haproxy.cfg: mount that directory. Nothing is left behind but
# the image. Needs apt-get (or HAPROXY_DEB, a package file), dpkg, ldd, docker.
set -eu

[ $# -ge 2 ] || { echo "usage: image.sh TAG PITWALL [LABEL=VALUE...]" >&2; exit 2; }
tag=$1 pitwall=$(readlink -f "$2")
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work" # apt-get downloads as a user of its own
root=$work/root
mkdir -p "$work/deb" "$work/package" "$root/etc/haproxy" "$root/run/haproxy" "$root/tmp"

# The program, and the libraries that the loader names, at the same paths.
if [ -n "${HAPROXY_DEB:-}" ]; then
	cp "$HAPROXY_DEB" "$work/deb/"
else
	(cd "$work/deb" && apt-get download -qq haproxy >/dev/null)
fi
dpkg -x "$work"/deb/*.deb "$work/package"
install -D "$work/package/usr/sbin/haproxy" "$root/usr/sbin/haproxy"
libraries=$(ldd "$root/usr/sbin/haproxy")
case $libraries in
*"not found"*) echo "libraries are missing: install haproxy on this machine first" >&2; echo "$libraries" >&2; exit 1 ;;
esac
echo "$libraries" | grep -o '/[^ ]*' | sort -u | while read -r library; do
	install -D "$(readlink -f "$library")" "$root$library"
done
install "$pitwall" "$root/pitwall"

# What the C library looks users and names up in.
printf 'root:x:0:0:root:/:/x\nhaproxy:x:1000:1000::/:/x\n' >"$root/etc/passwd"
printf 'root:x:0:\nhaproxy:x:1000:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

chmod 1777 "$root/tmp" "$root/run/haproxy"
tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$work/root.tar" .
rm -rf "$root" "$work/package" "$work/deb"
cat >"$work/Dockerfile" <<'EOF'
FROM scratch
ADD root.tar /
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGUSR1
ENTRYPOINT ["/usr/sbin/haproxy", "-W", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
EOF
for label in "$@"; do
	set -- "$@" --label "$label"
	shift
done
docker build -q -t "$tag" "$@" "$work"
