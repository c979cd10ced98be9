#!/usr/bin/env bash
# Builds an image of Debian's nginx FROM scratch, without a registry: the
# packages come from apt's sources and the shared libraries from this machine,
# which must be the same Debian release.
#
#   image.sh TAG PROBE [LABEL=VALUE…]
#
# PROBE is a static binary that becomes /bin/probe, for health checks: the image
# has no shell. nginx runs as uid 1000 with /etc/nginx/nginx.conf, which is not
# in the image: mount its directory. Its root may be read-only with a tmpfs on
# /tmp. Needs apt-get, dpkg, ldd, tar and docker.
set -euo pipefail

if [ $# -lt 2 ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
tag=$1
probe=$(readlink -f "$2")
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work" # apt's sandbox user writes below it
root=$work/root
mkdir -p "$work"/{packages,unpacked} "$root"/{tmp,run,etc/nginx,var/log/nginx,var/lib/nginx}
chmod 777 "$work/packages"
chmod 1777 "$root/tmp"

(cd "$work/packages" && apt-get download -qq nginx nginx-common)
for package in "$work"/packages/*.deb; do
  dpkg -x "$package" "$work/unpacked"
done
install -D "$work/unpacked/usr/sbin/nginx" "$root/usr/sbin/nginx"
install -D -m 644 "$work/unpacked/etc/nginx/mime.types" "$root/etc/nginx/mime.types"
ldd "$root/usr/sbin/nginx" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  install -D "$(readlink -f "$library")" "$root$library"
done
install -D "$probe" "$root/bin/probe"

# nginx looks its user up, and glibc how to look up hosts.
printf 'root:x:0:0::/:/none\nnginx:x:1000:1000::/:/none\n' > "$root/etc/passwd"
printf 'root:x:0:\nnginx:x:1000:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"

tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$work/root.tar" .
cat > "$work/Dockerfile" <<'DOCKERFILE'
FROM scratch
ADD root.tar /
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/usr/sbin/nginx", "-c", "/etc/nginx/nginx.conf"]
DOCKERFILE
printf '*\n!root.tar\n!Dockerfile\n' > "$work/.dockerignore"
labels=()
for label; do labels+=(--label "$label"); done
docker build --quiet --tag "$tag" "${labels[@]}" "$work"
