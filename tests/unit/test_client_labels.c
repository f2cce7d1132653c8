/* Labels and request ids of every length, as a reader of the region sees them. */
#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "client/internal.h"
#include "support/region.h"

enum { TEXT = WORKTOP_MAX_LABEL_BYTES, ID = WORKTOP_MAX_ID_BYTES };

struct scene {
    struct test_regions regions;
    struct worktop *worktop;
    struct wt_ring_cursor *cursor;
};

static void open_scene(struct scene *scene) {
    test_regions_open(&scene->regions, 1, 1);
    scene->worktop = test_worker_open(1, WORKTOP_RECORD_FAILED);
    scene->cursor = test_cursor(256);
    test_worker_attach(scene->worktop, &scene->regions, 0);
}

static void close_scene(struct scene *scene) {
    worktop_close(&scene->worktop);
    test_regions_close(&scene->regions);
    free(scene->cursor);
}

/* `length` bytes and not one more, no two neighbours alike: a byte too many that is read is seen by
 * a sanitizer, one that lands in a wrong place by the comparison. */
static char *make_text(size_t length, char first) {
    char *text = malloc(length > 0 ? length : 1);
    assert_non_null(text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)(first + (char)((i * 7 + length) % 26));
    return text;
}

static void assert_text(const char *shown, const char *text, size_t length) {
    assert_int_equal(strlen(shown), length);
    assert_memory_equal(shown, text, length);
}

/* Shown while it lasts, after the end of one within it, too, and in the record that it leaves. */
static void check_lengths(struct scene *scene, size_t label_length, size_t id_length) {
    char *text = make_text(label_length, 'A'), *id = make_text(id_length, 'a');
    const struct worktop_label label = {text, label_length, id, id_length};
    worktop_track_begin_label(scene->worktop, NULL, &label);
    for (int again = 0; again < 2; again++) {
        struct wt_flight flight = test_region_flight(&scene->regions, 0, 0);
        assert_int_equal(flight.state, WT_FLIGHT_LABELLED);
        assert_text(flight.label, text, label_length);
        assert_text(flight.id, id, id_length);
        assert_false(flight.label_cut || flight.id_cut);
        worktop_track_begin_labelled(scene->worktop, NULL, "within", "2");
        assert_string_equal(test_region_flight(&scene->regions, 0, 0).label, "within");
        worktop_track_end(scene->worktop, NULL);
    }
    worktop_track_end_failed(scene->worktop, NULL, 5);
    assert_int_equal(test_region_flight(&scene->regions, 0, 0).state, WT_FLIGHT_IDLE);
    struct wt_record record;
    struct wt_ring_poll result =
        test_region_poll(&scene->regions, 0, scene->cursor, false, &record, 1);
    assert_int_equal(result.count, 1);
    assert_text(record.label, text, label_length);
    assert_text(record.id, id, id_length);
    free(text);
    free(id);
}

static void every_length_is_shown_as_it_is(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene);
    for (size_t label_length = 0; label_length <= TEXT; label_length++)
        for (size_t id_length = 0; id_length <= ID && id_length <= TEXT - label_length; id_length++)
            check_lengths(&scene, label_length, id_length);
    close_scene(&scene);
}

/* The same in what is left with worktop_event, whose id is that of the work around it. */
static void every_length_is_left_as_it_is(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene);
    for (size_t length = 0; length <= TEXT - ID; length++) {
        char *id = make_text(length % (ID + 1), 'a'), text[TEXT + 1];
        char *bytes = make_text(length, 'A');
        memcpy(text, bytes, length);
        text[length] = '\0';
        const struct worktop_label label = {NULL, 0, id, length % (ID + 1)};
        worktop_track_begin_label(scene.worktop, NULL, &label);
        worktop_event(scene.worktop, WORKTOP_NOTE, text, 1);
        worktop_track_end(scene.worktop, NULL);
        struct wt_record record;
        struct wt_ring_poll result =
            test_region_poll(&scene.regions, 0, scene.cursor, false, &record, 1);
        assert_int_equal(result.count, 1);
        assert_text(record.label, bytes, length);
        assert_text(record.id, id, length % (ID + 1));
        free(bytes);
        free(id);
    }
    close_scene(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_shown_as_it_is),
        cmocka_unit_test(every_length_is_left_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
