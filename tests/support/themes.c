#include "support/themes.h"

#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

/* A style that is left out is that of worktop-dark, which need not fit. */
static void check_complete(const char *path) {
    static char text[1 << 16];
    struct wt_json_document *document;
    struct wt_error err;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_int_equal(wt_json_parse(&document, path, text, length, &err), WT_OK);
    const struct wt_json *styles = wt_json_get(wt_json_root(document), "styles");
    for (int i = 0; i < WT_STYLE_COUNT; i++)
        if (!wt_json_get(styles, wt_style_text((enum wt_style_name)i)))
            fail_msg("%s: there is no %s", path, wt_style_text((enum wt_style_name)i));
    const struct wt_json *gradients = wt_json_get(wt_json_root(document), "gradients");
    assert_int_equal(wt_json_count(gradients), WT_GRADIENT_COUNT);
    wt_json_free(document);
}

void wt_test_themes(struct wt_theme_list *list) {
    char directory[1024], path[2048];
    struct wt_error err;
    snprintf(directory, sizeof directory, "%s/themes", getenv("WORKTOP_SOURCE"));
    const struct wt_theme_places places = {{NULL, directory}};
    assert_int_equal(wt_theme_list_read(list, &places, &err), WT_OK);
    assert_true(list->count >= 8);
    for (size_t i = 0; i < list->count; i++) {
        const struct wt_theme_entry *entry = &list->entries[i];
        if (entry->error.status != WT_OK)
            fail_msg("%s", entry->error.text);
        assert_int_equal(entry->directory, 1); /* also those that are compiled in have a file */
        assert_string_equal(entry->theme.name, entry->name);
        snprintf(path, sizeof path, "%s/%s.json", directory, entry->name);
        check_complete(path);
    }
}

static void linear_of(uint32_t rgb, double out[static 3]) {
    for (int i = 0; i < 3; i++) {
        double part = (rgb >> (16 - 8 * i) & 255) / 255.0;
        out[i] = part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
    }
}

static void multiply(const double matrix[3][3], const double in[static 3], double out[static 3]) {
    for (int i = 0; i < 3; i++)
        out[i] = matrix[i][0] * in[0] + matrix[i][1] * in[1] + matrix[i][2] * in[2];
}

static struct wt_lab lab_of(const double linear[static 3]) {
    static const double to_lms[3][3] = {{0.4122214708, 0.5363325363, 0.0514459929},
                                        {0.2119034982, 0.6806995451, 0.1073969566},
                                        {0.0883024619, 0.2817188376, 0.6299787005}};
    static const double to_lab[3][3] = {{0.2104542553, 0.7936177850, -0.0040720468},
                                        {1.9779984951, -2.4285922050, 0.4505937099},
                                        {0.0259040371, 0.7827717662, -0.8086757660}};
    double lms[3], lab[3];
    multiply(to_lms, linear, lms);
    for (int i = 0; i < 3; i++)
        lms[i] = cbrt(lms[i]);
    multiply(to_lab, lms, lab);
    return (struct wt_lab){lab[0], lab[1], lab[2]};
}

struct wt_lab wt_lab(uint32_t rgb) {
    double linear[3];
    linear_of(rgb, linear);
    return lab_of(linear);
}

struct wt_lab wt_lab_deuteranopia(uint32_t rgb) {
    static const double eye[3][3] = {{0.367322, 0.860646, -0.227968},
                                     {0.280085, 0.672501, 0.047413},
                                     {-0.011820, 0.042940, 0.968881}};
    double linear[3], seen[3];
    linear_of(rgb, linear);
    multiply(eye, linear, seen);
    for (int i = 0; i < 3; i++)
        seen[i] = seen[i] < 0 ? 0 : seen[i] > 1 ? 1 : seen[i];
    return lab_of(seen);
}

double wt_lab_distance(struct wt_lab a, struct wt_lab b) {
    return sqrt(pow(a.light - b.light, 2) + pow(a.red_green - b.red_green, 2) +
                pow(a.blue_yellow - b.blue_yellow, 2));
}
