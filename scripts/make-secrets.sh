#!/bin/sh
# sh scripts/make-secrets.sh: makes the random secrets that docker-compose.yml mounts. What exists is kept.
set -eu
cd "$(dirname "$0")/.."

# Nobody else on this machine gets into the folder. The files in it can be read by all, since each container has a user
# of its own, known to this machine by a number only, and sees no more than what is mounted.
umask 022
mkdir -p secrets
chmod 700 secrets
mkdir -p secrets/monitor secrets/grafana

make() { # make FILE
  if [ -s "$1" ]; then
    echo "kept  $1"
    return
  fi
  if [ -d "$1" ]; then
    # Docker leaves one behind when it is to mount a file that is not there.
    echo "$1 is a folder: remove it (rmdir $1) and type this again." >&2
    exit 1
  fi
  rm -f "$1.new"
  head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$1.new"
  chmod 444 "$1.new"
  mv "$1.new" "$1"
  echo "made  $1"
}

make secrets/monitor/monitor_token
make secrets/monitor/demo_client_secret
make secrets/grafana/admin_password
