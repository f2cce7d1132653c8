"""Storms over the store: reconnects as fast as can be, a thousand kills at any moment, stopped workers, and ten
thousand of them at once. WORKTOP_STORM=full runs them at the size of the acceptance.

Figures are printed.
"""
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from scribe import Scene, footprint, held, segments  # noqa: E402

FULL = os.environ.get("WORKTOP_STORM") == "full"
MEASURES = not os.environ.get("WORKTOP_SANITIZE")  # sanitizers are slow, and have memory of their own


def size(full, normal, sanitized):
    return full if FULL else normal if MEASURES else sanitized


GROWN_KIB = 3072  # what the monitor may have grown by, and keep
LEAKED_KIB = 256  # what a round may add when nothing is kept: 52 bytes for each of 5,000 reconnects
EVENTS_PER_TICK = 60  # a handful of each kind, then a number


def all_free(snapshot):
    return segments(snapshot)["free"] == segments(snapshot)["total"] and not snapshot["workers"]


def check_events(monitor):
    """However much happens, the list of events does not drown in it."""
    ticks = monitor.snapshots()
    for before, after in zip(ticks, ticks[1:]):
        told = after["events"][-1]["sequence"] - before["events"][-1]["sequence"]
        assert told <= EVENTS_PER_TICK * (after["monitor"]["tick_count"] - before["monitor"]["tick_count"]), \
            f"{told} events in a tick"
        assert len(after["events"]) <= 256


# What a monitor keeps when it has looked at its workers' processes: the figures of each of those who stay, and the
# socket that asks for accept queues. Nothing of those who went.
KEPT_ONCE = 5


def check_footprint(before, after, what):
    """A few descriptors come and go with those who ask for snapshots."""
    assert after[0] <= before[0] + 3 + KEPT_ONCE, f"{what}: {after[0]} descriptors, {before[0]} before"
    if MEASURES:
        assert after[1] - before[1] <= GROWN_KIB, f"{what}: {after[1]} KiB, {before[1]} before"


def check_rounds(prints, what):
    """A leak adds to every round. A round on a busy machine may leave longer lists, all of them do not."""
    for before, after in zip(prints, prints[1:]):
        assert after[0] <= before[0] + 3 + KEPT_ONCE, f"{what}: (descriptors, KiB) {prints}"
    if MEASURES:
        least = min(after[1] - before[1] for before, after in zip(prints, prints[1:]))
        assert least <= LEAKED_KIB, f"{what}: every round leaves {least} KiB or more: {prints}"


def everything_at_once(folder):
    seconds, count = size((60, 24), (5, 10), (3, 6))
    random.seed(5)
    kinds = [(1, "key"), (1,), (3,), (2, "key"), (2, "thread"), (1, "key", "thread")]
    with Scene(folder) as scene:
        def spawn():
            return scene.scribe(*random.choice(kinds), pace_ms=10)

        def respawn(at):
            scribes[at].kill()
            scene.scribes.remove(scribes[at])
            scribes[at] = spawn()

        scribes, stopped, deeds = [spawn() for _ in range(count)], {}, 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            at = random.randrange(count)
            scribe, deed = scribes[at], random.random()
            if at in stopped:
                if deed < 0.6:
                    os.kill(scribe.pid, signal.SIGCONT)
                    del stopped[at]
                elif deed < 0.7:
                    respawn(at)
                    del stopped[at]
            elif deed < 0.2:
                scribe.tell("drop")
            elif deed < 0.6:
                scribe.tell("join")
            elif deed < 0.7:
                os.kill(scribe.pid, signal.SIGSTOP)
                stopped[at] = True
            elif deed < 0.75:
                scribe.tell(f"slow {random.choice((0, 0, 30, 200))}")
            elif deed < 0.9:
                scribe.check()
            else:
                respawn(at)
            deeds += 1
            time.sleep(random.random() * 0.01)
        for at in stopped:
            os.kill(scribes[at].pid, signal.SIGCONT)
        for scribe in scribes:
            scribe.tell("slow 0")
            scribe.tell("answer")
            scribe.tell("join")
        total = sum(scribe.hands for scribe in scribes)
        for scribe in scribes:
            scribe.ready()
        scene.wait_for("all are live", lambda s: len(fleet.live_workers(s)) == total)
        generations = max(generation for generation, _ in segments(scene.snapshot())["generations"])
        for scribe in scribes:
            scribe.check()
            scribe.kill()
        snapshot = scene.wait_for("all is free", all_free)
        check_events(scene.monitor)
        print(f"     {deeds} deeds of {count} processes; {segments(snapshot)['total']} segments, one handed out "
              f"{generations} times, none while its writer lived")


