"""fleet.py - a private monitor and real workers, for the process tests.

Everything lives in a temporary folder of its own; every process is ended by its id. Waiting is always for a
condition, with a deadline that only a broken program reaches.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

WORKTOP = os.environ["WORKTOP"]
PROGRAMS = os.environ["WORKTOP_TEST_PROGRAMS"]
DEADLINE_S = 60.0


def wait_for(what, condition, deadline_s=DEADLINE_S, pause_s=0.02):
    """Returns the first true answer of condition(); fails with `what` after the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"never happened within {deadline_s:g} s: {what}")
        time.sleep(pause_s)


class Monitor:
    """`worktop serve --full` at a private place; its lines are collected while it runs."""

    prefix = []  # a command to run it with
    emits = ["--full", "--interval", "0.1"]

    def __init__(self, folder, *options):
        self.folder = folder
        self.socket = os.path.join(folder, "supervisor.ipc")
        self.options = list(options)
        self.lines = []
        self.process = None

    def start(self):
        command = [*self.prefix, WORKTOP, "serve", "--socket", self.socket, *self.emits, *self.options]
        self.errors = open(os.path.join(self.folder, "serve.err"), "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors)
        self.reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        return self

    def _read(self, stream):
        for line in stream:
            if line.endswith(b"\n"):  # the last one may have been cut by kill -9
                self.lines.append(line)

    def stop(self, number=signal.SIGTERM):
        """Ends the monitor; returns its exit code (negative: the signal that ended it)."""
        self.process.send_signal(number)
        code = self.process.wait(DEADLINE_S)
        self.reader.join(DEADLINE_S)
        self.errors.close()
        return code

    def snapshot(self):
        """The monitor's snapshot, or None while nobody answers."""
        done = subprocess.run([WORKTOP, "snapshot", "--socket", self.socket], capture_output=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait_for(self, what, condition, deadline_s=DEADLINE_S):
        def look():
            snapshot = self.snapshot()
            return snapshot if snapshot is not None and condition(snapshot) else None
        return wait_for(what, look, deadline_s)

    def snapshots(self):
        return [json.loads(line) for line in self.lines]

    def complaints(self):
        with open(os.path.join(self.folder, "serve.err"), "rb") as file:
            return file.read().decode(errors="replace")


class Hammer:
    """A process of tests/programs/hammer.c."""

    def __init__(self, socket, service="hammer", threads=4):
        environment = dict(os.environ)
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"):  # SIGBUS is libworktop's, as in programs without a sanitizer
            environment[name] = f"{environment.get(name, '')}:handle_sigbus=0"
        self.process = subprocess.Popen([os.path.join(PROGRAMS, "hammer"), socket, service, str(threads)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    @property
    def pid(self):
        return self.process.pid

    def ask_to_stop(self):
        self.process.stdin.write(b"stop\n")
        self.process.stdin.flush()

    def books(self):
        """What it counted, after ask_to_stop."""
        return json.loads(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self._close()

    def leave(self):
        self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self._close()
        return code

    def _close(self):
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass


def live_workers(snapshot):
    return [worker for worker in snapshot["workers"] if worker["state"] == "live"]


def service(snapshot, name):
    return next((s for s in snapshot["services"] if s["name"] == name), None)


def field_sum(snapshot, service_name, key):
    found = service(snapshot, service_name)
    return next((f["sum"] for f in found["fields"] if f["key"] == key), None) if found else None


def check_store(snapshot):
    """The invariant of every tick: no segment is lost, none counted twice."""
    store = snapshot["store"]["segments"] if isinstance(snapshot["store"].get("segments"), dict) else snapshot["store"]
    parts = store["free"] + store["allocated"] + store["quarantined"]
    assert parts == store["total"], f"free + allocated + quarantined = {parts}, total = {store['total']}"


def run(*tests):
    """Runs each test(folder) in a folder of its own; exits 1 when one failed."""
    failed = 0
    for test in tests:
        folder = tempfile.mkdtemp(prefix="worktop-test-")
        try:
            begin = time.monotonic()
            test(folder)
            print(f"ok   {test.__name__} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Exception as error:  # every test is to be run
            failed += 1
            print(f"FAIL {test.__name__}: {type(error).__name__}: {error}", flush=True)
            import traceback
            traceback.print_exc()
            errors = os.path.join(folder, "serve.err")
            if os.path.exists(errors):
                print(open(errors, errors="replace").read()[-8000:])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
