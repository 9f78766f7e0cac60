#!/usr/bin/env bash
# fuzz.sh [AMOUNT [PACKAGE...]] runs every fuzz target of the module, or of the packages,
# each for AMOUNT, which is a time (30s) or a number of executions (20000x). It prints a line
# for each target and fails if one of them fails. The input that made a target fail is then
# in testdata/fuzz of its package.
#
# Inputs are not minimised, which would take time from other executions. A slow target has
# a lower number of executions in the line above it: // fuzz: 2000x
set -euo pipefail
cd "$(dirname "$0")/.."
amount=${1:-30s}
packages=("${@:2}")
[ $# -gt 1 ] || packages=(./...)
go=${GO:-go}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# targets prints "PACKAGE NAME" for each fuzz target.
targets() {
  "$go" test -vet=off -list '^Fuzz' "${packages[@]}" |
    awk '/^Fuzz/ { names[++n] = $1 } $1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i]; n = 0 }'
}

# limit DIR NAME prints the time or the number of executions of a target.
limit() {
  local own
  own=$(grep -h -B1 "^func $2(" "$1"/*_test.go | sed -n 's|^// fuzz: \([0-9]*\)x$|\1|p')
  if [[ $amount == *x && -n $own && $own -lt ${amount%x} ]]; then echo "${own}x"; else echo "$amount"; fi
}

# fuzz DIR BINARY NAME runs one target with one worker.
fuzz() {
  local log="$work/$3.$RANDOM" time status=0 runs
  time=$(limit "$1" "$3")
  (cd "$1" && "$2" -test.run='^$' -test.fuzz="^$3\$" -test.fuzztime="$time" -test.fuzzminimizetime=1x \
    -test.fuzzcachedir="$cache/$3" -test.parallel=1 -test.timeout=0) >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  printf '%-6s %8s executions  %s %s\n' "$([ $status = 0 ] && echo ok || echo FAIL)" "${runs:-0}" "${1#"$PWD/"}" "$3"
  [ $status = 0 ] || { sed 's/^/    /' "$log"; return 1; }
}

cache=$("$go" env GOCACHE)/fuzz/mkrootfs
export -f fuzz limit
export amount work cache
targets >"$work/targets"
[ -s "$work/targets" ] || { echo 'fuzz: there are no fuzz targets' >&2; exit 1; }
while read -r package; do
  dir=$("$go" list -f '{{.Dir}}' "$package")
  "$go" test -c -vet=off -fuzz=. -o "$work/${package//\//_}.test" "$package"
  sed -n "s|^$package \(.*\)|$dir $work/${package//\//_}.test \1|p" "$work/targets" >>"$work/jobs"
done < <(cut -d' ' -f1 "$work/targets" | uniq)
# Two run at a time, because the processes of one target wait for each other.
xargs -P 2 -L 1 bash -c 'fuzz "$@"' fuzz <"$work/jobs"
