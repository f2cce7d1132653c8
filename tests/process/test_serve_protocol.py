#!/usr/bin/env python3
"""What `worktop serve` says to workers and clients, over its real socket."""
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import ERROR, INVOKE, RETURN, Ext, Failure, Peer, Sym, Worker, invoke, pack, proxy, unpack  # noqa: E402
from serve import Serve, wait_until  # noqa: E402

GOLDEN_REGISTER = bytes.fromhex(
    "c74a0001c70a2073757065727669736f7202d7207265676973746572c70910c70620776f726b657202c70a20"
    "70726f636573735f6964cd25f0c70520737461746581d6206e616d65a3776562c2")
GOLDEN_SCHEMA = bytes.fromhex(
    "c75f01029493c71120636f6e6e656374696f6e735f746f74616cc703207536340093c71220636f6e6e656374"
    "696f6e735f616374697665c703207533320893d6206c6f6164c703206636340c93c70b2074656d7065726174"
    "757265c7032073333214")
GOLDEN_STATUS = bytes.fromhex("c71a0001c70a2073757065727669736f7201c7062073746174757300c2")
GOLDEN_STATUS_ANSWER = bytes.fromhex(
    "c78701019182d62074797065c713207574696c697a6174696f6e5f6d6f6e69746f72d6206461746181a3776562"
    "85c71120636f6e6e656374696f6e735f746f74616ccd01f4c71220636f6e6e656374696f6e735f616374697665"
    "02d6206c6f6164cb3fd0000000000000c70b2074656d7065726174757265d0d8c70c20776f726b65725f636f756e7401")
