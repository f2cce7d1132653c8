#include "model/flat_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void wt_flat_refuse(struct wt_flat_reader *reader, size_t at, const char *format, ...) {
    char text[256];
    va_list arguments;
    if (reader->status != WT_OK)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader->status = wt_fail(reader->err, WT_EFORMAT, "%s: byte %zu: %s", reader->what, at, text);
}

const unsigned char *wt_flat_skip(struct wt_flat_reader *reader, uint64_t count, size_t size,
                                  const char *name) {
    size_t left = reader->length - reader->at;
    if (reader->status != WT_OK)
        return NULL;
    if (count > left / size || wt_flat_padded((size_t)count * size) > left) {
        wt_flat_refuse(reader, reader->at,
                       "%s: %" PRIu64 " x %zu bytes do not fit into the last %zu", name, count,
                       size, left);
        return NULL;
    }
    const unsigned char *bytes = reader->bytes + reader->at;
    reader->at += wt_flat_padded((size_t)count * size);
    return bytes;
}

/* The member's value; 8 bytes are read as signed, which no rule with bounds minds. */
static int64_t value_of(const unsigned char *record, const struct wt_flat_rule *rule) {
    uint32_t word = 0;
    int64_t value = 0;
    if (rule->bytes == 1)
        return record[rule->offset];
    if (rule->bytes == 8) {
        memcpy(&value, record + rule->offset, sizeof value);
        return value;
    }
    memcpy(&word, record + rule->offset, sizeof word);
    return rule->least < 0 ? (int64_t)(int32_t)word : (int64_t)word;
}

bool wt_flat_take(struct wt_flat_reader *reader, void *record, size_t bytes,
                  const struct wt_flat_rule *rules, size_t rule_count) {
    size_t at = reader->at;
    const unsigned char *found = wt_flat_skip(reader, 1, bytes, "a record");
    memset(record, 0, bytes);
    if (found == NULL)
        return false;
    for (size_t i = 0; i < rule_count; i++) {
        int64_t value = value_of(found, &rules[i]);
        if (value >= rules[i].least && value <= rules[i].most)
            continue;
        wt_flat_refuse(reader, at + rules[i].offset,
                       "%s is %" PRId64 ", must be %" PRId64 " to %" PRId64, rules[i].name, value,
                       rules[i].least, rules[i].most);
        return false;
    }
    memcpy(record, found, bytes);
    return true;
}

void *wt_flat_alloc(struct wt_flat_reader *reader, size_t count, size_t size) {
    if (reader->status != WT_OK)
        return NULL;
    size_t used = (reader->pool_used + WT_FLAT_ALIGNMENT - 1) & ~(size_t)(WT_FLAT_ALIGNMENT - 1);
    if (used > reader->pool_size || count > (reader->pool_size - used) / size) {
        wt_flat_refuse(reader, reader->at, "%zu x %zu bytes: more than so few bytes can mean",
                       count, size);
        return NULL;
    }
    reader->pool_used = used + count * size;
    return reader->pool + used;
}

void *wt_flat_copy(struct wt_flat_reader *reader, uint64_t count, size_t size, const char *name) {
    const unsigned char *bytes = wt_flat_skip(reader, count, size, name);
    void *copy = wt_flat_alloc(reader, (size_t)count, size);
    if (bytes == NULL || copy == NULL)
        return NULL;
    return memcpy(copy, bytes, (size_t)count * size);
}

const unsigned char *wt_flat_bytes(struct wt_flat_reader *reader, size_t *length,
                                   const char *name) {
    uint32_t told = 0;
    size_t left = reader->length - reader->at;
    *length = 0;
    if (reader->status != WT_OK)
        return NULL;
    if (left >= sizeof told)
        memcpy(&told, reader->bytes + reader->at, sizeof told);
    if (left < sizeof told || told > left - sizeof told ||
        wt_flat_padded(sizeof told + told) > left) {
        wt_flat_refuse(reader, reader->at, "%s: %" PRIu32 " bytes do not fit into the last %zu",
                       name, told, left);
        return NULL;
    }
    const unsigned char *bytes = reader->bytes + reader->at + sizeof told;
    reader->at += wt_flat_padded(sizeof told + told);
    *length = told;
    return bytes;
}

static bool is_plain(const char *text, size_t length) {
    bool plain = true;
    for (size_t i = 0; i < length; i++)
        plain &= text[i] >= ' ' && text[i] < 0x7f;
    return plain;
}

const char *wt_flat_keep_text(struct wt_flat_reader *reader, const char *text, size_t length) {
    if (reader->status != WT_OK || length == 0)
        return "";
    size_t room = reader->pool_size - reader->pool_used;
    size_t most = length < WT_FLAT_TEXT_SIZE / 2 ? 2 * length + 1 : WT_FLAT_TEXT_SIZE;
    if (most > room) {
        wt_flat_refuse(reader, reader->at, "a text of %zu bytes: more than so few bytes can mean",
                       length);
        return "";
    }
    char *out = (char *)reader->pool + reader->pool_used;
    if (length < most && is_plain(text, length)) {
        memcpy(out, text, length);
        out[length] = '\0';
        reader->pool_used += length + 1;
    } else {
        reader->pool_used += wt_text_clean(out, most, text, length) + 1;
    }
    return out;
}

const char *wt_flat_text(struct wt_flat_reader *reader, const char *name) {
    size_t length;
    const unsigned char *bytes = wt_flat_bytes(reader, &length, name);
    return bytes == NULL ? "" : wt_flat_keep_text(reader, (const char *)bytes, length);
}

bool wt_flat_check_version(struct wt_flat_reader *reader, uint32_t known) {
    uint32_t version = 0;
    if (reader->status != WT_OK)
        return false;
    if (reader->length - reader->at < sizeof version) {
        wt_flat_refuse(reader, reader->at, "ends before the version");
        return false;
    }
    memcpy(&version, reader->bytes + reader->at, sizeof version);
    if (version > known)
        reader->status = wt_fail(reader->err, WT_EVERSION,
                                 "%s: version %" PRIu32 ": written by a newer worktop, this one "
                                 "reads %" PRIu32,
                                 reader->what, version, known);
    else if (version != 0 && version < known)
        reader->status = wt_fail(reader->err, WT_EVERSION,
                                 "%s: version %" PRIu32 ": written by an older worktop, this one "
                                 "reads %" PRIu32 ": restart that monitor with this worktop",
                                 reader->what, version, known);
    else if (version == 0)
        wt_flat_refuse(reader, reader->at, "version is 0, must be %" PRIu32, known);
    return reader->status == WT_OK;
}
