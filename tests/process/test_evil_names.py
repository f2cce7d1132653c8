#!/usr/bin/env python3
"""Workers with names that want to do something to whoever reads them, against a real monitor.

Escape sequences, control characters of both kinds, direction overrides, zero-width characters, piled-up marks,
invalid UTF-8, 10,000 characters: as service, field, type, unit, state, error class, reason and method. Whatever shows
them (JSON, status, tables, log, dashboard) shows text: nothing of it acts on a terminal, no line is wider than it may
be, every document is valid, and an honest worker beside them is read as ever.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import ERROR, EXCEPTION, RETURN, Ext, Failure, Peer, Sym, Worker, invoke, pack, proxy  # noqa: E402
from serve import WORKTOP, Serve, clean_environment, wait_until  # noqa: E402

SOURCE = os.environ["WORKTOP_SOURCE"]
SHOT = os.path.join(os.environ["WORKTOP_BINARY"], "tests", "worktop-shot")
COLS, ROWS = 110, 50
CELL_WIDTH, CELL_HEIGHT = 9, 18  # of the pictures: tests/tools/svg.c
EVIL = {
    "colour": "\x1b[31;5mred", "title": "\x1b]0;owned\x07", "clipboard": "\x1b]52;c;b3duZWQ=\x1b\\", "clear": "\x1b[2J\x1b[H",
    "c1": "\x9b2J\x9d0;owned\x9c\x85", "controls": "a\x00\x07\b\b\t\v\f\x0e\x7f", "lines": "one\r\ntwo\n\n2026-01-01 ERROR forged",
    "override": "a\u202egnp.exe\u202c", "isolate": "\u2066a\u2067b\u2069", "mark": "\u200ea\u200f\u061c", "zero_width": "a\u200b\u200c\u200d\u2060\ufeffb",
    "separators": "a\u2028b\u2029c", "selectors": "a\ufe0f\u180e\U000e0100", "tags": "\U000e0041\U000e007f", "private": "\ue000\U000f0000",
    "fillers": "\u3164\uffa0\u115f", "marks": "e" + "\u0301" * 60, "marks_first": "\u0301\u0301a", "wide": "\u6f22\u5b57" * 30, "emoji": "\U0001f600" * 20,
    "broken": "a\udcff\udcc3\udced\udca0\udc80\udcf4\udc90\udc80\udc80z", "overlong": "\udcc0\udc9b\udce0\udc80\udc9b", "quotes": "\"\\'`${x}%s%n<b>&",
    "long": "x" * 10000, "long_wide": "\u6f22" * 10000, "long_escape": "\x1b" * 10000, "blank": " \u00a0\u2003 ", "nothing": "",
}


def harm(text):
    """The characters that do something, or hide: none are to be left. ASCII's line feed is looked at by the callers."""
    found = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") and c != "\n"]
    return found + re.findall("[\u0300-\u036f]{5,}|[\ufe00-\ufe0f\u3164\uffa0\u115f]", text)


