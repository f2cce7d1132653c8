#!/usr/bin/env bash
# The public header compiles alone, without a warning, as C11 and as C++ (with every C++ compiler
# that is here), and drags in nothing of the house.
set -euo pipefail
source_dir=${WORKTOP_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/use.c" <<'C'
#include <worktop/worktop.h>
/* Every inline function is used, so that each is compiled for real. */
#ifdef __cplusplus
extern "C"
#endif
void worktop_group_move(struct worktop_group *group) { group->offer = 0; }
static size_t label_bytes;
#ifdef __cplusplus
extern "C"
#endif
void worktop_track_begin_label(struct worktop *worktop, struct worktop_handle *busy, const struct worktop_label *label) {
    label_bytes = worktop == NULL && busy == NULL ? label->text_length + label->id_length : 0;
}
static const struct worktop_field fields[] = {
    {"requests_total", WORKTOP_U64, WORKTOP_ADD},
    {"pairs_total", WORKTOP_U64, WORKTOP_GROUP(1)},
    {"halves_total", WORKTOP_U64, WORKTOP_GROUP(WORKTOP_MAX_GROUPS)},
};
int main(void) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    uint64_t word = 0;
    struct worktop_handle handle = {(uintptr_t)&word, 0};
    worktop_own_add(&handle, 2);
    worktop_own_sub(&handle, 1);
    worktop_own_set(&handle, 7);
    worktop_own_add_s64(&handle, -9);
    if ((int64_t)word != -2)
        return 1;
    worktop_own_set_s64(&handle, -1);
    worktop_own_set_f64(&handle, 1.5);
    worktop_own_add_f64(&handle, 0.25);
    worktop_add_f64(&handle, 0.25);
    if (worktop_f64_value(word) != 2.0)
        return 2;
    worktop_set(&handle, 5);
    worktop_add(&handle, 3);
    worktop_sub(&handle, 1);
    worktop_add_s64(&handle, -10);
    if ((int64_t)word != -3)
        return 3;
    worktop_set_s64(&handle, -4);
    worktop_set_f64(&handle, 0.5);
    uint64_t sequence = 0;
    struct worktop_group group = {0, 0, (uintptr_t)&sequence, 1};
    worktop_group_begin(&group);
    if (sequence != 1 || group.offer != 0)
        return 5;
    worktop_group_end(&group);
    if (sequence != 2 || group.begun != group.done || fields[2].form != WORKTOP_GROUP_MAX)
        return 6;
    worktop_track_begin_labelled(NULL, NULL, "GET /", NULL);
    if (label_bytes != 5)
        return 7;
    return options.struct_size == sizeof options && options.flags == 0 ? 0 : 4;
}
C
cp "$work/use.c" "$work/use.cc"
flags=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -O1 -I "$source_dir/include")

"${CC:-cc}" -std=c11 "${flags[@]}" "$work/use.c" -o "$work/use"
"$work/use"
tried=0
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    for standard in c++11 c++20; do
        "$compiler" "-std=$standard" "${flags[@]}" "$work/use.cc" -o "$work/use"
        "$work/use"
        tried=$((tried + 1))
    done
done
includes=$(grep -o '^#include.*' "$source_dir/include/worktop/worktop.h" | sort | tr '\n' ' ')
[ "$includes" = "#include <stddef.h> #include <stdint.h> #include <string.h> " ] || {
    echo "the public header includes more than it may: $includes"
    exit 1
}
echo "C11 and $tried C++ builds are clean"
