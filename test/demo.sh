#!/usr/bin/env bash
# demo.sh MKROOTFS packs the redis-server of this machine and sends PING to it. It runs the
# image if an engine is available, else the file tree in a chroot or a user namespace. It
# uses a temporary directory and an image name of its own, and removes both.
set -eu -o pipefail
tool=$(realpath "${1:?usage: demo.sh MKROOTFS}")
here=$(dirname "$(realpath "$0")")

"$here/setup.sh"
PATH=$PATH:/usr/sbin:/sbin
command -v redis-server >/dev/null || { echo "demo: install redis-server (package redis-server on Debian and Ubuntu, redis on Fedora and Alpine), then run make demo again" >&2; exit 1; }

work=$(mktemp -d)
name=mkrootfs-demo-$$ image= container= server= engine=
finish() {
  [ -z "$container" ] || $engine rm -f -v "$container" >/dev/null 2>&1 || true
  [ -z "$image" ] || $engine rmi -f "$image" >/dev/null 2>&1 || true
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# ask PORT sends PING to redis on the loopback address until it answers.
ask() {
  local answer
  for _ in $(seq 50); do
    if exec 3<>"/dev/tcp/127.0.0.1/$1"; then
      printf 'PING\r\n' >&3
      if read -r -t 5 answer <&3 && [ "${answer%$'\r'}" = +PONG ]; then echo "$answer" | tr -d '+\r'; return 0; fi
    fi 2>/dev/null
    sleep 0.1
  done
  return 1
}

cd "$work"
if command -v docker >/dev/null && docker version >/dev/null 2>&1; then engine=docker
elif command -v podman >/dev/null && podman info >/dev/null 2>&1; then engine=podman; fi
printf 'port 6379\nbind 0.0.0.0\nprotected-mode no\nsave ""\n' > redis.conf

echo "\$ mkrootfs redis-server --conf redis.conf -t $name:scratch"
# Without the next step, which would use a file that is removed at the end.
"$tool" redis-server --conf redis.conf -t "$name:scratch" 2>&1 | sed '/^next: /d'

if [ -n "$engine" ]; then
  image=$name:scratch; [ $engine = docker ] || image=localhost/$image
  echo; echo "\$ $engine load -i $name-scratch.tar"
  $engine load -i "$name-scratch.tar"
  echo "\$ $engine run -d -p 127.0.0.1::6379 $image"
  if container=$($engine run -d -p 127.0.0.1::6379 $image); then
    port=$($engine port "$container" 6379 | head -n 1 | sed 's/.*://')
  else
    echo "$engine is available, but cannot start a container"
    container=
  fi
fi
if [ -z "$container" ]; then
  mkdir root && tar -xzf rootfs.tar.gz -C root
  port=$((20000 + RANDOM % 20000))
  echo; echo "No engine is available. The tree runs without one:"
  if [ "$(id -u)" = 0 ]; then into="chroot root"; else into="unshare --user --map-root-user chroot root"; fi
  echo "\$ $into /usr/bin/redis-server /etc/redis/redis.conf --port $port"
  $into "/$(tar -tzf rootfs.tar.gz | grep -m1 '/redis-server$')" /etc/redis/redis.conf --port "$port" >log 2>&1 & server=$!
fi
echo; echo '$ PING'
ask "$port" || { echo "demo: redis did not answer" >&2; [ -z "$container" ] || $engine logs "$container" >&2; cat log >&2 2>/dev/null || true; exit 1; }
finish
if [ -n "$image" ] && $engine inspect "$image" >/dev/null 2>&1; then echo "demo: the image $image was not removed" >&2; exit 1; fi
echo; echo "The files, the image and the container of the demo are now removed."
