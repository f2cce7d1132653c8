"""No descriptors left: in `worktop serve`, and in a program with libworktop. What stands goes on; what is new waits, and
is served when there are some again."""
import json
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from bus import Peer, Sym, Worker, proxy  # noqa: E402
from rubylike import RubyLike  # noqa: E402


def limit_descriptors(pid, more):
    """So many more than are open now; None: as many as ever. The hard limit stays."""
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    soft = hard if more is None else 1 + max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + more
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def look_for(watcher, what, condition):
    """As Monitor.wait_for, but over a connection that stands."""
    def look():
        snapshot = json.loads(watcher.call("snapshot"))
        return snapshot if condition(snapshot) else None
    return fleet.wait_for(what, look)


def a_monitor_without_descriptors(folder):
    monitor = fleet.Monitor(folder).start()
    fleet.wait_for("the monitor", monitor.snapshot)
    worker, watcher, late = RubyLike(monitor.socket), Peer(monitor.socket), []
    try:
        worker.add(1)
        look_for(watcher, "the worker", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 1)
        limit_descriptors(monitor.process.pid, 0)
        late = [Worker(monitor.socket) for _ in range(4)]  # the kernel takes them; the monitor cannot
        asked = [w.start("register", proxy(Sym("worker")), process_id=os.getpid(), state={Sym("name"): "late"}) for w in late]
        snapshot = look_for(watcher, "the trouble", lambda s: "connections cannot be taken" in s["monitor"]["problem"])
        assert "ulimit -n" in snapshot["monitor"]["problem"], snapshot["monitor"]
        assert len(snapshot["workers"]) == 1
        worker.add(1)
        look_for(watcher, "what stands goes on", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 2)

        # A store that is lost meanwhile: no descriptor for a new one, and the old one is still read.
        os.unlink(os.path.join(folder, "utilization.shm"))
        look_for(watcher, "the second trouble", lambda s: "Too many open files" in s["store"]["problem"])
        worker.add(1)
        look_for(watcher, "it is still read", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 3)

        limit_descriptors(monitor.process.pid, None)
        for peer, number in zip(late, asked):
            assert peer.finish(number, peer.serve) > worker.id
        look_for(watcher, "all is well", lambda s: s["store"]["problem"] == "" and worker.setups == 2)
        worker.add(1)
        look_for(watcher, "it is read in the new one", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 4)
    finally:
        for peer in [worker, watcher, *late]:
            peer.close()
        assert monitor.stop() == 0


def a_program_without_descriptors(folder):
    """It counts on, loses its monitor's new store for a while, and is back when it can open it."""
    monitor = fleet.Monitor(folder).start()
    fleet.wait_for("the monitor", monitor.snapshot)
    hammer = fleet.Hammer(monitor.socket, threads=1)
    try:
        monitor.wait_for("it is live", lambda s: len(fleet.live_workers(s)) == 1 and s["workers"][0]["recorder"] is not None)
        limit_descriptors(hammer.pid, 0)
        os.unlink(os.path.join(folder, "utilization.shm"))
        monitor.wait_for("it is told why it has no metrics", lambda s: [
            w for w in s["workers"] if "Too many open files" in (w["reason"] or "")])
        limit_descriptors(hammer.pid, None)
        monitor.wait_for("it asked again", lambda s: len(fleet.live_workers(s)) == 1)
        hammer.ask_to_stop()
        books = hammer.books()
        monitor.wait_for("every count is there", lambda s: fleet.field_sum(s, "hammer", "adds_total") == books["adds_total"]
                         and fleet.field_sum(s, "hammer", "own_total") == books["own_total"])
        assert books["truncations"] == 0, books
    finally:
        hammer.kill()
        assert monitor.stop() == 0


if __name__ == "__main__":
    fleet.run(a_monitor_without_descriptors, a_program_without_descriptors)
