/* Opening directory files that are none, not ready, newer, broken, cut or larger than ours: each is
 * said in its own words, nothing crashes, nothing is believed. */
#include "support/support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/directory_private.h"
#include "shm/mapping.h"
#include "shm/words.h"
#include "support/directory.h"
#include "support/files.h"

/* Reads everything `rounds` times a byte; sanitizers take ten times as long. */
#if defined(WT_SANITIZE_ADDRESS) || defined(WT_SANITIZE_THREAD)
enum { STRIDE = 7 };
#else
enum { STRIDE = 1 };
#endif

static void fill(struct wt_directory *directory) {
    struct wt_shared_store_record store = {.inode = 1, .segment_bytes = 512};
    struct wt_shared_segment_record segment = {.worker_id = 1, .state = 1, .schema = 1};
    struct wt_shared_service_record service = {.name = "web"};
    struct wt_shared_retired_record retired = {.service = 1, .key = "requests"};
    struct wt_shared_resize_record resize = {.number = 1, .problem = "none"};
    struct wt_shared_event_record event = {.number = 1, .text = "started"};
    uint32_t number;
    assert_int_equal(wt_directory_put_store(directory, 0, &store), WT_OK);
    for (uint64_t i = 0; i < TEST_DIRECTORY_SEGMENTS; i++)
        assert_int_equal(wt_directory_put_segment(directory, 0, i, &segment), WT_OK);
    assert_int_equal(wt_directory_put_service(directory, 1, &service), WT_OK);
    assert_int_equal(wt_directory_put_retired(directory, 0, &retired), WT_OK);
    wt_directory_put_resize(directory, 0, &resize);
    wt_directory_put_event(directory, &event);
    for (int i = 0; i < 3; i++)
        assert_int_equal(wt_directory_add_schema(directory, "a schema", 8, &number), WT_OK);
    assert_int_equal(test_directory_publish(directory, 1, 5, 100, 100), WT_OK);
    assert_int_equal(test_directory_publish(directory, 2, 5, 100, 100), WT_OK);
}

static int setup(void **state) {
    struct test_directory_file *t = calloc(1, sizeof *t);
    assert_non_null(t);
    test_directory_open(t, NULL);
    fill(t->directory);
    *state = t;
    return 0;
}

static int teardown(void **state) {
    test_directory_close(*state);
    free(*state);
    return 0;
}

/* Opens, expecting a refusal that says `text`. */
static void refuse(const char *path, wt_status expected, const char *text) {
    struct wt_directory_view *view = (void *)1;
    struct wt_error err = {.text = ""};
    wt_status status = wt_directory_view_open(&view, path, &err);
    if (status != expected)
        fail_msg("%s: \"%s\", not \"%s\"", wt_status_text(status), err.text, text);
    assert_null(view);
    if (strstr(err.text, text) == NULL || strstr(err.text, path) == NULL)
        fail_msg("\"%s\" does not say \"%s\" and the path", err.text, text);
    assert_int_equal(err.status, expected);
}

/* With these bytes at that offset, and the old ones afterwards. */
static void refuse_patched(const struct test_directory_file *t, uint64_t offset, const void *bytes,
                           size_t length, wt_status expected, const char *text) {
    unsigned char old[64];
    memcpy(old, t->directory->base + offset, length);
    test_directory_patch(t->path, offset, bytes, length);
    refuse(t->path, expected, text);
    test_directory_patch(t->path, offset, old, length);
}

/* ---- what is no directory file ----------------------------------------------------------- */

static void what_is_no_file_is_refused_at_once(void **state) {
    struct test_directory_file *t = *state;
    char *other = test_path(t->folder, "other");
    refuse(other, WT_ENOENT, "No such file");
    refuse(t->folder, WT_EFORMAT, "no regular file");
    assert_int_equal(mkfifo(other, 0600), 0);
    refuse(other, WT_EFORMAT, "no regular file"); /* and does not hang */
    assert_int_equal(unlink(other), 0);
    refuse("/dev/null", WT_EFORMAT, "no regular file");
    test_write_file(other, "");
    refuse(other, WT_EFORMAT, "it has 0 bytes");
    test_write_file(other, "some text");
    refuse(other, WT_EFORMAT, "it has 9 bytes, its header alone has 512");
    assert_int_equal(truncate(other, 8192), 0);
    refuse(other, WT_EFORMAT, "it begins with 73 6f 6d 65");
    if (geteuid() != 0) {
        assert_int_equal(chmod(other, 0), 0);
        refuse(other, WT_EACCESS, "Permission denied");
    }
    assert_int_equal(unlink(other), 0);
    assert_int_equal(symlink(t->path, other), 0); /* is only read: followed */
    struct wt_directory_view *view;
    assert_int_equal(wt_directory_view_open(&view, other, NULL), WT_OK);
    assert_int_equal(wt_directory_view_check(view, NULL), WT_OK);
    wt_directory_view_close(view);
    free(other);
}

