"""Storms: monitors and workers killed for real, and every number exact afterwards.

WORKTOP_STORM=full runs them at the size of the acceptance (50 hammering workers, 20 monitors killed, 100
workers killed); without it they are small enough for every run of the tests.
"""
import os
import random
import signal
import sys

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402

FULL = os.environ.get("WORKTOP_STORM") == "full"
DEADLINE_S = 600 if FULL else 100


def all_live(count):
    return lambda snapshot: len(fleet.live_workers(snapshot)) == count


def counters_survive_every_monitor(folder):
    workers, kills = (50, 20) if FULL else (6, 4)
    monitor = fleet.Monitor(folder).start()
    hammers = [fleet.Hammer(monitor.socket) for _ in range(workers)]
    try:
        monitor.wait_for("all workers are live", all_live(workers), DEADLINE_S)
        for _ in range(kills):
            assert monitor.stop(signal.SIGKILL) == -signal.SIGKILL
            monitor.start()
            monitor.wait_for("all workers are back", all_live(workers), DEADLINE_S)
        for hammer in hammers:
            hammer.ask_to_stop()
        books = [hammer.books() for hammer in hammers]
        adds = sum(book["adds_total"] for book in books)
        owned = sum(book["own_total"] for book in books)
        snapshot = monitor.wait_for(
            "sums equal what the workers counted",
            lambda s: fleet.field_sum(s, "hammer", "adds_total") == adds
            and fleet.field_sum(s, "hammer", "own_total") == owned
            and fleet.field_sum(s, "hammer", "requests_active") == 0, 30)
        by_pid = {worker["pid"]: worker for worker in snapshot["workers"]}
        for hammer, book in zip(hammers, books):
            values = by_pid[hammer.pid]["values"]
            assert values["adds_total"] == book["adds_total"], (values, book)
            assert values["own_total"] == book["own_total"], (values, book)
            assert book["connections"] >= kills + 1, book
        print(f"     {workers} workers x 4 threads, {kills} monitors killed: {adds} + {owned} counted, exact")
        assert [hammer.leave() for hammer in hammers] == [0] * workers
    finally:
        for hammer in hammers:
            if hammer.process.poll() is None:
                hammer.kill()
        code = monitor.stop()
    assert code == 0, f"serve ended with {code}"
    assert os.listdir(folder).count("utilization.shm") == 0, "a clean exit leaves no store behind"


def segments_of_killed_workers_come_back(folder):
    workers, kill = (120, 100) if FULL else (24, 18)
    random.seed(11)
    monitor = fleet.Monitor(folder, "--size", "4K").start()
    hammers = [fleet.Hammer(monitor.socket, threads=1) for _ in range(workers)]
    try:
        monitor.wait_for("all workers are live", all_live(workers), DEADLINE_S)
        doomed = random.sample(hammers, kill)
        for hammer in doomed:
            hammer.kill()
        snapshot = monitor.wait_for(
            "every segment of the dead is free again",
            lambda s: len(fleet.live_workers(s)) == workers - kill
            and s["store"]["segments"]["allocated"] == workers - kill
            and s["store"]["segments"]["quarantined"] == 0, DEADLINE_S)
        # Its parent alone is told the signal. (Of many in one tick the first are named, the others counted.)
        told = [e["text"] for e in snapshot["events"] if e["kind"] == "died" and not e["text"].endswith(" more workers died")]
        assert told and all(" ended, cause unknown, after " in text for text in told), told
        before = snapshot["store"]["size_bytes"]
        newcomers = [fleet.Hammer(monitor.socket, threads=1) for _ in range(kill)]
        hammers += newcomers
        snapshot = monitor.wait_for("newcomers are live", all_live(workers), DEADLINE_S)
        assert snapshot["store"]["size_bytes"] == before, "the segments of the dead are used again"
    finally:
        for hammer in hammers:
            if hammer.process.poll() is None:
                hammer.kill()
        monitor.stop()
    ticks = monitor.snapshots()
    for snapshot in ticks:
        fleet.check_store(snapshot)
    assert len(ticks) > 3
    print(f"     {kill} of {workers} workers killed; the store added up at each of {len(ticks)} ticks")


def a_stopped_worker_keeps_its_segment(folder):
    monitor = fleet.Monitor(folder).start()
    hammer = fleet.Hammer(monitor.socket, threads=1)
    try:
        monitor.wait_for("the worker is live, and its heart beats",
                         lambda s: [w["heartbeat_age_ns"] is not None for w in fleet.live_workers(s)] == [True])
        os.kill(hammer.pid, signal.SIGSTOP)
        monitor.wait_for("it is stale, and said to be",
                         lambda s: [w["state"] for w in s["workers"]] == ["stale"]
                         and s["store"]["segments"]["allocated"] == 1)
        os.kill(hammer.pid, signal.SIGCONT)
        monitor.wait_for("it is live again", all_live(1))
    finally:
        hammer.kill()
        monitor.stop()


def a_worker_that_leaves_is_no_death(folder):
    monitor = fleet.Monitor(folder).start()
    hammer = fleet.Hammer(monitor.socket, threads=1)
    try:
        monitor.wait_for("the worker is live, and its heart beats",
                         lambda s: [w["heartbeat_age_ns"] is not None for w in fleet.live_workers(s)] == [True])
        hammer.ask_to_stop()
        hammer.books()
        assert hammer.leave() == 0
        snapshot = monitor.wait_for("it is told", lambda s: [e for e in s["events"] if e["kind"] in ("left", "died")])
        told = [e for e in snapshot["events"] if e["kind"] in ("left", "died")]
        assert [(e["kind"], e["severity"]) for e in told] == [("left", "info")], told
        assert "left by itself" in told[0]["text"], told
    finally:
        if hammer.process.poll() is None:
            hammer.kill()
        monitor.stop()


fleet.run(counters_survive_every_monitor, segments_of_killed_workers_come_back,
          a_stopped_worker_keeps_its_segment, a_worker_that_leaves_is_no_death)
