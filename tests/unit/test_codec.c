#include "support/support.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "schema/codec.h"

enum { SEGMENT = 64 };

static const wt_type all_types[] = {
#define TYPE(name, text, bytes, class_, big) WT_TYPE_##name,
    WT_TYPE_MAP(TYPE)
#undef TYPE
};
enum { TYPE_COUNT = sizeof all_types / sizeof all_types[0] };

static uint64_t next_random(uint64_t *random) {
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return *random ^ *random >> 29;
}

/* An independent decoder: byte by byte, by the meaning of the type. */
static uint64_t expected_bits(const unsigned char *at, wt_type type) {
    size_t bytes = wt_type_bytes(type);
    uint64_t raw = 0;
    for (size_t i = 0; i < bytes; i++) {
        size_t place = wt_type_is_big_endian(type) ? bytes - 1 - i : i;
        raw |= (uint64_t)at[i] << (8 * place);
    }
    switch (wt_type_class(type)) {
    case WT_CLASS_UNSIGNED:
        return raw;
    case WT_CLASS_SIGNED:
        return bytes == 1   ? (uint64_t)(int64_t)(int8_t)raw
               : bytes == 2 ? (uint64_t)(int64_t)(int16_t)raw
               : bytes == 4 ? (uint64_t)(int64_t)(int32_t)raw
                            : raw;
    case WT_CLASS_FLOAT:
        break;
    }
    if (bytes == 8)
        return raw;
    uint32_t narrow = (uint32_t)raw;
    float value;
    memcpy(&value, &narrow, sizeof value);
    return wt_bits_of_double((double)value);
}

static void every_type_order_and_alignment_reads(void **state) {
    (void)state;
    _Alignas(8) unsigned char segment[SEGMENT];
    uint64_t random = 7;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < SEGMENT; i++)
            segment[i] = (unsigned char)(next_random(&random) >> 13);
        for (size_t i = 0; i < TYPE_COUNT; i++) {
            struct wt_field field = {.type = all_types[i]};
            for (; field.offset + wt_type_bytes(field.type) <= SEGMENT; field.offset++) {
                uint64_t bits = 1;
                assert_true(wt_codec_read(segment, &field, &bits));
                assert_true(bits == expected_bits(segment + field.offset, field.type));
                assert_true(wt_codec_read_any(segment, &field, &bits));
                assert_true(bits == expected_bits(segment + field.offset, field.type));
            }
        }
    }
}

/* What can be read back of `bits` through a type. */
static uint64_t cut(uint64_t bits, wt_type type) {
    unsigned width = 8 * (unsigned)wt_type_bytes(type);
    switch (wt_type_class(type)) {
    case WT_CLASS_UNSIGNED:
        return width == 64 ? bits : bits & ((UINT64_C(1) << width) - 1);
    case WT_CLASS_SIGNED:
        return width == 64 ? bits : (uint64_t)((int64_t)(bits << (64 - width)) >> (64 - width));
    case WT_CLASS_FLOAT:
        break;
    }
    return width == 64 ? bits : wt_bits_of_double((double)(float)wt_double_of_bits(bits));
}

static void what_is_written_is_read_and_nothing_else_moves(void **state) {
    (void)state;
    uint64_t random = 99;
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        struct wt_field field = {.type = all_types[i]};
        size_t bytes = wt_type_bytes(field.type);
        for (; field.offset + bytes <= SEGMENT; field.offset++) {
            _Alignas(8) unsigned char segment[SEGMENT], before[SEGMENT];
            memset(segment, 0xa5, sizeof segment);
            memcpy(before, segment, sizeof before);
            uint64_t bits = next_random(&random), back = 0;
            if (wt_type_class(field.type) == WT_CLASS_FLOAT)
                bits = wt_bits_of_double((double)(int64_t)bits / 1024);
            wt_codec_write(segment, &field, bits);
            assert_true(wt_codec_read(segment, &field, &back));
            assert_true(back == cut(bits, field.type));
            memcpy(segment + field.offset, before + field.offset, bytes);
            assert_memory_equal(segment, before, sizeof segment);
        }
    }
}

