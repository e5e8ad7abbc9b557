#!/bin/sh
# sh scripts/install-debian.sh PACKAGE: installs one of Debian's packages for the tests, as root, without the service
# that it may bring: it is neither started now nor at the next boot. `systemctl enable --now PACKAGE` gives it back.
set -eu
export DEBIAN_FRONTEND=noninteractive
name=${1:?'the name of a Debian package is missing'}
# A browser without a font draws boxes.
case $name in chromium) with=fonts-dejavu-core ;; *) with= ;; esac

# Debian's packages ask this file before they start a service (invoke-rc.d(8)); 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

# $with is one word or none.
# shellcheck disable=SC2086
install() { apt-get install -y -q --no-install-recommends "$name" $with; }
# The lists of packages are missing (fresh containers have none) or too old.
install || { apt-get update -q && install; }

# Somebody else's policy may have allowed the start; not every package has a service.
if [ -d /run/systemd/system ]; then
  if systemctl cat "$name" >/dev/null 2>&1; then systemctl disable --now "$name"; fi
elif [ -e "/etc/init.d/$name" ]; then
  invoke-rc.d --force "$name" stop >/dev/null 2>&1 || true
  update-rc.d "$name" disable
fi
