"""A monitor is killed and another takes its place: what lies in the directory at each moment, who owns it, and how soon
all workers are back.

WORKTOP_STORM=full has 50 workers and more takeovers; without it they are few.
"""
import mmap
import os
import signal
import statistics
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from rubylike import RubyLike  # noqa: E402
from serve import clean_environment  # noqa: E402

FULL = os.environ.get("WORKTOP_STORM") == "full"
WORKERS, ROUNDS = (50, 7) if FULL else (8, 2)
STORES = {"utilization.shm", "utilization.shm.dir", "recorders.shm"}


def listing(folder):
    return set(os.listdir(folder)) - {"serve.err"}


def running_files(folder):
    """Of a monitor that runs; each belongs to us, and to nobody else."""
    names = listing(folder)
    stores = {name for name in names if name in STORES}
    assert {"utilization.shm", "recorders.shm"} <= stores, names
    previous = {name for name in names if name.endswith(".previous")}
    assert names - previous == {"lock", "supervisor.ipc"} | stores, names
    for name in names:
        info = os.lstat(os.path.join(folder, name))
        assert info.st_uid == os.geteuid() and stat.S_IMODE(info.st_mode) == 0o600, (name, oct(info.st_mode))
        assert stat.S_ISSOCK(info.st_mode) if name == "supervisor.ipc" else stat.S_ISREG(info.st_mode), name
    return stores


def inodes(folder, names):
    return {name: os.stat(os.path.join(folder, name)).st_ino for name in names}


def all_back(count):
    return lambda s: len(fleet.live_workers(s)) == count


