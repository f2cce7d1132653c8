/* fuzz_directory.c - a directory file of which an attacker wrote every byte, and a viewer.
 *
 *     [flags] then, again and again: [part] [offset, 2 bytes] [length] bytes
 *
 * A small whole file is made first (directory_file.h); then the input's bytes are written over its
 * parts: 0 is the header, 1 the table, 2 and up the sections. With the first bit of the flags the
 * checksums of the banks are made right again, so that what lies in them is looked at, too; with
 * the second all of the input behind the flags is the file itself.
 *
 * A viewer reads all there is. It stays inside the file (which lies in memory of exactly its size),
 * ends, and says in one harmless line what is wrong; records it gives out are whole.
 */
#include "base/buffer.h"
#include "fuzz/directory_file.h"
#include "shm/directory_private.h"

enum { REPAIR = 1, WHOLE = 2, RECORDS_MAX = 40, SCHEMAS_MAX = 1 << 16 };

static void check_error(wt_status status, const struct wt_error *err) {
    require(status == WT_OK || (err->text[0] != '\0' && status != WT_EINVAL));
    require(status == WT_OK || fuzz_is_harmless(err->text, strlen(err->text)));
}

static bool is_ended(const char *text, size_t size) {
    return memchr(text, '\0', size) != NULL;
}

static bool is_zero(const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        if (at[i] != 0)
            return false;
    return true;
}

/* What every reader of a record promises. */
#define CHECK_RECORD(record, ...)                                                                  \
    do {                                                                                           \
        wt_status status = __VA_ARGS__;                                                            \
        require(status == WT_OK || status == WT_ENOENT || status == WT_EAGAIN ||                   \
                status == WT_EFORMAT);                                                             \
        require(status == WT_OK || status == WT_EFORMAT || is_zero(&record, sizeof record));       \
        require(status != WT_OK || record.sequence % 2 == 0);                                      \
    } while (0)

static void read_records(const struct wt_directory_view *view) {
    struct wt_shared_store_record store;
    struct wt_shared_segment_record segment;
    struct wt_shared_service_record service;
    struct wt_shared_retired_record retired;
    struct wt_shared_resize_record resize;
    struct wt_shared_event_record event;
    for (unsigned i = 0; i <= WT_DIRECTORY_STORES; i++) {
        CHECK_RECORD(store, wt_directory_view_store(view, i, &store));
        for (uint64_t n = 0; n < RECORDS_MAX; n++) {
            CHECK_RECORD(segment, wt_directory_view_segment(view, i, n, &segment));
            CHECK_RECORD(resize, wt_directory_view_resize(view, i, n, &resize));
            require(is_ended(resize.problem, sizeof resize.problem));
        }
        CHECK_RECORD(segment, wt_directory_view_segment(view, i, UINT64_MAX, &segment));
        CHECK_RECORD(resize, wt_directory_view_resize(view, i, UINT64_MAX, &resize));
    }
    for (uint32_t n = 0; n < RECORDS_MAX; n++) {
        CHECK_RECORD(service, wt_directory_view_service(view, n, &service));
        require(is_ended(service.name, sizeof service.name));
        CHECK_RECORD(retired, wt_directory_view_retired(view, n, &retired));
        require(is_ended(retired.key, sizeof retired.key));
        CHECK_RECORD(event, wt_directory_view_event(view, n, &event));
        require(is_ended(event.service, sizeof event.service));
        require(is_ended(event.text, sizeof event.text));
    }
    CHECK_RECORD(event, wt_directory_view_event(view, UINT64_MAX, &event));
}

