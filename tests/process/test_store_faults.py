"""Stores that are truncated, deleted or replaced underneath a running monitor, again and again, with workers of
libworktop that count as fast as they can, and one as Ruby makes them.

WORKTOP_STORM=full runs 20 rounds of each; without it they are few enough for every run of the tests.
"""
import os
import re
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from rubylike import RubyLike  # noqa: E402

FULL = os.environ.get("WORKTOP_STORM") == "full"
ROUNDS = 20 if FULL else 4
HAMMERS = 8 if FULL else 3
STORES = {"utilization.shm": "store", "recorders.shm": "recorders"}


def delete(path):
    os.unlink(path)


def replace(path):
    with open(path + ".other", "w") as file:
        file.write("somebody's notes\n")
    os.rename(path + ".other", path)


def cut_all(path):
    os.truncate(path, 0)


def cut_half(path):
    os.truncate(path, os.path.getsize(path) // 2)


def cut_mid_page(path):
    os.truncate(path, 100)


def cut_and_extend(path):
    size = os.path.getsize(path)
    os.truncate(path, 0)
    os.truncate(path, size)


TRUNCATIONS = (cut_all, cut_half, cut_mid_page, cut_and_extend)


class Scene:
    """A monitor, hammers and a Ruby-like worker; every fault is to be over before the next."""

    def __init__(self, folder):
        # On a tmpfs, as stores should be: only there a file that was made long again can be told.
        parent = "/dev/shm" if os.access("/dev/shm", os.W_OK) else folder
        self.folder = tempfile.mkdtemp(prefix="worktop-faults-", dir=parent)
        self.monitor = fleet.Monitor(self.folder).start()
        fleet.wait_for("the monitor", self.monitor.snapshot)
        self.hammers = [fleet.Hammer(self.monitor.socket, threads=2) for _ in range(HAMMERS)]
        self.ruby = RubyLike(self.monitor.socket)
        self.moves = []
        snapshot = self.monitor.wait_for("all are live, and their hearts beat", self.is_well)
        self.ids = {w["pid"]: w["id"] for w in snapshot["workers"]}

    def __enter__(self):
        return self

    def is_well(self, snapshot):
        live = fleet.live_workers(snapshot)
        return (len(live) == HAMMERS + 1 and snapshot["store"]["problem"] == ""
                and (snapshot.get("recorders") or {"problem": ""})["problem"] == "" and not snapshot.get("failed")
                and all(w["heartbeat_age_ns"] is not None for w in live if w["service"] == "hammer")
                and all(w["flags"] == [] for w in live))

    def recoveries(self, snapshot, store="store"):
        return [e for e in snapshot["events"] if e["kind"] == "recovered" and e["text"].startswith(store + " was ")]

    def damage(self, fault, *names):
        """One fault, and the way back from it. Returns the snapshot after it."""
        known = self.last_sequence()
        for name in names:
            fault(os.path.join(self.folder, name))
        self.ruby.add()

        def is_over(snapshot):
            told = [e for e in snapshot["events"] if e["sequence"] > known and e["kind"] == "recovered"]
            return len(told) >= len(names) and self.is_well(snapshot)
        snapshot = self.monitor.wait_for(f"all is well after {fault.__name__} of {names}", is_over)
        told = [e for e in snapshot["events"] if e["sequence"] > known]
        assert {e["kind"] for e in told} <= {"trouble", "recovered", "verdict"}, told
        assert [e["kind"] for e in told].count("trouble") == len(names), told
        for event in told:
            found = re.search(r"(\d+) workers? moved to a new one in ([\d.]+) ?(\w+)", event["text"])
            if event["kind"] == "recovered":
                assert found, event
                if event["text"].startswith("store"):
                    assert int(found[1]) == HAMMERS + 1, event
                    self.moves.append(f"{found[2]}{found[3]}")
        for name in names:
            assert os.stat(os.path.join(self.folder, name)).st_mode & 0o777 == 0o600
        fleet.check_store(snapshot)
        assert {w["pid"]: w["id"] for w in snapshot["workers"]} == self.ids, "they stay registered"
        assert snapshot["store"]["segments"]["quarantined"] == 0, snapshot["store"]["segments"]
        return snapshot

    def last_sequence(self):
        return max(e["sequence"] for e in self.monitor.snapshot()["events"])

    def wait_for_checkpoints(self):
        """A heartbeat of everybody that began after now."""
        begin = self.monitor.snapshot()["time_ns"]
        self.monitor.wait_for("a heartbeat", lambda s: all(
            s["time_ns"] - w["heartbeat_age_ns"] > begin + 10_000_000 for w in s["workers"] if w["service"] == "hammer"))

    def books(self):
        for hammer in self.hammers:
            hammer.ask_to_stop()
        return [hammer.books() for hammer in self.hammers]

    def sums_are(self, adds, owned):
        return self.monitor.wait_for(
            "the sums are what the workers counted",
            lambda s: fleet.field_sum(s, "hammer", "own_total") == owned
            and (adds is None or fleet.field_sum(s, "hammer", "adds_total") == adds)
            and (adds is None or fleet.field_sum(s, "hammer", "requests_active") == 0)
            and fleet.field_sum(s, "ruby", "requests_total") == self.ruby.total(), 30)

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.monitor.complaints()[-4000:])
        for hammer in self.hammers:
            if hammer.process.poll() is None:
                hammer.kill()
        self.ruby.close()
        code = self.monitor.stop()
        if kind is None:
            assert code == 0, f"serve ended with {code}"
            left = [n for n in os.listdir(self.folder) if n != "serve.err"]
            assert left == [], left
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        os.rmdir(self.folder)


