#!/usr/bin/env python3
"""What a monitor does and says when its files are taken away, and when it is flooded."""
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import RETURN, Sym, invoke, proxy  # noqa: E402
from serve import WORKTOP, Serve, clean_environment, wait_until  # noqa: E402


def reachable(serve):
    try:
        return serve.snapshot()
    except OSError:
        return None


class Files(unittest.TestCase):
    def setUp(self):
        self.serve = Serve("--interval", "0.1")
        self.store = os.path.join(self.serve.directory, "utilization.shm")
        self.worker = self.serve.worker("web")
        self.worker.write(requests_total=7)
        self.wait_for("the worker", lambda s: s["workers"] and s["workers"][0]["values"].get("requests_total") == 7)

    def tearDown(self):
        self.worker.close()
        self.serve.__exit__(None, None, None)

    def wait_for(self, what, condition):
        def look():
            snapshot = reachable(self.serve)
            return snapshot if snapshot is not None and condition(snapshot) else None
        return wait_until(look, what)

    def test_a_removed_socket_is_bound_again(self):
        for _ in range(3):
            os.unlink(self.serve.path)
            snapshot = self.wait_for("the socket", lambda s: True)
            self.assertEqual(os.stat(self.serve.path).st_mode & 0o777, 0o600)
            self.assertEqual([w["id"] for w in snapshot["workers"] if w["state"] == "live"], [self.worker.id])
        self.assertIn("was removed: listening there again", self.serve.errors())
        self.worker.write(requests_total=8)  # its connection never ended
        self.wait_for("the worker's values", lambda s: s["workers"][0]["values"]["requests_total"] == 8)
        self.assertEqual(self.serve.snapshot()["monitor"]["problem"], "")
        with self.serve.worker("late") as late:
            self.assertGreater(late.id, self.worker.id)

    def test_what_lies_in_place_of_the_socket_is_told_until_it_is_gone(self):
        os.rename(self.serve.path, self.serve.path + ".away")
        with open(self.serve.path, "w"):
            pass
        wait_until(lambda: "no worker can connect" in self.serve.errors(), "the trouble")
        with self.worker as worker:  # the connections that stand are answered
            self.assertEqual(worker.call("keys"), [worker.id])
            os.unlink(self.serve.path)
            snapshot = self.wait_for("the end of the trouble", lambda s: s["monitor"]["problem"] == "")
        self.assertTrue(any("no worker can connect" in e["text"] for e in snapshot["events"]), snapshot["events"])
        os.unlink(self.serve.path + ".away")

    def test_a_store_that_is_cut_within_a_page_is_not_believed(self):
        os.truncate(self.store, 100)
        snapshot = self.wait_for("the trouble", lambda s: "truncated" in s["store"]["problem"])
        self.assertIn("1 of 1 workers have not moved to a new one yet", snapshot["store"]["problem"])
        snapshot = self.wait_for("the mark", lambda s: "unreadable" in s["workers"][0]["flags"])
        self.assertEqual(snapshot["workers"][0]["values"]["requests_total"], 7)
        self.assertIn("not readable", snapshot["services"][0]["sentence"])

    def test_removed_files_are_told_and_still_read(self):
        for name in self.serve.all_files():
            os.unlink(os.path.join(self.serve.directory, name))
        snapshot = self.wait_for("the trouble", lambda s: "removed" in s["store"]["problem"])
        self.assertEqual(snapshot["workers"][0]["values"]["requests_total"], 7)  # still read

    def test_the_files_of_a_successor_are_left_alone(self):
        names = self.serve.all_files()
        os.kill(self.serve.process.pid, signal.SIGSTOP)  # or it would bind its socket again before the other comes
        for name in names:
            os.unlink(os.path.join(self.serve.directory, name))
        with Serve("--interval", "0.1", directory=self.serve.directory) as successor:
            mine = {name: os.stat(os.path.join(successor.directory, name)).st_ino for name in successor.all_files()}
            os.kill(self.serve.process.pid, signal.SIGCONT)
            wait_until(lambda: "viewers do not see all: another monitor has its store at" in self.serve.errors(),
                       "the older one finds its place taken")
            with successor.worker("new") as new:
                new.write(requests_total=1)
                wait_until(lambda: self.worker.call("keys") == [self.worker.id], "the older one goes on")
                self.assertEqual(self.serve.stop(), 0)
                now = {name: os.stat(os.path.join(successor.directory, name)).st_ino for name in successor.files()}
                self.assertEqual(now, mine)
                self.assertEqual(successor.status()["new"]["requests_total"], 1)


