#include "schema/types.h"

#include <string.h>

struct type_row {
    const char *text;
    unsigned char bytes;
    unsigned char class_;
    bool big;
};

static const struct type_row rows[] = {
#define TYPE_ROW(name, text_, bytes_, class_name, big_)                                            \
    [WT_TYPE_##                                                                                    \
        name] = {.text = text_, .bytes = bytes_, .class_ = WT_CLASS_##class_name, .big = big_},
    WT_TYPE_MAP(TYPE_ROW)
#undef TYPE_ROW
};

const char *wt_type_text(wt_type type) {
    return rows[type].text;
}

size_t wt_type_bytes(wt_type type) {
    return rows[type].bytes;
}

enum wt_type_class wt_type_class(wt_type type) {
    return (enum wt_type_class)rows[type].class_;
}

bool wt_type_is_big_endian(wt_type type) {
    return rows[type].big;
}

bool wt_type_parse(const char *text, size_t length, wt_type *out) {
    char name[4];
    if (length < 2 || length >= sizeof name)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    if (name[0] == 'i')
        name[0] = 's';
    else if (name[0] == 'I')
        name[0] = 'S';
    if (strcmp(name, "u8") == 0 || strcmp(name, "s8") == 0) /* one byte has no order */
        name[0] = (char)(name[0] - 'a' + 'A');
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(name, rows[i].text) == 0) {
            *out = (wt_type)i;
            return true;
        }
    }
    return false;
}
