#!/bin/sh
# sh scripts/make-secrets.sh: makes the random secrets that docker-compose.yml mounts. What exists is kept.
set -eu
cd "$(dirname "$0")/.."

# Nobody else on this machine gets into the folder. The files in it can be read by all, since each container has a user
# of its own, known to this machine by a number only, and sees no more than what is mounted.
umask 022
mkdir -p secrets
chmod 700 secrets
mkdir -p secrets/monitor secrets/grafana secrets/redis

random() {
  head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

make() { # make FILE: what comes on standard input stands in it, unless it exists
  if [ -d "$1" ]; then
    # Docker leaves one behind when it is to mount a file that is not there.
    echo "$1 is a folder: remove it (rmdir $1) and type this again." >&2
    exit 1
  fi
  if [ -s "$1" ]; then
    echo "kept  $1"
    return
  fi
  rm -f "$1.new"
  cat >"$1.new"
  chmod 444 "$1.new"
  mv "$1.new" "$1"
  echo "made  $1"
}

random | make secrets/monitor/monitor_token
random | make secrets/monitor/demo_client_secret
random | make secrets/grafana/admin_password
# The same password twice: as Redis reads it, and as the monitor does. To change it, remove both.
{ printf 'requirepass ' && random; } | make secrets/redis/redis.conf
sed 's|^requirepass \(.*\)$|redis://:\1@redis:6379|' secrets/redis/redis.conf | make secrets/monitor/redis_url
