#include "support/support.h"

#include "support/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/keymap.h"

void wt_screen_open(struct wt_screen *screen, int cols, int rows,
                    const struct wt_app_options *options) {
    struct wt_error err = {0};
    struct wt_app_options usual = {.interval_ns = WT_NS_PER_S};
    setenv("TZ", "UTC", 1);
    screen->now = wt_fixture_time(0);
    if (wt_app_create(&screen->app, options ? options : &usual, &err) != WT_OK)
        fail_msg("%s", err.text);
    assert_int_equal(wt_grid_init(&screen->grid, cols, rows, NULL), WT_OK);
}

void wt_screen_close(struct wt_screen *screen) {
    wt_app_destroy(screen->app);
    wt_grid_fini(&screen->grid);
}

void wt_screen_feed(struct wt_screen *screen, enum wt_fixture kind, int begin, int end) {
    for (int tick = begin; tick < end; tick++) {
        const struct wt_snapshot *snapshot = wt_fixture_make(kind, tick);
        assert_non_null(snapshot);
        wt_app_feed(screen->app, snapshot);
        wt_snapshot_unref(snapshot);
        screen->now = wt_fixture_time(tick);
    }
}

unsigned wt_screen_press(struct wt_screen *screen, const char *keys) {
    unsigned requests = 0;
    while (*keys) {
        size_t length = strcspn(keys, " ");
        struct wt_input input;
        if (!wt_key_parse(keys, length, &input))
            fail_msg("no key: %s", keys);
        requests |= wt_app_input(screen->app, &input);
        keys += length;
        keys += strspn(keys, " ");
    }
    return requests;
}

void wt_screen_draw(struct wt_screen *screen) {
    wt_app_draw(screen->app, &screen->grid, screen->now);
}

static void write_file(const char *path, const char *text, size_t length) {
    FILE *file = fopen(path, "w");
    if (!file || fwrite(text, 1, length, file) != length || fclose(file) != 0)
        fail_msg("cannot write %s", path);
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    enum { MOST = 1 << 20 };
    char *text = malloc(MOST);
    assert_non_null(text);
    size_t length = fread(text, 1, MOST - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void fail_at_difference(const char *path, const char *expected, const char *got) {
    int line = 1;
    while (*expected && *got) {
        size_t left = strcspn(expected, "\n"), right = strcspn(got, "\n");
        if (left != right || memcmp(expected, got, left) != 0)
            break;
        expected += left + (expected[left] == '\n');
        got += right + (got[right] == '\n');
        line++;
    }
    fail_msg("%s:%d differs (WORKTOP_UPDATE_GOLDENS=1 writes it anew)\n  golden: %.*s\n  screen: "
             "%.*s",
             path, line, (int)strcspn(expected, "\n"), expected, (int)strcspn(got, "\n"), got);
}

void wt_golden_check(const char *name, const char *text) {
    const char *source = getenv("WORKTOP_SOURCE");
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/ui/golden/%s.txt", source ? source : ".", name);
    const char *update = getenv("WORKTOP_UPDATE_GOLDENS");
    if (update && strcmp(update, "1") == 0) {
        write_file(path, text, strlen(text));
        return;
    }
    char *expected = read_file(path);
    if (!expected)
        fail_msg("%s is missing: WORKTOP_UPDATE_GOLDENS=1 writes it", path);
    if (strcmp(expected, text) != 0)
        fail_at_difference(path, expected, text);
    free(expected);
}

void wt_screen_check(struct wt_screen *screen, const char *name) {
    struct wt_buffer text = {0};
    wt_screen_draw(screen);
    const char *pictures = getenv("WORKTOP_SCREENS");
    if (pictures && pictures[0]) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s.ansi", pictures, name);
        wt_grid_ansi(&screen->grid, &text);
        write_file(path, wt_buffer_text(&text), text.length);
        wt_buffer_clear(&text);
    }
    wt_grid_text(&screen->grid, &text);
    assert_false(text.failed);
    wt_golden_check(name, wt_buffer_text(&text));
    wt_buffer_fini(&text);
}

int wt_screen_row(struct wt_screen *screen, const char *part) {
    struct wt_buffer text = {0};
    wt_screen_draw(screen);
    wt_grid_text(&screen->grid, &text);
    int row = -1, at = 0;
    for (char *line = text.data; line && row < 0; at++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        if (strstr(line, part))
            row = at;
        line = end ? end + 1 : NULL;
    }
    wt_buffer_fini(&text);
    return row;
}

bool wt_screen_shows(struct wt_screen *screen, const char *part) {
    return wt_screen_row(screen, part) >= 0;
}
