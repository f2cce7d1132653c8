#!/usr/bin/env python3
"""Every relative link in a Markdown file leads to a file, and README.md names every document of docs/."""
import os
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def documents(root):
    for top in (".", "docs"):
        for name in sorted(os.listdir(os.path.join(root, top))):
            if name.endswith(".md"):
                yield os.path.normpath(os.path.join(top, name))


def links(root, document):
    with open(os.path.join(root, document), encoding="utf-8") as file:
        for target in LINK.findall(file.read()):
            if "://" not in target:
                yield os.path.normpath(os.path.join(os.path.dirname(document), target))


def main():
    root = os.environ.get("WORKTOP_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    named = list(documents(root))
    wrong = [f"{document}: there is no {target}" for document in named for target in links(root, document)
             if not os.path.exists(os.path.join(root, target))]
    listed = set(links(root, "README.md"))
    wrong += [f"README.md does not name {document}" for document in named
              if document.startswith("docs") and document not in listed]
    print("\n".join(wrong) or f"the links of {len(named)} documents lead somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
