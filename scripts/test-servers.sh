#!/bin/sh
# Makes sure that the programs which pip does not bring stand ready for the tests: a PostgreSQL
# server, a Chromium, and npm, which brings an OAuth client on Node. Installs them on Debian and its
# kin; elsewhere, or where it may not, it says what will be skipped and why. With CI=true that is an
# error instead.
set -u

has_postgresql() {
  command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

has_chromium() {
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

has_npm() {
  command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1
}

wanted=""
has_postgresql || wanted="postgresql"
has_chromium || wanted="$wanted chromium"
has_npm || wanted="$wanted nodejs npm"
[ -n "$wanted" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  reason="there is no apt-get here to install it with"
else
  if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  echo "Installing for the tests:$(printf ' %s' $wanted)"
  # shellcheck disable=SC2086  # both are lists of words
  if { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $wanted; } \
    </dev/null >"$log" 2>&1; then
    reason="apt-get installed it, but it is not where it is looked for"
  else
    reason="apt-get could not: $(tail -n 1 "$log")"
  fi
  rm -f "$log"
fi

missing=0
has_postgresql || { missing=1; echo "Skipped: all tests on PostgreSQL; $reason."; }
has_chromium || { missing=1; echo "Skipped: all tests in a browser; $reason."; }
has_npm || { missing=1; echo "Skipped: the tests with openid-client; $reason."; }
[ "$missing" = 0 ] || [ "${CI:-}" != true ]
