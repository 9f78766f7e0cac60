#!/usr/bin/env bash
# run.sh COMMAND... runs COMMAND, which runs tests, with its own temporary directory and its
# own prefix for image names. Afterwards it removes the directory and the images and
# containers with that prefix, and those of earlier runs that were killed. After SIGINT,
# SIGTERM or SIGHUP it first ends COMMAND and all its children.
set -um
prefix=mkrootfs-test-
export MKROOTFS_TEST_RUN=$prefix$$
work=$(mktemp -d -t "$MKROOTFS_TEST_RUN.XXXXXX")
chmod 1777 "$work" # as /tmp: some tests run programs as another user
export TMPDIR=$work

# remove RUN removes the images and containers that RUN left in the engine.
remove() {
  command -v docker >/dev/null || return 0
  docker ps -a --format '{{.ID}} {{.Image}}' 2>/dev/null | awk -v run="$1/" 'index($2, run) { print $1 }' | xargs -r docker rm -f -v >/dev/null
  docker images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -F "$1/" | xargs -r docker rmi -f >/dev/null
  docker image prune -f --filter "label=mkrootfs.test=$1" >/dev/null 2>&1
}

# remove_stale removes what earlier runs left, if their processes have ended.
remove_stale() {
  local pid
  for pid in $( (docker images --format '{{.Repository}}'; docker ps -a --format '{{.Image}}') 2>/dev/null | sed -n "s|.*$prefix\([0-9]*\)/.*|\1|p" | sort -u); do
    kill -0 "$pid" 2>/dev/null || remove "$prefix$pid"
  done
}

command=
status=
finish() {
  trap '' INT TERM HUP
  if [ -n "$command" ]; then
    for _ in $(seq 100); do kill -0 -- "-$command" 2>/dev/null || break; sleep 0.1; done
    while kill -KILL -- "-$command" 2>/dev/null; do sleep 0.1; done
  fi
  remove "$MKROOTFS_TEST_RUN"
  chmod -R u+rwX "$work" 2>/dev/null
  rm -rf "$work"
  exit "$status"
}
interrupted() {
  status=$1
  echo "interrupted: waiting for the tests to end, then removing their files and images" >&2
  [ -z "$command" ] || kill "-$2" -- "-$command" 2>/dev/null
  finish
}
trap 'interrupted 130 INT' INT
trap 'interrupted 143 TERM' TERM
trap 'interrupted 129 HUP' HUP

remove_stale
"$@" &
command=$!
wait $command
status=$?
finish