def after_kill_all_are_back_and_the_last_generation_is_kept(folder):
    monitor = fleet.Monitor(folder).start()
    hammers, times, at_rest = [], [], []
    try:
        fleet.wait_for("the monitor", monitor.snapshot)
        hammers = [fleet.Hammer(monitor.socket, threads=1) for _ in range(WORKERS)]
        monitor.wait_for("all are live", all_back(WORKERS))
        for _ in range(ROUNDS):
            stores = running_files(folder)
            old = inodes(folder, stores)
            with open(os.path.join(folder, "utilization.shm"), "r+b") as file:
                mapping = mmap.mmap(file.fileno(), 0)
            assert monitor.stop(signal.SIGKILL) == -signal.SIGKILL
            # Nothing of it is lost, nothing is added: each file is where it was.
            assert running_files(folder) == stores and inodes(folder, stores) == old
            open(os.path.join(folder, "utilization.shm.4194305.new"), "wb").close()  # killed while it made one
            begin = time.monotonic()
            monitor.start()
            monitor.wait_for("all are back", all_back(WORKERS))
            times.append(time.monotonic() - begin)
            assert running_files(folder) == stores
            assert {name for name in listing(folder) if name.endswith(".previous")} == {name + ".previous" for name in stores}
            previous = inodes(folder, [name + ".previous" for name in stores])
            assert {name[:-len(".previous")]: inode for name, inode in previous.items()} == old, "one generation is kept"
            assert not set(inodes(folder, stores).values()) & set(old.values()), "new inodes"
            assert any(mapping[i] for i in range(0, len(mapping), 8)), "the old mapping is still what workers wrote"
            mapping.close()
        for hammer in hammers:
            hammer.ask_to_stop()
        books = [hammer.books() for hammer in hammers]
        adds = sum(book["adds_total"] for book in books)
        monitor.wait_for("every count is there", lambda s: fleet.field_sum(s, "hammer", "adds_total") == adds, 30)
        for _ in range(ROUNDS // 2):
            monitor.stop(signal.SIGKILL)
            begin = time.monotonic()
            monitor.start()
            monitor.wait_for("all are back", all_back(WORKERS))
            at_rest.append(time.monotonic() - begin)
        monitor.wait_for("every count is there again", lambda s: fleet.field_sum(s, "hammer", "adds_total") == adds, 30)
        for what, took in (("under full load", times), ("at rest", at_rest)):
            print(f"     {WORKERS} workers {what}, {len(took)} takeovers: all back after {statistics.median(took):.2f} s in the "
                  f"median, {max(took):.2f} s at most")
    finally:
        for hammer in hammers:
            hammer.kill()
        code = monitor.stop()
    assert code == 0
    assert listing(folder) == {name + ".previous" for name in stores}, listing(folder)


def the_second_is_told_who_holds_the_place(folder):
    monitor = fleet.Monitor(folder).start()
    try:
        fleet.wait_for("the monitor", monitor.snapshot)
        before = inodes(folder, listing(folder))
        for _ in range(3):
            done = subprocess.run([fleet.WORKTOP, "serve", "--socket", monitor.socket], capture_output=True, text=True,
                                  env=clean_environment(), timeout=60, check=False)
            assert (done.returncode, done.stdout) == (1, "") and str(monitor.process.pid) in done.stderr, done
            assert done.stderr.count("\n") == 1, done.stderr
            assert inodes(folder, listing(folder)) == before
        assert monitor.snapshot() is not None
    finally:
        monitor.stop()


def a_term_under_load_removes_everything(folder):
    for number in (signal.SIGTERM, signal.SIGINT):
        monitor = fleet.Monitor(folder).start()
        fleet.wait_for("the monitor", monitor.snapshot)
        hammers = [fleet.Hammer(monitor.socket, threads=2) for _ in range(4)]
        try:
            monitor.wait_for("all are live", all_back(4))
            assert monitor.stop(number) == 0
            assert listing(folder) == set(), listing(folder)
            for hammer in hammers:  # they go on counting, and nobody fails
                hammer.ask_to_stop()
                assert hammer.books()["adds_total"] > 0
                assert hammer.leave() == 0
        finally:
            for hammer in hammers:
                if hammer.process.poll() is None:
                    hammer.kill()
    assert listing(folder) == set(), listing(folder)


def two_users_are_kept_apart_by_the_modes(folder):
    """The files' modes alone decide: another user cannot connect or map, unless --mode lets them."""
    if os.geteuid() != 0:
        print("     skipped: it takes root to become another user")
        return
    os.chmod(folder, 0o755)
    for options, allowed in (((), False), (("--mode", "0666"), True)):
        monitor = fleet.Monitor(folder, *options).start()
        try:
            fleet.wait_for("the monitor", monitor.snapshot)
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(write)
                os._exit(act_as_another_user(folder, monitor.socket, read))
            os.close(read)
            if allowed:
                monitor.wait_for("what the other user counted", lambda s: fleet.field_sum(s, "stranger", "requests_total") == 5)
            os.close(write)  # it may end
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert code == (0 if allowed else 1), code
        finally:
            monitor.stop()


def act_as_another_user(folder, socket, until):
    """Ends at the end of `until`. 0: registered and counted; 1: every file was refused; others: neither."""
    try:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        readable = [name for name in ("utilization.shm", "recorders.shm")
                    if os.access(os.path.join(folder, name), os.R_OK) or os.access(os.path.join(folder, name), os.W_OK)]
        try:
            worker = RubyLike(socket, "stranger")
        except PermissionError:
            return 1 if not readable else 2
        fleet.wait_for("its segment", lambda: worker.setups)
        worker.add(5)
        os.read(until, 1)
        worker.close()
        return 0 if readable else 3
    except BaseException as error:  # the exit code is all that is left
        print(f"     the other user: {type(error).__name__}: {error}", flush=True)
        return 4


def unusual_names_are_harmless(folder):
    """Spaces, newlines, escape sequences, 300 characters: it works, and nothing of it reaches a terminal raw."""
    for name in ("with some  spaces", "line\nbreak", "\x1b[31mred\x07", "x" * 250 + "/" + "y" * 50):
        place = os.path.join(folder, name)
        os.makedirs(place)
        monitor = fleet.Monitor(place)
        monitor.start()
        try:
            snapshot = fleet.wait_for("the monitor", monitor.snapshot)
            assert snapshot["source"]["path"], snapshot["source"]
            worker = RubyLike(monitor.socket if len(monitor.socket.encode()) < 108 else os.readlink(monitor.socket))
            worker.add(2)
            monitor.wait_for("its values", lambda s: fleet.field_sum(s, "ruby", "requests_total") == 2)
            os.unlink(os.path.join(place, "utilization.shm"))
            monitor.wait_for("it moved", lambda s: worker.setups == 2 and s["store"]["problem"] == "")
            plain = subprocess.run([fleet.WORKTOP, "--once", "--socket", monitor.socket], capture_output=True,
                                   env=clean_environment(), timeout=60, check=False).stdout
            worker.close()
        finally:
            code = monitor.stop()
        assert code == 0, monitor.complaints()
        said = plain + monitor.complaints().encode()
        assert b"\x1b[31mred" not in said and b"\x07" not in said and b"line\nbreak" not in said, said
        assert listing(place) == set(), listing(place)
    done = subprocess.run([fleet.WORKTOP, "serve", "--socket", os.path.join(folder, "z" * 300)], capture_output=True,
                          env=clean_environment(), timeout=60, check=False, text=True)
    assert done.returncode == 1 and "File name too long" in done.stderr and done.stderr.count("\n") == 1, done
    done = subprocess.run([fleet.WORKTOP, "serve", "--socket", folder + "/no\nsuch\x1b[31m/s.ipc"], capture_output=True,
                          env=clean_environment(), timeout=60, check=False)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"\x1b" not in done.stderr, done


if __name__ == "__main__":
    fleet.run(after_kill_all_are_back_and_the_last_generation_is_kept, the_second_is_told_who_holds_the_place,
              a_term_under_load_removes_everything, two_users_are_kept_apart_by_the_modes, unusual_names_are_harmless)
