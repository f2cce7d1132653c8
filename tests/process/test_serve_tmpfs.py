"""`worktop serve` on file systems that are full, or become so, or cannot be written, and with names that are none of
the usual ones. It runs itself in a mount namespace; where that is not permitted it says so and is skipped."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from rubylike import RubyLike  # noqa: E402
from serve import clean_environment  # noqa: E402


def mount(folder, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


def unmount(folder):
    subprocess.run(["umount", folder], check=True)


def refused(folder, *options, **changes):
    """serve ends with one line and exit code 1; the line."""
    done = subprocess.run([fleet.WORKTOP, "serve", "--socket", os.path.join(folder, "supervisor.ipc"), *options], timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, env=clean_environment(), **changes)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    return done.stderr


def fill(folder):
    """Takes all the room that is left."""
    path = os.path.join(folder, "ballast")
    with open(path, "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    return path


def inside(options, body):
    def test(folder):
        place = os.path.join(folder, "place")
        os.mkdir(place)
        mount(place, options)
        try:
            body(place)
        finally:
            unmount(place)
    test.__name__ = body.__name__
    return test


def too_small_for_a_store(place):
    line = refused(place, "--size", "1M")
    assert "No space left" in line or "no space" in line, line
    assert os.listdir(place) == [], os.listdir(place)


def a_full_one(place):
    ballast = fill(place)
    line = refused(place)
    assert "No space left" in line or "no space" in line, line
    assert os.listdir(place) == ["ballast"], os.listdir(place)
    os.unlink(ballast)


def read_only(place):
    with open(os.path.join(place, "utilization.shm"), "w") as file:
        file.write("of an earlier one")
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    line = refused(place)
    assert "Read-only file system" in line and place in line, line
    assert os.listdir(place) == ["utilization.shm"], os.listdir(place)


def of_somebody_else(place):
    """A directory of root, and a user who is not: exit 1, nothing is changed."""
    identity = {"user": 65534, "group": 65534, "extra_groups": []}
    try:
        subprocess.run([fleet.WORKTOP, "--version"], stdout=subprocess.DEVNULL, check=True, **identity)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"     skipped: the program cannot be run as another user here: {error}")
        return
    os.chmod(os.path.dirname(place), 0o755)
    line = refused(place, **identity)
    assert "Permission denied" in line and place in line, line
    runtime = os.path.join(place, "runtime")
    os.makedirs(os.path.join(runtime, "worktop"))  # the default place of that user, made by root
    os.chmod(runtime, 0o755)
    done = subprocess.run([fleet.WORKTOP, "serve"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env=clean_environment(XDG_RUNTIME_DIR=runtime), check=False, **identity)
    assert done.returncode == 1 and "belongs to user 0" in done.stderr, done
    assert os.listdir(place) == ["runtime"] and os.listdir(os.path.join(runtime, "worktop")) == []


def full_at_growth(place):
    """Those for whom there is no room are listed with the reason, and served when room appears."""
    count = 20
    monitor = fleet.Monitor(place, "--size", "4K").start()
    workers = []
    try:
        fleet.wait_for("the monitor", monitor.snapshot)
        ballast = fill(place)
        workers = [RubyLike(monitor.socket) for _ in range(count)]
        for worker in workers:
            worker.add(3)
        snapshot = monitor.wait_for("eight have a segment", lambda s: len(fleet.live_workers(s)) == 8
                                    and fleet.field_sum(s, "ruby", "requests_total") == 24)
        silent = [w["reason"] for w in snapshot["workers"] if w["state"] == "silent"]
        assert len(silent) == count - 8 and all("no segment" in r and "No space left" in r for r in silent), silent
        assert "No space left" in snapshot["store"]["problem"], snapshot["store"]["problem"]
        assert [e for e in snapshot["events"] if e["kind"] == "refused"], snapshot["events"]
        os.unlink(ballast)
        snapshot = monitor.wait_for("all are served", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 3 * count)
        assert snapshot["store"]["problem"] == "" and len(fleet.live_workers(snapshot)) == count
    finally:
        for worker in workers:
            worker.close()
        assert monitor.stop() == 0
    assert [n for n in os.listdir(place) if n != "serve.err"] == []


def full_when_a_store_is_to_be_healed(place):
    """The space of a deleted file is taken while workers map it: no room for another until there is some."""
    monitor = fleet.Monitor(place).start()
    worker = None
    try:
        fleet.wait_for("the monitor", monitor.snapshot)
        worker = RubyLike(monitor.socket)
        worker.add(1)
        ballast = fill(place)
        os.unlink(os.path.join(place, "utilization.shm"))
        snapshot = monitor.wait_for("the trouble", lambda s: "no new one can be made" in s["store"]["problem"])
        assert "No space left" in snapshot["store"]["problem"], snapshot["store"]
        worker.add(1)
        monitor.wait_for("it is still read", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 2)
        os.unlink(ballast)
        monitor.wait_for("it has moved", lambda s: s["store"]["problem"] == "" and worker.setups == 2)
        worker.add(1)
        monitor.wait_for("it is read there", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 3)
    finally:
        if worker is not None:
            worker.close()
        assert monitor.stop() == 0
    assert [n for n in os.listdir(place) if n != "serve.err"] == []


def enter():
    """Again, in a mount namespace: as root at once, else as root of a user namespace."""
    for options in (["-m"], ["-U", "-r", "-m"]):
        probe = subprocess.run(["unshare", *options, "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False)
        if probe.returncode == 0:
            os.execvpe("unshare", ["unshare", *options, sys.executable, *sys.argv], {**os.environ, "WORKTOP_INSIDE": "1"})
    print(f"skipped: no mount namespace with a tmpfs for us: {probe.stderr.decode().strip()}")
    sys.exit(0)


if __name__ == "__main__":
    if "WORKTOP_INSIDE" not in os.environ:
        enter()
    fleet.run(inside("size=64k", too_small_for_a_store), inside("size=64k", a_full_one), inside("size=64k", read_only),
              inside("size=64k,mode=755", of_somebody_else), inside("size=4M", full_at_growth),
              inside("size=4M", full_when_a_store_is_to_be_healed))