def a_reconnect_loop_leaks_nothing(folder):
    loops, rounds = size((40000, 8), (5000, 4), (1000, 2))
    with Scene(folder) as scene:
        hammer = fleet.Hammer(scene.monitor.socket, threads=1)
        try:
            scene.wait_for("the bystander is live", lambda s: len(fleet.live_workers(s)) == 1)
            for key in ((), ("key",)):
                scribe = scene.scribe(1, *key)
                scribe.ready()
                scribe.ask(f"loop {loops}", 300)  # lists find their size
                prints, rates = [footprint(scene.monitor.process)], []
                for _ in range(rounds):
                    answer = scribe.ask(f"loop {loops}", 300)
                    rates.append(answer["loops"] / answer["seconds"])
                    snapshot = scene.wait_for("it has settled",
                                              lambda s: segments(s)["allocated"] == 2 and len(s["workers"]) == 2)
                    prints.append(footprint(scene.monitor.process))
                check_rounds(prints, f"{rounds} times {loops} reconnects {key}")
                assert snapshot["store"]["size_bytes"] == 4096, "the store has grown"
                assert snapshot["recorders"]["segments"]["allocated"] + len(held(snapshot)) <= 3
                assert snapshot["recorders"]["segments"]["quarantined"] <= 1, "regions that were declined pile up"
                print(f"     {loops * (rounds + 1)} reconnects {'with' if key else 'without'} a key, "
                      f"{min(rates):.0f} to {max(rates):.0f} a second; the monitor: "
                      f"{prints} (descriptors, KiB)")
                scribe.check()
                scribe.kill()
                scene.wait_for("it is gone", lambda s: segments(s)["allocated"] == 1 and not held(s))
            check_events(scene.monitor)
            hammer.ask_to_stop()
            books = hammer.books()
            scene.wait_for("the bystander's numbers are exact",
                           lambda s: fleet.field_sum(s, "hammer", "adds_total") == books["adds_total"])
            assert books["connections"] == 1, books
        finally:
            hammer.kill()


def kills_at_any_moment(folder):
    kills, wave = size((1000, 40), (320, 40), (60, 20))
    random.seed(9)
    with Scene(folder) as scene:
        hammers = [fleet.Hammer(scene.monitor.socket, threads=1) for _ in range(3)]
        try:
            scene.wait_for("the survivors are live", lambda s: len(fleet.live_workers(s)) == len(hammers))
            begin, before = time.monotonic(), None
            for done in range(0, kills, wave):
                kinds = ((1, "key"), (1,), (4, "key"), (2, "thread"))
                doomed = [scene.scribe(*random.choice(kinds)) for _ in range(wave)]
                for scribe in doomed[::2]:  # these are killed while they register, are set up and switch segments
                    scribe.tell("loop 1000000")
                random.shuffle(doomed)
                for scribe in doomed:
                    time.sleep(random.random() * 0.004)
                    scribe.kill(reap=False)
                for scribe in doomed:
                    scribe.reap()
                    scene.scribes.remove(scribe)
                if done == wave:  # a wave or two, and all lists have their size
                    scene.wait_for("all of them are gone", lambda s: segments(s)["allocated"] == len(hammers) and not held(s))
                    before = footprint(scene.monitor.process)
            snapshot = scene.wait_for("all of them are gone",
                                      lambda s: segments(s)["allocated"] == len(hammers) and not held(s)
                                      and len(s["workers"]) == len(hammers))
            seconds = time.monotonic() - begin
            for store in ("recorders", "recorders_wide"):
                if snapshot[store] is not None:
                    counts = snapshot[store]["segments"]
                    assert counts["quarantined"] == 0 and counts["allocated"] <= len(hammers), counts
            check_footprint(before, footprint(scene.monitor.process), f"{kills} kills")
            check_events(scene.monitor)
            for hammer in hammers:
                hammer.ask_to_stop()
            books = [hammer.books() for hammer in hammers]
            adds, owned = (sum(book[key] for book in books) for key in ("adds_total", "own_total"))
            scene.wait_for("the survivors' sums are exact",
                           lambda s: fleet.field_sum(s, "hammer", "adds_total") == adds
                           and fleet.field_sum(s, "hammer", "own_total") == owned)
            print(f"     {kills} killed in {seconds:.1f} s, {wave} at once; {segments(snapshot)['total']} segments; "
                  f"the monitor: {before} -> {footprint(scene.monitor.process)} (descriptors, KiB)")
        finally:
            for hammer in hammers:
                hammer.kill()


