#!/usr/bin/env bash
# A host with a real systemd, docker.service and docker.socket: the Debian system that install.sh made, booted by systemd-nspawn.
#
#   systemd-host.sh up FOLDER [DIR]...        boot, and wait until docker.service is up; each DIR appears inside, read-only, at its path
#   systemd-host.sh exec FOLDER CMD [ARG]...  run CMD inside, as root
#   systemd-host.sh down FOLDER               power it off
#
# FOLDER/docker is its /var/lib/docker and stays; whatever else it writes is gone when it goes down, so every boot is a fresh one.
# FOLDER/docker.service.d, if there is one, is the drop-ins of docker.service.
# This machine's node is there inside, as it would be on a Docker host.
set -euo pipefail
action=${1:?} folder=${2:?}
shift 2
system=${REFSTORE_E2E_CACHE:-/var/tmp/docker-refstore-e2e}/systemd-host

fail() { echo "systemd-host.sh: $*" >&2; exit 1; }

is_up() { [[ -s $folder/nspawn.pid ]] && kill -0 "$(<"$folder/nspawn.pid")" 2>/dev/null; }

inside() {
  local init
  is_up || fail "not up; its console is $folder/console"
  init=$(pgrep --parent "$(<"$folder/nspawn.pid")" | head -n 1)
  [[ -n $init ]] || return 1
  nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root --wd -- /usr/bin/env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

up() {
  local binds=() dir
  [[ -e $system/.ready ]] || fail "no host in $system: run test/e2e/support/install.sh systemd-host"
  for dir in "$@"; do binds+=("--bind-ro=$dir"); done
  if [[ -d $folder/docker.service.d ]]; then binds+=("--bind-ro=$folder/docker.service.d:/etc/systemd/system/docker.service.d"); fi
  mkdir -p "$folder/docker"
  # A name of its own keeps hosts of other runs apart. dockerd needs all capabilities, and calls that nspawn filters out by default.
  echo "refstore-$$" >"$folder/machine"
  setsid systemd-nspawn --directory="$system" --volatile=overlay --machine="refstore-$$" --register=no --keep-unit --boot \
    --private-network --capability=all --system-call-filter='@system-service @mount @keyring add_key keyctl bpf' \
    --bind="$folder/docker:/var/lib/docker" --bind-ro="$(readlink -f "$(command -v node)"):/usr/local/bin/node" "${binds[@]}" \
    >"$folder/console" 2>&1 </dev/null &
  echo $! >"$folder/nspawn.pid"
  for _ in $(seq 300); do
    sleep 0.2
    is_up || fail "died while booting; its console is $folder/console"
    if inside systemctl is-active --quiet docker.service 2>/dev/null; then return 0; fi
  done
  inside journalctl --boot --unit docker.service --no-pager --lines 5 >&2 || true
  fail "docker.service is not active after 60 s; its console is $folder/console"
}

down() {
  is_up || return 0
  local machine; machine=$(<"$folder/machine")
  # systemd-nspawn turns this into a request to power off in good order.
  kill -TERM "$(<"$folder/nspawn.pid")"
  for _ in $(seq 150); do
    if ! is_up; then
      # nspawn leaves this empty folder behind where /run is not a file system of its own.
      rmdir "/run/systemd/nspawn/propagate/$machine" 2>/dev/null || true
      return 0
    fi
    sleep 0.2
  done
  fail "still up after 30 s"
}

case $action in
  up) up "$@" ;;
  exec) inside "$@" ;;
  down) down ;;
  *) exit 2 ;;
esac
