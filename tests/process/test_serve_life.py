#!/usr/bin/env python3
"""How `worktop serve` begins, emits and ends."""
import grp
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import Failure, Sym, Worker, proxy  # noqa: E402
from serve import PATIENCE, WORKTOP, Serve, clean_environment, wait_until  # noqa: E402


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Emission(unittest.TestCase):
    def test_a_line_of_sums_per_interval_and_nothing_else(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web") as worker:
            worker.write(requests_total=2**64 - 1, requests_active=2)
            wanted = {"web": {"requests_total": 2**64 - 1, "requests_active": 2, "worker_count": 1}}
            wait_until(lambda: wanted in serve.lines(), "the sums")
            count = len(serve.lines())
            wait_until(lambda: len(serve.lines()) >= count + 3, "three more lines")
            wait_until(lambda: serve.lines()[-1] == wanted, "the last line")
            self.assertEqual(serve.stop(), 0)
            self.assertTrue(serve.output().endswith("\n"))
            # On a machine that stands still for an interval a line is dropped, and said to be.
            errors = [line for line in serve.errors().splitlines() if "lines dropped" not in line]
            self.assertEqual(errors, [])

    def test_full_emits_snapshots(self):
        with Serve("--interval", "0.1", "--full") as serve, serve.worker("web"):
            lines = wait_until(lambda: [x for x in serve.lines() if len(x["workers"]) == 1], "a snapshot with the worker")
            self.assertEqual(lines[0]["schema_version"], 1)

    def test_a_closed_pipe_ends_it_cleanly(self):
        read, write = os.pipe()
        with Serve("--interval", "0.1", stdout=write) as serve:
            os.close(write)
            os.close(read)
            self.assertEqual(serve.process.wait(PATIENCE), 0)
            self.assertEqual(serve.files(), [])

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full, Serve("--interval", "0.1", stdout=full) as serve:
            serve.failure = 1
            self.assertEqual(serve.process.wait(PATIENCE), 1)
            self.assertIn("cannot write to standard output", serve.errors())
            self.assertEqual(serve.files(), [])

    def test_a_reader_that_stalls_delays_nobody_not_even_the_end(self):
        read, write = os.pipe()
        os.set_blocking(write, False)
        try:
            while True:
                os.write(write, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(write, True)
        with Serve("--interval", "0.1", stdout=write) as serve:
            os.close(write)
            wait_until(lambda: "lines dropped" in serve.errors(), "the warning")
            with serve.worker("web"):
                self.assertEqual(serve.status()["web"]["worker_count"], 1)
            self.assertEqual(serve.stop(), 0)
            self.assertEqual(serve.files(), [])
        os.close(read)

    def test_without_standard_descriptors_nothing_is_damaged(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "supervisor.ipc")
            process = subprocess.Popen(["sh", "-c", 'exec "$0" serve --interval 0.1 --socket "$1" <&- >&- 2>&-', WORKTOP, path],
                                       env=clean_environment())
            try:
                wait_until(lambda: os.path.exists(path), "the socket")
                with Worker(path) as worker:
                    worker.register("web")
                    worker.write(requests_total=3)
                    wait_until(lambda: json.loads(worker.call("snapshot"))["monitor"]["tick_count"] > 3, "ticks")
                    (entry,) = worker.call("status")
                    self.assertEqual(entry[Sym("data")]["web"][Sym("requests_total")], 3)
            finally:
                process.terminate()
                self.assertEqual(process.wait(PATIENCE), 0)


class Ending(unittest.TestCase):
    def test_signals_end_it_and_its_files(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Serve() as serve, serve.worker("web"):
                self.assertIn("supervisor.ipc", serve.files())
                self.assertIn("utilization.shm", serve.files())
                self.assertEqual(serve.stop(number), 0)
                self.assertEqual(serve.files(), [])

    def test_hangup_opens_the_log_again(self):
        with tempfile.TemporaryDirectory() as directory:
            log = os.path.join(directory, "log")
            with Serve("--log", log) as serve:
                with serve.worker("before"):
                    wait_until(lambda: os.path.getsize(log) > 0, "the log")
                os.rename(log, log + ".1")
                serve.process.send_signal(signal.SIGHUP)
                wait_until(lambda: os.path.exists(log), "a new log")
                with serve.worker("after"):
                    wait_until(lambda: b"after" in read(log), "a line about the worker")
                self.assertEqual(serve.output(), "")

    def test_after_a_crash_the_next_one_takes_over(self):
        with Serve() as first:
            with first.worker("web") as worker:
                worker.write(requests_total=7)
                first.stop(signal.SIGKILL)
            self.assertIn("supervisor.ipc", first.files())
            left = read(os.path.join(first.directory, "utilization.shm"))
            with Serve(directory=first.directory) as second:
                self.assertEqual(read(os.path.join(first.directory, "utilization.shm.previous")), left)
                with second.worker("web") as worker:
                    self.assertEqual(second.status()["web"], {"requests_total": 0, "requests_active": 0, "worker_count": 1})
                self.assertEqual(second.stop(), 0)
            self.assertEqual([x for x in first.files() if not x.endswith(".previous")], [])


class Place(unittest.TestCase):
    def refuse(self, *arguments, environment=None):
        done = subprocess.run([WORKTOP, "serve", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=PATIENCE, env=environment or clean_environment(), check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("worktop"), done.stderr)
        return done.stderr

    def test_a_second_monitor_says_who_holds_the_place(self):
        with Serve() as serve, serve.worker("web"):
            files = serve.all_files()
            self.assertIn(str(serve.process.pid), self.refuse("--socket", serve.path))
            self.assertEqual(serve.files(), files)
            self.assertEqual(serve.status()["web"]["worker_count"], 1)

    def test_a_foreign_supervisor_is_left_alone(self):
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as other:
            path = os.path.join(directory, "supervisor.ipc")
            other.bind(path)
            other.listen(1)
            store = os.path.join(directory, "utilization.shm")
            with open(store, "wb") as file:
                file.write(b"theirs")
            text = self.refuse("--socket", path)
            self.assertIn(f"process {os.getpid()} already listens", text)
            self.assertEqual(read(store), b"theirs")
            self.assertEqual(sorted(os.listdir(directory)), ["supervisor.ipc", "utilization.shm"])

    def test_a_stale_socket_is_taken_over(self):
        directory = tempfile.mkdtemp(prefix="wt-stale-")
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(os.path.join(directory, "supervisor.ipc"))
        with Serve(directory=directory) as serve:
            self.assertEqual(serve.status(), {})
            serve.stop()
            self.assertEqual(serve.files(), [])
        for name in ("stdout.txt", "stderr.txt"):
            os.unlink(os.path.join(directory, name))
        os.rmdir(directory)

    def test_what_is_no_socket_is_left_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "supervisor.ipc")
            with open(path, "w") as file:
                file.write("precious")
            self.assertIn(path, self.refuse("--socket", path))
            self.assertEqual(read(path), b"precious")
            self.assertEqual(os.listdir(directory), ["supervisor.ipc"])

    def test_a_directory_that_does_not_exist_is_named(self):
        self.assertIn("/nonexistent/x", self.refuse("--socket", "/nonexistent/x/s.ipc"))

    def test_bad_geometry_is_told_before_an_old_file_is_touched(self):
        with tempfile.TemporaryDirectory() as directory:
            path, store = os.path.join(directory, "s.ipc"), os.path.join(directory, "store")
            with open(store, "wb") as file:
                file.write(b"old")
            done = subprocess.run([WORKTOP, "serve", "--socket", path, "--store", store, "--size", "4096", "--segment-size", "8192"],
                                  capture_output=True, text=True, timeout=PATIENCE, env=clean_environment(), check=False)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn("8192", done.stderr)
            self.assertEqual(read(store), b"old")

    def test_files_are_private_unless_asked(self):
        for arguments, mode in (((), 0o600), (("--mode", "0660"), 0o660)):
            with Serve(*arguments) as serve:
                for name in ("supervisor.ipc", "utilization.shm"):
                    info = os.stat(os.path.join(serve.directory, name))
                    self.assertEqual(stat.S_IMODE(info.st_mode), mode, name)

    def test_another_user_is_refused_unless_the_mode_lets_them_in(self):
        if os.geteuid() != 0:
            self.skipTest("takes root to become somebody else")
        for arguments, allowed in (((), False), (("--mode", "0666"), True)):
            with Serve(*arguments) as serve:
                # As if the socket had been opened by hand: the server must not rely on its mode alone.
                os.chmod(serve.directory, 0o755)
                os.chmod(serve.path, 0o666)
                child = os.fork()
                if child == 0:
                    code = 9
                    try:
                        os.setgid(65534)
                        os.setuid(65534)
                        with Worker(serve.path) as worker:
                            try:
                                worker.register("stranger")
                                code = 1
                            except Failure as failure:
                                code = 0 if failure.kind == "RuntimeError" and worker.call("keys") == [] else 8
                    finally:
                        os._exit(code)
                _, status = os.waitpid(child, 0)
                self.assertEqual(os.waitstatus_to_exitcode(status), 1 if allowed else 0)

    def test_a_group_gets_socket_and_store(self):
        group = grp.getgrgid(os.getegid()).gr_name
        with Serve("--group", group, "--mode", "0660") as serve:
            for name in ("supervisor.ipc", "utilization.shm"):
                self.assertEqual(os.stat(os.path.join(serve.directory, name)).st_gid, os.getegid())

    def stranger(self):
        """What makes a process of subprocess one without privileges."""
        identity = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            subprocess.run([WORKTOP, "--version"], stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE, **identity)
        except (OSError, subprocess.SubprocessError):
            self.skipTest("the program cannot be run without privileges here")
        return identity

    def test_the_default_place_is_private_and_vanishes(self):
        identity = self.stranger()
        with tempfile.TemporaryDirectory() as runtime:
            os.chown(runtime, identity.get("user", -1), identity.get("group", -1))
            environment = clean_environment(XDG_RUNTIME_DIR=runtime)
            directory = os.path.join(runtime, "worktop")
            path = os.path.join(directory, "supervisor.ipc")
            process = subprocess.Popen([WORKTOP, "serve"], stdout=subprocess.DEVNULL, env=environment, **identity)
            wait_until(lambda: os.path.exists(path), "the socket")
            for name, mode in ((directory, 0o700), (path, 0o600), (os.path.join(directory, "utilization.shm"), 0o600)):
                self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), mode, name)
            done = wait_until(lambda: [d for d in [subprocess.run([WORKTOP, "snapshot"], capture_output=True, env=environment,
                                                                  timeout=PATIENCE, check=False, **identity)]
                                       if d.returncode == 0], "a snapshot")
            self.assertEqual(json.loads(done[0].stdout)["source"]["path"], path)
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)
            self.assertEqual(os.listdir(runtime), [])

    def test_a_directory_that_may_not_be_written_is_one_clear_line(self):
        identity = self.stranger()
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o555)
            path = os.path.join(directory, "supervisor.ipc")
            done = subprocess.run([WORKTOP, "serve", "--socket", path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=PATIENCE, env=clean_environment(), check=False, **identity)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (1, "", 1), done)
            self.assertIn("ermission denied", done.stderr)
            self.assertIn(directory, done.stderr)

    def test_the_environment_names_the_socket(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "named.ipc")
            process = subprocess.Popen([WORKTOP, "serve"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                       env=clean_environment(WORKTOP_SOCKET=path))
            wait_until(lambda: os.path.exists(path), "the socket")
            done = subprocess.run([WORKTOP, "snapshot"], capture_output=True, text=True, timeout=PATIENCE,
                                  env=clean_environment(WORKTOP_SOCKET=path), check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["schema_version"], 1)
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)
            process.stdout.close()
            self.assertEqual(os.listdir(directory), [])

    def test_a_long_path_works_for_everybody(self):
        with tempfile.TemporaryDirectory() as directory:
            deep = os.path.join(directory, "d" * 120)
            os.mkdir(deep)
            path = os.path.join(deep, "supervisor.ipc")
            environment = clean_environment(TMPDIR=directory)
            process = subprocess.Popen([WORKTOP, "serve", "--socket", path], stdout=subprocess.DEVNULL, env=environment)
            wait_until(lambda: os.path.islink(path), "the link")
            short = os.readlink(path)
            self.assertEqual(os.path.dirname(short), directory)
            with Worker(short) as worker:
                worker.register("web")
            done = subprocess.run([WORKTOP, "snapshot", "--socket", path], capture_output=True, timeout=PATIENCE,
                                  env=clean_environment(), check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)
            self.assertEqual(os.listdir(deep), [])
            self.assertEqual(os.listdir(directory), ["d" * 120])