static void read_past(const struct wt_directory_view *view) {
    static int64_t seconds[WT_DIRECTORY_SECONDS];
    struct wt_shared_pending_record pending;
    struct wt_shared_history_record history;
    for (uint64_t n = 0; n < RECORDS_MAX; n++) {
        CHECK_RECORD(pending, wt_directory_view_pending(view, n, &pending));
        CHECK_RECORD(history, wt_directory_view_history(view, n, &history));
        require(is_ended(history.service, sizeof history.service));
        require(is_ended(history.series, sizeof history.series));
        require(is_ended(history.key, sizeof history.key));
    }
    CHECK_RECORD(history, wt_directory_view_history(view, UINT64_MAX, &history));
    if (!wt_directory_view_seconds(view, seconds))
        return;
    for (int64_t i = 0; i < WT_DIRECTORY_SECONDS; i++)
        require(seconds[i] == 0 || (seconds[i] > 0 && seconds[i] % WT_DIRECTORY_SECONDS == i));
}

static void read_geometry(const struct wt_directory_view *view, size_t length) {
    struct wt_shared_directory_header header;
    struct wt_shared_section section;
    wt_directory_view_header(view, &header);
    require(header.file_bytes <= length);
    for (size_t i = 0; i < wt_directory_view_section_count(view); i++) {
        wt_directory_view_section_at(view, i, &section);
        require(section.offset <= length && section.bytes <= length - section.offset);
    }
    for (uint32_t i = 0; i < WT_DIRECTORY_STORES; i++)
        (void)wt_directory_view_section(view, WT_SECTION_SEGMENTS, i, &section);
    require(wt_directory_view_fact(view, "host") != NULL);
    require(strlen(wt_directory_view_fact(view, "store.0")) <= length);
    require(wt_directory_view_fact(view, "\x01no such key")[0] == '\0' || length > 0);
}

static void read_parts(const struct wt_directory_view *view) {
    struct wt_buffer workers = {0}, tick = {0};
    struct wt_error err = {0};
    uint64_t version = 0, sequence = 0;
    for (uint32_t number = 0; number < SCHEMAS_MAX; number = number * 2 + 1) {
        wt_status status = wt_directory_view_schema(view, number, &tick, &err);
        check_error(status, &err);
        if (status == WT_OK)
            fuzz_directory_schema(&tick);
    }
    for (uint64_t known = 0; known < 3; known++) {
        wt_status status =
            wt_directory_view_snapshot(view, known, &workers, &version, &tick, &sequence, &err);
        check_error(status, &err);
        require(status == WT_OK || (workers.length == 0 && tick.length == 0));
        if (status == WT_OK && (known == 0 || known != version))
            fuzz_directory_snapshot(&workers, &tick);
    }
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
}

/* Memory of exactly this size, at an address as a mapping has it. */
static uint8_t *copy_of(const uint8_t *bytes, size_t length) {
    void *copy;
    require(posix_memalign(&copy, 64, length > 0 ? length : 1) == 0);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

static void patch(struct fuzz_input *input, uint8_t *file, size_t length) {
    size_t begin, size, count;
    fuzz_directory_part(fuzz_byte(input), &begin, &size);
    size_t offset = (size_t)fuzz_word(input, 2) % size;
    uint8_t *bytes = fuzz_bytes(input, fuzz_byte(input), &count);
    if (count > size - offset)
        count = size - offset;
    require(begin + offset + count <= length);
    memcpy(file + begin + offset, bytes, count);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct wt_directory_view *view;
    struct wt_error err = {0};
    uint8_t flags = fuzz_byte(&input);
    size_t length = input.left;
    const uint8_t *whole = flags & WHOLE ? input.at : fuzz_directory_file(&length);
    uint8_t *file = copy_of(whole, length);
    while (!(flags & WHOLE) && input.left > 0)
        patch(&input, file, length);
    if (flags & REPAIR)
        fuzz_directory_repair(file, length);
    wt_status status = wt_directory_view_over(&view, file, length, "/x.dir", &err);
    check_error(status, &err);
    require((status == WT_OK) == (view != NULL));
    if (status == WT_OK) {
        read_geometry(view, length);
        read_records(view);
        read_past(view);
        read_parts(view);
        wt_directory_view_close(view);
    }
    free(file);
    return 0;
}
