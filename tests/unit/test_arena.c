#include "support/support.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static void pieces_are_apart_aligned_and_zero(void **state) {
    (void)state;
    struct wt_arena arena = {0};
    unsigned char *pieces[500];
    size_t sizes[500];
    for (size_t i = 0; i < 500; i++) {
        sizes[i] = i % 50 == 49 ? 100000 : i * 7 % 3000;
        pieces[i] = wt_arena_take(&arena, sizes[i], 1);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], 0);
        memset(pieces[i], (int)(i & 0xff), sizes[i]);
    }
    for (size_t i = 0; i < 500; i++) {
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], i & 0xff);
    }
    assert_string_equal(wt_arena_text(&arena, "abcdef", 3), "abc");
    assert_false(arena.failed);
    wt_arena_fini(&arena);
    assert_null(arena.blocks);
    wt_arena_fini(&arena);
}

static void failures_stick(void **state) {
    (void)state;
    struct wt_arena arena = {0};
    assert_null(wt_arena_take(&arena, SIZE_MAX / 4, 8));
    assert_true(arena.failed);
    assert_null(wt_arena_take(&arena, 1, 1));
    assert_null(wt_arena_text(&arena, "x", 1));
    wt_arena_fini(&arena);
    assert_non_null(wt_arena_take(&arena, 1, 1));
    wt_arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_apart_aligned_and_zero),
        cmocka_unit_test(failures_stick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
