#include "support/support.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "export/export.h"
#include "support/samples.h"

static const char fleet_at_80[] =
    /* clang-format off */
    "worktop  web-01  13:49:31  4 services  18 workers  2 CRIT  1 WARN  1 IDLE\n"
    "CRIT jobs         worker 12 stuck: busy for 94s without progress\n"
    "CRIT web          no free slot: 19/20 busy, 36 queued, for 6m12s: 75 % needs 6\n"
    "                  workers\n"
    "WARN web          queue growing for 1m: 36 waiting; add workers\n"
    "WARN web          memory high: worker 15\n"
    "WARN api          restarting: 7 exits/min, last by signal 9\n"
    "\n"
    "SERVICE      STATE    UTIL    BUSY/CAP  QUEUE  REQ/s  ERR/s   WRK STUCK  SILENT\n"
    "api          WARN      20%        6/30      0    396      0     6     0       0\n"
    "cable        IDLE        ?     0/2 wrk      -      0      -     2     0       0\n"
    "jobs         CRIT       4%        2/50    570     24      -     5     1       0\n"
    "web          CRIT      95%       19/20     36  1.86k      3     4     0       1\n"
    "\n"
    "WORKERS of web\n"
    "  WORKER     PID STATE        BUSY    CAP  QUEUE  REQ/s PROGRESS     AGE\n"
    "      18    4718 silent          -      -      -      -        -   1h00m\n"
    "         no segment: the store is full\n"
    "      14    4714 live            5      5      9      0       0s   1h00m\n"
    "      15    4715 live            5      5      9    310      1ms   1h00m\n"
    "      16    4716 live            5      5      9    620      2ms   1h00m\n"
    "      17    4717 live            4      5      9    930      3ms   1h00m\n"
    "\n"
    "STORE 64K, 128 segments of 512B: 18 allocated #, 2 quarantined q, 108 free .\n"
    "      free list 108, grown once, 3 workers refused\n"
    "      [####qq######............................................................]\n"
    "      13:31:02  32K -> 64K  64 segments added in 1ms\n"
    "      13:49:22  64K -> 128K  refused: cannot grow: No space left on device\n"
    "\n"
    "EVENTS, newest first\n"
    "13:49:31 WARN api          api worker 7 died, signal 9, after 41 s\n"
    "13:43:31 CRIT web          web is saturated\n"
    "13:40:00                   monitor started\n";
/* clang-format on */

static struct wt_buffer printed(struct wt_snapshot *snapshot, size_t cols) {
    struct wt_buffer out = {0};
    setenv("TZ", "UTC", 1);
    tzset();
    wt_export_text(snapshot, wt_sample_now(), cols, &out);
    assert_false(out.failed);
    wt_snapshot_unref(snapshot);
    return out;
}

static void a_fleet_in_eighty_columns(void **state) {
    (void)state;
    struct wt_buffer out = printed(wt_sample_fleet(), 80);
    assert_string_equal(out.data, fleet_at_80);
    wt_buffer_fini(&out);
    out = printed(wt_sample_fleet(), 10); /* less than 80 counts as 80 */
    assert_string_equal(out.data, fleet_at_80);
    wt_buffer_fini(&out);
}

static void an_empty_snapshot_says_so(void **state) {
    (void)state;
    struct wt_buffer out = printed(wt_sample_empty(), 80);
    assert_non_null(strstr(out.data, "0 services  0 workers\n"));
    assert_non_null(strstr(out.data, "No workers yet."));
    wt_buffer_fini(&out);
}

/* No line is wider than it may be, and nothing but printable text and newlines comes out. */
static void check_page(struct wt_snapshot *snapshot, size_t cols) {
    struct wt_buffer out = printed(snapshot, cols);
    for (char *line = out.data, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        size_t length = (size_t)(end - line);
        assert_true(wt_utf8_cols(line, length) <= cols);
        assert_true(length == 0 || line[length - 1] != ' ');
        for (size_t at = 0; at < length;) {
            uint32_t code;
            at += wt_utf8_decode(line + at, length - at, &code);
            assert_true(wt_utf8_is_harmless(code));
        }
    }
    wt_buffer_fini(&out);
}

static void every_width_is_kept(void **state) {
    (void)state;
    for (size_t cols = 80; cols <= 240; cols += 7) {
        check_page(wt_sample_empty(), cols);
        check_page(wt_sample_fleet(), cols);
        check_page(wt_sample_nasty(), cols);
        check_page(wt_sample_large(800), cols);
    }
}

static void a_long_list_of_workers_is_counted(void **state) {
    (void)state;
    struct wt_buffer out = printed(wt_sample_large(800), 80);
    assert_non_null(strstr(out.data, "... and 80 more\n"));
    wt_buffer_fini(&out);
}

static void old_data_is_called_stale(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet();
    struct wt_time later = wt_sample_now();
    struct wt_buffer out = {0};
    later.monotonic_ns += 11 * WT_NS_PER_S;
    wt_export_text(fleet, later, 80, &out);
    assert_non_null(strstr(out.data, "13:49:31 STALE for 11s  4 services"));
    wt_buffer_clear(&out);
    fleet->source.problem = "nobody answers";
    wt_export_text(fleet, wt_sample_now(), 80, &out);
    assert_non_null(strstr(out.data, "STALE for 500ms"));
    fleet->source.health = WT_SOURCE_DEAD;
    fleet->source.since_realtime_ns = fleet->time.realtime_ns;
    wt_buffer_clear(&out);
    wt_export_text(fleet, wt_sample_now(), 80, &out);
    assert_non_null(strstr(out.data, "13:49:31 DEAD since 13:49:31  4 services"));
    fleet->source.health = WT_SOURCE_ANSWERING;
    assert_non_null(strstr(out.data, "\nCRIT source       nobody answers\n"));
    wt_buffer_fini(&out);
    wt_snapshot_unref(fleet);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fleet_in_eighty_columns),
        cmocka_unit_test(an_empty_snapshot_says_so),
        cmocka_unit_test(every_width_is_kept),
        cmocka_unit_test(a_long_list_of_workers_is_counted),
        cmocka_unit_test(old_data_is_called_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
