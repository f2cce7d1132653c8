/* tuples.h - a schema of the bytes of an input, for the targets that need one:
 *
 *     [key length] key [type] [text of the type, when type >= 0x80] [offset] [hints length] hints
 *
 * again and again, at most `most` times. An offset from 0x80 on is followed by 8 bytes.
 */
#ifndef WT_TESTS_FUZZ_TUPLES_H
#define WT_TESTS_FUZZ_TUPLES_H

#include "fuzz/fuzz.h"
#include "schema/schema.h"

static inline void fuzz_add_tuple(struct wt_schema_builder *builder, struct fuzz_input *input) {
    size_t key_length, type_length, hints_length;
    uint8_t *key = fuzz_bytes(input, fuzz_byte(input), &key_length);
    uint8_t type = fuzz_byte(input);
    uint8_t *type_text = fuzz_bytes(input, type >= 0x80 ? type & 7 : 0, &type_length);
    const char *text = (const char *)type_text;
    if (type < 0x80) {
        text = wt_type_text((wt_type)(type % 18));
        type_length = strlen(text);
    }
    int64_t offset = fuzz_byte(input);
    if (offset >= 0x80)
        offset = (int64_t)fuzz_word(input, 8);
    uint8_t hints_wanted = fuzz_byte(input);
    uint8_t *hints = fuzz_bytes(input, hints_wanted, &hints_length);
    wt_schema_builder_add(builder, (const char *)key, key_length, text, type_length, offset,
                          hints_wanted > 0 ? hints : NULL, hints_length);
    free(key);
    free(type_text);
    free(hints);
}

static inline struct wt_schema *fuzz_schema(struct fuzz_input *input, size_t segment_bytes,
                                            size_t most) {
    struct wt_schema_builder *builder = wt_schema_builder_create(segment_bytes);
    struct wt_schema *schema;
    require(builder != NULL);
    for (size_t i = 0; i < most && input->left > 0; i++)
        fuzz_add_tuple(builder, input);
    require(wt_schema_builder_finish(builder, &schema, NULL) == WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}

#endif /* WT_TESTS_FUZZ_TUPLES_H */