/* Three different messages. */
static void not_ready_newer_and_broken_are_three_answers(void **state) {
    struct test_directory_file *t = *state;
    static const unsigned char zeros[64];
    const uint32_t newer = 2;
    refuse_patched(t, 8, zeros, 4, WT_EAGAIN, "not ready yet");
    refuse_patched(t, 0, zeros, 12, WT_EAGAIN, "not ready yet"); /* not even the magic */
    refuse_patched(t, 8, &newer, 4, WT_EVERSION, "has version 2, written by a newer version");
    refuse_patched(t, 0, "WORKTOPE", 8, WT_EFORMAT, "broken");
    refuse_patched(t, 0, zeros, 8, WT_EFORMAT, "broken");
    struct wt_directory_view *view;
    assert_int_equal(wt_directory_view_open(&view, t->path, NULL), WT_OK);
    wt_directory_view_close(view);
}

static void a_file_of_another_boot_is_told(void **state) {
    struct test_directory_file *t = *state;
    unsigned char boot_id[16];
    memcpy(boot_id, t->directory->base + 32, 16);
    boot_id[15] ^= 1;
    test_directory_view(t);
    bool here = wt_directory_view_is_this_boot(t->view);
    test_directory_patch(t->path, 32, boot_id, 16);
    test_directory_view(t);
    assert_false(wt_directory_view_is_this_boot(t->view));
    memset(boot_id, 0, 16); /* the writer did not know */
    test_directory_patch(t->path, 32, boot_id, 16);
    test_directory_view(t);
    assert_false(wt_directory_view_is_this_boot(t->view));
    assert_true(here || access("/proc/sys/kernel/random/boot_id", R_OK) != 0);
}

/* ---- a geometry that cannot be ----------------------------------------------------------- */

