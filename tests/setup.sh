#!/usr/bin/env bash
# Looks for what `make run`, `make test` and `make bench` need beside Rust, installs what Debian has, and says in one line
# what is missing where it cannot.
#   tests/setup.sh run|test|bench
set -euo pipefail

purpose=${1:?run, test or bench}
missing=()
need() { # package, and a test that it is there
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

if ! command -v cargo >/dev/null; then
    echo "setup: Rust is missing: install it with rustup (https://rustup.rs), then run this again" >&2
    exit 1
fi

need build-essential command -v cc
if [ "$purpose" != run ]; then
    need postgresql compgen -G '/usr/lib/postgresql/*/bin/initdb'
    need redis-server command -v redis-server
    need faketime compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1'
fi
if [ "$purpose" = bench ]; then
    need redis-tools command -v redis-cli
    need wrk command -v wrk
    # The peers run on Node. Without their folder nobody misses it.
    if [ -d "${BENCH_PEERS:-../shared/bench/peers}" ]; then
        need nodejs command -v node
        need npm command -v npm
    fi
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "setup: missing: ${missing[*]} (Debian's package names); install them, then run this again" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "setup: missing: run 'sudo apt-get install ${missing[*]}', then this again" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi
echo "setup: installing ${missing[*]}"
if [ ! -e /usr/sbin/policy-rc.d ]; then
    # The tests start servers of their own: Debian's need not run.
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee /usr/sbin/policy-rc.d >/dev/null
    "${as_root[@]}" chmod +x /usr/sbin/policy-rc.d
    trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
{ "${as_root[@]}" apt-get update && "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >/tmp/loyalty-setup.$$.log 2>&1 || {
    tail -5 "/tmp/loyalty-setup.$$.log" >&2
    echo "setup: could not install ${missing[*]}; install them by hand, then run this again" >&2
    exit 1
}
rm -f "/tmp/loyalty-setup.$$.log"
