#!/usr/bin/env bash
# One private Docker daemon, as an operator's own start and stop commands would run it.
#
#   dockerd.sh start|stop|restart|kill FOLDER      kill: a crash, of the daemon and of its containerd
#
# FOLDER/engine names the folder of an unpacked engine, FOLDER/flags holds more flags, one a line. Data root, sockets, pid file,
# configuration and log are all below FOLDER: neither /var/lib/docker nor /var/run/docker.sock is touched, nor iptables.
set -euo pipefail
action=${1:?} folder=${2:?}
engine=$(<"$folder/engine")
export PATH=$engine/usr/sbin:$engine/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin

# A zombie does not run; it only waits for a parent that may never ask.
runs() { [[ -n ${1:-} && -r /proc/$1/stat && $(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null) =~ ^[^ZX]$ ]]; }

start() {
  local flags
  mapfile -t flags <"$folder/flags"
  # With an /etc of its own: what is changed there is changed for this daemon, and for who joins its namespace.
  local own=() config=(--config-file "$folder/daemon.json")
  if [[ -d $folder/etc ]]; then
    own=(unshare --mount --propagation private sh -c 'mount --bind "$0" /etc && exec "$@"' "$folder/etc")
    config=()
  fi
  setsid "${own[@]}" dockerd --data-root "$folder/root" --exec-root "$folder/exec" --host "unix://$folder/docker.sock" \
    --pidfile "$folder/docker.pid" "${config[@]}" --iptables=false --bridge=none "${flags[@]}" \
    >>"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/started.pid"
}

stop() {
  local pid
  pid=$(cat "$folder/docker.pid" 2>/dev/null) || return 0
  kill -TERM "$pid" 2>/dev/null || return 0
  for _ in $(seq 600); do
    runs "$pid" || return 0
    sleep 0.05
  done
  echo "dockerd.sh: process $pid does not stop" >&2
  return 1
}

crash() {
  local pid containerd=$folder/exec/containerd/containerd.pid
  for pid in "$folder/docker.pid" "$containerd"; do
    if [[ -s $pid ]]; then kill -KILL "$(<"$pid")" 2>/dev/null || true; fi
  done
  for pid in "$folder/docker.pid" "$containerd"; do
    # The first thread may be gone while others still hold the locks on the data root.
    if [[ -s $pid ]]; then while runs "$(<"$pid")" || grep -qw "$(<"$pid")" /proc/locks; do sleep 0.02; done; fi
  done
  # The pid may belong to another process by the next start, which would then refuse.
  rm -f "$folder/docker.pid" "$containerd"
}

case $action in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  kill) crash ;;
  *) exit 2 ;;
esac