static void a_header_that_cannot_be_is_named(void **state) {
    struct test_directory_file *t = *state;
    static const struct {
        uint64_t offset;
        size_t bytes;
        uint64_t value;
        const char *text;
    } cases[] = {
        {12, 4, 511, "a header of 511 bytes"},
        {12, 4, 504, "a header of 504 bytes"},
        {12, 4, 516, "a header of 516 bytes"},
        {12, 4, UINT32_MAX - 7, "a header of 4294967288 bytes"},
        {16, 4, 0, "table entries of 0 bytes"},
        {16, 4, 56, "table entries of 56 bytes"},
        {16, 4, 68, "table entries of 68 bytes"},
        {20, 4, 1025, "1025 sections"},
        {20, 4, UINT32_MAX, "4294967295 sections"},
        {24, 8, 0, "says 0 bytes"},
        {24, 8, UINT64_MAX, "says 18446744073709551615 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuse_patched(t, cases[i].offset, &cases[i].value, cases[i].bytes, WT_EFORMAT,
                       cases[i].text);
}

/* Every member of the table's entries at its limits, overflows included. */
static void a_section_that_cannot_be_is_named(void **state) {
    struct test_directory_file *t = *state;
    const uint64_t file = wt_directory_bytes(t->directory);
    const uint64_t segments = 512 + 2 * 64; /* section 2 */
    const uint64_t schemas = 512 + 4 * 64;
    const uint64_t snapshot = 512 + 11 * 64;
    const struct {
        uint64_t offset, value;
        const char *text;
    } cases[] = {
        {segments + 8, 0, "section 2 (type 3) has 576 bytes at offset 0"},
        {segments + 8, 512, "at offset 512"}, /* in the table */
        {segments + 8, 4097, "at offset 4097"},
        {segments + 8, file, "section 2"},
        {segments + 8, UINT64_MAX - 63, "section 2"},
        {segments + 16, file, "section 2"},
        {segments + 16, UINT64_MAX, "section 2"},
        {segments + 24, 0, "records of 0 bytes"},
        {segments + 24, 4, "records of 4 bytes"},
        {segments + 24, 73, "records of 73 bytes"},
        {segments + 24, UINT64_MAX - 7, "8 records of 18446744073709551608 bytes"},
        {segments + 32, 9, "9 records of 72 bytes"},
        {segments + 32, UINT64_MAX / 72 + 2, "records of 72 bytes"},
        {schemas + 24, 1, "has records of 1 bytes, it has none"},
        {snapshot + 16, 63, "has 63 bytes, at least 64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuse_patched(t, cases[i].offset, &cases[i].value, 8, WT_EFORMAT, cases[i].text);
}

/* `used` is read live: what is too large is taken for all there is room for. */
static void an_impossible_use_is_taken_to_the_room(void **state) {
    struct test_directory_file *t = *state;
    const uint64_t much = UINT64_MAX;
    struct wt_shared_section section;
    struct wt_buffer out = {0};
    test_directory_view(t);
    for (uint64_t i = 0; i < 13; i++)
        test_directory_patch(t->path, 512 + i * 64 + 40, &much, 8);
    assert_true(wt_directory_view_section(t->view, WT_SECTION_SEGMENTS, 0, &section));
    assert_int_equal(section.used, 8);
    assert_true(wt_directory_view_section(t->view, WT_SECTION_SCHEMAS, 0, &section));
    assert_int_equal(section.used, 512);
    assert_int_equal(wt_directory_view_schema(t->view, 3, &out, NULL), WT_OK);
    assert_true(test_directory_read_all(t->view) > 10);
    test_directory_view(t); /* facts too */
    assert_string_equal(wt_directory_view_fact(t->view, "host"), "box");
    wt_buffer_fini(&out);
}

static void schemas_that_cannot_be_are_named(void **state) {
    struct test_directory_file *t = *state;
    const uint64_t cases[] = {497, UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 40};
    struct wt_buffer out = {0};
    struct wt_error err;
    struct wt_shared_section section;
    test_directory_view(t);
    assert_true(wt_directory_view_section(t->view, WT_SECTION_SCHEMAS, 0, &section));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_directory_patch(t->path, section.offset + 16, &cases[i], 8);
        assert_int_equal(wt_directory_view_schema(t->view, 1, &out, &err), WT_OK);
        assert_int_equal(wt_directory_view_schema(t->view, 2, &out, &err), WT_EFORMAT);
        assert_non_null(strstr(err.text, "schema 2 at byte"));
        assert_int_equal(wt_directory_view_schema(t->view, 3, &out, &err), WT_EFORMAT);
        assert_int_equal(out.length, 0);
    }
    wt_buffer_fini(&out);
}

/* ---- banks ------------------------------------------------------------------------------- */

static wt_status copy_snapshot(const struct wt_directory_view *view, struct wt_error *err) {
    struct wt_buffer workers = {0}, tick = {0};
    uint64_t version, sequence;
    wt_status status =
        wt_directory_view_snapshot(view, 0, &workers, &version, &tick, &sequence, err);
    if (status != WT_OK)
        assert_int_equal(workers.length + tick.length, 0);
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    return status;
}

static void a_bank_that_cannot_be_is_named(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_section bank;
    struct wt_error err;
    test_directory_view(t);
    assert_true(wt_directory_view_section(t->view, WT_SECTION_SNAPSHOT, 0, &bank));
    const struct {
        uint64_t offset, value;
        const char *text;
    } cases[] = {
        {bank.offset + 0, 0, "bank 0 holds snapshot 0, the header says 2"},
        {bank.offset + 0, 4, "bank 0 holds snapshot 4"},
        {bank.offset + 16, 0, "at 0 and"}, /* in the bank's header */
        {bank.offset + 16, 65, "at 65"},
        {bank.offset + 16, UINT64_MAX - 7, "parts of"},
        {bank.offset + 24, bank.bytes - 63, "parts of"},
        {bank.offset + 24, UINT64_MAX, "parts of"},
        {bank.offset + 24, 99, "workers part of snapshot 2 has the sum"},
        {bank.offset + 32, 0, "workers part of snapshot 2 has the sum"},
        {bank.offset + 40, bank.bytes, "parts of"},
        {bank.offset + 48, UINT64_MAX - 6, "parts of"},
        {bank.offset + 56, 0, "tick part of snapshot 2 has the sum"},
        {bank.offset + 64, 0, "workers part"},
        {bank.offset + 192, 0, "tick part"},
        {120, 3, "bank 1 holds snapshot 1, the header says 3"},
        {120, UINT64_MAX, "bank 1 holds snapshot 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t old = wt_word_load(t->directory->base + cases[i].offset);
        test_directory_patch(t->path, cases[i].offset, &cases[i].value, 8);
        if (copy_snapshot(t->view, &err) != WT_EFORMAT || strstr(err.text, cases[i].text) == NULL)
            fail_msg("case %zu: \"%s\", not \"%s\"", i, err.text, cases[i].text);
        test_directory_patch(t->path, cases[i].offset, &old, 8);
        assert_int_equal(copy_snapshot(t->view, &err), WT_OK);
    }
}

/* A writer that is in the middle of the bank, for ever. */
static void a_record_left_half_written_is_not_waited_for(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_section section;
    struct wt_shared_segment_record out;
    const uint64_t odd = 3;
    test_directory_view(t);
    assert_true(wt_directory_view_section(t->view, WT_SECTION_SEGMENTS, 0, &section));
    test_directory_patch(t->path, section.offset + 72, &odd, 8);
    assert_int_equal(wt_directory_view_segment(t->view, 0, 1, &out), WT_EAGAIN);
    assert_int_equal(out.worker_id, 0);
    assert_int_equal(wt_directory_view_segment(t->view, 0, 2, &out), WT_OK);
    /* The next one that writes it makes it whole. */
    out.worker_id = 12;
    assert_int_equal(wt_directory_put_segment(t->directory, 0, 1, &out), WT_OK);
    assert_int_equal(wt_directory_view_segment(t->view, 0, 1, &out), WT_OK);
    assert_int_equal(out.sequence, 6);
    assert_int_equal(out.worker_id, 12);
}

/* ---- older and newer writers of version 1 ------------------------------------------------ */

/* A file as another writer would lay it out: a longer header, longer entries, a section that nobody
 * knows, longer records and shorter ones. */
static unsigned char *foreign_file(size_t *length) {
    enum { HEADER = 576, ENTRY = 80, SECTIONS = 5, BYTES = 8192 };
    unsigned char *base = aligned_alloc(64, BYTES);
    assert_non_null(base);
    memset(base, 0, BYTES);
    struct wt_shared_directory_header header = {
        .version = 1,
        .header_bytes = HEADER,
        .section_bytes = ENTRY,
        .section_count = SECTIONS,
        .file_bytes = BYTES,
    };
    memcpy(header.magic, WT_SHARED_DIRECTORY_MAGIC, 8);
    memcpy(base, &header, sizeof header);
    const struct wt_shared_section sections[SECTIONS] = {
        {.type = 4711, .offset = 1024, .bytes = 8, .record_bytes = 3, .count = UINT64_MAX},
        {.type = WT_SECTION_SEGMENTS, .offset = 1088, .bytes = 352, .record_bytes = 88, .count = 4},
        {.type = WT_SECTION_SERVICES, .offset = 1472, .bytes = 64, .record_bytes = 32, .count = 2},
        {.type = WT_SECTION_STORES, .offset = 1536, .bytes = 24, .record_bytes = 8, .count = 3},
        {.type = WT_SECTION_SEGMENTS, .index = 9, .offset = 1600, .bytes = 88, .record_bytes = 88},
    };
    for (size_t i = 0; i < SECTIONS; i++)
        memcpy(base + HEADER + i * ENTRY, &sections[i], sizeof sections[i]);
    struct wt_shared_segment_record segment = {.sequence = 2, .worker_id = 77, .state = 2};
    memcpy(base + 1088 + 88, &segment, sizeof segment);
    memset(base + 1088 + 88 + sizeof segment, 0xee, 16); /* members that nobody knows yet */
    struct wt_shared_service_record service = {.sequence = 4, .retired_workers = 6};
    memset(service.name, 'n', 16); /* 16 bytes of name are all this writer has */
    memcpy(base + 1472 + 32, &service, 32);
    base[1536 + 16] = 2; /* a sequence and nothing else */
    *length = BYTES;
    return base;
}

static void longer_and_shorter_records_are_read(void **state) {
    (void)state;
    size_t length;
    struct wt_error err = {.text = ""};
    struct wt_directory_view *view;
    unsigned char *base = foreign_file(&length);
    if (wt_directory_view_over(&view, base, length, "foreign", &err) != WT_OK)
        fail_msg("%s", err.text);
    struct wt_shared_segment_record segment;
    struct wt_shared_service_record service;
    struct wt_shared_store_record store;
    struct wt_shared_section section;
    assert_int_equal(wt_directory_view_segment(view, 0, 0, &segment), WT_ENOENT);
    assert_int_equal(wt_directory_view_segment(view, 0, 1, &segment), WT_OK);
    assert_int_equal(segment.worker_id, 77);
    assert_int_equal(segment.state, 2);
    assert_int_equal(wt_directory_view_service(view, 2, &service), WT_OK);
    assert_int_equal(service.retired_workers, 6);
    assert_string_equal(service.name, "nnnnnnnnnnnnnnnn");
    assert_int_equal(wt_directory_view_store(view, 2, &store), WT_OK);
    assert_int_equal(store.sequence, 2);
    assert_int_equal(store.inode, 0);
    assert_int_equal(wt_directory_view_section_count(view), 5);
    wt_directory_view_section_at(view, 0, &section); /* unknown, but listed */
    assert_int_equal(section.type, 4711);
    assert_int_equal(section.bytes, 8);
    assert_string_equal(wt_directory_view_fact(view, "host"), ""); /* no such section */
    assert_int_equal(copy_snapshot(view, &err), WT_ENOENT);
    test_directory_read_all(view);
    wt_directory_view_close(view);
    assert_int_equal(wt_directory_view_over(&view, base, 511, "foreign", &err), WT_EFORMAT);
    assert_int_equal(wt_directory_view_over(&view, base, length - 1, "foreign", &err), WT_EFORMAT);
    free(base);
}

/* Keys without a value, values without an end, empty keys. */
static void facts_that_do_not_end_are_harmless(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_section section;
    test_directory_view(t);
    assert_true(wt_directory_view_section(t->view, WT_SECTION_FACTS, 0, &section));
    assert_int_equal(section.used, sizeof "host\0box\0version\0001");
    const struct {
        const char *bytes; /* 19 of them */
        const char *host;
    } cases[] = {
        {"host\0boxxxxxxxxxxxx", "boxxxxxxxxxxxx"},     {"xxxxxxxxxxxxxx\0host", ""},
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", ""}, {"xxxxxxxxxxxxxxxxxxx", ""},
        {"a\0b\0host\0\0cc\0d\0\0\0\0\0", ""},          {"a\0\0host\0c\0ccccccccc", "c"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_directory_patch(t->path, section.offset, cases[i].bytes, 19);
        test_directory_view(t);
        assert_string_equal(wt_directory_view_fact(t->view, "host"), cases[i].host);
    }
}

/* ---- damage everywhere ------------------------------------------------------------------- */

/* Opens the bytes; reads everything, twice: nothing may crash, hang or read outside. */
static bool survive(const unsigned char *bytes, size_t length) {
    struct wt_directory_view *view;
    struct wt_error err;
    wt_status status = wt_directory_view_over(&view, bytes, length, "damaged", &err);
    if (status != WT_OK) {
        assert_true(status == WT_EFORMAT || status == WT_EAGAIN || status == WT_EVERSION);
        assert_non_null(strstr(err.text, "damaged"));
        return false;
    }
    test_directory_read_all(view);
    wt_directory_view_close(view);
    return true;
}

/* A copy of exactly the file's bytes on the heap, so that the sanitizers see every step outside. */
static unsigned char *copy_file(const struct test_directory_file *t, size_t *length) {
    *length = (size_t)wt_directory_bytes(t->directory);
    unsigned char *copy = malloc(*length);
    assert_non_null(copy);
    memcpy(copy, t->directory->base, *length);
    return copy;
}

/* Flips of single bytes in [from, to): each is detected or harmless. */
static void damage(unsigned char *bytes, size_t length, uint64_t from, uint64_t to, size_t stride) {
    static const unsigned char masks[] = {0xff, 0x01, 0x80};
    for (uint64_t at = from; at < to; at += stride) {
        for (size_t i = 0; i < sizeof masks; i++) {
            bytes[at] ^= masks[i];
            survive(bytes, length);
            bytes[at] ^= masks[i];
        }
    }
}

static void every_damaged_byte_is_detected_or_harmless(void **state) {
    struct test_directory_file *t = *state;
    size_t length;
    unsigned char *bytes = copy_file(t, &length);
    struct wt_shared_section section;
    test_directory_view(t);
    damage(bytes, length, 0, 512 + 13 * 64, STRIDE);
    for (size_t i = 0; i < wt_directory_view_section_count(t->view); i++) {
        wt_directory_view_section_at(t->view, i, &section);
        uint64_t end = section.offset + section.bytes;
        bool is_small = section.bytes < 4096;
        damage(bytes, length, section.offset, end, is_small ? 2 * STRIDE : 997 * STRIDE);
    }
    assert_true(survive(bytes, length)); /* back as it was */
    free(bytes);
}

/* In the published bank nothing is harmless: every flip of a byte that counts is found. */
static void every_damaged_byte_of_a_snapshot_is_detected(void **state) {
    struct test_directory_file *t = *state;
    size_t length;
    unsigned char *bytes = copy_file(t, &length);
    struct wt_directory_view *view;
    struct wt_shared_section bank;
    assert_int_equal(wt_directory_view_over(&view, bytes, length, "damaged", NULL), WT_OK);
    assert_true(wt_directory_view_section(view, WT_SECTION_SNAPSHOT, 0, &bank));
    for (uint64_t at = 0; at < 64 + 128 + 100; at++) {
        if ((at >= 8 && at < 16) || (at >= 64 + 100 && at < 64 + 128))
            continue; /* the version is the reader's to compare; the gap between the parts */
        bytes[bank.offset + at] ^= 0x10;
        if (copy_snapshot(view, NULL) != WT_EFORMAT)
            fail_msg("byte %llu of the bank", (unsigned long long)at);
        bytes[bank.offset + at] ^= 0x10;
    }
    assert_int_equal(copy_snapshot(view, NULL), WT_OK);
    wt_directory_view_close(view);
    free(bytes);
}

/* Random bytes over random places, a thousand files. */
static void random_damage_is_survived(void **state) {
    struct test_directory_file *t = *state;
    size_t length;
    unsigned char *bytes = copy_file(t, &length);
    unsigned char *damaged = malloc(length);
    assert_non_null(damaged);
    uint64_t random = 88172645463325252u;
    size_t opened = 0;
    for (int i = 0; i < 1000 / STRIDE; i++) {
        memcpy(damaged, bytes, length);
        for (int k = 0; k < 16; k++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            /* Words of many bits and words of few, mostly where it hurts. */
            uint64_t word = (random & 1) != 0 ? random : random >> (random % 61);
            size_t room = (random & 2) != 0 ? 2048 : length;
            memcpy(damaged + 32 + random / 8 % (room - 40) / 8 * 8, &word, 8);
        }
        opened += survive(damaged, length);
    }
    assert_true(opened > 0 && opened < 1000 / STRIDE);
    free(damaged);
    free(bytes);
}

/* ---- truncation -------------------------------------------------------------------------- */

/* Before it is opened, and underneath a view, at every page. */
static void a_file_cut_at_any_page_is_survived(void **state) {
    struct test_directory_file *t = *state;
    size_t length;
    unsigned char *bytes = copy_file(t, &length);
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    for (uint64_t left = 0; left < length; left += wt_page_bytes()) {
        assert_int_equal(truncate(t->path, (off_t)left), 0);
        refuse(t->path, WT_EFORMAT, "bytes");
        assert_int_equal(truncate(t->path, (off_t)length), 0);
        test_directory_patch(t->path, 0, bytes, length);
        test_directory_view(t);
        assert_int_equal(truncate(t->path, (off_t)left), 0);
        test_directory_read_all(t->view);
        assert_int_equal(wt_directory_view_check(t->view, NULL), WT_EDEAD);
        assert_false(wt_directory_view_is_readable(t->view));
        assert_int_equal(copy_snapshot(t->view, NULL), WT_EDEAD);
        assert_int_equal(truncate(t->path, (off_t)length), 0);
        test_directory_patch(t->path, 0, bytes, length);
    }
    test_directory_view(t);
    assert_int_equal(copy_snapshot(t->view, NULL), WT_OK);
    free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_file_is_refused_at_once),
        TEST(not_ready_newer_and_broken_are_three_answers),
        TEST(a_file_of_another_boot_is_told),
        TEST(a_header_that_cannot_be_is_named),
        TEST(a_section_that_cannot_be_is_named),
        TEST(an_impossible_use_is_taken_to_the_room),
        TEST(schemas_that_cannot_be_are_named),
        TEST(a_bank_that_cannot_be_is_named),
        TEST(a_record_left_half_written_is_not_waited_for),
        TEST(longer_and_shorter_records_are_read),
        TEST(facts_that_do_not_end_are_harmless),
        TEST(every_damaged_byte_is_detected_or_harmless),
        TEST(every_damaged_byte_of_a_snapshot_is_detected),
        TEST(random_damage_is_survived),
        TEST(a_file_cut_at_any_page_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
