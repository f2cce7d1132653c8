#!/usr/bin/env bash
# libworktop as a stranger gets it: installed, found by pkg-config, linked both ways, from C and C++,
# with no name visible but worktop_*, and working: the worker it makes counts and looks for a monitor.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$WORKTOP_BINARY" --prefix "$work/usr" >/dev/null
libdir=$(dirname "$(find "$work/usr" -name 'libworktop.so.0')")

strange=$(nm -D --defined-only "$libdir/libworktop.so.0" | awk '{print $3}' | grep -v '^worktop_' || true)
[ -z "$strange" ] || { echo "the shared library shows: $strange"; exit 1; }
strange=$(nm --defined-only --extern-only "$libdir/libworktop.a" | awk 'NF == 3 {print $3}' |
    grep -v '^worktop_' || true)
[ -z "$strange" ] || { echo "the static library shows: $strange"; exit 1; }
for name in $(grep '^WORKTOP_API ' "$WORKTOP_SOURCE/include/worktop/worktop.h" |
    grep -oE 'worktop_[a-z_]+\(' | tr -d '('); do
    nm -D --defined-only "$libdir/libworktop.so.0" | grep -q " $name$" || {
        echo "declared, and not in the shared library: $name"
        exit 1
    }
done
readelf -d "$libdir/libworktop.so.0" | grep -q 'SONAME.*\[libworktop.so.0\]' ||
    { echo "wrong soname"; exit 1; }
readelf -d "$libdir/libworktop.so.0" | grep -q NODELETE || { echo "may be unloaded"; exit 1; }

cat >"$work/use.c" <<'C'
#include <stdio.h>
#include <worktop/worktop.h>
/* Names of the house are free for programs. */
int wt_fail(void);
int wt_fail(void) { return 7; }
int main(void) {
    struct worktop_field field = {"requests_total", WORKTOP_U64, WORKTOP_ADD};
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = "/nonexistent/supervisor.ipc";
    struct worktop *worktop;
    if (worktop_open(&worktop, &options, &field, 1) != WORKTOP_OK)
        return 1;
    struct worktop_handle *total = worktop_get(worktop, "requests_total", WORKTOP_U64, WORKTOP_ADD);
    worktop_track_begin(worktop, NULL);
    worktop_add(total, 41);
    worktop_add(total, 1);
    worktop_track_end(worktop, NULL);
    printf("%llu %s\n", (unsigned long long)*worktop_cell(total), worktop_error(WORKTOP_OK));
    worktop_close(&worktop);
    return wt_fail() - 7;
}
C
cp "$work/use.c" "$work/use.cc"
export PKG_CONFIG_PATH="$libdir/pkgconfig"
# A machine that has libworktop and nothing that it was built with.
PKG_CONFIG_LIBDIR="$libdir/pkgconfig" PKG_CONFIG_PATH='' pkg-config --cflags --libs worktop >/dev/null ||
    { echo "worktop.pc asks for other packages"; exit 1; }
sanitize=()
[ -z "${WORKTOP_SANITIZE:-}" ] || sanitize=("-fsanitize=$WORKTOP_SANITIZE")
cc=${CC:-cc}
cxx=${cc/%gcc/g++}
cxx=${cxx/%clang/clang++}

check() {
    local got
    got=$(LD_LIBRARY_PATH="$libdir" "$work/use")
    [ "$got" = "42 success" ] || { echo "$1 build printed '$got'"; exit 1; }
}
"$cc" "${sanitize[@]}" "$work/use.c" -o "$work/use" $(pkg-config --cflags --libs worktop)
check shared
"$cc" "${sanitize[@]}" "$work/use.c" -o "$work/use" $(pkg-config --cflags worktop) \
    "$libdir/libworktop.a" $(pkg-config --static --libs-only-l worktop | sed 's/-lworktop//') -pthread
check static
if command -v "$cxx" >/dev/null; then
    "$cxx" "${sanitize[@]}" "$work/use.cc" -o "$work/use" $(pkg-config --cflags --libs worktop)
    check C++
fi

# The README's example, as it stands there, in a program that works until a monitor knows it.
{
    echo '#include <stdio.h>'
    sed -n '/^```c$/,/^```$/p' "$WORKTOP_SOURCE/README.md" | grep -v '^```' >"$work/readme.c"
    grep '^#include' "$work/readme.c"
    echo 'int main(void) {'
    grep -v '^#include' "$work/readme.c"
    echo 'puts("counted"); fflush(stdout); getchar(); worktop_close(&worktop); return 0; }'
} >"$work/example.c"
"$cc" -std=c11 -Wall -Wextra -Werror "${sanitize[@]}" "$work/example.c" -o "$work/example" \
    $(pkg-config --cflags --libs worktop)
"$work/usr/bin/worktop" serve --interval 0.1 --socket "$work/supervisor.ipc" >"$work/lines" 2>&1 &
serve=$!
mkfifo "$work/go"
LD_LIBRARY_PATH="$libdir" WORKTOP_SOCKET="$work/supervisor.ipc" "$work/example" <"$work/go" >/dev/null &
example=$!
exec 9>"$work/go"
for _ in $(seq 300); do
    grep -q '"web":{"requests_active":0,"requests_total":1,"worker_count":1}' "$work/lines" && break
    sleep 0.1
done
"$work/usr/bin/worktop" --once --socket "$work/supervisor.ipc" >"$work/table" </dev/null
grep -q '  1 service  1 worker  1 OK$' "$work/table" || { echo "the plain table is wrong:"; cat "$work/table"; exit 1; }
exec 9>&-
wait "$example" || { echo "the README's example failed"; exit 1; }
kill "$serve"
wait "$serve" || true
grep -q '"requests_total":1,"worker_count":1' "$work/lines" ||
    { echo "the README's example was not seen by serve: $(tail -n 3 "$work/lines")"; exit 1; }

[ "$(pkg-config --modversion worktop)" = "$("$work/usr/bin/worktop" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+')" ] ||
    { echo "pkg-config and worktop --version disagree"; exit 1; }
for theme in "$WORKTOP_SOURCE"/themes/*.json; do
    [ -f "$work/usr/share/worktop/themes/${theme##*/}" ] || { echo "theme not installed: $theme"; exit 1; }
done
[ -x "$work/usr/libexec/worktop/worktop-demo-worker" ] || { echo "no demo worker"; exit 1; }
echo "installed, linked, running"
