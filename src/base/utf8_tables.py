#!/usr/bin/env python3
"""Prints utf8_tables.h from Python's copy of the Unicode database.

    python3 src/base/utf8_tables.py > src/base/utf8_tables.h
"""
import sys
import unicodedata

# Assigned and invisible: a terminal shows nothing, so text with them can pretend to be other text.
IGNORABLE = [(0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164),
             (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFFC, 0xFFFC), (0xE0000, 0xE0FFF)]


def harmless(code):
    if any(first <= code <= last for first, last in IGNORABLE):
        return False
    return unicodedata.category(chr(code)) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def zero(code):
    if 0x1160 <= code <= 0x11FF:  # the vowels and final consonants of Hangul join the one before
        return True
    return unicodedata.category(chr(code)) in ("Mn", "Me") or (
        unicodedata.category(chr(code)) == "Cf" and code != 0xAD)


def wide(code):
    if 0x20000 <= code <= 0x2FFFD or 0x30000 <= code <= 0x3FFFD:
        return True
    return unicodedata.east_asian_width(chr(code)) in ("W", "F")


def ranges(test):
    found = []
    for code in range(0x80, 0x110000):
        if test(code):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return found


def table(name, comment, test):
    print(f"/* {comment} */")
    print(f"static const struct range {name}[] = {{")
    line = "   "
    for first, last in ranges(test):
        cell = f" {{0x{first:04x}, 0x{last:04x}}},"
        if len(line) + len(cell) > 100:
            print(line)
            line = "   "
        line += cell
    print(line)
    print("};\n")


print(f"""/* utf8_tables.h - written by utf8_tables.py from Unicode {unicodedata.unidata_version}; included by utf8.c alone.
 * Ranges are sorted, both ends belong to them, and ASCII is not in them. */
#ifndef WT_BASE_UTF8_TABLES_H
#define WT_BASE_UTF8_TABLES_H

#include <stdint.h>

struct range {{
    uint32_t first, last;
}};

/* clang-format off */
""")
table("zero_ranges", "No column of their own: combining marks and format characters.", zero)
table("wide_ranges", "Two columns: wide and full-width characters of East Asia, emoji.",
      lambda code: wide(code) and not zero(code))
table("harmless_ranges", "Assigned and visible (or a plain space): may reach a screen.", harmless)
print("/* clang-format on */\n\n#endif /* WT_BASE_UTF8_TABLES_H */")
