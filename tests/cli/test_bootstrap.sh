#!/usr/bin/env bash
# bootstrap on machines that this one is not: apt, dpkg-query, id and sudo are scripts of the test. Where
# it cannot go on it says why in one line, and it says "installing" only when it is about to.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$WORKTOP_SOURCE/bootstrap" "$work/"
mkdir "$work/bin"
for tool in bash env dirname mktemp grep tail rm; do
    ln -s "$(command -v "$tool")" "$work/bin/$tool"
done

fake() {
    printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# expect WHAT STDOUT STDERR: bootstrap fails with exactly these.
expect() {
    local status=0
    PATH="$work/bin" "$work/bootstrap" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ "$status" -eq 1 ] && [ "$(cat "$work/out")" = "$2" ] && [ "$(cat "$work/err")" = "$3" ] && return
    echo "$1: exit code $status, standard output '$(cat "$work/out")', standard error '$(cat "$work/err")'"
    exit 1
}

packages=$(sed -n 's/^build_packages=(\(.*\))$/\1/p' "$work/bootstrap")
[ -n "$packages" ] || { echo "no build_packages in bootstrap"; exit 1; }
expect "not Debian" "" "bootstrap: this is not a Debian system (no dpkg-query); install by hand: $packages"

fake dpkg-query '[ "${!#}" != libuv1-dev ] && echo -n installed'
fake id 'echo 1000'
expect "no root, no sudo" "" \
    "bootstrap: these packages are missing and neither root nor sudo is here to install them: libuv1-dev"

fake sudo 'echo "sudo: a password is required" >&2; exit 1'
expect "sudo refuses" "bootstrap: installing libuv1-dev" \
    "bootstrap: apt-get could not install libuv1-dev: sudo: a password is required"

fake id 'echo 0'
fake apt-get 'echo "Reading package lists..."; echo "E: Unable to locate package ${!#}" >&2; echo done; exit 100'
expect "apt fails" "bootstrap: installing libuv1-dev" \
    "bootstrap: apt-get could not install libuv1-dev: E: Unable to locate package libuv1-dev"

# A mirror that is down does not matter if the packages can be had all the same: then cmake's turn comes.
fake apt-get '[ "$1" != update ]'
fake cmake 'exit 1'
fake cat 'exit 0'
expect "lists cannot be refreshed" "bootstrap: installing libuv1-dev" \
    "bootstrap: cmake could not configure build/dev"
echo "every ending says why"
