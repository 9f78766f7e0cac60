#!/usr/bin/env bash
# try.sh loads image.tar into docker or podman, runs it, and checks that it works. If no
# engine is available, it says so and ends with status 0.
#
#   try.sh [OPTION...] prints PATTERN [ARG...]       run it; its output must match PATTERN
#   try.sh [OPTION...] answers PATTERN PORT REQUEST  run it; the answer to REQUEST must match
#   try.sh [OPTION...] execs PATTERN COMMAND...      run it; the output of COMMAND must match
#   try.sh remove IMAGE                              remove IMAGE from the engine
#
# OPTIONs are options of the engine's run command. Requests to a server are repeated for up
# to 30 seconds. When it is stopped, the server must exit with status 0.
set -euo pipefail

engine=
for e in docker podman; do
  if command -v $e >/dev/null && $e info >/dev/null 2>&1; then engine=$e; break; fi
done

options=()
while [[ $1 == -* ]]; do options+=("$1"); shift; done
verb=$1; shift

if [ "$verb" = remove ]; then
  [ -z "$engine" ] || $engine image rm -f "$1" >/dev/null 2>&1 || true
  exit 0
fi
if [ -z "$engine" ]; then
  echo "neither docker nor podman is available: the image was packed, but not run"
  exit 0
fi

pattern=$1; shift
container=
log=$(mktemp)
finish() {
  [ -z "$container" ] || $engine rm -f -v "$container" >/dev/null 2>&1 || true
  rm -f "$log"
}
trap finish EXIT
fail() {
  echo "failed: $1" >&2
  if [ -n "$container" ]; then $engine logs "$container" >&2; fi
  exit 1
}

# ask PORT REQUEST sends REQUEST to the loopback address and prints the answer.
ask() {
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return
  printf '%b' "$2" >&3
  while IFS= read -r -t 5 line <&3; do printf '%s\n' "${line%$'\r'}"; done
  exec 3>&-
}

# until_it_matches COMMAND... runs COMMAND until its output matches.
until_it_matches() {
  for _ in $(seq 150); do
    if ("$@") >"$log" 2>&1 && grep -Eq -- "$pattern" "$log"; then return; fi
    [ "$($engine inspect -f '{{.State.Running}}' "$container")" = true ] || fail "the container ended early"
    sleep 0.2
  done
  cat "$log" >&2
  fail "no output that matches $pattern within 30 seconds"
}

loaded=$($engine load -q -i image.tar)
image=${loaded##*Loaded image*: }
case $verb in
prints)
  $engine run --rm "${options[@]}" "$image" "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "the exit status is not 0"; }
  grep -Eq -- "$pattern" "$log" || { cat "$log" >&2; fail "the output does not match $pattern"; }
  ;;
answers)
  container=$($engine run -d -p "127.0.0.1::$1" "${options[@]}" "$image")
  port=$($engine port "$container" "$1" | head -n 1)
  until_it_matches ask "${port##*:}" "$2"
  ;;
execs)
  container=$($engine run -d "${options[@]}" "$image")
  until_it_matches $engine exec "$container" "$@"
  ;;
*)
  echo "try.sh: unknown verb $verb" >&2
  exit 2
  ;;
esac
if [ -n "$container" ]; then
  $engine stop -t 20 "$container" >/dev/null
  status=$($engine inspect -f '{{.State.ExitCode}}' "$container")
  [ "$status" = 0 ] || fail "exit status $status after stop"
fi
size=$($engine image inspect -f '{{.Size}}' "$image")
echo "works: $image, $((size / 1000)) kB: $(grep -E -m 1 -- "$pattern" "$log")"