class Load(unittest.TestCase):
    COUNT = 300 if os.environ.get("WORKTOP_SANITIZE") else 1000  # this one thread has 10 s to answer each of them

    def test_many_workers_at_once(self):
        """Connected at the same time, each with a segment of its own, all seen, all forgotten."""
        with Serve("--interval", "0.2") as serve:
            workers = [Worker(serve.path) for _ in range(self.COUNT)]
            for worker in workers:
                self.addCleanup(worker.close)
            numbers = [w.start("register", proxy(Sym("worker")), process_id=1, state={Sym("name"): "crowd"}) for w in workers]
            ids = [w.finish(n, w.serve) for w, n in zip(workers, numbers)]
            self.assertEqual(len(set(ids)), self.COUNT)

            def all_are_set_up():  # those that came while the store grew a little later
                waiting = [w for w in workers if not w.offers]
                asked = [w.start("nil?") for w in waiting]  # all at once: none may wait for its turn too long
                for worker, number in zip(waiting, asked):
                    worker.finish(number, worker.serve)
                return not waiting
            wait_until(all_are_set_up, "their setup")
            offsets = [w.offers[-1][2] for w in workers]
            self.assertEqual(len(set(offsets)), self.COUNT)
            for i in (0, 1, self.COUNT - 1):
                workers[i].write(requests_total=1)
            expected = {"requests_total": 3, "requests_active": 0, "worker_count": self.COUNT}
            wait_until(lambda: serve.status()["crowd"] == expected, "the answers of all to their setups")
            for worker in workers:
                worker.close()
            wait_until(lambda: serve.status() == {}, "all to be gone")

    def test_a_reconnect_loop_leaks_nothing_and_holds_up_no_tick(self):
        """A Ruby worker whose connection is closed comes back at once, 1,900 times a second."""
        with Serve("--interval", "0.1") as serve, serve.peer() as watcher:
            def look():
                return json.loads(watcher.call("snapshot"))

            descriptors = f"/proc/{serve.process.pid}/fd"
            with serve.worker("loop"):
                before, open_before = look(), len(os.listdir(descriptors))
            began = time.monotonic()
            last, rounds = time.monotonic() + 1, 0
            while time.monotonic() < last or rounds < 10:
                with serve.worker("loop"):
                    rounds += 1
            after, took = look(), time.monotonic() - began
            # Looks went on: at least one in four of those that were due, however busy the machine is.
            self.assertGreaterEqual(after["monitor"]["tick_count"] - before["monitor"]["tick_count"], int(took / 0.1 / 4))
            # Once, whatever the rounds: the pidfd of the process whose segment is held, and the socket that asks
            # for accept queues.
            wait_until(lambda: len(os.listdir(descriptors)) <= open_before + 2, "the descriptors")
            segments = look()["store"]["segments"]
            self.assertEqual(segments["free"] + segments["allocated"] + segments["quarantined"], segments["total"])
            self.assertEqual(segments["total"], before["store"]["segments"]["total"])


if __name__ == "__main__":
    unittest.main()
