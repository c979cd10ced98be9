#!/bin/sh
# Builds an image of the original Prometheus or Alertmanager from Debian's
# packages, without a registry.
#
#   image.sh prometheus|alertmanager TAG [LABEL=VALUE…]
#
# The configuration is read from /etc/NAME/NAME.yml: mount that directory. The
# data are in /data. Nothing is left behind but the image. Needs apt-get, dpkg,
# ldd and docker.
set -eu

[ $# -ge 2 ] || { echo "usage: image.sh prometheus|alertmanager TAG [LABEL=VALUE...]" >&2; exit 2; }
name=$1 tag=$2
shift 2
case $name in
prometheus) package=prometheus port=9090 flags='"--config.file=/etc/prometheus/prometheus.yml","--storage.tsdb.path=/data","--web.enable-lifecycle"' ;;
alertmanager) package=prometheus-alertmanager port=9093 flags='"--config.file=/etc/alertmanager/alertmanager.yml","--storage.path=/data","--cluster.listen-address="' ;;
*) echo "image.sh: $name: choose prometheus or alertmanager" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work"
root=$work/root
mkdir -p "$work/deb" "$work/package" "$root/etc/$name" "$root/tmp" "$root/data" "$root/usr/share"

# The program, and the libraries that the loader names, at the same paths.
chmod 777 "$work/deb" # apt-get downloads as a user of its own
(cd "$work/deb" && apt-get download -qq "$package" >/dev/null)
dpkg -x "$work"/deb/*.deb "$work/package"
install -D "$work/package/usr/bin/$package" "$root/usr/bin/$name"
ldd "$root/usr/bin/$name" | grep -o '/[^ ]*' | sort -u | while read -r library; do
	install -D "$(readlink -f "$library")" "$root$library"
done
# Alertmanager needs its template, Prometheus its consoles.
[ ! -d "$work/package/usr/share/prometheus" ] || cp -r "$work/package/usr/share/prometheus" "$root/usr/share/"

# What the C library looks users and names up in.
printf 'root:x:0:0:root:/:/x\nnobody:x:65534:65534::/:/x\n' >"$root/etc/passwd"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

chmod 1777 "$root/tmp" "$root/data"
tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$work/root.tar" .
rm -rf "$root" "$work/package" "$work/deb"
cat >"$work/Dockerfile" <<EOF
FROM scratch
ADD root.tar /
USER 65534:65534
EXPOSE $port
ENTRYPOINT ["/usr/bin/$name"]
CMD [$flags]
EOF
for label in "$@"; do
	set -- "$@" --label "$label"
	shift
done
docker build -q -t "$tag" "$@" "$work"