static void known_values(void **state) {
    (void)state;
    _Alignas(8) unsigned char segment[16] = {0x01, 0x02, 0x03, 0x04, 0xff, 0xff, 0xff, 0xfe,
                                             0x3f, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    const struct {
        struct wt_field field;
        uint64_t bits;
    } known[] = {
        {{.type = WT_TYPE_U16LE, .offset = 0}, 0x0201},
        {{.type = WT_TYPE_U16BE, .offset = 0}, 0x0102},
        {{.type = WT_TYPE_U32LE, .offset = 0}, 0x04030201},
        {{.type = WT_TYPE_U32BE, .offset = 0}, 0x01020304},
        {{.type = WT_TYPE_U8, .offset = 4}, 255},
        {{.type = WT_TYPE_S8, .offset = 7}, (uint64_t)-2},
        {{.type = WT_TYPE_S32BE, .offset = 4}, (uint64_t)-2},
        {{.type = WT_TYPE_U32BE, .offset = 4}, 0xfffffffe},
        {{.type = WT_TYPE_S64BE, .offset = 0}, 0x01020304fffffffe},
        {{.type = WT_TYPE_F32BE, .offset = 8}, wt_bits_of_double(1.5)},
        {{.type = WT_TYPE_F64BE, .offset = 8}, wt_bits_of_double(0.125)},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint64_t bits = 0;
        assert_true(wt_codec_read(segment, &known[i].field, &bits));
        assert_true(bits == known[i].bits);
    }
}

static void floats_keep_what_is_not_finite(void **state) {
    (void)state;
    _Alignas(8) unsigned char segment[16] = {0};
    const struct wt_field narrow = {.type = WT_TYPE_F32BE, .offset = 2};
    uint64_t bits = 0;
    wt_codec_write(segment, &narrow, wt_bits_of_double(NAN));
    assert_true(wt_codec_read(segment, &narrow, &bits));
    assert_true(isnan(wt_double_of_bits(bits)));
    wt_codec_write(segment, &narrow, wt_bits_of_double(-INFINITY));
    assert_true(wt_codec_read(segment, &narrow, &bits));
    assert_true(wt_double_of_bits(bits) == -INFINITY);
}

struct race {
    _Alignas(8) unsigned char segment[24];
    struct wt_field value, neighbour;
    atomic_bool stop;
};

static void *write_on(void *context) {
    struct race *race = context;
    for (uint64_t i = 0; !atomic_load_explicit(&race->stop, memory_order_relaxed); i++) {
        wt_codec_write(race->segment, &race->value, i & 1 ? UINT64_MAX : 0);
        wt_codec_write(race->segment, &race->neighbour, i);
    }
    return NULL;
}

/* A value inside one word is never torn, whatever a writer does, and always readable. */
static void a_value_inside_a_word_never_tears(void **state) {
    (void)state;
    static struct race race = {.value = {.type = WT_TYPE_U32LE, .offset = 4},
                               .neighbour = {.type = WT_TYPE_U16LE, .offset = 2}};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &race), 0);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = 1;
        assert_true(wt_codec_read(race.segment, &race.value, &bits));
        assert_true(bits == 0 || bits == UINT32_MAX);
    }
    atomic_store(&race.stop, true);
    pthread_join(thread, NULL);
}

/* A straddling value is read, or reported as torn and left alone; never an endless loop. */
static void a_straddling_value_is_read_or_refused(void **state) {
    (void)state;
    static struct race race = {.value = {.type = WT_TYPE_U64LE, .offset = 4},
                               .neighbour = {.type = WT_TYPE_U32LE, .offset = 12}};
    pthread_t thread;
    uint64_t bits = 0;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &race), 0);
    for (int i = 0; i < 100000; i++) {
        uint64_t kept = 0x1234;
        if (!wt_codec_read(race.segment, &race.value, &kept))
            assert_true(kept == 0x1234);
    }
    atomic_store(&race.stop, true);
    pthread_join(thread, NULL);
    assert_true(wt_codec_read(race.segment, &race.value, &bits));
    assert_true(bits == 0 || bits == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_order_and_alignment_reads),
        cmocka_unit_test(what_is_written_is_read_and_nothing_else_moves),
        cmocka_unit_test(known_values),
        cmocka_unit_test(floats_keep_what_is_not_finite),
        cmocka_unit_test(a_value_inside_a_word_never_tears),
        cmocka_unit_test(a_straddling_value_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
