#!/usr/bin/env python3
"""No file over 600 lines, no function over 60.

A function may be longer when the comment line directly above it says "long:" and why. The main()
of a test, which lists its tests, may be as long as it likes. Functions are found by the format that
lint.format enforces: a definition begins in the first column and ends with a brace in it.
"""
import os
import re
import sys

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
BEGIN = re.compile(r"^[A-Za-z_]")


def functions_of(lines):
    """[(first line, last line, text of the signature)], lines counted from 1."""
    found, begin, at = [], None, 0
    while at < len(lines):
        line = lines[at]
        if BEGIN.match(line) and not line.endswith("\\"):
            begin = at
        if begin is not None and line.endswith(") {") and "=" not in lines[begin]:
            end = at + 1
            while end < len(lines) and lines[end] != "}":
                end += 1
            found.append((begin + 1, end + 1, " ".join(lines[begin:at + 1])))
            at, begin = end, None
        elif line.endswith((";", "{", "}")):
            begin = None
        at += 1
    return found


def check(name, text):
    errors = []
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        errors.append(f"{name}:{len(lines)}: {len(lines)} lines, at most {FILE_LINES_MAX}: split it")
    for first, last, signature in functions_of(lines):
        length = last - first + 1
        above = lines[first - 2] if first >= 2 else ""
        is_test_main = name.startswith("tests/") and re.match(r"^int main\(", signature)
        if length > FUNCTION_LINES_MAX and "long:" not in above and not is_test_main:
            errors.append(f"{name}:{first}: a function of {length} lines, at most {FUNCTION_LINES_MAX}: "
                          f"{signature[:60]}")
    return errors


def self_test():
    body = "    x();\n"
    short = "static int\nshort_one(int a,\n          int b) {\n" + body * 50 + "}\n"
    long = "static void long_one(void) {\n" + body * 60 + "}\n"
    table = "static const int table[] = {\n" + body * 100 + "};\n"
    structure = "struct large {\n" + body * 100 + "};\n"
    cases = [(short + table + structure, 0), (long, 1), ("/* long: a table of cases */\n" + long, 0),
             (short + long + short + long, 2), ("int a;\n" * 601, 1), ("int a;\n" * 600, 0)]
    for text, expected in cases:
        found = check("src/x.c", text)
        if len(found) != expected:
            sys.exit(f"self-test: {len(found)} found, not {expected}: {found}")


def main():
    root = os.environ.get("WORKTOP_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    self_test()
    errors, count = [], 0
    for top in ("src", "include", "tests"):
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        errors += check(os.path.relpath(path, root), file.read())
                    count += 1
    for error in errors:
        print(error)
    print(f"lint.sizes: {count} files, {len(errors)} violations")
    return 1 if errors or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