def never_falls(monitor):
    """A published sum of the hammers' own counters never goes back, whatever happened to the files."""
    last = 0
    for snapshot in monitor.snapshots():
        total = fleet.field_sum(snapshot, "hammer", "own_total")
        if total is not None and len(fleet.live_workers(snapshot)) == HAMMERS + 1:
            assert int(total) >= last, (total, last)
            last = int(total)


def deleted_and_replaced_files_lose_nothing(folder):
    with Scene(folder) as scene:
        for i in range(ROUNDS):
            names = (("utilization.shm",), ("recorders.shm",), ("utilization.shm", "recorders.shm"))[i % 3]
            scene.damage((delete, replace)[i % 2], *names)
        books = scene.books()
        adds, owned = sum(b["adds_total"] for b in books), sum(b["own_total"] for b in books)
        snapshot = scene.sums_are(adds, owned)
        assert all(b["connections"] == 1 and b["truncations"] == 0 for b in books), books
        assert [(s["joined_count"], s["left_count"]) for s in snapshot["services"]] == [(HAMMERS, 0), (1, 0)]
        never_falls(scene.monitor)
        print(f"     {ROUNDS} deletions and replacements, {adds} + {owned} counted, exact; moved in {' '.join(scene.moves)}")


def truncated_files_lose_what_was_not_checkpointed(folder):
    with Scene(folder) as scene:
        for i in range(ROUNDS):
            names = (("utilization.shm",), ("utilization.shm", "recorders.shm"), ("recorders.shm",))[i % 3]
            scene.damage(TRUNCATIONS[i % len(TRUNCATIONS)], *names)
        books = scene.books()
        adds, owned = sum(b["adds_total"] for b in books), sum(b["own_total"] for b in books)
        snapshot = scene.sums_are(None, owned)  # counters with one writer lose nothing at all
        assert all(b["connections"] == 1 for b in books), books
        kept = int(fleet.field_sum(snapshot, "hammer", "adds_total"))
        assert sum(b["truncations"] for b in books) > 0 and 0 < kept <= adds, (kept, adds, books)
        never_falls(scene.monitor)
        print(f"     {ROUNDS} truncations: {owned} exact, {kept} of {adds} shared adds kept; moved in {' '.join(scene.moves)}")


