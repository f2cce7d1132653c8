#!/usr/bin/env python3
"""`worktop inspect` says what a monitor's files hold: of one that runs, is stopped or was killed, and of damaged ones."""
import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from serve import Serve, clean_environment, wait_until  # noqa: E402

WORKTOP = os.environ.get("WORKTOP", "worktop")
HEADER_BYTES, ENTRY_BYTES = 512, 64
SCHEMA = [["requests_total", "u64", 0], ["requests_active", "u32", 8], ["load", "f64", 16], ["odd\x1b[31m", "s32", 12]]


def run(*arguments):
    return subprocess.run([WORKTOP, "inspect", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, env=clean_environment(), check=False)


def fleet(directory=None):
    """A monitor with three workers whose values are known; returns it and the workers."""
    serve = Serve("--interval", "0.1", directory=directory)
    workers = [serve.worker("web", SCHEMA), serve.worker("web", SCHEMA), serve.worker("jobs\x1b]0;x\x07", SCHEMA)]
    for i, worker in enumerate(workers):
        worker.write(requests_total=1000 + i, requests_active=i, load=0.5 * i)
        worker.schema[3][0] = "odd\x1b[31m"
    wait_until(lambda: {s["name"]: s["worker_count"] for s in document(serve.directory)["snapshot_services"]}.get("web") == 2,
               "the snapshot in the directory")
    return serve, workers


def path_of(directory, name="utilization.shm.dir"):
    return os.path.join(directory, name)


def document(directory, *arguments, name="utilization.shm.dir"):
    done = run("--json", *arguments, path_of(directory, name))
    assert done.stderr == "", done.stderr
    found = json.loads(done.stdout)
    assert (done.returncode == 0) == found["whole"], done
    return found


def values(found):
    return {(v["segment"], v["key"]): v["value"] for v in found["values"]}


class Harmless(unittest.TestCase):
    """What every output must be."""

    def check_text(self, done):
        self.assertFalse([c for c in done.stdout + done.stderr if c != "\n" and (ord(c) < 32 or 0x7f <= ord(c) < 0xa0)])
        for line in done.stdout.splitlines():
            self.assertEqual(line, line.rstrip())
        return done


class Running(Harmless):
    @classmethod
    def setUpClass(cls):
        cls.serve, cls.workers = fleet()
        cls.directory = cls.serve.directory

    @classmethod
    def tearDownClass(cls):
        for worker in cls.workers:
            worker.close()
        cls.serve.__exit__(None, None, None)

    def test_the_directory_says_who_runs_and_who_has_what(self):
        found = document(self.directory)
        self.assertEqual((found["kind"], found["whole"], found["problems"]), ("directory", True, []))
        monitor = found["monitor"]
        self.assertEqual((monitor["pid"], monitor["health"]), (self.serve.process.pid, "running"))
        self.assertEqual(monitor["interval_ns"], 100000000)
        self.assertEqual(monitor["socket"], self.serve.path)
        self.assertLess(monitor["heartbeat_age_ns"], 60 * 10**9)
        segments = {s["segment"]: s for s in found["segments"]}
        self.assertEqual([segments[i]["worker_id"] for i in range(3)], [w.id for w in self.workers])
        self.assertEqual([segments[i]["state"] for i in range(3)], ["allocated"] * 3)
        self.assertEqual(segments[0]["pid"], os.getpid())
        self.assertEqual(segments[0]["service"], "web")
        self.assertEqual(segments[2]["service"], "jobs·]0;x·")
        self.assertEqual([f["key"] for f in found["schemas"]], ["requests_total", "requests_active", "load", "odd·[31m"])
        self.assertEqual(found["schemas"][1]["role"], "busy")
        self.assertEqual({s["name"] for s in found["snapshot_services"]}, {"web", "jobs·]0;x·"})
        self.assertTrue(any(e["kind"] == "joined" for e in found["events"]))
        self.assertEqual({s["type"] for s in found["sections"]},
                         {"facts", "stores", "segments", "schemas", "services", "retired", "resizes", "events", "snapshot",
                          "pending", "history", "seconds"})

    def test_the_store_shows_values_by_their_schema(self):
        found = document(self.directory, name="utilization.shm")
        self.assertEqual((found["kind"], found["directory"]), ("store", path_of(self.directory)))
        shown = values(found)
        for i in range(3):
            self.assertEqual(shown[(i, "requests_total")], 1000 + i)
            self.assertEqual(shown[(i, "requests_active")], i)
            self.assertEqual(shown[(i, "load")], 0.5 * i)

    def test_one_segment_one_worker_and_their_bytes(self):
        for arguments in (["--segment", "1"], ["--worker", str(self.workers[1].id)]):
            for name in ("utilization.shm", "utilization.shm.dir"):
                found = document(self.directory, *arguments, name=name)
                self.assertEqual([s["segment"] for s in found["segments"]], [1])
                self.assertEqual(values(found)[(1, "requests_total")], 1001)
        found = document(self.directory, "--segment", "1", "--raw", name="utilization.shm")
        rows = found["raw_segment_0_1"]
        self.assertEqual((rows[0]["byte"], len(rows)), (512, 32))
        self.assertEqual(bytes.fromhex(rows[0]["hex"])[:8], struct.pack("<Q", 1001))
        done = self.check_text(run("--segment", "1", "--raw", path_of(self.directory)))
        self.assertIn("the same", done.stdout)
        self.assertLess(len(done.stdout.splitlines()), 40)

    def test_nobody_of_that_name(self):
        for arguments in (["--segment", "70000"], ["--worker", "999"]):
            done = run(*arguments, path_of(self.directory))
            self.assertEqual(done.returncode, 1)
            self.assertIn(arguments[1], done.stdout)

    def test_people_get_tables_of_80_columns(self):
        for name in ("utilization.shm.dir", "utilization.shm"):
            done = self.check_text(run(path_of(self.directory, name)))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
            self.assertIn(f"its monitor, pid {self.serve.process.pid} on ", done.stdout.splitlines()[1])
            self.assertIn("allocated", done.stdout)

    def test_a_screen_ends_with_what_it_scrolled_away(self):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
        done = subprocess.Popen([WORKTOP, "inspect", path_of(self.directory)], stdin=subprocess.DEVNULL, stdout=follower)
        os.close(follower)
        shown = b""
        try:
            while piece := os.read(leader, 65536):
                shown += piece
        except OSError:  # the end, on a terminal
            pass
        os.close(leader)
        self.assertEqual(done.wait(60), 0)
        lines = shown.decode().replace("\r", "").splitlines()
        self.assertIn("the file is whole", " ".join(lines[-3:]))

    def test_a_stopped_monitor_is_marked(self):
        self.serve.process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: document(self.directory)["monitor"]["health"] == "stopped", "the mark")
            self.assertIn("SIGCONT", run(path_of(self.directory)).stdout)
        finally:
            self.serve.process.send_signal(signal.SIGCONT)
        wait_until(lambda: document(self.directory)["monitor"]["health"] == "running", "the monitor going on")

    def test_a_missing_directory_leaves_words(self):
        with tempfile.TemporaryDirectory() as elsewhere:
            shutil.copy(path_of(self.directory, "utilization.shm"), elsewhere)
            found = document(elsewhere, name="utilization.shm")
            self.assertIn("nothing says what its words mean", found["summary"])
            self.assertIn({"segment": 1, "offset": 0, "word": 1001, "hex": "%016x" % 1001}, found["words"])
            done = self.check_text(run(path_of(elsewhere, "utilization.shm")))
            self.assertIn("1001", done.stdout)
            self.assertEqual(run("--worker", "1", path_of(elsewhere, "utilization.shm")).returncode, 1)


