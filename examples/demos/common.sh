# For the demos beside it: a cluster of its own in a temporary folder, gone at the end.
#   DEMO_PORT   api port of the first node, 17600 by default
here=$(CDPATH='' cd "$(dirname "$0")" && pwd -P)
holdfast=$here/../../holdfast
port=${DEMO_PORT:-17600}
work=$(mktemp -d)
export HOLDFAST_SERVERS=

clean_up() {
  code=$?
  trap - EXIT INT TERM
  echo
  echo "== Stopping the nodes and removing $work"
  "$holdfast" down --data "$work/cluster" >/dev/null 2>&1 || :
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# say: what happens next, and why.
say() { printf '\n== %s\n' "$*"; }

# hf: shows a command, and runs it.
hf() {
  printf '$ holdfast'
  printf ' %s' "$@"
  echo
  "$holdfast" "$@"
}

# start N: N nodes on ports of their own; the other commands find them by HOLDFAST_SERVERS.
start() {
  "$holdfast" up --detach --json --nodes "$1" --port "$port" --data "$work/cluster" --timeout 3m >"$work/up.json"
  HOLDFAST_SERVERS=
  i=0
  while [ "$i" -lt "$1" ]; do
    HOLDFAST_SERVERS=$HOLDFAST_SERVERS${HOLDFAST_SERVERS:+,}http://127.0.0.1:$((port + 10 * i))
    i=$((i + 1))
  done
  export HOLDFAST_SERVERS
}
