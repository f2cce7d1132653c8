#!/usr/bin/env python3
"""Who may include whom.

The rooms and their neighbours come from the wt_room() calls of src/CMakeLists.txt, so the build and
this check cannot disagree; the tables below add what the build cannot know. A header of ours brings
everything it includes, so every #include is followed through our own headers.

    layers.py [ROOT]     prints each violation as file:line: text; exit 1 when there is one
"""
import os
import re
import sys
import tempfile

# A pattern of system headers -> the only rooms that may see it.
OWNERS = [
    (re.compile(r"^(ncursesw?/|curses\.h|ncurses|term\.h|panel\.h|menu\.h|form\.h)"), {"term"}),
    (re.compile(r"^uv(\.h|/)"), {"net", "cli"}),
    (re.compile(r"^(cjson/)?cJSON"), {"json"}),
    (re.compile(r"^msgpack"), {"bus"}),
    (re.compile(r"^sys/mman\.h$"), {"shm", "term"}),
]
# What must hold even if somebody adds a room to the list of another.
NEVER = {"export": {"shm", "monitor"}, "ui": {"shm", "monitor"}, "json": {"model"}, "base": None,
         "client": {"net", "ui", "term", "json", "monitor", "model"}, "bus": {"net", "shm", "monitor", "model"}}
# Words that must not stand in the code of a room.
WORDS = {
    "model": re.compile(r"\b(wt_clock_now|clock_gettime|gettimeofday|time|fopen|open|opendir)\s*\("),
    "monitor": re.compile(r"\b(wt_clock_now|clock_gettime|gettimeofday)\s*\("),
}
# What the demo's worker program and the public header may use besides <worktop/...>.
LIBC = re.compile(
    r"^(assert|complex|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdalign|"
    r"stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|time|wchar|"
    r"unistd|fcntl|poll|pthread|sched|getopt|"
    r"sys/(types|wait|resource|time|prctl|stat|socket|random|syscall))\.h$")
# Rooms that are programs: no wt_room() names them.
PROGRAMS = ("cli", "demo")
# The one header of the demo's worker that its spawner shares: when what happens.
TIMELINE = "demo/scenario.h"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.S)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_rooms(root):
    """room -> all rooms whose headers it may include; None: any room."""
    text = re.sub(r"#[^\n]*", "", read(os.path.join(root, "src/CMakeLists.txt")))
    rooms, errors = {}, []
    for body in re.findall(r"\bwt_room\(([^)]*)\)", text):
        words = body.split()
        name, used, section = words[0], set(), None
        for word in words[1:]:
            if word in ("ROOMS", "LIBRARIES"):
                section = word
            elif section == "ROOMS":
                if word in rooms:
                    used |= {word} | rooms[word]
                else:
                    errors.append(f"src/CMakeLists.txt:1: {name} uses {word}, which is no room above it")
        rooms[name] = used
        forbidden = used & (NEVER.get(name) or set())
        if NEVER.get(name, 0) is None and used:
            forbidden = used
        for other in sorted(forbidden):
            errors.append(f"src/CMakeLists.txt:1: {name} must never use {other}")
    return rooms, errors