class Dead(Harmless):
    @classmethod
    def setUpClass(cls):
        cls.serve, cls.workers = fleet()
        cls.directory = cls.serve.directory
        cls.serve.stop(signal.SIGKILL)
        with open(path_of(cls.directory), "rb") as file:
            cls.bytes = file.read()
        cls.folder = tempfile.mkdtemp(prefix="wt-inspect-")
        cls.found = document(cls.directory)

    @classmethod
    def tearDownClass(cls):
        for worker in cls.workers:
            worker.close()
        shutil.rmtree(cls.folder)
        cls.serve.__exit__(None, None, None)

    def damaged(self, content):
        """What is said of these bytes."""
        path = path_of(self.folder)
        with open(path, "wb") as file:
            file.write(content)
        text = self.check_text(run(path))
        done = run("--json", path)
        self.assertEqual(done.stderr, "")
        found = json.loads(done.stdout)
        self.assertEqual(text.returncode, done.returncode)
        self.assertEqual(done.returncode, 0 if found["whole"] else 1)
        self.assertEqual(found["problem_count"] == 0, found["whole"])
        return found

    def patched(self, at, form, value):
        content = bytearray(self.bytes)
        struct.pack_into(form, content, at, value)
        return self.damaged(bytes(content))

    def expect(self, found, byte, *words):
        self.assertFalse(found["whole"])
        said = [p["text"] for p in found["problems"] if p["byte"] == byte]
        self.assertTrue(said, (byte, found["problems"]))
        for word in words:
            self.assertIn(str(word), said[0])

    def section(self, kind, index=0):
        """The entry of a section, by its place in the table."""
        for place, section in enumerate(self.found["sections"]):
            if (section["type"], section["index"]) == (kind, index):
                return HEADER_BYTES + place * ENTRY_BYTES, section
        raise AssertionError(kind)

    def test_the_files_of_a_killed_monitor_tell_its_last_word(self):
        self.assertEqual((self.found["whole"], self.found["monitor"]["health"]), (True, "dead"))
        self.assertIn("is dead", self.found["summary"])
        self.assertEqual(len(self.found["segments"]), 3)
        shown = values(document(self.directory, name="utilization.shm"))
        self.assertEqual(shown[(2, "requests_total")], 1002)
        self.workers[2].write(requests_total=77)  # a worker lives on, and writes on
        self.assertEqual(values(document(self.directory, name="utilization.shm"))[(2, "requests_total")], 77)
        self.workers[2].write(requests_total=1002)

    def test_what_it_counted_as_wrong_in_the_header(self):
        self.expect(self.patched(0, "B", 0x58), 0, "58 4f 52 4b", "WORKTOPD")
        self.expect(self.patched(8, "<I", 0x1000001), 8, 0x1000001, "must be 1")
        self.expect(self.patched(12, "<I", 520), 12, "header_bytes is 520, must be 512")
        self.expect(self.patched(16, "<I", 63), 16, "section_bytes is 63, must be 64")
        self.expect(self.patched(20, "<I", 10**9), 20, "section_count is 1000000000")
        self.expect(self.patched(24, "<Q", len(self.bytes) - 64), 24, len(self.bytes))
        self.expect(self.patched(24, "<Q", len(self.bytes) + 64), len(self.bytes), "truncated")
        self.expect(self.patched(48, "<q", -4), 48, "monitor_pid is -4")
        self.expect(self.patched(112, "<Q", 9), 112, "state is 9, must be 0 to 2")
        self.expect(self.patched(128, "<Q", 2**64 - 1), 128, "event_number is 18446744073709551615")

    def test_a_beat_since_the_clock_was_read_is_fresh(self):
        offset = 80  # docs/FORMAT.md: the heartbeat, monotonic and by the calendar
        content = bytearray(self.bytes)
        before = struct.unpack_from("<QQ", content, offset)
        self.assertTrue(0 < before[0] < time.monotonic_ns() and 0 < before[1] < time.time_ns(), before)
        soon = 9 * 10**9
        struct.pack_into("<QQ", content, offset, time.monotonic_ns() + soon, time.time_ns() + soon)
        self.assertTrue(0 <= self.damaged(bytes(content))["monitor"]["heartbeat_age_ns"] < 60 * 10**9)

    def test_all_but_the_damaged_place_is_still_shown(self):
        for found in (self.patched(0, "B", 0x58), self.patched(20, "<I", 10**9), self.patched(12, "<I", 0)):
            self.assertEqual(found["segments"], self.found["segments"])
            self.assertEqual(found["schemas"], self.found["schemas"])
            self.assertEqual(found["snapshot_services"], self.found["snapshot_services"])

    def test_not_ready_and_newer_are_other_messages(self):
        self.expect(self.patched(8, "<I", 0), 8, "not ready yet")
        found = self.patched(8, "<I", 2)
        self.expect(found, 8, "version is 2", "newer worktop")
        self.assertNotIn("segments", found)

    def test_what_it_counted_as_wrong_in_the_table(self):
        entry, section = self.section("segments")
        found = self.patched(entry + 8, "<Q", section["offset"] + 4)
        self.expect(found, entry + 8, "offset is", "multiple of 64")
        self.assertEqual(found["services"], self.found["services"])
        self.expect(self.patched(entry + 16, "<Q", 2**60), entry + 16, 2**60, "the end of the file")
        self.expect(self.patched(entry + 24, "<Q", 71), entry + 24, "record_bytes is 71", 72)
        found = self.patched(entry + 32, "<Q", 10**6)
        self.expect(found, entry + 32, "count is 1000000, must be at most")
        self.assertEqual(found["segments"], self.found["segments"])
        self.expect(self.patched(entry + 40, "<Q", 10**6), entry + 40, "used is 1000000")
        self.expect(self.patched(entry, "<I", 0), entry, "type of a section is 0")

    def test_what_it_counted_as_wrong_in_records(self):
        _, section = self.section("segments")
        at = section["offset"] + section["record_bytes"]  # of segment 1
        found = self.patched(at + 68, "B", 3)
        self.expect(found, at + 68, "the state of segment 1 of utilization is 3, must be 0 to 2")
        self.assertEqual([s["segment"] for s in found["segments"]], [0, 2])
        self.expect(self.patched(at, "<Q", 7), at, "segment 1", "odd")
        self.expect(self.patched(at + 64, "<I", 4000), at + 64, "service 4000", "not there")
        self.expect(self.patched(at + 60, "<I", 4000), at + 60, "schema 4000", "not there")
        _, section = self.section("events")
        self.expect(self.patched(section["offset"] + 32, "<I", 99), section["offset"] + 32, "kind of event 1 is 99")
        _, section = self.section("stores")
        self.expect(self.patched(section["offset"] + 40, "<Q", 13), section["offset"] + 40, "13 bytes", "multiple of 8")
        _, section = self.section("schemas")
        self.expect(self.patched(section["offset"] + 8, "<I", 9), section["offset"], "version 9")

    def test_a_damaged_snapshot_leaves_the_one_before(self):
        newest = self.found["snapshot"]["sequence"]
        entry, section = self.section("snapshot", newest & 1)
        content = bytearray(self.bytes)
        content[section["offset"] + 300] ^= 1
        found = self.damaged(bytes(content))
        self.expect(found, section["offset"], "has the sum")
        self.assertEqual(found["snapshot"]["sequence"], newest - 1)

    def test_no_single_byte_breaks_it(self):
        table_end = HEADER_BYTES + len(self.found["sections"]) * ENTRY_BYTES
        places = list(range(0, 160, 3)) + list(range(HEADER_BYTES, table_end, 11))
        for kind in ("facts", "stores", "segments", "schemas", "services", "events"):
            _, section = self.section(kind)
            places += range(section["offset"], section["offset"] + 96, 13)
        for at in places:
            content = bytearray(self.bytes)
            content[at] ^= 0xff
            found = self.damaged(bytes(content))
            self.assertIn(found["kind"], ("directory",), at)

    def test_truncated_as_far_as_it_goes(self):
        _, events = self.section("events")
        found = self.damaged(self.bytes[:events["offset"]])
        self.expect(found, events["offset"], len(self.bytes), "truncated")
        self.assertEqual(found["segments"], self.found["segments"])
        self.assertEqual(found["monitor"]["pid"], self.serve.process.pid)
        for length in (1, 7, 8, 9, 31, 511, 512, 513, 1000, 4096, len(self.bytes) - 1):
            found = self.damaged(self.bytes[:length])
            self.assertFalse(found["whole"], length)
        self.assertIn("empty", self.damaged(b"")["problems"][0]["text"])

    def test_a_truncated_store_shows_what_is_left(self):
        with Serve("--interval", "0.1") as serve:
            worker = serve.worker("web", SCHEMA)
            other = serve.worker("web", SCHEMA)
            worker.write(requests_total=5)
            wait_until(lambda: len(document(serve.directory)["segments"]) == 2, "both segments")
            serve.stop(signal.SIGKILL)
            os.truncate(path_of(serve.directory, "utilization.shm"), 512)
            found = document(serve.directory, name="utilization.shm")
            self.assertFalse(found["whole"])
            self.expect(found, 512, "truncated to 512")
            self.assertEqual(values(found)[(0, "requests_total")], 5)
            self.assertEqual(len(found["segments"]), 2)
            self.assertFalse(document(serve.directory)["whole"])  # and the directory names it, too
            worker.close()
            other.close()

    def test_the_files_set_aside_by_the_next_monitor(self):
        serve, workers = fleet()
        serve.stop(signal.SIGKILL)
        for worker in workers:
            worker.close()
        with Serve("--interval", "0.1", directory=serve.directory):
            found = document(serve.directory, name="utilization.shm.dir.previous")
            self.assertEqual((found["whole"], found["monitor"]["health"]), (True, "dead"))
            found = document(serve.directory, name="utilization.shm.previous")
            self.assertEqual(found["directory"], path_of(serve.directory, "utilization.shm.dir.previous"))
            self.assertEqual(values(found)[(1, "requests_total")], 1001)
        serve.close_files()


