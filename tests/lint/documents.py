#!/usr/bin/env python3
"""Every document that a comment or another document names is in this tree, and so is the heading.

"docs/FORMAT.md" and "[x](FORMAT.md)" must exist; of 'docs/FORMAT.md, "Values"' the heading as well.
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
    for error in errors:
        print(error)
    print(f"lint.documents: {len(texts)} files, {len(errors)} violations")
    return 1 if errors or not documents else 0


if __name__ == "__main__":
    sys.exit(main())