def includes_of(path):
    """[(line, is_system, name)] of one file."""
    found = []
    for number, line in enumerate(read(path).splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            found.append((number, match.group(1) == "<", match.group(2)))
    return found


class Checker:
    def __init__(self, root):
        self.root = root
        self.rooms, self.errors = read_rooms(root)
        self.brought = {}  # our header -> {system header or our header: chain}

    def resolve(self, name):
        """The path of one of our headers, None when it is none (or is made by the build)."""
        for folder in ("src", "include"):
            path = os.path.join(self.root, folder, name)
            if os.path.isfile(path):
                return path
        return None

    def bring(self, path):
        """Everything a header includes, directly or not: name -> the chain that leads to it."""
        if path not in self.brought:
            reached, waiting = {}, [(path, ())]
            while waiting:
                current, chain = waiting.pop(0)
                for _, _, name in includes_of(current):
                    if name not in reached:
                        reached[name] = chain + (name,)
                        ours = self.resolve(name)
                        if ours:
                            waiting.append((ours, reached[name]))
            self.brought[path] = reached
        return self.brought[path]

    def complain(self, path, line, text):
        self.errors.append(f"{os.path.relpath(path, self.root)}:{line}: {text}")

    def check_name(self, room, name):
        """Why a file of `room` may not see the header `name`, or None."""
        for pattern, owners in OWNERS:
            if pattern.match(name) and room not in owners:
                return f"only {' and '.join(sorted(owners))} may include <{name}>, not {room}"
        first = name.split("/")[0]
        if first == room or (first not in self.rooms and first not in PROGRAMS):
            return None
        if room == "cli" and (first != "demo" or name == TIMELINE):
            return None
        if room == "cli" or first not in self.rooms.get(room, set()):
            return f"{room} may not include {first}"
        return None

    def check_file(self, path, room):
        for line, is_system, name in includes_of(path):
            if room in ("demo", "include"):
                ours = name.startswith("worktop/") or (room == "demo" and name.startswith("demo/"))
                if not ours and not LIBC.match(name):
                    self.complain(path, line, f"{room} may include <worktop/worktop.h> and libc only, not {name}")
                continue
            if not is_system and ("/" not in name or name.split("/")[0] not in set(self.rooms) | set(PROGRAMS)):
                if not name.startswith("worktop/"):
                    self.complain(path, line, f'"{name}": our headers are named "room/[folder/]file.h"')
                    continue
            reached = {name: (name,)}
            ours = self.resolve(name)
            if ours:
                for other, chain in self.bring(ours).items():
                    reached.setdefault(other, (name,) + chain)
            for other, chain in reached.items():
                why = self.check_name(room, other)
                if why:
                    through = f" (through {' -> '.join(chain[:-1])})" if len(chain) > 1 else ""
                    self.complain(path, line, why + through)

    def check_words(self, path, room):
        pattern = WORDS.get(room)
        if pattern is None:
            return
        code = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), read(path))
        for number, line in enumerate(code.splitlines(), 1):
            match = pattern.search(line)
            if match:
                self.complain(path, number, f"{room} is told the time and opens nothing: no {match.group(1)}()")

    def run(self):
        for top, room_of in (("src", None), ("include", "include")):
            for folder, _, names in sorted(os.walk(os.path.join(self.root, top))):
                for name in sorted(names):
                    if not name.endswith((".c", ".h", ".in")) or name.endswith("CMakeLists.txt"):
                        continue
                    path = os.path.join(folder, name)
                    room = room_of or os.path.relpath(path, os.path.join(self.root, "src")).split("/")[0]
                    if room_of is None and room not in self.rooms and room not in PROGRAMS:
                        self.complain(path, 1, f"{room} is no room of src/CMakeLists.txt")
                        continue
                    self.check_file(path, room)
                    self.check_words(path, room)
        return self.errors


PLANTED = {
    "src/CMakeLists.txt": "wt_room(base)\nwt_room(shm ROOMS base)\nwt_room(model ROOMS base)\n"
                          "wt_room(net ROOMS base)\nwt_room(client ROOMS base shm)\nwt_room(ui ROOMS base model)\n",
    "src/base/a.h": '#include <stdio.h>\n#include "base/version.h"\n',
    "src/shm/m.h": '#include "base/a.h"\n#include <sys/mman.h>\n',
    "src/shm/ok.h": '#include "base/a.h"\n',
    "src/client/bad.c": '\n#include "shm/m.h"\n',
    "src/client/good.c": '#include "shm/ok.h"\n#include <worktop/worktop.h>\n',
    "src/base/bad.c": '#include "shm/ok.h"\n',
    "src/ui/bad.c": '#include "model/m.h"\n#include <ncursesw/curses.h>\n#include <uv.h>\n#include "local.h"\n',
    "src/model/m.h": '#include "base/a.h"\n',
    "src/model/bad.c": "/* clock_gettime(x) */\nint a(void) { return clock_gettime(0, 0); }\n",
    "src/net/good.c": '#include <uv.h>\n#include "base/a.h"\n',
    "src/cli/good.c": '#include <uv.h>\n#include "ui/u.h"\n#include "demo/scenario.h"\n',
    "src/demo/scenario.h": "#include <stdbool.h>\n",
    "src/cli/bad.c": '#include <cjson/cJSON.h>\n#include "demo/d.h"\n',
    "src/demo/bad.c": '#include <worktop/worktop.h>\n#include <stdio.h>\n#include "base/a.h"\n',
    "src/attic/x.c": "",
    "include/worktop/worktop.h": "#include <stdint.h>\n#include <uv.h>\n",
}
EXPECTED = {
    "src/client/bad.c:2", "src/base/bad.c:1", "src/ui/bad.c:2", "src/ui/bad.c:3", "src/ui/bad.c:4",
    "src/model/bad.c:2", "src/cli/bad.c:1", "src/cli/bad.c:2", "src/demo/bad.c:3", "src/attic/x.c:1",
    "include/worktop/worktop.h:2", "src/client/good.c:2",
}


def self_test():
    """Planted violations must all be found, and nothing else."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in PLANTED.items():
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)
        found = {":".join(error.split(":")[:2]) for error in Checker(root).run()}
    # good.c sees uv.h only through the planted public header, which is the point of following headers.
    if found != EXPECTED:
        sys.exit(f"self-test: missed {sorted(EXPECTED - found)}, invented {sorted(found - EXPECTED)}")


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.environ.get(
        "WORKTOP_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    self_test()
    errors = Checker(os.path.abspath(root)).run()
    for error in errors:
        print(error)
    print(f"lint.layers: {len(errors)} violations")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
