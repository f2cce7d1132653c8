#include "support/support.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/sha1.h"

static void sha1_gives_the_published_digests(void **state) {
    (void)state;
    char hex[WT_SHA1_HEX_SIZE];
    wt_sha1_hex("", 0, hex);
    assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    wt_sha1_hex("abc", 3, hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    wt_sha1_hex(two_blocks, strlen(two_blocks), hex);
    assert_string_equal(hex, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    char million[1000];
    memset(million, 'a', sizeof million);
    wt_sha1_hex(million, sizeof million, hex);
    assert_string_equal(hex, "291e9a6c66994949b57ba5e650361e98fc36b1ba");
}

static void sha1_pads_right_at_every_length_around_a_block(void **state) {
    (void)state;
    /* Lengths 54 to 57 and 63 to 65 of 'a': where one block of padding becomes two. */
    static const struct {
        size_t length;
        const char *hex;
    } cases[] = {
        {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
        {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
        {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
        {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
        {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
    };
    char bytes[65];
    memset(bytes, 'a', sizeof bytes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char hex[WT_SHA1_HEX_SIZE];
        wt_sha1_hex(bytes, cases[i].length, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

static void a_path_becomes_absolute(void **state) {
    (void)state;
    char out[PATH_MAX], cwd[PATH_MAX], expected[PATH_MAX + 8];
    assert_int_equal(wt_path_absolute("/a//b/./c/../d/", out, NULL), WT_OK);
    assert_string_equal(out, "/a/b/d");
    assert_int_equal(wt_path_absolute("/../..", out, NULL), WT_OK);
    assert_string_equal(out, "/");
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(wt_path_absolute("x", out, NULL), WT_OK);
    snprintf(expected, sizeof expected, "%s/x", cwd);
    assert_string_equal(out, expected);
}

static void a_path_that_never_fits_is_refused(void **state) {
    (void)state;
    char path[PATH_MAX + 10], out[PATH_MAX];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    struct wt_error err;
    assert_int_equal(wt_path_absolute(path, out, &err), WT_ERANGE);
    struct wt_address address;
    assert_int_equal(wt_address_resolve(path, false, &address, &err), WT_ERANGE);
    assert_int_equal(wt_address_resolve("", false, &address, &err), WT_EINVAL);
}

static void a_path_of_108_bytes_is_used_whole(void **state) {
    (void)state;
    char path[WT_ADDRESS_MAX_BYTES + 2];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[WT_ADDRESS_MAX_BYTES] = '\0';
    struct wt_address address;
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    assert_false(address.is_short_name);
    assert_string_equal(address.path, path);
    assert_int_equal(address.length, offsetof(struct sockaddr_un, sun_path) + 108);
    assert_memory_equal(address.un.sun_path, path, 108);

    path[107] = '\0';
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    assert_int_equal(address.length, offsetof(struct sockaddr_un, sun_path) + 108);
}

static void a_longer_path_gets_the_name_that_ruby_gives_it(void **state) {
    (void)state;
    /* Digest::SHA1.hexdigest("/" + "a" * 108) */
    char path[WT_ADDRESS_MAX_BYTES + 2];
    memset(path, 'a', sizeof path);
    path[0] = '/';
    path[WT_ADDRESS_MAX_BYTES + 1] = '\0';
    char hex[WT_SHA1_HEX_SIZE], expected[64];
    wt_sha1_hex(path, strlen(path), hex);
    setenv("TMPDIR", "/somewhere", 1);
    struct wt_address address;
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    assert_true(address.is_short_name);
    snprintf(expected, sizeof expected, "/somewhere/%s.ipc", hex);
    assert_string_equal(address.path, expected);
    setenv("TMPDIR", "/somewhere/", 1);
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    assert_string_equal(address.path, expected);
    unsetenv("TMPDIR");
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    snprintf(expected, sizeof expected, "/tmp/%s.ipc", hex);
    assert_string_equal(address.path, expected);
}

static void a_client_follows_the_link_of_another_tmpdir(void **state) {
    (void)state;
    char directory[] = "/tmp/wt-address-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char path[256];
    int written = snprintf(path, sizeof path, "%s/", directory);
    memset(path + written, 'b', 120);
    path[written + 120] = '\0';
    assert_int_equal(symlink("/elsewhere/short.ipc", path), 0);
    struct wt_address address;
    assert_int_equal(wt_address_resolve(path, true, &address, NULL), WT_OK);
    assert_string_equal(address.path, "/elsewhere/short.ipc");
    assert_int_equal(wt_address_resolve(path, false, &address, NULL), WT_OK);
    assert_string_not_equal(address.path, "/elsewhere/short.ipc");
    unlink(path);
    rmdir(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha1_gives_the_published_digests),
        cmocka_unit_test(sha1_pads_right_at_every_length_around_a_block),
        cmocka_unit_test(a_path_becomes_absolute),
        cmocka_unit_test(a_path_that_never_fits_is_refused),
        cmocka_unit_test(a_path_of_108_bytes_is_used_whole),
        cmocka_unit_test(a_longer_path_gets_the_name_that_ruby_gives_it),
        cmocka_unit_test(a_client_follows_the_link_of_another_tmpdir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