def at_rest_a_truncation_costs_nothing(folder):
    """What was counted before the last heartbeat is safe, whatever happens to the file."""
    with Scene(folder) as scene:
        books = scene.books()
        adds, owned = sum(b["adds_total"] for b in books), sum(b["own_total"] for b in books)
        for fault in TRUNCATIONS if FULL else (cut_all, cut_and_extend):
            scene.wait_for_checkpoints()
            scene.damage(fault, "utilization.shm")
            scene.sums_are(adds, owned)


def everything_at_once(folder):
    """The whole directory is emptied, the socket included."""
    with Scene(folder) as scene:
        for _ in range(2):
            known = scene.last_sequence()
            for name in os.listdir(scene.folder):
                if name != "serve.err":
                    os.unlink(os.path.join(scene.folder, name))
            scene.monitor.wait_for("all is well", lambda s: scene.is_well(s) and len(
                [e for e in s["events"] if e["sequence"] > known and e["kind"] == "recovered"]) >= 2)
        books = scene.books()
        scene.sums_are(sum(b["adds_total"] for b in books), sum(b["own_total"] for b in books))
        assert all(b["connections"] == 1 for b in books), books


def all_stopped(pid):
    states = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/stat", encoding="utf-8") as file:
            states.append(file.read().rpartition(")")[2].split()[0])
    return set(states) == {"T"}


def a_stopped_worker_delays_nobody(folder):
    """It does not answer: the others move, it is given up in time, and comes back when it goes on."""
    with Scene(folder) as scene:
        stopped = scene.hammers[0]
        os.kill(stopped.pid, signal.SIGSTOP)
        fleet.wait_for("all of its threads stand still", lambda: all_stopped(stopped.pid))
        delete(os.path.join(scene.folder, "utilization.shm"))
        snapshot = scene.monitor.wait_for(
            "all others have moved",
            lambda s: f"1 of {HAMMERS + 1} workers have not moved to a new one yet" in s["store"]["problem"])
        by_pid = {w["pid"]: w for w in snapshot["workers"]}
        assert by_pid[stopped.pid]["values"]["adds_total"] > 0  # still read, where it was
        os.kill(stopped.pid, signal.SIGCONT)
        scene.monitor.wait_for("all is well", scene.is_well)
        books = scene.books()
        scene.sums_are(sum(b["adds_total"] for b in books), sum(b["own_total"] for b in books))


def what_is_in_the_way_is_told_until_it_is_gone(folder):
    with Scene(folder) as scene:
        path = os.path.join(scene.folder, "utilization.shm")
        delete(path)
        os.mkdir(path)
        snapshot = scene.monitor.wait_for("the trouble", lambda s: "no new one can be made" in s["store"]["problem"])
        assert "a directory is there" in snapshot["store"]["problem"], snapshot["store"]
        before = int(fleet.field_sum(snapshot, "hammer", "adds_total"))
        snapshot = scene.monitor.wait_for("they are still read", lambda s: int(fleet.field_sum(s, "hammer", "adds_total")) > before)
        late = fleet.Hammer(scene.monitor.socket, threads=1)
        scene.hammers.append(late)
        snapshot = scene.monitor.wait_for("a new one waits, and is told why",
                                          lambda s: [w for w in s["workers"] if "no segment" in (w["reason"] or "")])
        os.rmdir(path)
        scene.monitor.wait_for("all are well, and the new one with them",
                               lambda s: len(fleet.live_workers(s)) == HAMMERS + 2 and s["store"]["problem"] == "")
        books = scene.books()
        scene.sums_are(sum(b["adds_total"] for b in books), sum(b["own_total"] for b in books))


if __name__ == "__main__":
    fleet.run(deleted_and_replaced_files_lose_nothing, truncated_files_lose_what_was_not_checkpointed,
              at_rest_a_truncation_costs_nothing, everything_at_once,
              a_stopped_worker_delays_nobody, what_is_in_the_way_is_told_until_it_is_gone)
