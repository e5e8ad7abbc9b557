#!/bin/sh
# Installs Debian's Alertmanager for the tests, as root, without the service that the package brings: it is neither
# started now nor at the next boot. `systemctl enable --now prometheus-alertmanager` gives it back.
set -eu
export DEBIAN_FRONTEND=noninteractive
name=prometheus-alertmanager

# Debian's packages ask this file before they start a service (invoke-rc.d(8)); 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

install() { apt-get install -y -q --no-install-recommends "$name"; }
# The lists of packages are missing (fresh containers have none) or too old.
install || { apt-get update -q && install; }

# Somebody else's policy may have allowed the start.
if [ -d /run/systemd/system ]; then
  systemctl disable --now "$name"
else
  invoke-rc.d --force "$name" stop >/dev/null 2>&1 || true
  update-rc.d "$name" disable
fi
