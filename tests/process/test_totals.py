#!/usr/bin/env python3
"""Totals across monitors that are killed: nothing is lost, nothing is counted twice, nothing ever falls."""
import os
import random
import signal
import sys

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
from fleet import Hammer, Monitor, live_workers, run, service, wait_for

KEYS = ("adds_total", "own_total")


def total(snapshot, key):
    found = service(snapshot, "hammer")
    return next((f["total"] for f in found["fields"] if f["key"] == key), None) if found else None


def stop(hammer, books):
    """From here on it counts nothing; what it counted is in the books, and is returned."""
    hammer.ask_to_stop()
    counted = hammer.books()
    for key, value in counted.items():
        books[key] = books.get(key, 0) + value
    return counted


def stop_and_settle(monitor, hammer, books):
    """The same, until its own row shows it: an add that was under way while its word moved comes with the next
    heartbeat, which a process that is killed or stopped before would never have."""
    counted = stop(hammer, books)

    def is_settled(snapshot):
        return any(worker["pid"] == hammer.pid and all(worker["values"][key] == counted[key] for key in KEYS)
                   for worker in live_workers(snapshot))
    monitor.wait_for(f"all that {hammer.pid} counted", is_settled)


def wait_until_all_are_there(monitor, hammers):
    pids = {hammer.pid for hammer in hammers}
    return monitor.wait_for(f"{len(pids)} workers live",
                            lambda s: {worker["pid"] for worker in live_workers(s)} >= pids)


def check_never_fell(monitors):
    for key in KEYS:
        before = 0
        for generation, monitor in enumerate(monitors):
            for snapshot in monitor.snapshots():
                now = total(snapshot, key)
                if now is None:
                    continue
                assert now >= before, f"{key} fell from {before} to {now} in generation {generation}"
                before = now
        assert before > 0, f"nobody ever saw {key}"


def check_exact(monitor, books):
    def is_exact(snapshot):
        return all(total(snapshot, key) == books[key] for key in KEYS)
    try:
        monitor.wait_for("the totals of all workers ever", is_exact, deadline_s=20)
    except AssertionError:
        seen = {key: total(monitor.snapshot(), key) for key in KEYS}
        raise AssertionError(f"the monitor says {seen}, the workers counted {books}") from None


def test_generations(folder):
    """Five monitors, each but the last killed under load; workers die with it, meanwhile, and under it."""
    chance = random.Random(1)
    books, monitors = {}, []
    hammers = [Hammer(os.path.join(folder, "supervisor.ipc"), threads=2) for _ in range(8)]
    for generation in range(5):
        monitor = Monitor(folder).start()
        monitors.append(monitor)
        snapshot = wait_until_all_are_there(monitor, hammers)
        if generation > 0:
            assert any("took over the totals of 1 service from monitor" in event["text"]
                       for event in snapshot["events"]), [event["text"] for event in snapshot["events"]]
        killed_under_it = hammers.pop(chance.randrange(len(hammers)))
        stop_and_settle(monitor, killed_under_it, books)
        killed_under_it.kill()
        if generation < 4:
            victim = hammers.pop(chance.randrange(len(hammers)))
            stop_and_settle(monitor, victim, books)  # nobody looks at it again before its monitor is killed
            monitor.stop(signal.SIGKILL)
            victim.kill()
            hammers.append(Hammer(monitor.socket, threads=2))
    for hammer in hammers:
        stop(hammer, books)
    check_exact(monitors[-1], books)
    for hammer in hammers:
        assert hammer.leave() == 0
    wait_for("all are gone", lambda: not live_workers(monitors[-1].snapshot()))
    late = Hammer(monitors[-1].socket, threads=1)  # the service is shown again, with all that it had
    stop(late, books)
    check_exact(monitors[-1], books)
    check_never_fell(monitors)
    late.kill()
    assert monitors[-1].stop() == 0


def test_killed_twice_before_anybody_is_back(folder):
    """A worker that is stopped while two monitors are killed is taken over from the one to the other."""
    books = {}
    monitor = Monitor(folder).start()
    sleeper, other = Hammer(monitor.socket, threads=1), Hammer(monitor.socket, threads=1)
    wait_until_all_are_there(monitor, [sleeper, other])
    stop_and_settle(monitor, sleeper, books)
    os.kill(sleeper.pid, signal.SIGSTOP)
    monitors = [monitor]
    for _ in range(3):
        monitors[-1].stop(signal.SIGKILL)
        monitors.append(Monitor(folder).start())
        wait_until_all_are_there(monitors[-1], [other])
    stop(other, books)
    check_exact(monitors[-1], books)
    os.kill(sleeper.pid, signal.SIGCONT)
    wait_until_all_are_there(monitors[-1], [sleeper])
    check_exact(monitors[-1], books)
    check_never_fell(monitors)
    sleeper.kill()
    other.kill()
    assert monitors[-1].stop() == 0


def test_a_clean_exit_forgets(folder):
    gone = {}
    monitor = Monitor(folder).start()
    first = Hammer(monitor.socket, threads=1)
    wait_until_all_are_there(monitor, [first])
    stop_and_settle(monitor, first, gone)
    first.kill()
    assert monitor.stop() == 0
    assert not os.path.exists(os.path.join(folder, "utilization.shm.dir"))
    books = {}
    monitor = Monitor(folder).start()
    second = Hammer(monitor.socket, threads=1)
    wait_until_all_are_there(monitor, [second])
    stop(second, books)
    check_exact(monitor, books)
    assert not any("took over" in event["text"] for event in monitor.snapshot()["events"])
    second.kill()
    assert monitor.stop() == 0


def test_a_broken_directory_is_said_and_harms_nobody(folder):
    books = {}
    monitor = Monitor(folder).start()
    hammer = Hammer(monitor.socket, threads=1)
    wait_until_all_are_there(monitor, [hammer])
    for damage in ("truncate", "scribble", "remove"):
        monitor.stop(signal.SIGKILL)
        path = os.path.join(folder, "utilization.shm.dir")
        if damage == "truncate":
            os.truncate(path, 100)
        elif damage == "scribble":
            with open(path, "r+b") as file:
                file.write(os.urandom(4096))
        else:
            os.unlink(path)
        monitor = Monitor(folder).start()
        snapshot = wait_until_all_are_there(monitor, [hammer])
        said = [event["text"] for event in snapshot["events"] if "take over the totals" in event["text"]]
        assert damage == "remove" or len(said) == 1 and "could not" in said[0], (damage, said)
    stop(hammer, books)
    check_exact(monitor, books)  # its counters were never only in the files
    hammer.kill()
    assert monitor.stop() == 0


if __name__ == "__main__":
    run(test_generations, test_killed_twice_before_anybody_is_back, test_a_clean_exit_forgets,
        test_a_broken_directory_is_said_and_harms_nobody)
