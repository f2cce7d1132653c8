"""A segment is never handed out while its old writer can still write.

Each test has workers that prove it (tests/programs/scribe.c): they write into whatever they were ever given for as
long as they live, and find out when anybody else writes into what is theirs. The store is small, so that a segment
that is freed too early is handed out at once.
"""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import bus  # noqa: E402
import fleet  # noqa: E402
from scribe import Scene, held, segments, states  # noqa: E402

def a_key_frees_the_old_segment_when_it_takes_up_a_new_one_and_not_before(folder):
    with Scene(folder) as scene:
        worker = scene.scribe(1, "key")
        old = worker.ready()["segments"][0]
        worker.tell("slow 600000")
        worker.tell("drop")
        worker.tell("join")
        scene.wait_for("its new segment is offered, the old one held",
                       lambda s: [w["state"] for w in s["workers"]] == ["connecting"] and old in held(s))
        crowd = scene.crowd()
        between = scene.snapshot()
        assert old not in crowd.report()["segments"] or old not in held(between), "handed out while it was held"
        worker.tell("answer")
        new = worker.ready()["segments"][0]
        assert new != old, "it still copies out of the old one"
        snapshot = scene.wait_for("the old one is not held any more", lambda s: not held(s))
        late = scene.crowd()
        assert old in late.report()["segments"] + crowd.report()["segments"], "it is of use again"
        for tick in scene.monitor.snapshots():
            for candidate in (w for w in tick["workers"] if w["pid"] == worker.pid and w["state"] == "connecting"):
                assert candidate["segment"] == old or states(tick)[old] == "quarantined", "freed before it was taken up"
        assert snapshot["store"]["segments"]["quarantined"] == 0


def a_worker_without_a_key_gets_its_own_segment_back_all_zero(folder):
    with Scene(folder) as scene:
        with bus.Worker(scene.monitor.socket) as other, bus.Worker(scene.monitor.socket) as first:
            other.register("ruby")
            first.register("ruby")
            first.write(requests_total=7, requests_active=1)
        offers = []
        for turn in range(20):
            with bus.Worker(scene.monitor.socket) as worker:
                path, size, offset = worker.register("ruby") and worker.offers[0]
                offers.append(offset)
                with open(path, "rb") as file:
                    file.seek(offset)
                    assert file.read(size) == bytes(size), f"turn {turn}: not zeroed"
                worker.write(requests_total=turn + 1, requests_active=turn + 1)
        assert set(offers) <= {0, 512}, f"a process gets what it left, not more: {offers}"
        snapshot = scene.snapshot()
        assert segments(snapshot)["quarantined"] == 2 and snapshot["store"]["resize_count"] == 0
        # The same with a process that others watch, and that goes on writing all the time.
        worker = scene.scribe(3)
        before = sorted(worker.ready()["segments"])
        crowd = scene.crowd(4)
        for _ in range(10):
            worker.tell("drop")
            worker.tell("join")
            assert sorted(worker.ready()["segments"]) == before
        worker.tell("hush")
        worker.tell("drop")
        worker.tell("join")
        assert sorted(worker.ready()["segments"]) == before
        worker.tell("write")
        assert worker.check()["ever"] == 3
        crowd.check()


def a_zombie_is_gone_though_nobody_reaps_it(folder):
    with Scene(folder) as scene:
        worker = scene.scribe(3)
        worker.ready()
        worker.kill(reap=False)
        fleet.wait_for("it is a zombie", lambda: worker.state()[0] == "Z")
        os.kill(worker.pid, 0)  # which lies
        scene.wait_for("its segments are free", lambda s: segments(s)["free"] == segments(s)["total"])
        assert worker.state()[0] == "Z"
        crowd = scene.crowd()
        assert {0, 1, 2} <= set(crowd.check()["segments"])
        worker.reap()


def a_stopped_worker_keeps_its_quarantine(folder):
    with Scene(folder) as scene:
        worker = scene.scribe(2)
        mine = worker.ready()["segments"]
        worker.stop()
        worker.cut()  # the connections end, the process does not
        snapshot = scene.wait_for("both segments are held", lambda s: set(held(s)) == set(mine))
        assert {entry["pid"] for entry in held(snapshot).values()} == {worker.pid}
        crowd = scene.crowd()
        assert set(held(scene.ten_ticks())) == set(mine)
        os.kill(worker.pid, signal.SIGCONT)  # and it writes again
        worker.report()
        crowd.check()
        assert set(held(scene.snapshot())) == set(mine)
        worker.kill()
        scene.wait_for("they are free", lambda s: not held(s))
        late = scene.crowd()
        assert set(mine) <= set(crowd.report()["segments"] + late.report()["segments"])


def a_process_whose_main_thread_ended_lives_on(folder):
    with Scene(folder) as scene:
        worker = scene.scribe(2, "thread")
        mine = worker.ready()["segments"]
        fleet.wait_for("its main thread is a zombie", lambda: worker.state()[0] == "Z" and worker.state()[1] >= 2)
        worker.tell("drop")
        scene.wait_for("its segments are held", lambda s: set(held(s)) == set(mine))
        crowd = scene.crowd()
        assert set(held(scene.ten_ticks())) == set(mine), "taken for gone, but it writes"
        worker.tell("join")  # and it may come back
        assert sorted(worker.ready()["segments"]) == sorted(mine)
        crowd.check()
        worker.kill()
        scene.wait_for("they are free", lambda s: not held(s))


def a_forked_child_keeps_the_connection_and_so_the_segment(folder):
    with Scene(folder) as scene:
        worker = scene.scribe(1)
        mine = worker.ready()["segments"][0]
        child = worker.ask("fork")["child"]
        worker.kill()  # the child has its connection, and writes on
        try:
            crowd = scene.crowd()
            assert states(scene.ten_ticks())[mine] == "allocated"
            crowd.check()
        finally:
            os.kill(child, signal.SIGKILL)
        scene.wait_for("it is free", lambda s: len(s["workers"]) == crowd.hands and not held(s))


fleet.run(a_key_frees_the_old_segment_when_it_takes_up_a_new_one_and_not_before,
          a_worker_without_a_key_gets_its_own_segment_back_all_zero,
          a_zombie_is_gone_though_nobody_reaps_it,
          a_stopped_worker_keeps_its_quarantine,
          a_process_whose_main_thread_ended_lives_on,
          a_forked_child_keeps_the_connection_and_so_the_segment)