class Places(unittest.TestCase):
    def refused(self, *arguments, limit=None):
        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        done = subprocess.run([WORKTOP, "serve", *arguments], capture_output=True, text=True, timeout=30,
                              env=clean_environment(), preexec_fn=lower if limit else None)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_the_store_of_another_monitor_is_not_taken_away(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web"):
            other = os.path.join(serve.directory, "other.ipc")
            said = self.refused("--socket", other, "--store", os.path.join(serve.directory, "utilization.shm"))
            self.assertIn("belongs to a monitor that runs", said)
            self.assertEqual(serve.status()["web"]["worker_count"], 1)
            self.assertEqual(serve.all_files(), ["lock", "recorders.shm", "supervisor.ipc", "utilization.shm", "utilization.shm.dir"])

    def test_a_tiny_limit_of_descriptors_is_said(self):
        with tempfile.TemporaryDirectory() as directory:
            for limit in (6, 9, 15):
                said = self.refused("--socket", os.path.join(directory, "s.ipc"), limit=limit)
                self.assertIn("ulimit -n", said)
            self.assertEqual(os.listdir(directory), [])


class Floods(unittest.TestCase):
    def test_garbage_does_not_fill_the_log(self):
        with Serve("--interval", "0.1") as serve, serve.worker("good") as good:
            good.write(requests_total=3)
            for i in range(1500):
                with serve.peer() as peer:
                    try:
                        peer.socket.sendall(b"\xc1" * (i % 7 + 1))
                    except BrokenPipeError:
                        pass
            self.assertEqual(wait_until(lambda: serve.status()["good"].get("requests_total"), "the value"), 3)
            lines = serve.errors().splitlines()
            self.assertLess(len(lines), 100, lines[-3:])
            self.assertTrue(any("connection of process" in line for line in lines), lines)

    def test_hanging_setups_delay_nobody(self):
        with Serve("--interval", "0.1") as serve:
            peers = [serve.peer() for _ in range(400)]
            try:
                for peer in peers:
                    peer.start("register", proxy(Sym("worker")), process_id=1, state={Sym("name"): "hangs"})
                with serve.worker("good") as good:
                    # It may have to wait for room; then its setup comes after its id.
                    wait_until(lambda: len(good.call("keys", serve=good.serve)) == 401 and good.offers, "its segment")
                    good.write(requests_total=3)
                    self.assertEqual(wait_until(lambda: serve.status().get("good", {}).get("requests_total"), "the value"), 3)
            finally:
                for peer in peers:
                    peer.close()

    def test_readers_that_never_read_cost_a_bounded_amount(self):
        with Serve("--interval", "0.1") as serve, serve.worker("good"):
            slow = []
            request = b"".join(invoke_bytes(2 * i + 1) for i in range(400))
            # Each of their calls is a whole snapshot, which takes a sanitizer many times as long.
            for _ in range(4 if os.environ.get("WORKTOP_SANITIZE") else 40):
                peer = serve.peer()
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                peer.socket.sendall(request)
                slow.append(peer)
            self.assertEqual(serve.status()["good"]["worker_count"], 1)
            answers = [slow[0].receive() for _ in range(400)]
            self.assertEqual([a.values[0] for a in answers if a.code == RETURN], [2 * i + 1 for i in range(400)])
            for peer in slow:
                peer.close()
            wait_until(lambda: serve.snapshot()["monitor"]["connection_count"] <= 2, "the end of the readers")


def invoke_bytes(number):
    from bus import pack
    return pack(invoke(number, Sym("supervisor"), "snapshot"))


if __name__ == "__main__":
    unittest.main()