SUPERVISOR = Sym("supervisor")


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.serve = Serve("--interval", "0.2").__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.serve.__exit__(None, None, None)

    def fails(self, kind, text, method, *arguments, obj=SUPERVISOR, **options):
        with self.serve.peer() as peer, self.assertRaises(Failure) as failure:
            peer.call(method, *arguments, obj=obj, **options)
        self.assertEqual((failure.exception.kind, failure.exception.text), (kind, text))

    def test_a_mark_is_among_the_events(self):
        with self.serve.peer() as peer:
            self.assertIsNone(peer.call("mark", "deployed \x1b[2J4711"))
        wait_until(lambda: any(event["kind"] == "mark" and event["text"] == "deployed \u00b7[2J4711"
                               for event in self.serve.snapshot()["events"]), "the mark")
        self.fails("TypeError", "a mark is a text, not integer", "mark", 7)

    def worker_in_snapshot(self, worker_id):
        return next((w for w in self.serve.snapshot()["workers"] if w["id"] == worker_id), None)

    def gone(self, name):
        wait_until(lambda: name not in self.serve.status(), f"{name} to leave the status")

    def test_the_golden_session_byte_by_byte(self):
        """The real session of a Ruby worker, one byte at a time, and Ruby's own status answer."""
        with self.serve.peer() as peer:
            for byte in GOLDEN_REGISTER:
                peer.send(bytes([byte]))
            setup = peer.receive()
            self.assertEqual(setup.code, INVOKE)
            number, obj, argc, method, path, size, offset, optc, block = setup.values
            self.assertEqual((number, obj, argc, method, size, optc, block),
                             (2, Sym("worker"), 4, Sym("setup_utilization_observer"), 512, 0, False))
            self.assertTrue(os.path.isabs(path))
            self.assertLessEqual(offset + size, os.path.getsize(path))
            for byte in GOLDEN_SCHEMA:
                peer.send(bytes([byte]))
            answer = peer.receive()
            self.assertEqual((answer.code, answer.values[0]), (RETURN, 1))
            self.assertIsInstance(answer.values[1], int)
            worker = Worker.__new__(Worker)
            worker.offers = [(path, size, offset)]
            worker.schema = [["connections_total", "u64", 0], ["connections_active", "u32", 8], ["load", "f64", 12],
                             ["temperature", "s32", 20]]
            Worker.write(worker, connections_total=500, connections_active=2, load=0.25, temperature=-40)
            with self.serve.peer() as asker:
                asker.send(GOLDEN_STATUS)
                message = asker.receive()
                golden = unpack(GOLDEN_STATUS_ANSWER)[0]
                self.assertEqual(message, golden)
                self.assertEqual(list(message.values[1][0][Sym("data")]["web"]), list(golden.values[1][0][Sym("data")]["web"]))
        self.gone("web")

    def test_status_of_nobody_is_an_empty_map(self):
        wait_until(lambda: self.serve.status() == {}, "nobody")

    def test_registering_wrongly_is_answered_as_ruby_does(self):
        worker = proxy(Sym("worker"))
        self.fails("ArgumentError", "missing keyword: :process_id", "register", worker)
        self.fails("ArgumentError", "missing keyword: :process_id", "register", worker, zork=1)
        self.fails("ArgumentError", "unknown keyword: :zork", "register", worker, process_id=1, zork=2)
        with self.serve.peer() as peer, self.assertRaises(Failure) as failure:
            peer.call("register", process_id=1)
        self.assertIn("wrong number of arguments (given 0, expected 1", failure.exception.text)
        with self.serve.peer() as peer, self.assertRaises(Failure) as failure:
            peer.call("register", worker, process_id=1, state=7)
        self.assertEqual(failure.exception.kind, "TypeError")

    def test_a_refused_connection_may_still_register(self):
        with Worker(self.serve.path) as worker:
            with self.assertRaises(Failure):
                worker.call("register", proxy(Sym("worker")))
            self.assertGreater(worker.register("late"), 0)
            with self.assertRaises(Failure) as failure:
                worker.register("late")
            self.assertEqual((failure.exception.kind, failure.exception.text), ("RuntimeError", "Already registered"))
            self.assertEqual(self.serve.status()["late"]["worker_count"], 1)
        self.gone("late")

    def test_what_it_does_not_do_is_no_method(self):
        for method in ("[]", "restart", "instance_eval", "send", "zork"):
            with self.serve.peer() as peer, self.assertRaises(Failure) as failure:
                peer.call(method, 1)
            self.assertEqual(failure.exception.kind, "NoMethodError")
            self.assertIn(f"undefined method '{method}' for an instance of", failure.exception.text)
        self.fails("NameError", "Object not found: nope", "hello", obj=Sym("nope"))
        self.fails("NameError", "Object not found: supervisor", "keys", obj="supervisor")
        self.fails("ArgumentError", "wrong number of arguments (given 1, expected 0)", "keys", 1)

    def test_generic_questions_are_answered(self):
        with self.serve.peer() as peer:
            self.assertIs(peer.call("respond_to?", Sym("status"), False), True)
            self.assertIs(peer.call("respond_to?", Sym("restart"), False), False)
            self.assertIs(peer.call("nil?"), False)
            self.assertEqual(peer.call("public_send", Sym("keys")), peer.call("keys"))

    def test_ids_are_echoed_as_they_came(self):
        with self.serve.peer() as peer:
            for number in (7, 2**63, -5, "abc", 1.5, None):
                peer.send(invoke(number, SUPERVISOR, "nil?"))
                self.assertEqual(peer.receive(), Ext(RETURN, number, False))

    def test_keys_are_in_order_and_include_who_hangs(self):
        with Worker(self.serve.path) as hanging, Worker(self.serve.path) as first, Worker(self.serve.path) as second:
            first.register("keys")
            hanging.start("register", proxy(Sym("worker")), process_id=1, state={})
            self.assertEqual(hanging.receive().code, INVOKE)  # the setup that it does not answer
            second.register("keys")
            with self.serve.peer() as peer:
                keys = peer.call("keys")
            self.assertEqual(keys, sorted(keys))
            self.assertTrue({first.id, second.id} <= set(keys))
            self.assertEqual([k for k in keys if first.id < k < second.id], [first.id + 1])
            self.assertEqual(self.serve.status()["keys"]["worker_count"], 2)
        self.gone("keys")

    def test_sums_per_service(self):
        with self.serve.worker("sum") as a, self.serve.worker("sum") as b, self.serve.worker("other") as c, \
                self.serve.worker() as unnamed, self.serve.worker(Sym("sum")) as symbol:
            a.write(requests_total=2**63, requests_active=3)
            b.write(requests_total=2**63 - 1, requests_active=4)
            c.write(requests_total=5)
            unnamed.write(requests_total=1)
            symbol.write(requests_total=0)
            status = self.serve.status()
            self.assertEqual(status["sum"], {"requests_total": 2**64 - 1, "requests_active": 7, "worker_count": 3})
            self.assertEqual(status["other"], {"requests_total": 5, "requests_active": 0, "worker_count": 1})
            self.assertEqual(status["unknown"]["worker_count"], 1)
            c.write(requests_total=6)
            self.assertEqual(self.serve.status()["other"]["requests_total"], 6)
            symbol.write(requests_total=2)  # beyond 2^64-1: a float keeps the magnitude
            self.assertEqual(self.serve.status()["sum"]["requests_total"], float(2**64))
        for name in ("sum", "other", "unknown"):
            self.gone(name)

    def test_nan_never_leaves(self):
        with self.serve.worker("nan", schema=[["load", "f64", 0], ["heat", "f64", 8]]) as worker:
            worker.write(load=float("nan"), heat=1.5)
            self.assertEqual(self.serve.status()["nan"], {"heat": 1.5, "worker_count": 1})

    def test_workers_without_metrics_get_their_id_and_are_listed(self):
        def error(peer, message):
            peer.send(Ext(ERROR, message.values[0], Ext(0x21, "RuntimeError", "disk on fire", None)))

        def no_list(peer, message):
            peer.send(Ext(RETURN, message.values[0], 42))

        cases = {"none": lambda p, m: p.send(Ext(RETURN, m.values[0], [])), "error": error, "nolist": no_list}
        for name, serve in cases.items():
            with self.serve.peer() as peer:
                worker_id = peer.call("register", proxy(Sym("worker")), process_id=1, state={Sym("name"): name}, serve=serve)
                self.assertGreater(worker_id, 0)
                self.assertNotIn(name, self.serve.status())
                row = wait_until(lambda: self.worker_in_snapshot(worker_id), "the worker in the snapshot")
                self.assertEqual(row["service"], name)
                self.assertNotEqual(row["reason"], "")
                if name == "error":
                    self.assertIn("disk on fire", row["reason"])

    def test_a_worker_that_names_no_object_gets_its_id(self):
        for nobody in (None, 5, proxy(SUPERVISOR)):
            with self.serve.peer() as peer:
                self.assertGreater(peer.call("register", nobody, process_id=1), 0)

    def test_bad_fields_are_left_out_one_by_one(self):
        schema = [["good", "u64", 0], ["beyond", "u64", 508], ["strange", "u128", 8], ["negative", "u32", -4]]
        with self.serve.worker("bad", schema=schema) as worker:
            worker.schema = schema[:1]
            worker.write(good=9)
            self.assertEqual(self.serve.status()["bad"], {"good": 9, "worker_count": 1})

        def odd(peer, message):
            peer.send(Ext(RETURN, message.values[0], [17, [Sym("a")], [Sym("b"), 3, 0], ["good", "u64", 0], [Sym("c"), Sym("u8"), 1.5]]))

        with self.serve.peer() as peer:
            peer.call("register", proxy(8), process_id=1, state={Sym("name"): "odd"}, serve=odd)
            self.assertEqual(self.serve.status()["odd"], {"good": 0, "worker_count": 1})

    def test_a_recorder_is_offered_to_those_with_a_key_alone(self):
        with self.serve.worker("ruby") as plain, self.serve.worker("ours", instance=os.urandom(16)) as ours:
            def offered():
                ours.call("nil?", serve=ours.serve)
                return ours.recorders
            ((path, size, offset),) = wait_until(offered, "the recorder")
            self.assertLessEqual(offset + size, os.path.getsize(path))
            plain.call("nil?", serve=plain.serve)
            self.assertEqual(plain.recorders, [])

    def test_half_close_gets_the_answers(self):
        with self.serve.peer() as peer:
            peer.send(*(invoke(2 * i + 1, SUPERVISOR, "keys") for i in range(100)))
            peer.socket.shutdown(socket.SHUT_WR)
            for i in range(100):
                self.assertEqual(peer.receive().values[0], 2 * i + 1)
            self.assertIsNone(peer.receive())

    def test_half_close_after_register_gets_the_id(self):
        with self.serve.peer() as peer:
            number = peer.start("register", proxy(Sym("worker")), process_id=os.getpid(), state={Sym("name"): "half"})
            peer.socket.shutdown(socket.SHUT_WR)
            self.assertGreater(peer.finish(number, serve=lambda *_: None), 0)
            self.assertIsNone(peer.receive())
        self.gone("half")

    def test_a_snapshot_is_one_json_document(self):
        with self.serve.worker("json") as worker:
            worker.write(requests_total=2**64 - 1)
            document = wait_until(lambda: next((s for s in [self.serve.snapshot()] if any(
                v["name"] == "json" and v["worker_count"] == 1 for v in s["services"])), None), "the service")
            self.assertEqual(document["schema_version"], 1)

    def test_a_reconnecting_process_leaks_nothing(self):
        for _ in range(300):
            with self.serve.worker("loop"):
                pass
        self.gone("loop")

        def settled():
            store = self.serve.snapshot()["store"]
            segments = store["segments"]
            self.assertEqual(segments["free"] + segments["allocated"] + segments["quarantined"], segments["total"])
            return store["size_bytes"] if "size_bytes" in store else store["size"]
        self.assertLessEqual(settled(), 2**20)

    def test_the_announced_process_is_a_label_only(self):
        with self.serve.worker("label", pid=None) as worker:
            row = wait_until(lambda: self.worker_in_snapshot(worker.id), "the worker")
            self.assertEqual(row["pid"], os.getpid())


if __name__ == "__main__":
    unittest.main()
