#!/usr/bin/env bash
# Puts in place what the end-to-end tests run against. Needs root on a Debian machine with its package sources.
#
#   install.sh                 packages, every engine and the systemd host: what `npm run test:e2e` needs
#   install.sh packages        skopeo, docker-registry, systemd-nspawn, and libraries of the engines (no service is started)
#   install.sh engine LINE...  Docker engines, unpacked side by side and not installed: 20.10, 26.1, 28.5
#   install.sh systemd-host    a Debian system in a folder, with systemd and docker.io, for systemd-host.sh to boot
#
# Everything goes to $REFSTORE_E2E_CACHE (default /var/tmp/docker-refstore-e2e) and is made once.
set -euo pipefail
cache=${REFSTORE_E2E_CACHE:-/var/tmp/docker-refstore-e2e}

fail() { echo "install.sh: $*" >&2; exit 1; }

# The Debian mirror that this machine is set up with.
mirror() {
  local uri
  uri=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk '$3 == "main" && $2 !~ /-/ {print $1; exit}')
  [[ -n $uri ]] || fail "this machine has no Debian package source (apt-get indextargets names none)"
  echo "$uri"
}

packages() {
  local wanted=(ca-certificates debootstrap docker-registry libdevmapper1.02.1 libseccomp2 libsystemd0 procps skopeo
    systemd-container util-linux) missing=() name policy=/usr/sbin/policy-rc.d
  for name in "${wanted[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  # docker-registry brings a service; 101 tells its installation not to start it.
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}" >/dev/null
}

# unpack SUITE FOLDER PACKAGE...: downloads from another suite with an apt of its own, so that this machine's apt never sees it.
unpack() {
  local suite=$1 folder=$2 apt=$cache/apt/$1 deb
  shift 2
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/debs" "$folder"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $suite main" >"$apt/sources.list"
  : >"$apt/status"
  local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt" -o "Dir::State::status=$apt/status" -o APT::Sandbox::User=root -o Acquire::Languages=none)
  [[ -n $(ls "$apt/lists"/*Packages* 2>/dev/null) ]] || apt-get "${options[@]}" update
  rm -f "$apt/debs"/*.deb
  (cd "$apt/debs" && apt-get "${options[@]}" download "$@")
  for deb in "$apt/debs"/*.deb; do dpkg -x "$deb" "$folder"; done
  rm -f "$apt/debs"/*.deb
}

engine() {
  local line=$1 folder=$cache/engines/$1 version
  [[ ! -e $folder/.ready ]] || return 0
  rm -rf "$folder"
  # The engines of later suites need no newer C library than this; runc comes from the suite of the first.
  unpack bookworm "$folder" runc tini
  case $line in
    20.10) unpack bookworm "$folder" docker.io containerd ;;
    26.1) unpack trixie "$folder" docker.io docker-cli containerd ;;
    28.5) unpack forky "$folder" docker.io docker-cli containerd ;;
    *) fail "no engine $line: 20.10, 26.1 or 28.5" ;;
  esac
  version=$("$folder/usr/sbin/dockerd" --version)
  [[ $version == "Docker version $line."* ]] || fail "wanted engine $line, the suite has: $version"
  touch "$folder/.ready"
  echo "$version"
}

systemd_host() {
  local folder=$cache/systemd-host
  [[ ! -e $folder/.ready ]] || return 0
  rm -rf "$folder"
  mkdir -p "$cache"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,docker.io bookworm "$folder" "$(mirror)" >"$folder.log" 2>&1 ||
    { tail -n 5 "$folder.log" >&2; fail "debootstrap failed; all of it is in $folder.log"; }
  rm -f "$folder"/var/cache/apt/archives/*.deb
  # Inside, /proc/sys is read-only; a daemon that wants to switch IP forwarding on would not start.
  mkdir -p "$folder/etc/docker"
  echo '{"iptables": false, "bridge": "none", "ip-forward": false}' >"$folder/etc/docker/daemon.json"
  touch "$folder/.ready"
}

[[ $EUID -eq 0 ]] || fail "needs root"
case ${1:-all} in
  all) packages; for line in 20.10 26.1 28.5; do engine "$line"; done; systemd_host ;;
  packages) packages ;;
  engine) shift; packages; for line in "$@"; do engine "$line"; done ;;
  systemd-host) packages; systemd_host ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
