#!/usr/bin/env bash
# Builds target/release/loyalty as it is shipped and measured: optimised by a profile of what it does most.
#   build.sh          by the profile that is kept in tests/bench/loyalty.profdata.gz
#   build.sh renew    makes that profile anew, by a short run of the benchmarks: half an hour
# A profile goes with its compiler, which rust-toolchain.toml names, and with the versions of the crates. A function that has
# changed since, and all of a crate that has another version, is built without it: an old profile is never wrong, only less of
# a help.
set -euo pipefail
script=$(realpath "$0")
cd "$(dirname "$script")/../.."
kept=tests/bench/loyalty.profdata.gz
work=$PWD/target/profile
host=$(rustc -vV | sed -n 's/^host: //p')
mkdir -p "$work"

# The target is named so that the flags are for loyalty, and not for what builds it; and both times, with one set of options,
# because cargo puts them into the names by which a profile knows its functions.
compile() { # where to, and flags
    local into=$1
    shift
    # A path may have spaces.
    CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f' && echo "$*") \
        cargo build --release --package loyalty --target "$host" --target-dir "$into"
}

renew() {
    local tools
    tools=$(rustc --print sysroot)/lib/rustlib/$host/bin
    [ -x "$tools/llvm-profdata" ] || rustup component add llvm-tools
    rm -rf "$work/raw"
    echo '== build what counts its own steps'
    compile "$work/build" "-Cprofile-generate=$work/raw"
    cargo build --package loyalty-bench
    echo '== count'
    BENCH_LOYALTY=$work/build/$host/release/loyalty BENCH_WORK=$work/bench BENCH_PEERS=$work/none \
        BENCH_ONLY=w1,w2,b1,r1 BENCH_SECONDS=4 BENCH_ROUNDS=1 target/debug/loyalty-bench
    "$tools/llvm-profdata" merge --sparse --output "$work/loyalty.profdata" "$work/raw"
    gzip -9nc "$work/loyalty.profdata" >"$kept"
    rm -rf "$work/build" "$work/raw" "$work/bench"
    ls -l "$kept"
}

build() {
    # Named by what it holds, so that another profile is another build.
    local profile
    profile=$work/$(sha256sum "$kept" | cut -c1-16).profdata
    # Written once: cargo builds everything again where it is newer.
    [ -e "$profile" ] || { gzip -dc "$kept" >"$profile.part" && mv "$profile.part" "$profile"; }
    compile target "-Cprofile-use=$profile" -Cllvm-args=-pgo-warn-missing-function=false -Cllvm-args=-no-pgo-warn-mismatch
    mkdir -p target/release
    # A file of its own: what is there may be a link to what cargo keeps.
    cp --remove-destination "target/$host/release/loyalty" target/release/loyalty
}

case ${1:-build} in
build) build ;;
renew) renew ;;
*) sed -n '2,4s/^# //p' "$script" >&2 && exit 2 ;;
esac
