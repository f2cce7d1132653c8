"""Segments and the kernel's names of processes: a pid that is used again, a worker whose pid the monitor cannot see,
and a monitor whose /proc shows other processes than its own.

Needs to make pid namespaces: root. Each test runs this very file again inside of one, with its name.
"""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from scribe import Scene, Scribe, held  # noqa: E402

UNSHARE = ["unshare", "--pid", "--fork", "--kill-child"]


def may_unshare():
    done = subprocess.run([*UNSHARE, "--mount-proc", "true"], capture_output=True)
    return done.returncode == 0


def inside(name, *options):
    """Runs the test of this name in a pid namespace of its own; its output is ours."""
    def run(folder):
        done = subprocess.run([*UNSHARE, *options, sys.executable, __file__, name, folder], timeout=100)
        assert done.returncode == 0, f"{name} failed inside its namespace"
    run.__name__ = name
    return run


class HiddenMonitor(fleet.Monitor):
    """A monitor in a pid namespace of its own: it sees nobody outside."""

    prefix = [*UNSHARE, "--mount-proc"]

    def stop(self, number=signal.SIGTERM):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            os.kill(int(file.read()), number)
        code = self.process.wait(fleet.DEADLINE_S)
        self.reader.join(fleet.DEADLINE_S)
        self.errors.close()
        return code


def start_with_pid(scene, pid):
    """A scribe with this very pid: whoever forks next gets the one after ns_last_pid."""
    for _ in range(50):
        with open("/proc/sys/kernel/ns_last_pid", "w") as file:
            file.write(str(pid - 1))
        scribe = scene.scribe(1)
        if scribe.pid == pid:
            return scribe
        scribe.kill()
        scene.scribes.remove(scribe)
    raise AssertionError(f"nobody gets pid {pid}")


def the_same_pid_is_another_process(folder):
    with Scene(folder) as scene:
        first = scene.scribe(2)
        mine = first.ready()["segments"]
        first.tell("drop")
        scene.wait_for("its segments are held", lambda s: set(held(s)) == set(mine))
        scene.monitor.process.send_signal(signal.SIGSTOP)  # it sees nothing of what follows
        first.kill()
        second = start_with_pid(scene, first.pid)
        scene.monitor.process.send_signal(signal.SIGCONT)
        second.ready()
        snapshot = scene.wait_for("those of the first one are free", lambda s: not held(s))
        (worker,) = fleet.live_workers(snapshot)
        assert worker["pid"] == first.pid == second.pid
        assert snapshot["store"]["segments"]["allocated"] == 1
        scene.crowd()
        second.check()


def a_worker_of_a_hidden_pid_keeps_its_segment(folder):
    with Scene(folder, kind=HiddenMonitor) as scene:
        worker = scene.scribe(2)
        mine = worker.ready()["segments"]
        snapshot = scene.snapshot()
        assert [w["pid"] for w in snapshot["workers"]] == [None, None], "the kernel hides it"
        assert {w["announced_pid"] for w in snapshot["workers"]} == {worker.pid}
        worker.tell("drop")
        snapshot = scene.wait_for("its segments are held", lambda s: set(held(s)) == set(mine))
        assert [entry["pid"] for entry in held(snapshot).values()] == [None, None]
        worker.tell("join")  # it may be anybody: none of those that are held
        worker.ready()
        crowd = scene.crowd()
        assert set(held(scene.ten_ticks())) == set(mine)
        crowd.check()
        worker.kill()
        snapshot = scene.ten_ticks()
        if held(snapshot):
            print("     no SO_PEERPIDFD: they are never handed out again")
        else:
            print("     SO_PEERPIDFD proves the end of the process")
        scene.crowd()
        crowd.check()


def a_proc_of_another_namespace_proves_nothing(folder):
    assert os.readlink("/proc/self") != str(os.getpid()), "this is to be a namespace without a /proc of its own"
    with Scene(folder) as scene:
        worker = scene.scribe(2)
        mine = worker.ready()["segments"]
        worker.tell("drop")
        scene.wait_for("its segments are held", lambda s: set(held(s)) == set(mine))
        crowd = scene.crowd()
        assert set(held(scene.ten_ticks())) == set(mine), "taken for gone, by the end of another process"
        crowd.check()
        worker.kill()
        scene.snapshot()
        crowd.check()


tests = [inside("the_same_pid_is_another_process", "--mount-proc"),
         a_worker_of_a_hidden_pid_keeps_its_segment,
         inside("a_proc_of_another_namespace_proves_nothing")]

if len(sys.argv) == 3:
    globals()[sys.argv[1]](sys.argv[2])
elif not may_unshare():
    print("skipped: pid namespaces may not be made here")
else:
    fleet.run(*tests)
