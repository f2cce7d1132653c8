#!/usr/bin/env python3
"""Every document that a comment or another document names is in this tree, and so is the heading.

"docs/FORMAT.md" and "[x](FORMAT.md)" must exist; of 'docs/FORMAT.md, "Values"' the heading as well.
docs/CONFIG.md names every column of the tables in the sources, and none that is not there.
"""
import os
import re
import sys

NAMED = re.compile(r'(?<![$\w/.-])((?:[\w.-]+/)*[\w-]+\.md)\b(?:,[\s*]*"([^"]+)")?')
WHERE = ("src", "include", "tests", "docs", "cmake", "README.md", "CHANGELOG.md", "CMakeLists.txt", "bootstrap")
ENDINGS = (".c", ".h", ".py", ".sh", ".md", ".txt", ".cmake")


def headings_of(text):
    return {line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#")}


def check(name, text, documents):
    """documents: path -> set of headings."""
    errors = []
    for match in NAMED.finditer(text):
        path, heading = match.group(1), match.group(2)
        at = text.count("\n", 0, match.start()) + 1
        beside = os.path.normpath(os.path.join(os.path.dirname(name), path))
        found = next((known for known in (path, beside) if known in documents), None)
        if found is None:
            errors.append(f"{name}:{at}: {path} is not in this tree")
        elif heading is not None and re.sub(r"[\s*]+", " ", heading) not in documents[found]:
            errors.append(f'{name}:{at}: {path} has no heading "{heading}"')
    return errors


def plain_columns(text, table):
    """The names in a map like X(NAME, "service", ...) of src/export/columns.h."""
    begin = text.index(f"#define WT_{table}_COLUMN_MAP(X)")
    lines = []
    for line in text[begin:].splitlines()[1:]:
        lines.append(line)
        if not line.rstrip().endswith("\\"):
            break
    return re.findall(r'X\(\w+, "(\w+)"', "\n".join(lines))


def screen_columns(text, table):
    """The names of columns in an array like columns[] of src/ui/views: of each title the first word, in lower case (src/ui/columns.c)."""
    array = text[text.index(f"{table}[] = {{"):]
    titles = re.findall(r'^\s*\{"([^"]*)",', array[:array.index("};")], re.MULTILINE)
    return [re.match(r"\w*", title).group().lower() or "meter" for title in titles]


def section_of(document, heading):
    begin = document.index(heading) + len(heading)
    end = document.find("\n### ", begin)
    return document[begin:end if end >= 0 else len(document)]


def table_of(section, head):
    """The names in the first cells of a table; `head` is that of the first column."""
    rows = section[section.index(f"| {head} |"):].split("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]


def check_columns(texts):
    document, errors = texts["docs/CONFIG.md"], []
    plain = section_of(document, "### Columns of plain tables")
    screen = section_of(document, "### Keys and columns of the screen")
    rows = dict(re.findall(r"^\| `(services|workers|events)` \|(.*)\|$", screen, re.MULTILINE))
    pairs = [(f"plain table of {table}", plain_columns(texts["src/export/columns.h"], kind), table_of(plain, f"of {table}"))
             for kind, table in (("SERVICE", "services"), ("WORKER", "workers"))]
    pairs += [(f"screen's table of {table}", screen_columns(texts[f"src/ui/views/{table}.c"], array), re.findall(r"`(\w+)`", rows.get(table, "")))
              for table, array in (("services", "columns"), ("workers", "fixed"), ("events", "columns"))]
    for what, there, named in pairs:
        optional = {"doing"} if "screen's table of workers" in what else set()
        errors += [f"docs/CONFIG.md: {what}: `{name}` is not named" for name in there if name not in named]
        errors += [f"docs/CONFIG.md: {what}: there is no `{name}`" for name in named if name not in there and name not in optional]
        if len(there) < 3:
            errors.append(f"{what}: its columns were not found in the sources")
    return errors


def self_test():
    documents = {"docs/FORMAT.md": {"Values", "The segment store"}}
    for text, expected in (
        ("/* see docs/FORMAT.md. */", 0),
        ('(docs/FORMAT.md, "The\n * segment store")', 0),
        ('(docs/FORMAT.md, "Nothing")', 1),
        ("(store.md)", 1),
        ("plain words", 0),
    ):
        if len(check("src/x.c", text, documents)) != expected:
            sys.exit(f"self-test: {text!r}")


def main():
    root = os.environ.get("WORKTOP_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    self_test()
    texts = {}
    for top in WHERE:
        top = os.path.join(root, top)
        paths = [top] if os.path.isfile(top) else [
            os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names]
        for path in paths:
            if path.endswith(ENDINGS) or path == top:
                name = os.path.relpath(path, root)
                if name != "tests/lint/documents.py":
                    with open(path, encoding="utf-8", errors="replace") as file:
                        texts[name] = file.read()
    documents = {name: headings_of(text) for name, text in texts.items() if name.endswith(".md")}
    errors = [error for name in sorted(texts) for error in check(name, texts[name], documents)]
    errors += check_columns(texts)
    for error in errors:
        print(error)
    print(f"lint.documents: {len(texts)} files, {len(errors)} violations")
    return 1 if errors or not documents else 0


if __name__ == "__main__":
    sys.exit(main())
