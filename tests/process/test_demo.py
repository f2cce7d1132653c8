"""worktop demo: real processes in a private place, that end with it whatever happens, and numbers that add up."""
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from fleet import WORKTOP, wait_for  # noqa: E402


def process_state(pid):
    """(parent, state letter), or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(words[1]), words[0]


def is_over(pid):
    state = process_state(pid)
    return state is None or state[1] in "ZX"


def children(pid):
    found = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [child for child in found if (process_state(child) or (0, ""))[0] == pid and not is_over(child)]


def words(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode().split("\0")
    except OSError:
        return []


class Demo:
    """A demo that prints tables; its home (HOME, XDG_RUNTIME_DIR, TMPDIR) is the folder of the test."""

    def __init__(self, folder, *options, frames=100000):
        self.home = tempfile.mkdtemp(dir=folder)
        environment = dict(os.environ, XDG_RUNTIME_DIR=self.home, TMPDIR=self.home, HOME=self.home)
        environment.pop("WORKTOP_SOCKET", None)
        self.errors = open(os.path.join(self.home, "demo.err"), "w+b")
        self.process = subprocess.Popen(
            [WORKTOP, "demo", "--interval", "0.1", "--frames", str(frames), *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors, env=environment)
        self.out = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.socket = None

    def _read(self):
        for line in self.process.stdout:
            self.out.append(line.decode())

    def pids(self):
        """The workers' process ids; also learns the socket."""
        found = {pid: words(pid) for pid in children(self.process.pid)}
        found = {pid: line for pid, line in found.items() if "--socket" in line}
        for line in found.values():
            self.socket = line[line.index("--socket") + 1]
        return sorted(found)

    def snapshot(self):
        if self.socket is None:
            self.pids()
        if self.socket is None:
            return None
        done = subprocess.run([WORKTOP, "snapshot", "--socket", self.socket], capture_output=True)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait_for(self, what, condition, deadline_s=fleet.DEADLINE_S):
        def look():
            assert self.process.poll() is None, f"the demo ended with {self.process.returncode}: {self.complaints()}"
            snapshot = self.snapshot()
            return snapshot if snapshot is not None and condition(snapshot) else None
        return wait_for(what, look, deadline_s)

    def wait_for_live(self, count):
        return self.wait_for(f"{count} workers are live", lambda s: len(fleet.live_workers(s)) == count)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(fleet.DEADLINE_S)
        self.reader.join(fleet.DEADLINE_S)
        return code

    def complaints(self):
        with open(self.errors.name, "rb") as file:
            return file.read().decode(errors="replace")

    def close(self):
        for pid in self.pids() if self.process.poll() is None else []:
            os.kill(pid, signal.SIGCONT)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        if kind is not None:
            print("".join(self.out[-60:]), self.complaints())
        self.close()


def twelve_processes_that_end_with_it(folder):
    with Demo(folder, "--workers", 12, "--no-kill") as demo:
        snapshot = demo.wait_for_live(12)
        pids = demo.pids()
        assert len(pids) == 12 and sorted(w["pid"] for w in snapshot["workers"]) == pids, pids
        assert [s["name"] for s in snapshot["services"]] == ["api", "cable", "jobs", "web"]
        directory = os.path.dirname(demo.socket)
        assert os.stat(directory).st_mode & 0o777 == 0o700
        default = os.path.join(demo.home, "worktop")
        assert directory != default and not os.path.exists(default), "the default place is not the demo's"
        assert directory not in ("/run/worktop", f"/dev/shm/worktop-{os.getuid()}")
        wait_for("tables", lambda: sum(line.startswith("SERVICE ") for line in list(demo.out)) >= 2)
        assert demo.end() == 0, demo.complaints()
        assert all(is_over(pid) for pid in pids), "no worker outlives its demo"
        assert not os.path.exists(directory), f"{directory} is left behind"
        assert demo.complaints() == "", demo.complaints()
        table = "".join(demo.out)
        for name in ("web", "api", "jobs", "cable"):
            assert f"\n{name} " in table, table


def frames_end_it(folder):
    with Demo(folder, "--workers", 3, frames=2) as demo:
        assert demo.process.wait(fleet.DEADLINE_S) == 0, demo.complaints()
        demo.reader.join(fleet.DEADLINE_S)
        assert sum(line.startswith("worktop ") for line in demo.out) == 2, demo.out  # the first may be empty yet


def kill_9_ends_the_workers_too(folder):
    with Demo(folder, "--workers", 12, "--no-kill") as demo:
        demo.wait_for_live(12)
        pids = demo.pids()
        os.kill(pids[3], signal.SIGSTOP)
        wait_for("one worker is stopped", lambda: process_state(pids[3])[1] == "T")
        assert demo.end(signal.SIGKILL) == -signal.SIGKILL
        wait_for("every worker is gone", lambda: all(is_over(pid) for pid in pids))
        for name in os.listdir(os.path.dirname(demo.socket)):
            os.unlink(os.path.join(os.path.dirname(demo.socket), name))
        os.rmdir(os.path.dirname(demo.socket))


def a_stopped_worker_does_not_keep_it(folder):
    with Demo(folder, "--workers", 4, "--no-kill") as demo:
        demo.wait_for_live(4)
        pids = demo.pids()
        os.kill(pids[0], signal.SIGSTOP)
        assert demo.end() == 0, demo.complaints()
        assert all(is_over(pid) for pid in pids)