def workers_stop_and_go_on(folder):
    count, naps = size((12, 400), (4, 60), (2, 20))
    random.seed(3)
    with Scene(folder) as scene:
        hammers = [fleet.Hammer(scene.monitor.socket, threads=2) for _ in range(count)]
        try:
            scene.wait_for("all are live, and their hearts beat",
                           lambda s: [w["heartbeat_age_ns"] is not None for w in fleet.live_workers(s)] == [True] * count)
            for _ in range(naps):
                hammer = random.choice(hammers)
                os.kill(hammer.pid, signal.SIGSTOP)
                time.sleep(random.random() * 0.02)
                os.kill(hammer.pid, signal.SIGCONT)
            asleep = hammers[:count // 2]
            for hammer in asleep:
                os.kill(hammer.pid, signal.SIGSTOP)
            pids = {hammer.pid for hammer in asleep}
            snapshot = scene.wait_for("those that are stopped are stale, and no other",
                                      lambda s: {w["pid"] for w in s["workers"] if w["state"] == "stale"} == pids)
            assert fleet.service(snapshot, "hammer")["stale_count"] == len(asleep)
            assert len(fleet.live_workers(snapshot)) == count - len(asleep)
            assert [e for e in snapshot["events"] if e["kind"] == "stale"]
            for hammer in asleep:
                os.kill(hammer.pid, signal.SIGCONT)
            snapshot = scene.wait_for("all are live again", lambda s: len(fleet.live_workers(s)) == count)
            assert [e for e in snapshot["events"] if e["kind"] == "recovered"]
            for hammer in hammers:
                hammer.ask_to_stop()
            books = {hammer.pid: hammer.books() for hammer in hammers}
            scene.wait_for("every worker's numbers are exact",
                           lambda s: {w["pid"]: w["values"]["adds_total"] for w in s["workers"]}
                           == {pid: book["adds_total"] for pid, book in books.items()})
            last = {}
            for tick in scene.monitor.snapshots():
                for worker in tick["workers"]:
                    if worker["state"] in ("live", "stale"):
                        now = worker["values"]["adds_total"]
                        assert last.get(worker["pid"], 0) <= now <= books[worker["pid"]]["adds_total"], worker
                        last[worker["pid"]] = now
            print(f"     {naps} naps of {count} workers; every counter rose only, up to the very last add")
        finally:
            for hammer in hammers:
                os.kill(hammer.pid, signal.SIGCONT)
                hammer.kill()


class QuietMonitor(fleet.Monitor):
    emits = ["--interval", "0.25"]


def ten_thousand_workers(folder):
    processes, hands = size((10, 1000), (5, 200), (4, 50))
    total = processes * hands
    with Scene(folder, "--size", "32K", kind=QuietMonitor) as scene:
        process = scene.monitor.process
        before = footprint(process)
        begin = time.monotonic()
        scribes = [scene.scribe(hands, *(("key",) if i % 2 else ()), pace_ms=300) for i in range(processes)]
        snapshot = scene.wait_for("all are live", lambda s: len(fleet.live_workers(s)) == total)
        joined_s = time.monotonic() - begin
        for scribe in scribes:
            assert scribe.check()["ready"] == hands
        fleet.check_store(snapshot)
        assert fleet.service(snapshot, "scribe")["worker_count"] == total
        assert len({w["segment"] for w in snapshot["workers"]}) == total
        for worker in snapshot["workers"]:
            assert {token >> 16 for token in worker["values"].values()} == {worker["pid"]}, worker
        ticks = [scene.snapshot()["monitor"]["tick_duration_ns"] for _ in range(5)]
        full = footprint(process)
        begin = time.monotonic()
        for scribe in scribes:
            scribe.kill(reap=False)
        snapshot = scene.wait_for("all is free", all_free)
        left_s = time.monotonic() - begin
        late = scene.crowd(50)
        late.check()
        assert scene.snapshot()["store"]["size_bytes"] == snapshot["store"]["size_bytes"]
        after = footprint(process)
        assert after[0] <= before[0] + 60, f"{after[0]} descriptors, {before[0]} before"
        print(f"     {total} workers in {processes} processes: live after {joined_s:.1f} s, ticks of "
              f"{min(ticks) / 1e6:.1f} to {max(ticks) / 1e6:.1f} ms, all gone and free after {left_s:.1f} s; "
              f"(descriptors, KiB) {before} -> {full} -> {after}")


fleet.run(everything_at_once, a_reconnect_loop_leaks_nothing, kills_at_any_moment, workers_stop_and_go_on,
          ten_thousand_workers)
