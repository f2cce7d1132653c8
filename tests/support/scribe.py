"""scribe.py - processes of tests/programs/scribe.c, which find out whether a segment is ever shared."""
import ctypes
import json
import os
import select
import signal
import socket
import subprocess

import fleet

PIDFD_OPEN, PIDFD_GETFD = 434, 438


SMALL = ("--size", "4K", "--segment-size", "512")  # 8 segments


def found(monitor):
    """The file in which scribes tell what they find."""
    return os.path.join(monitor.folder, "scribe.err")


def footprint(process):
    """(descriptors, resident KiB) of a process."""
    with open(f"/proc/{process.pid}/statm") as file:
        pages = int(file.read().split()[1])
    return len(os.listdir(f"/proc/{process.pid}/fd")), pages * os.sysconf("SC_PAGESIZE") // 1024


class Scribe:
    def __init__(self, monitor, hands=1, *options, service="scribe", pace_ms=5, prefix=()):
        self.hands, self.monitor, self.is_killed = hands, monitor, False
        with open(found(monitor), "ab") as errors:
            self.process = subprocess.Popen([*prefix, os.path.join(fleet.PROGRAMS, "scribe"), monitor.socket, service,
                                         str(hands), str(pace_ms), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors)

    @property
    def pid(self):
        return self.process.pid

    def tell(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, command, patience_s=fleet.DEADLINE_S):
        self.tell(command)
        if not select.select([self.process.stdout], [], [], patience_s)[0]:
            raise AssertionError(f"scribe {self.pid} does not answer `{command}`")
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"scribe {self.pid} ended: {self.process.wait()}")
        return json.loads(line)

    def report(self):
        return self.ask("report")

    def ready(self):
        """Waits until all hands are registered; returns its report."""
        def look():
            report = self.report()
            return report if report["ready"] == self.hands else None
        return fleet.wait_for(f"all hands of scribe {self.pid} are registered", look)

    def check(self):
        """Nobody else ever wrote what is ours, and what we were given was clean. Returns the report."""
        report = self.report()
        assert report["foreign"] == 0, f"somebody else wrote into a segment of {self.pid}: {report}"
        assert report["dirty"] == 0, f"a segment was handed to {self.pid} with something in it: {report}"
        return report

    def state(self):
        """(state, threads) of proc(5)."""
        with open(f"/proc/{self.pid}/stat") as file:
            rest = file.read().rpartition(")")[2].split()
        return rest[0], int(rest[17])

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        fleet.wait_for(f"scribe {self.pid} is stopped", lambda: self.state()[0] == "T")

    def cut(self):
        """Ends its connections from outside, without its help. Its sockets are found by their kind."""
        libc = ctypes.CDLL(None, use_errno=True)
        pidfd = libc.syscall(PIDFD_OPEN, self.pid, 0)
        assert pidfd >= 0, os.strerror(ctypes.get_errno())
        count = 0
        for number in map(int, os.listdir(f"/proc/{self.pid}/fd")):
            if not os.readlink(f"/proc/{self.pid}/fd/{number}").startswith("socket:"):
                continue
            fd = libc.syscall(PIDFD_GETFD, pidfd, number, 0)
            assert fd >= 0, os.strerror(ctypes.get_errno())
            with socket.socket(fileno=fd) as theirs:
                theirs.shutdown(socket.SHUT_RDWR)
            count += 1
        os.close(pidfd)
        assert count == self.hands, f"{count} connections of {self.hands}"

    def kill(self, reap=True):
        if not self.is_killed:
            self.process.kill()
            self.is_killed = True
        if reap:
            self.reap()

    def reap(self):
        self.process.wait(fleet.DEADLINE_S)
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass


def segments(snapshot):
    return snapshot["store"]["segments"]


def states(snapshot):
    """The state of each segment, in order."""
    return [state for state, count in segments(snapshot)["map"] for _ in range(count)]


def held(snapshot):
    return {entry["segment"]: entry for entry in segments(snapshot)["held"]}


def check_ticks(monitor):
    """Every snapshot that the monitor ever printed: no segment lost, and every scribe's values its own (or nobody's yet)."""
    ticks = monitor.snapshots()
    for snapshot in ticks:
        fleet.check_store(snapshot)
        for worker in fleet.live_workers(snapshot):
            for key, token in worker["values"].items() if worker["service"] == "scribe" else ():
                assert token == 0 or token >> 16 == worker["announced_pid"], \
                    f"tick {snapshot['sequence']}: {key} of worker {worker['id']} was written by {token >> 16}: {worker}"
    assert ticks
    return ticks


class Scene:
    """A monitor with a small store, and whoever comes."""

    def __init__(self, folder, *options, kind=fleet.Monitor):
        self.monitor = kind(folder, *(options or SMALL))
        self.scribes = []

    def __enter__(self):
        self.monitor.start()
        fleet.wait_for("the monitor answers", self.monitor.snapshot)
        return self

    def scribe(self, hands=1, *options, **more):
        scribe = Scribe(self.monitor, hands, *options, **more)
        self.scribes.append(scribe)
        return scribe

    def crowd(self, hands=20):
        """A process that takes more segments than are free: what was freed is handed out, and watched."""
        scribe = self.scribe(hands)
        scribe.ready()
        return scribe

    def wait_for(self, what, condition):
        """A snapshot of a tick that began after this call, and that fulfils the condition."""
        begin = fleet.wait_for("the monitor answers", self.monitor.snapshot)["sequence"]
        return self.monitor.wait_for(what, lambda s: s["sequence"] > begin and condition(s))

    def snapshot(self):
        return self.wait_for("a tick", lambda _: True)

    def ten_ticks(self):
        begin = fleet.wait_for("the monitor answers", self.monitor.snapshot)["sequence"]
        return self.monitor.wait_for("ten ticks pass", lambda s: s["sequence"] > begin + 10)

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                for scribe in self.scribes:
                    if not scribe.is_killed:
                        scribe.check()
        finally:
            for scribe in self.scribes:
                scribe.kill()
            code = self.monitor.stop()
        if kind is None:
            assert code == 0, f"serve ended with {code}"
            if "--full" in self.monitor.emits:
                check_ticks(self.monitor)
            if self.scribes:
                with open(found(self.monitor)) as file:
                    told = [line for line in file if not line.startswith("scribe: ")]  # the end of the monitor
                assert not told, told