def cols(line):
    return sum(0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


class EvilWorker(Worker):
    """Registers under an evil name and answers its setup with evil fields, or with an evil error."""

    def __init__(self, path, text, fails):
        super().__init__(path)
        self.text, self.fails = text, fails

    def serve(self, peer, message):
        number, method = message.values[0], message.values[3]
        text = self.text
        fields = [[Sym(text), Sym("u64"), 0], [text + "_total", "u64", 8, {Sym("unit"): text, Sym(text): text, Sym("kind"): Sym(text)}],
                  [Sym("t" + text), Sym(text), 16], [Sym("o" + text), Sym("u64"), 2**40], [text, "u64", 24], Sym(text), [text, text, text],
                  [Sym(text + "_active"), Sym("f64"), 32, text]]
        if method == "setup_recorder":
            self.send(Ext(RETURN, number, text))
        elif self.fails:
            self.send(Ext(ERROR, number, Ext(EXCEPTION, self.fails, text, [text])))
        else:
            self.send(Ext(RETURN, number, fields))

    def join(self):
        state = {Sym("name"): self.text, Sym("instance"): os.urandom(16).hex(), Sym("threads"): 2, Sym(self.text or "x"): self.text}
        self.id = self.call("register", proxy(Sym(self.text or "worker")), process_id=os.getpid(), state=state, serve=self.serve)


class EvilNames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="wt-evil-")
        cls.log = os.path.join(cls.directory.name, "log")
        cls.serve = Serve("--interval", "0.2", "--full", "--log", cls.log, "--log-level", "debug")
        cls.workers = [cls.serve.worker("honest")]
        cls.workers[0].write(requests_total=2**64 - 1, requests_active=3)
        for text in EVIL.values():
            for fails in (None, "RuntimeError", text):
                worker = EvilWorker(cls.serve.path, text, fails)
                cls.workers.append(worker)
                worker.join()
        for text in EVIL.values():  # what a stranger may say wrong: it is answered, and perhaps logged
            with Peer(cls.serve.path) as peer:
                for call in (lambda: peer.call(text), lambda: peer.call("keys", obj=Sym(text)), lambda: peer.call("keys", text, text),
                             lambda: peer.call("register", 7, process_id=text, state=text), lambda: peer.call("keys", **{text or "x": 1})):
                    try:
                        call()
                    except Failure as failure:
                        cls.answers = getattr(cls, "answers", []) + [failure.kind + failure.text]
                peer.send(invoke(99, Sym("supervisor"), "keys"), b"\xc1" + pack(text))
        wait_until(lambda: len(cls.serve.snapshot()["workers"]) == len(cls.workers) and cls.serve.snapshot()["sequence"] > 3, "all workers")

    @classmethod
    def tearDownClass(cls):
        for worker in cls.workers:
            worker.close()
        cls.serve.__exit__(None, None, None)
        cls.directory.cleanup()

    def check_text(self, text, what):
        self.assertEqual(harm(text), [], what)

    def check_document(self, text):
        self.check_text(text, "JSON")
        value = json.loads(text, parse_constant=no_constant)
        self.validate(value)
        return value

    def validate(self, value):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is missing: ./bootstrap test installs it")
        with open(os.path.join(SOURCE, "docs", "snapshot.schema.json"), encoding="utf-8") as file:
            found = list(jsonschema.Draft202012Validator(json.load(file)).iter_errors(value))
        self.assertEqual([error.message[:200] for error in found], [])

    def run_worktop(self, *arguments, **environment):
        done = subprocess.run([WORKTOP, *arguments, *([] if "--attach" in arguments else ["--socket", self.serve.path])], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, env=clean_environment(**environment), check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""), done)
        return done.stdout.decode()

    def test_the_checks_can_fail(self):
        for name in ("colour", "c1", "lines", "override", "isolate", "zero_width", "separators", "selectors", "tags", "private", "fillers", "marks"):
            self.assertTrue(harm(EVIL[name].replace("\n", "\r")), name)
        self.assertEqual(harm("plain \u00b7 \u6f22 e\u0301 \u2026 \u2502\u28ff\n"), [])
        self.assertEqual((cols("\u6f22e\u0301"), cols("abc")), (3, 3))

    def test_the_snapshot_is_valid_and_tells_every_worker(self):
        self.check_snapshot(self.run_worktop("snapshot"))

    def test_so_is_the_one_out_of_the_files(self):
        self.check_snapshot(self.run_worktop("snapshot", "--attach", self.serve.directory))

    def check_snapshot(self, text):
        self.assertEqual(text.count("\n"), 1)
        value = self.check_document(text)
        self.assertEqual(len(value["workers"]), 1 + 3 * len(EVIL))
        honest = next(w for w in value["workers"] if w["service"] == "honest")
        self.assertEqual(honest["values"], {"requests_total": 2**64 - 1, "requests_active": 3})
        names = [s["name"] for s in value["services"]]
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.check_text(name, "service")  # as text, not only as it is written
            self.assertLessEqual(len(name.encode()), 255)
        for part in value["workers"]:
            self.check_text(part["reason"], "reason")
            self.assertLessEqual(len(part["reason"].encode()), 255)
        for schema in value["schemas"]:
            for field in schema["fields"]:
                self.check_text(field["key"], "key")
        for event in value["events"]:
            self.check_text(event["text"] + event["service"], "event")
            self.assertNotIn("\n", event["text"])

    def test_every_line_of_the_monitor_is_a_document(self):
        lines = wait_until(lambda: len(self.serve.output().splitlines()) > 3 and self.serve.output(), "four looks")
        for line in lines[:lines.rindex("\n")].split("\n"):
            self.check_text(line, "serve --full")
            json.loads(line, parse_constant=no_constant)

    def test_status_names_what_it_may(self):
        status = self.serve.status()  # valid UTF-8, or it could not be read
        self.assertEqual(status["honest"], {"requests_total": 2**64 - 1, "requests_active": 3, "worker_count": 1})
        for name, fields in status.items():
            self.check_text(name + "".join(fields), "status")

    def test_answers_to_strangers_are_harmless(self):
        self.assertGreater(len(self.answers), len(EVIL))
        for answer in self.answers:
            self.check_text(answer, "an error")
            self.assertNotIn("\n", answer)
            self.assertLess(len(answer), 1000)

    def test_tables_keep_their_width(self):
        for width, command in (80, []), (132, []), (80, ["attach"]):
            text = self.run_worktop(*command, "--once", COLUMNS=str(width))
            self.check_text(text, "tables")
            self.assertIn("honest", text)
            for line in text.splitlines():
                self.assertLessEqual(cols(line), width, line)

    def test_the_log_keeps_to_its_lines(self):
        with open(self.log, "rb") as file:
            log = file.read().decode()
        self.check_text(log, "log")
        for line in log.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info|warn|error) +[a-z]+ +\S")
            self.assertLess(len(line), 1300)
        self.assertEqual(self.serve.errors(), "")

    def test_the_dashboard_shows_text_alone(self):
        for command, keys in ([WORKTOP, "--socket", self.serve.path], "jjjjjjj"), ([WORKTOP, "attach", self.serve.directory], "\tG"):
            picture, film = (os.path.join(self.directory.name, name) for name in ("out.svg", "out.cast"))
            subprocess.run([SHOT, "--cast", film, "--after", "honest", "--after", "LIVE", "--keys", keys, "--svg", picture,
                            f"{COLS}x{ROWS}", *command, "--interval", "0.2", "--no-state"], check=True, timeout=60,
                           env=clean_environment(TERM="xterm-256color", LC_ALL="C.UTF-8", TZ="UTC"), stdin=subprocess.DEVNULL)
            with open(film, encoding="utf-8") as file:
                events = [json.loads(line) for line in file][1:]
            self.check_terminal("".join(text for _, kind, text in events if kind == "o"))
            with open(picture, encoding="utf-8") as file:
                self.check_frames(file.read())

    def check_terminal(self, raw):
        """What the program itself tells the terminal: colours, places, modes. Nothing else, and no text between.

        A frame that a busy terminal did not take in time is given up, perhaps within a sequence, which CAN (0x18) ends.
        """
        for name in ("colour", "title", "clipboard", "c1", "override"):
            self.assertNotIn(EVIL[name], raw)
        self.assertNotIn("\x1b]52", raw)
        sequence = r"\x1b\[[?>=]?[0-9;:]*[ $]?[A-Za-z@`]|\x1b[()][AB0]|\x1b[78=>cM]|\x1b\][0-9]+;[ -~]*(\x07|\x1b\\)|\x1bP[ -~]*\x1b\\|(\x1b[ -~]*)?\x18"
        self.check_text(re.sub("[\r\n\b\x0e\x0f]", "", re.sub(sequence, "", raw)), "dashboard")

    def check_frames(self, svg):
        """Each line that begins with a border ends with one, or with the scroll bar on it, at the last column: no name
        moved it."""
        left, right = {}, {}

        def mark(row, x):
            left[row] = min(left.get(row, COLS), float(x) / CELL_WIDTH)
            right[row] = max(right.get(row, 0), float(x) / CELL_WIDTH)

        for line in re.findall(r'<path class="l"[^>]* d="([^"]+)"', svg):  # a cell, or a run of dashes
            x, y, length = re.match(r"M([\d.]+) ([\d.]+)(?:h([\d.]+))?", line).groups()
            mark(int(float(y) / CELL_HEIGHT), x)
            mark(int(float(y) / CELL_HEIGHT), float(x) + float(length or 0))
        for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="[0-5]\.', svg):
            mark(int(float(y) / CELL_HEIGHT), x)
        self.assertGreater(len(left), ROWS // 2)
        for row in left:
            if left[row] < 1:
                self.assertGreaterEqual(right[row], COLS - 1, f"row {row}")


if __name__ == "__main__":
    unittest.main()
