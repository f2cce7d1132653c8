#!/usr/bin/env python3
"""`worktop snapshot` asks whoever listens: a Ruby supervisor, a liar, somebody mute, or nobody."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import ERROR, EXCEPTION, RETURN, Ext, Sym, pack, unpack, Short  # noqa: E402
from serve import Serve, clean_environment, wait_until  # noqa: E402

WORKTOP = os.environ.get("WORKTOP", "worktop")
DATA = {"web": {Sym("requests_total"): 2**64 - 1, Sym("load"): 0.25, Sym("worker_count"): 2}}


def snapshot(path, *arguments):
    return subprocess.run([WORKTOP, "snapshot", "--socket", path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, env=clean_environment(), check=False)


class Supervisor(threading.Thread):
    """Accepts one connection at a time; `answer(method)` gives the bytes for a call number 1, 3 ..."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        self.answer, self.asked = answer, []
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.serve(connection)

    def serve(self, connection):
        data = b""
        while True:
            try:
                message, used = unpack(data)
            except Short:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
                continue
            data = data[used:]
            number, obj, argc, method = message.values[:4]
            assert obj == Sym("supervisor") and argc in (1, 2), message
            self.asked.append((str(method), message.values[4]) if argc > 1 else str(method))
            reply = self.answer(number, str(method))
            if reply is None:
                return
            connection.sendall(reply)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(10)


def no_method(number, method):
    text = f"undefined method '{method}' for an instance of Async::Service::Supervisor::SupervisorController"
    return pack(Ext(ERROR, number, Ext(EXCEPTION, "NoMethodError", text, ["a.rb:1", "b.rb:2"])))


class Snapshot(unittest.TestCase):
    def ask(self, answer, *arguments):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s.ipc")
            supervisor = Supervisor(path, answer)
            try:
                return snapshot(path, *arguments), supervisor.asked
            finally:
                supervisor.close()

    def fails(self, answer, *parts):
        done, _ = self.ask(answer)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_our_own_monitor(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web"):
            done = snapshot(serve.path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(json.loads(done.stdout)["schema_version"], 1)
            self.assertEqual(done.stdout.count("\n"), 1)

    def test_a_ruby_supervisor_is_asked_for_its_status(self):
        for kind in (Sym("utilization_monitor"), "Async::Service::Supervisor::UtilizationMonitor"):
            entries = [{Sym("type"): Sym("process_monitor"), Sym("data"): {}}, {Sym("type"): kind, Sym("data"): DATA}]

            def answer(number, method):
                return pack(Ext(RETURN, number, entries)) if method == "status" else no_method(number, method)

            done, asked = self.ask(answer)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(asked, ["snapshot", "status"])
            self.assertEqual(done.stdout, '{"type":"utilization_monitor","data":{"web":{"requests_total":18446744073709551615,'
                                          '"load":0.25,"worker_count":2}}}\n')

    def test_a_ruby_supervisor_without_the_monitor(self):
        self.fails(lambda n, m: pack(Ext(RETURN, n, [])) if m == "status" else no_method(n, m), "no utilization monitor")
        broken = Ext(EXCEPTION, "IOError", "closed stream", None)
        self.fails(lambda n, m: pack(Ext(RETURN, n, [broken])) if m == "status" else no_method(n, m), "IOError: closed stream")

    def test_what_somebody_else_answers_is_made_harmless(self):
        name = "a\x1b[31m\x9b\u202e\u200b\x7f\n"
        entries = [{Sym("type"): Sym("utilization_monitor"), Sym("data"): {name: {Sym(name): 1}}}]
        done, _ = self.ask(lambda n, m: pack(Ext(RETURN, n, entries)) if m == "status" else no_method(n, m))
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(json.loads(done.stdout)["data"], {name: {name: 1}})
        self.assertTrue(done.stdout.rstrip("\n").isprintable(), done.stdout)

        done, _ = self.ask(lambda n, m: pack(Ext(RETURN, n, '{"a": \t"\x9b31m\u202e\u6f22"}')))
        self.assertEqual((done.returncode, done.stdout), (0, '{"a":  "\\u009b31m\\u202e\u6f22"}\n'))
        for text in ("\x1b[2J", '{"a":"\x1b"}', "", "no", '{"a":1} x'):
            self.fails(lambda n, m, text=text: pack(Ext(RETURN, n, text)), "JSON" if "{" not in text[:2] else "snapshot:1")

    def test_one_worker(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web") as worker:
            wait_until(lambda: json.loads(snapshot(serve.path, "--attach").stdout)["workers"], "its files tell of the worker")
            for arguments in ((), ("--attach",)):
                done = snapshot(serve.path, "--worker", str(worker.id), *arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                focus = json.loads(done.stdout)["activity"]["focus"]
                self.assertEqual((focus["worker_id"], focus["service"]), (worker.id, "web"))
                self.assertIn("libworktop", focus["problem"])
                done = snapshot(serve.path, "--worker", "999", *arguments)
                self.assertEqual((done.returncode, done.stdout), (1, ""), done)
                self.assertIn("--worker 999", done.stderr)
                self.assertIn("knows no such worker", done.stderr)
        for wrong in ("0", "x", "-1", "1.5"):
            done = snapshot("/nowhere", "--worker", wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""), done)
            self.assertIn(f"--worker {wrong}", done.stderr)

    def test_one_worker_of_somebody_elses(self):
        def answer(text):
            return lambda number, method: pack(Ext(RETURN, number, text))

        for text in ('{"activity":{"focus":{"worker_id":5}}}', '{"activity":{"focus":null,"boxes":[{"worker_id":4},{"worker_id":5}]}}'):
            done, asked = self.ask(answer(text), "--worker", "5")
            self.assertEqual((done.returncode, done.stdout, asked), (0, text + "\n", [("snapshot", 5)]))
        for text in ("{}", "[]", "5", '{"activity":{"focus":{"worker_id":6},"boxes":[{"worker_id":"5"},7]}}'):
            done, _ = self.ask(answer(text), "--worker", "5")
            self.assertEqual((done.returncode, done.stdout), (1, ""), text)
            self.assertIn("--worker 5", done.stderr)
        done, asked = self.ask(no_method, "--worker", "5")
        self.assertEqual((done.returncode, done.stdout, asked), (1, "", [("snapshot", 5)]))
        self.assertIn("none of Worktop's", done.stderr)

    def test_other_errors_are_told(self):
        error = Ext(EXCEPTION, "RuntimeError", "on\x1bfire", None)
        self.fails(lambda n, m: pack(Ext(ERROR, n, error)), "RuntimeError: on")
        self.fails(lambda n, m: pack(Ext(RETURN, n, 5)), "integer")

    def test_a_connection_that_is_lost(self):
        self.fails(lambda n, m: None, "closed the connection")
        self.fails(lambda n, m: b"\xc1", "lost")

    def test_an_answer_that_promises_too_much(self):
        self.fails(lambda n, m: b"\xc9\xff\xff\xff\xff\x01" + pack(n), "snapshot")

    def test_a_stale_socket(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s.ipc")
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(path)
            done = snapshot(path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("no monitor answers", done.stderr)

    def test_a_path_that_is_not_allowed(self):
        if os.geteuid() == 0:
            self.skipTest("root may do everything")
        with Serve() as serve:
            os.chmod(serve.path, 0)
            done = snapshot(serve.path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("ermission denied", done.stderr)


if __name__ == "__main__":
    unittest.main()