def report_of(folder, seed, load_s=2.5):
    """Runs a load to its end; checks the live sums against the report; returns the report's lines."""
    path = os.path.join(folder, f"report-{random.random()}")
    with Demo(folder, "--workers", 12, "--no-kill", "--load", load_s, "--report", path, "--seed", seed) as demo:
        demo.wait_for_live(12)

        def lines():
            if not os.path.exists(path):
                return []
            with open(path) as file:
                return [line for line in file.read().splitlines(True) if line.endswith("\n")]
        wait_for("every worker reported", lambda: len(lines()) == 12)
        expected = {}
        for line in lines():
            entry = json.loads(line)
            sums = expected.setdefault(entry.pop("service"), {})
            for key, value in entry.items():
                sums[key] = sums.get(key, 0) + value
        assert sorted(expected) == ["api", "cable", "jobs", "web"], expected
        for name, sums in expected.items():
            assert sums["messages_total" if name == "cable" else "jobs_total" if name == "jobs" else "requests_total"] > 0

        def agree(snapshot):
            return all(fleet.field_sum(snapshot, name, key) == value
                       for name, sums in expected.items() for key, value in sums.items())
        try:
            demo.wait_for("the live sums are what the workers counted", agree, 20)
        except AssertionError as error:
            snapshot = demo.snapshot()
            seen = {name: {key: fleet.field_sum(snapshot, name, key) for key in sums} for name, sums in expected.items()}
            raise AssertionError(f"{error}\nreported {expected}\nlive     {seen}") from None
        assert len(lines()) == 12, "a worker reports once"
        assert demo.end() == 0, demo.complaints()
        return sorted(lines())


def sums_are_exact_and_repeatable(folder):
    first = report_of(folder, 7)
    assert report_of(folder, 7) == first, "one seed, one story"
    assert report_of(folder, 8) != first, "another seed, another story"


def more_workers_than_processes(folder):
    with Demo(folder, "--workers", 300, "--processes", 6) as demo:
        snapshot = demo.wait_for_live(300)
        pids = demo.pids()
        assert len(pids) == 6 and {w["pid"] for w in snapshot["workers"]} == set(pids)
        assert demo.end() == 0, demo.complaints()
        assert all(is_over(pid) for pid in pids)


def growth_is_seen(folder):
    with Demo(folder, "--workers", 20) as demo:
        demo.wait_for_live(20)
        snapshot = demo.wait_for("resizes", lambda s: len(s["store"]["resizes"]) >= 2)
        resizes = snapshot["store"]["resizes"]
        assert min(r["old_bytes"] for r in resizes) == os.sysconf("SC_PAGE_SIZE"), resizes
        assert max(r["new_bytes"] for r in resizes) == snapshot["store"]["size_bytes"] >= 20 * 512
        assert demo.complaints() == "", "growth is nothing to warn of"
        assert sum("grown" in event["text"] for event in snapshot["events"]) >= 2, snapshot["events"]
        fleet.check_store(snapshot)


def a_killed_worker_is_replaced(folder):
    with Demo(folder, "--workers", 8) as demo:
        demo.wait_for_live(8)
        victim = demo.pids()[0]
        os.kill(victim, signal.SIGKILL)
        snapshot = demo.wait_for("a newcomer in its place", lambda s: len(fleet.live_workers(s)) == 8 and victim not in
                                 [w["pid"] for w in fleet.live_workers(s)])
        assert any(str(victim) in event["text"] for event in snapshot["events"]), snapshot["events"]
        fleet.check_store(snapshot)


def bad_numbers_end_with_2_and_a_line(folder):
    cases = [(["--workers", "0"], "--workers 0"), (["--workers", "100001"], "--workers 100001"),
             (["--workers", "x"], "--workers x"), (["--workers", "-3"], "--workers -3"),
             (["--services", "9", "--workers", "4"], "--services 9"), (["--services", "65", "--workers", "99"], "--services 65"),
             (["--services", "0"], "--services 0"), (["--processes", "3"], "--processes 3"),
             (["--processes", "30"], "--processes 30"), (["--processes", "1001", "--workers", "2000"], "--processes 1001"),
             (["--seed", "-1"], "--seed -1"), (["--load", "0"], "--load 0"), (["--duration", "0"], "--duration 0"),
             (["--interval", "0.01"], "--interval 0.01"), (["--frames", "0"], "--frames 0"), (["--report"], "--report"),
             (["--socket", "/x"], "--socket")]
    for options, said in cases:
        done = subprocess.run([WORKTOP, "demo", *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=fleet.DEADLINE_S)
        assert done.returncode == 2, (options, done)
        assert done.stdout == "" and done.stderr.count("\n") == 1 and said in done.stderr, (options, done.stderr)
        assert done.stderr.startswith("worktop demo: "), done.stderr


def a_report_that_cannot_be_written_is_said_at_once(folder):
    done = subprocess.run([WORKTOP, "demo", "--frames", "1", "--report", os.path.join(folder, "none", "report")],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=fleet.DEADLINE_S)
    assert done.returncode == 1, done
    assert "none/report" in done.stderr and done.stderr.count("\n") == 1, done.stderr


fleet.run(twelve_processes_that_end_with_it, frames_end_it, kill_9_ends_the_workers_too, a_stopped_worker_does_not_keep_it,
          sums_are_exact_and_repeatable, more_workers_than_processes, growth_is_seen, a_killed_worker_is_replaced,
          bad_numbers_end_with_2_and_a_line, a_report_that_cannot_be_written_is_said_at_once)
