"""A real `worktop serve` for tests, in a directory of its own."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bus import Peer, Sym, Worker  # noqa: E402,F401  (the tests import it from here)

WORKTOP = os.environ.get("WORKTOP", "worktop")
PATIENCE = 60


def wait_until(check, what, patience=PATIENCE):
    """Polls until check() is true and returns its value."""
    deadline = time.monotonic() + patience
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience} s in vain for: {what}")
        time.sleep(0.005)


def clean_environment(**changes):
    environment = dict(os.environ)
    for name in ("WORKTOP_SOCKET", "XDG_RUNTIME_DIR"):
        environment.pop(name, None)
    environment.update(changes)
    return environment


class Serve:
    def __init__(self, *arguments, directory=None, socket=None, stdout=None, environment=None):
        self.owned = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="wt-serve-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.path = socket or os.path.join(self.directory, "supervisor.ipc")
        self.out = open(os.path.join(self.directory, "stdout.txt"), "w+b") if stdout is None else None
        self.err = open(os.path.join(self.directory, "stderr.txt"), "w+b")
        self.process = None
        self.failure = 0  # an exit code that is expected, too
        try:
            self.process = subprocess.Popen([WORKTOP, "serve", "--socket", self.path, *arguments],
                                            stdin=subprocess.DEVNULL, stdout=stdout or self.out, stderr=self.err,
                                            env=environment or clean_environment())
            wait_until(self.is_listening, "the socket")
        except BaseException:
            if self.process is not None:
                self.process.kill()
                self.process.wait()
            self.close_files()
            raise

    def is_listening(self):
        if self.process.poll() is not None:
            raise AssertionError(f"serve ended with {self.process.returncode}: {self.errors()}")
        try:
            Peer(self.path).close()
            return True
        except OSError:
            return False

    def peer(self):
        return Peer(self.path)

    def worker(self, name=None, schema=None, **state):
        worker = Worker(self.path, schema)
        worker.register(name, **state)
        return worker

    def status(self):
        """{service: {field: number}}"""
        with self.peer() as peer:
            (entry,) = peer.call("status")
            assert entry[Sym("type")] == Sym("utilization_monitor") and isinstance(entry[Sym("type")], Sym)
            return {name: {str(k): v for k, v in fields.items()} for name, fields in entry[Sym("data")].items()}

    def snapshot(self):
        with self.peer() as peer:
            return json.loads(peer.call("snapshot"))

    def output(self):
        with open(self.out.name, "rb") as file:
            return file.read().decode()

    def lines(self):
        return [json.loads(line) for line in self.output().splitlines(True) if line.endswith("\n")]

    def errors(self):
        with open(self.err.name, "rb") as file:
            return file.read().decode()

    def files(self):
        ours = {"stdout.txt", "stderr.txt"}
        return sorted(name for name in os.listdir(self.directory) if name not in ours)

    def all_files(self):
        """The same when the last of them is there: the directory file is made at the first look."""
        wait_until(lambda: "utilization.shm.dir" in self.files(), "the directory file")
        return self.files()

    def stop(self, number=signal.SIGTERM):
        """Sends a signal, waits, returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def close_files(self):
        for file in (self.out, self.err):
            if file is not None:
                file.close()
        if self.owned:
            shutil.rmtree(self.directory)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        code = self.stop()
        errors = self.errors()
        self.close_files()
        if kind is None and (code not in (0, -signal.SIGKILL, self.failure) or "Sanitizer" in errors):
            raise AssertionError(f"serve ended with {code}: {errors}")
        if kind is not None:
            print(errors, file=sys.stderr)