class Busy(Harmless):
    def test_a_file_that_is_being_written_is_whole(self):
        with Serve("--interval", "0.1") as serve:
            for i in range(60):
                worker = serve.worker(f"passing{i % 4}", SCHEMA)
                for name in ("utilization.shm.dir", "utilization.shm"):
                    self.assertEqual(document(serve.directory, name=name)["problems"], [])
                worker.close()
            done = self.check_text(run(path_of(serve.directory)))
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)


class Foreign(Harmless):
    def test_what_is_no_file_of_a_monitor(self):
        with tempfile.TemporaryDirectory() as folder:
            def made(name, content):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)
                return os.path.join(folder, name)
            fifo = os.path.join(folder, "fifo")
            os.mkfifo(fifo)
            for path, word in ((fifo, "pipe"), (folder, "directory"), (os.path.join(folder, "none"), "No such file"),
                               (made("text", b"hello\n"), "no file of a monitor"), (made("empty", b""), "empty"),
                               (made("x.dir", b"hello" * 200), "WORKTOPD"), ("/dev/null", "regular")):
                begin = time.monotonic()
                done = self.check_text(run(path))
                self.assertEqual(done.returncode, 1, done)
                self.assertIn(word, done.stdout + done.stderr)
                done = run("--json", path)
                self.assertEqual((done.returncode, done.stderr), (1, ""))
                found = json.loads(done.stdout)
                self.assertEqual((found["whole"], found["problem_count"]), (False, 1), found)
                self.assertLess(time.monotonic() - begin, 30)

    def test_usage(self):
        for arguments, word in (([], "FILE"), (["a", "b"], "only one"), (["--raw", "a"], "--segment"),
                                (["--segment", "x", "a"], "--segment"), (["--worker", "0", "a"], "--worker"),
                                (["--segment", "1", "--worker", "1", "a"], "exclude"), (["--full", "a"], "--full")):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(word, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_full_disk_is_a_failure(self):
        with tempfile.NamedTemporaryFile(suffix=".shm") as file, open("/dev/full", "w") as full:
            file.write(bytes(4096))
            file.flush()
            done = subprocess.run([WORKTOP, "inspect", file.name], stdout=full, stderr=subprocess.PIPE, timeout=60,
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot print", done.stderr)


if __name__ == "__main__":
    unittest.main()
