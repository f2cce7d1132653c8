"""worktop attach: another monitor's files, mapped read-only, while it runs, is stopped, is killed, comes back and leaves."""
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from fleet import WORKTOP, Hammer, Monitor, field_sum, live_workers, service, wait_for  # noqa: E402

NOBODY = 65534


def environment():
    return {key: value for key, value in os.environ.items() if key not in ("WORKTOP_SOCKET", "XDG_RUNTIME_DIR")}


def run(*arguments, **options):
    return subprocess.run([WORKTOP, *arguments], capture_output=True, text=True, env=environment(),
                          timeout=fleet.DEADLINE_S, **options)


def attached(path):
    """The snapshot out of the files at `path`; None when there is none."""
    done = run("snapshot", "--attach", path)
    return json.loads(done.stdout) if done.returncode == 0 else None


def wait_for_attached(what, path, condition):
    def look():
        snapshot = attached(path)
        return snapshot if snapshot is not None and condition(snapshot) else None
    return wait_for(what, look)


class Viewer:
    """A viewer that prints tables for as long as it lives."""

    def __init__(self, path, *options, command="attach", interval="0.1"):
        words = [command, path] if command else ["--socket", path]
        self.process = subprocess.Popen([WORKTOP, *words, "--frames", "1000000", "--interval", interval, *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        self.text = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.text = self.text[-100000:] + line.decode()

    def waits_for(self, words):
        """Until a table that is printed from now on holds these words."""
        def seen():
            assert self.process.poll() is None, f"the viewer ended: {self.process.returncode} {self.process.stderr.read()}"
            return words in self.text
        self.text = ""
        return wait_for(f"a table with '{words}'", seen)

    def waits_without(self, words):
        def seen():
            self.text = ""
            self.waits_for("EVENTS")
            self.waits_for("EVENTS")
            return words not in self.text
        return wait_for(f"a table without '{words}'", seen)

    def end(self):
        assert self.process.poll() is None, f"the viewer ended: {self.process.returncode} {self.process.stderr.read()}"
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(fleet.DEADLINE_S)
        self.reader.join(fleet.DEADLINE_S)
        self.process.stdout.close()
        self.process.stderr.close()
        assert code == 0, code


def start(folder, workers=2, *options):
    monitor = Monitor(folder, *options).start()
    hammers = [Hammer(monitor.socket, threads=2) for _ in range(workers)]
    monitor.wait_for("the workers", lambda s: len(live_workers(s)) == workers)
    return monitor, hammers


def leave(hammers):
    for hammer in hammers:
        assert hammer.leave() == 0


def test_a_viewer_sees_what_the_monitor_says(folder):
    Monitor.emits, emits = ["--full", "--interval", "1"], Monitor.emits  # both looks fit between two ticks
    monitor, hammers = start(folder)
    Monitor.emits = emits

    def same_tick():
        ours, its = attached(folder), monitor.snapshot()
        return (ours, its) if ours["sequence"] == its["sequence"] else None
    ours, its = wait_for("both looks at one tick", same_tick)
    assert ours["source"]["kind"] == "attach" and ours["source"]["health"] == "answering", ours["source"]
    assert ours["source"]["path"] == os.path.join(folder, "utilization.shm.dir")
    assert ours["source"]["problem"] == "" and ours["source"]["since"] is None
    for document in (ours, its):
        for member in ("source", "age_ms", "events"):
            document.pop(member)
        document["monitor"].pop("connection_count")  # asking over the socket is one
    for member in its:
        assert ours[member] == its[member], (member, ours[member], its[member])
    for named in (folder, monitor.socket, folder + "/utilization.shm", folder + "/utilization.shm.dir"):
        assert attached(named)["monitor"]["pid"] == monitor.process.pid
    table = run("attach", "--once", "--socket", monitor.socket)
    assert table.returncode == 0 and "hammer" in table.stdout and table.stderr == "", table
    leave(hammers)
    assert monitor.stop() == 0


def test_a_stopped_monitor_is_marked_and_goes_on(folder):
    monitor, hammers = start(folder)
    viewer = Viewer(folder)
    viewer.waits_for("hammer")
    monitor.process.send_signal(signal.SIGSTOP)
    cure = f"kill -CONT {monitor.process.pid} lets it go on"
    viewer.waits_for(cure)
    silent = attached(folder)
    assert silent["source"]["health"] == "silent" and cure in silent["source"]["problem"], silent["source"]
    assert silent["source"]["since"] is not None and not silent["source"]["samples_segments"]
    assert len(live_workers(silent)) == 2
    later = attached(folder)
    assert later["sequence"] == silent["sequence"] and later["age_ms"] >= silent["age_ms"]
    monitor.process.send_signal(signal.SIGCONT)
    viewer.waits_without("does not answer")
    assert wait_for_attached("an answer", folder, lambda s: s["source"]["health"] == "answering")
    viewer.end()
    leave(hammers)
    assert monitor.stop() == 0


def test_after_a_kill_the_workers_are_read_without_it(folder):
    monitor, hammers = start(folder, 3)
    viewer = Viewer(folder)
    viewer.waits_for("hammer")
    monitor.stop(signal.SIGKILL)
    viewer.waits_for(f"monitor {monitor.process.pid} died at ")
    first = attached(folder)  # at once, not after three intervals
    assert first["source"]["health"] == "dead" and first["source"]["samples_segments"], first["source"]
    assert "without saying goodbye" in first["source"]["problem"]
    assert "start `worktop serve` again" in first["source"]["problem"]
    second = wait_for_attached("counters that go on", folder,  # a loaded machine may let a thread wait
                               lambda s: all(field_sum(s, "hammer", key) > field_sum(first, "hammer", key)
                                             for key in ("adds_total", "own_total")))
    rates = [f["rate_per_s"] for s in second["services"] for f in s["fields"] if f["kind"] == "counter"]
    assert any(rate for rate in rates), rates
    assert service(second, "hammer")["worker_count"] == 3
    victim = hammers.pop()
    victim.kill()
    third = wait_for_attached("the dead worker's absence", folder,
                              lambda s: service(s, "hammer")["worker_count"] == 2)
    assert victim.pid not in [w["pid"] for w in third["workers"] if w["state"] == "live"]
    viewer.waits_for(" 2 workers")
    # What the workers counted by their own books is what can be read without any monitor.
    for hammer in hammers:
        hammer.ask_to_stop()
    books = [hammer.books() for hammer in hammers]
    wait_for_attached("all that was counted", folder,
                      lambda s: all(field_sum(s, "hammer", key) == sum(book[key] for book in books)
                                    for key in ("adds_total", "own_total")))
    table = run("attach", folder, "--once")
    assert table.returncode == 0 and "died at" in table.stdout, table
    leave(hammers)
    wait_for_attached("nobody any more", folder, lambda s: not live_workers(s))
    viewer.end()


def test_another_monitor_at_the_place_is_followed(folder):
    monitor, hammers = start(folder)
    viewer = Viewer(folder)
    viewer.waits_for("hammer")
    first = monitor.process.pid
    monitor.stop(signal.SIGKILL)
    viewer.waits_for("died at")
    monitor.start()
    viewer.waits_without("died at")
    viewer.waits_for(f"pid {monitor.process.pid}")  # its first event
    viewer.waits_for("hammer")
    now = wait_for_attached("the workers' return", folder, lambda s: len(live_workers(s)) == 2)
    assert now["monitor"]["pid"] == monitor.process.pid != first
    previous = folder + "/utilization.shm.dir.previous"
    if os.path.exists(previous):
        for named in (previous, folder + "/utilization.shm.previous"):
            old = attached(named)
            assert old["monitor"]["pid"] == first and old["source"]["health"] == "dead", old["source"]
            assert not old["source"]["samples_segments"] and len(live_workers(old)) == 2
    assert monitor.stop() == 0
    viewer.waits_for(f"monitor {monitor.process.pid} ended at ")
    viewer.end()
    leave(hammers)
    gone = run("attach", folder, "--once")
    assert gone.returncode == 1 and gone.stdout == "" and gone.stderr.count("\n") == 1, gone
    assert "no monitor's files at" in gone.stderr and "worktop serve" in gone.stderr, gone.stderr


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def processor_s(pid):
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def ticks_cost_s(monitor, ticks):
    """Processor time of so many ticks."""
    def count():
        return attached(monitor.folder)["monitor"]["tick_count"]
    begin, used = count(), processor_s(monitor.process.pid)
    wait_for("the ticks", lambda: count() >= begin + ticks)
    return processor_s(monitor.process.pid) - used


def test_twenty_viewers_cost_the_monitor_nothing(folder):
    monitor, hammers = start(folder)
    alone = ticks_cost_s(monitor, 20)
    before = descriptors(monitor.process.pid)
    connections = wait_for_attached("no connection but the workers'", folder,
                                    lambda s: s["monitor"]["connection_count"] == 2)["monitor"]["connection_count"]
    viewers = [Viewer(folder, interval="0.1") for _ in range(20)]
    for viewer in viewers:
        viewer.waits_for("hammer")
    crowded = ticks_cost_s(monitor, 20)
    assert descriptors(monitor.process.pid) == before
    assert attached(folder)["monitor"]["connection_count"] == connections == 2
    assert crowded <= 3 * alone + 0.1, (alone, crowded)  # a wake-up each would be 400 of them
    for viewer in viewers:
        viewer.end()
    leave(hammers)
    assert monitor.stop() == 0


def test_a_viewer_writes_nothing_and_locks_nothing(folder):
    monitor, hammers = start(folder)
    viewer = Viewer(folder)
    viewer.waits_for("hammer")
    pid = viewer.process.pid
    with open(f"/proc/{pid}/maps") as file:
        maps = [line.split(None, 5) for line in file if folder in line]
    assert len(maps) >= 2, maps  # directory and stores
    for words in maps:
        assert words[1].startswith("r-") and "w" not in words[1], words
    seen = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith(folder):
            continue
        seen += 1
        with open(f"/proc/{pid}/fdinfo/{name}") as file:
            flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
        assert flags & os.O_ACCMODE == os.O_RDONLY, oct(flags)
    assert seen >= 1
    with open("/proc/locks") as file:
        assert not [line for line in file if line.split()[4] == str(pid)]
    viewer.end()
    leave(hammers)
    assert monitor.stop() == 0


def test_mode_bits_say_who_may_attach(folder):
    if os.geteuid() != 0:
        print("skip: only root can be somebody else")
        return
    os.chmod(folder, 0o755)
    monitor, hammers = start(folder)
    stranger = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    if subprocess.run([WORKTOP, "--version"], capture_output=True, **stranger).returncode != 0:
        print("skip: the program cannot be run without privileges here")
    else:
        kept_out = run("attach", folder, "--once", **stranger)
        assert kept_out.returncode == 1 and "Permission denied" in kept_out.stderr, kept_out
        assert kept_out.stderr.count("\n") == 1 and kept_out.stdout == ""
        for name in os.listdir(folder):
            if name.endswith((".shm", ".dir")):
                os.chmod(os.path.join(folder, name), 0o444)
        let_in = run("attach", folder, "--once", **stranger)
        assert let_in.returncode == 0 and "hammer" in let_in.stdout, let_in
        monitor.stop(signal.SIGKILL)
        after = run("snapshot", "--attach", folder, **stranger)
        assert json.loads(after.stdout)["source"]["samples_segments"], after
    leave(hammers)
    if monitor.process.poll() is None:
        monitor.stop()


def test_what_happens_to_the_files_ends_no_viewer(folder):
    path, store = folder + "/utilization.shm.dir", folder + "/utilization.shm"
    monitor, hammers = start(folder)
    viewer = Viewer(folder)
    viewer.waits_for("hammer")
    for _ in range(3):  # the monitor makes a new one each time, and the viewer finds it
        before = os.stat(path).st_ino
        os.truncate(path, 100)
        wait_for("a new directory file", lambda: os.path.exists(path) and os.stat(path).st_ino != before)
        viewer.waits_without(" source  ")  # the line that says what is wrong with it; the events go on telling
        os.unlink(path)
        viewer.waits_for("hammer")
        wait_for_attached("a new file", folder, lambda s: s["source"]["problem"] == "")
        viewer.waits_without(" source  ")
    os.unlink(path)
    os.mkdir(path)  # it lives, and says so to nobody
    wait_for("the reason", lambda: "lost its directory file" in " ".join(viewer.text.split()))
    os.rmdir(path)
    viewer.waits_without(" source  ")
    monitor.stop(signal.SIGKILL)
    viewer.waits_for("died at")
    os.truncate(store, 0)
    viewer.waits_for("these are the last values")
    os.unlink(store)
    os.truncate(path, 4096)
    viewer.waits_for("hammer")
    for make in (lambda: open(path, "w").close(), lambda: os.mkfifo(path), lambda: os.mkdir(path),
                 lambda: os.symlink("/dev/zero", path), lambda: shutil.copy(WORKTOP, path)):
        if os.path.isdir(path):
            os.rmdir(path)
        else:
            os.unlink(path)
        make()
        viewer.waits_for("died at")
        viewer.waits_for("hammer")
        assert attached(folder) is None
        late = run("attach", folder, "--once")
        assert late.returncode == 1 and late.stderr.count("\n") == 1, late
    os.unlink(path)
    viewer.end()
    leave(hammers)


def test_the_dashboard_beside_a_monitor_needs_no_connection(folder):
    monitor, hammers = start(folder)
    viewer = Viewer(monitor.socket, command="", interval="0.1")
    viewer.waits_for("hammer")
    wait_for_attached("no connection but the workers'", folder,  # this test's own was there a moment ago
                      lambda s: s["monitor"]["connection_count"] == len(hammers))
    monitor.process.send_signal(signal.SIGSTOP)
    viewer.waits_for("lets it go on")
    monitor.process.send_signal(signal.SIGCONT)
    viewer.end()
    # Files that are not for us: over the socket.
    os.rename(folder + "/utilization.shm.dir", folder + "/elsewhere")
    os.mkdir(folder + "/utilization.shm.dir")
    viewer = Viewer(monitor.socket, command="", interval="0.1")
    viewer.waits_for("hammer")
    viewer.end()
    leave(hammers)
    monitor.stop()


def test_pids_of_another_namespace_accuse_nobody(folder):
    if os.geteuid() != 0 or subprocess.run(["unshare", "--pid", "--fork", "true"]).returncode != 0:
        print("skip: no pid namespaces here")
        return
    monitor = Monitor(folder)
    monitor.prefix = ["unshare", "--pid", "--fork", "--kill-child"]
    monitor.start()
    living = wait_for_attached("a snapshot", folder, lambda s: s["sequence"] > 3)
    assert living["monitor"]["pid"] == 1  # here somebody else's
    assert living["source"]["health"] == "answering", living["source"]
    monitor.stop(signal.SIGKILL)
    silent = wait_for_attached("its silence", folder, lambda s: s["source"]["health"] != "answering")
    assert silent["source"]["health"] == "silent", silent["source"]
    assert "cannot be seen from here" in silent["source"]["problem"], silent["source"]


def test_a_terminal_shows_the_screen(folder):
    monitor, hammers = start(folder)
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LINES="40", COLUMNS="120", LC_ALL="C.UTF-8")
        os.execv(WORKTOP, [WORKTOP, "attach", folder])
    text = b""

    def read():
        nonlocal text
        if select.select([terminal], [], [], 0.05)[0]:
            text += os.read(terminal, 65536)
        return b"hammer" in text
    wait_for("the worker on the screen", read)
    os.write(terminal, b"q")

    def ended():
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                os.read(terminal, 65536)
            except OSError:
                pass
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    wait_for("its end", ended)
    os.close(terminal)
    leave(hammers)
    assert monitor.stop() == 0


if __name__ == "__main__":
    fleet.run(*[value for name, value in list(globals().items()) if name.startswith("test_")])
