#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

static void an_empty_map_answers(void **state) {
    (void)state;
    struct wt_map map = {0};
    size_t cursor = 0;
    assert_null(wt_map_get(&map, 0));
    assert_null(wt_map_remove(&map, 7));
    assert_null(wt_map_next(&map, &cursor));
    wt_map_fini(&map);
}

static void keys_come_and_go(void **state) {
    (void)state;
    struct wt_map map = {0};
    int a = 1, b = 2;
    assert_true(wt_map_put(&map, 0, &a));
    assert_true(wt_map_put(&map, UINT64_MAX, &b));
    assert_ptr_equal(wt_map_get(&map, 0), &a);
    assert_ptr_equal(wt_map_get(&map, UINT64_MAX), &b);
    assert_true(wt_map_put(&map, 0, &b));
    assert_int_equal(map.count, 2);
    assert_ptr_equal(wt_map_remove(&map, 0), &b);
    assert_null(wt_map_get(&map, 0));
    assert_null(wt_map_remove(&map, 0));
    assert_int_equal(map.count, 1);
    wt_map_fini(&map);
    assert_null(wt_map_get(&map, UINT64_MAX));
}

enum { KEYS = 2000, STEPS = 200000 };

/* Random puts and removes against an array; small keys make long runs of neighbours. */
static void it_agrees_with_an_array(void **state) {
    (void)state;
    static void *model[KEYS];
    static char values[KEYS];
    memset(model, 0, sizeof model);
    struct wt_map map = {0};
    size_t count = 0;
    uint64_t random = 1;
    for (int step = 0; step < STEPS; step++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t key = (size_t)(random >> 33) % KEYS;
        if ((random >> 60) < 8) {
            count += model[key] == NULL;
            model[key] = &values[random >> 40 & 1023];
            assert_true(wt_map_put(&map, key, model[key]));
        } else {
            count -= model[key] != NULL;
            assert_ptr_equal(wt_map_remove(&map, key), model[key]);
            model[key] = NULL;
        }
        assert_int_equal(map.count, count);
        assert_true(map.count <= map.capacity / 4 * 3);
    }
    for (size_t key = 0; key < KEYS; key++)
        assert_ptr_equal(wt_map_get(&map, key), model[key]);
    size_t cursor = 0, seen = 0;
    for (const struct wt_map_entry *entry; (entry = wt_map_next(&map, &cursor)) != NULL; seen++) {
        assert_ptr_equal(entry->value, model[entry->key]);
        model[entry->key] = NULL;
    }
    assert_int_equal(seen, count);
    wt_map_fini(&map);
}

static void hashes_depend_on_every_byte(void **state) {
    (void)state;
    char text[40] = {0};
    for (size_t length = 0; length <= sizeof text; length++) {
        uint64_t hash = wt_hash(text, length, 1);
        assert_true(hash == wt_hash(text, length, 1));
        assert_true(hash != wt_hash(text, length, 2));
        if (length > 0)
            assert_true(hash != wt_hash(text, length - 1, 1));
        for (size_t i = 0; i < length; i++) {
            text[i] = 1;
            assert_true(hash != wt_hash(text, length, 1));
            text[i] = 0;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_answers),
        cmocka_unit_test(keys_come_and_go),
        cmocka_unit_test(it_agrees_with_an_array),
        cmocka_unit_test(hashes_depend_on_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
