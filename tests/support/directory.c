#include "support/support.h"

#include "support/directory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/files.h"

struct wt_directory_options test_directory_options(const char *path) {
    static const struct wt_directory_fact facts[] = {{"host", "box"}, {"version", "1"}};
    return (struct wt_directory_options){
        .path = path,
        .mode = 0600,
        .gid = (gid_t)-1,
        .started = {.monotonic_ns = 1000, .realtime_ns = 2000},
        .interval_ns = WT_NS_PER_S,
        .facts = facts,
        .fact_count = 2,
        .segments = {TEST_DIRECTORY_SEGMENTS, TEST_DIRECTORY_SEGMENTS, 0},
        .schema_bytes = 512,
        .services = 4,
        .retired = 4,
        .bank_bytes = TEST_DIRECTORY_BANK,
    };
}

void test_directory_init(struct test_directory_file *t) {
    *t = (struct test_directory_file){.folder = test_directory()};
    t->path = test_path(t->folder, "utilization.shm.dir");
}

void test_directory_open(struct test_directory_file *t,
                         const struct wt_directory_options *options) {
    struct wt_error err = {.text = ""};
    test_directory_init(t);
    struct wt_directory_options chosen =
        options != NULL ? *options : test_directory_options(t->path);
    chosen.path = t->path;
    if (wt_directory_create(&t->directory, &chosen, &err) != WT_OK)
        fail_msg("%s", err.text);
}

void test_directory_view(struct test_directory_file *t) {
    struct wt_error err = {.text = ""};
    wt_directory_view_close(t->view);
    t->view = NULL;
    if (wt_directory_view_open(&t->view, t->path, &err) != WT_OK)
        fail_msg("%s", err.text);
}

void test_directory_close(struct test_directory_file *t) {
    wt_directory_view_close(t->view);
    wt_directory_close(t->directory, WT_DIRECTORY_CLOSED);
    test_remove_tree(t->folder);
    free(t->path);
    free(t->folder);
    *t = (struct test_directory_file){.path = NULL};
}

static unsigned char pattern_byte(uint64_t number, size_t at) {
    return (unsigned char)(number * 131 + at * 7);
}

void test_directory_pattern(struct wt_buffer *out, uint64_t number, size_t length) {
    wt_buffer_clear(out);
    if (length >= sizeof number)
        wt_buffer_append(out, &number, sizeof number);
    while (out->length < length)
        wt_buffer_append_char(out, (char)pattern_byte(number, out->length));
    assert_false(out->failed);
}

bool test_directory_is_pattern(const struct wt_buffer *bytes, uint64_t *number) {
    if (bytes->length < sizeof *number)
        return false;
    memcpy(number, bytes->data, sizeof *number);
    for (size_t i = sizeof *number; i < bytes->length; i++) {
        if ((unsigned char)bytes->data[i] != pattern_byte(*number, i))
            return false;
    }
    return true;
}

wt_status test_directory_publish(struct wt_directory *directory, uint64_t number,
                                 uint64_t workers_version, size_t workers_bytes,
                                 size_t tick_bytes) {
    struct wt_buffer workers = {0}, tick = {0};
    test_directory_pattern(&workers, workers_version, workers_bytes);
    test_directory_pattern(&tick, number, tick_bytes);
    wt_status status =
        wt_directory_publish(directory, (struct wt_directory_part){workers.data, workers.length},
                             workers_version, (struct wt_directory_part){tick.data, tick.length});
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    return status;
}

void test_directory_patch(const char *path, uint64_t offset, const void *bytes, size_t length) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, (off_t)offset), length);
    close(fd);
}

/* Counts an answer, which must be one that the contract has. */
static void note(wt_status status, size_t *good) {
    if (status == WT_OK)
        (*good)++;
    else if (status != WT_ENOENT && status != WT_EAGAIN && status != WT_EFORMAT &&
             status != WT_EDEAD)
        fail_msg("answered \"%s\"", wt_status_text(status));
}

static void note_text(const char *text, size_t size) {
    if (memchr(text, '\0', size) == NULL)
        fail_msg("a text of %zu bytes does not end", size);
}

static void read_stores(const struct wt_directory_view *view, size_t *good) {
    for (unsigned store = 0; store < WT_DIRECTORY_STORES + 1; store++) {
        struct wt_shared_store_record record;
        note(wt_directory_view_store(view, store, &record), good);
        for (uint64_t i = 0; i < TEST_DIRECTORY_SEGMENTS + 1; i++) {
            struct wt_shared_segment_record segment;
            note(wt_directory_view_segment(view, store, i, &segment), good);
        }
        for (uint64_t i = 0; i < WT_DIRECTORY_RESIZES + 2; i++) {
            struct wt_shared_resize_record resize;
            note(wt_directory_view_resize(view, store, i, &resize), good);
            note_text(resize.problem, sizeof resize.problem);
        }
    }
}

static void read_named(const struct wt_directory_view *view, size_t *good) {
    for (uint32_t i = 0; i < 6; i++) {
        struct wt_shared_service_record service;
        struct wt_shared_retired_record retired;
        note(wt_directory_view_service(view, i, &service), good);
        note(wt_directory_view_retired(view, i, &retired), good);
        note_text(service.name, sizeof service.name);
        note_text(retired.key, sizeof retired.key);
    }
    for (uint64_t i = 0; i < WT_DIRECTORY_EVENTS + 2; i++) {
        struct wt_shared_event_record event;
        note(wt_directory_view_event(view, i, &event), good);
        note_text(event.service, sizeof event.service);
        note_text(event.text, sizeof event.text);
    }
}

size_t test_directory_read_all(const struct wt_directory_view *view) {
    struct wt_shared_directory_header header;
    struct wt_shared_section section;
    struct wt_buffer first = {0}, second = {0};
    uint64_t version, sequence;
    size_t good = 0;
    wt_directory_view_header(view, &header);
    for (size_t i = 0; i < wt_directory_view_section_count(view); i++)
        wt_directory_view_section_at(view, i, &section);
    (void)strlen(wt_directory_view_fact(view, "host"));
    (void)strlen(wt_directory_view_fact(view, ""));
    read_stores(view, &good);
    read_named(view, &good);
    for (uint32_t number = 0; number < 8; number++)
        note(wt_directory_view_schema(view, number, &first, NULL), &good);
    note(wt_directory_view_snapshot(view, 0, &first, &version, &second, &sequence, NULL), &good);
    note(wt_directory_view_snapshot(view, 5, &first, &version, &second, &sequence, NULL), &good);
    wt_buffer_fini(&first);
    wt_buffer_fini(&second);
    return good;
}
