#!/usr/bin/env python3
"""docs/PROTOCOL.md, "Malformed input": nonsense costs at most the connection it came on."""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import (CLASS, ERROR, EXCEPTION, INVOKE, NEXT, RELEASE, RETURN, THROW, YIELD, Ext, Sym, ext, invoke,  # noqa: E402
                 pack, proxy)
from serve import Serve  # noqa: E402

SUPERVISOR = Sym("supervisor")
HEAD = pack(1) + pack(SUPERVISOR)

CLOSES = {
    "never used byte": b"\xc1",
    "unknown ext type": ext(0x40, b"x"),
    "negative ext type": ext(0xff, b"x"),
    "empty invoke": b"\xc7\x00\x00",
    "empty return": b"\xc7\x00\x01",
    "argc nil": ext(INVOKE, HEAD + b"\xc0"),
    "argc a string": ext(INVOKE, HEAD + pack("x")),
    "argc -1": ext(INVOKE, HEAD + pack(-1)),
    "argc 2^32-1 (22 bytes, kills the original)": ext(INVOKE, HEAD + b"\xce\xff\xff\xff\xff"),
    "argc 2^28": ext(INVOKE, HEAD + b"\xce\x10\x00\x00\x00"),
    "140 nested returns (421 bytes, kills the original)": b"\xd4\x01\x01" * 140 + b"\x01",
    "3 MB of nested returns": b"\xd4\x01\x01" * 1_000_000,
    "arrays nested 200 deep": ext(INVOKE, HEAD + pack(2) + pack(Sym("keys")) + b"\x91" * 200 + b"\xc0" + pack(0) + pack(False)),
    "100,000 nested arrays": b"\x91" * 100_000 + b"\xc0",
    "a message above the limit": b"\xc9" + struct.pack(">I", 1 << 30) + b"\x00" + HEAD,
    "too many values": ext(INVOKE, HEAD + pack(1) + b"\xdd" + struct.pack(">I", 500_000) + b"\xc0" * 500_000),
}
IGNORED = {
    "a top-level integer": pack(5),
    "a top-level nil": pack(None),
    "a top-level string": pack("hello"),
    "a top-level array": pack([1, [2, {3: 4}]]),
    "a top-level map": pack({"a": 1}),
    "a top-level symbol": pack(Sym("x")),
    "an empty symbol": b"\xc7\x00\x20",
    "a top-level proxy of nobody": pack(proxy(Sym("zork"))),
    "a return of nothing": pack(Ext(RETURN, 2, None)),
    "an error of nothing": pack(Ext(ERROR, 4, Ext(EXCEPTION, "RuntimeError", "x", None))),
    "an error of an unknown class": pack(Ext(ERROR, 4, Ext(EXCEPTION, "Zork::Blub", "x", None))),
    "a yield, a next, a throw of nothing": pack(Ext(YIELD, 2, [1])) + pack(Ext(NEXT, 2, 1)) + pack(Ext(THROW, 2, [1, 2])),
    "a release of anything": pack(Ext(RELEASE, SUPERVISOR)) + pack(Ext(RELEASE, 160)) + pack(Ext(RELEASE, "x")),
}
WAITS = {
    "a string header of 4 G": b"\xdb\xff\xff\xff\xff",
    "an array header of 4 G": b"\xdd\xff\xff\xff\xff",
    "a map header of 4 G": b"\xdf\xff\xff\xff\xff",
    "an ext header of 4 G": b"\xc9\xff\xff\xff\xff\x01",
    "half a message": pack(invoke(1, SUPERVISOR, "keys"))[:-1],
}


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


class Malformed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.serve = Serve("--interval", "60").__enter__()
        cls.witness = cls.serve.worker("witness")

    @classmethod
    def tearDownClass(cls):
        cls.witness.close()
        cls.serve.__exit__(None, None, None)

    def check_witness(self):
        self.assertIn(self.witness.id, self.witness.call("keys"))
        self.assertEqual(self.serve.status()["witness"]["worker_count"], 1)

    def test_what_closes_its_connection_alone(self):
        for name, data in CLOSES.items():
            with self.subTest(name), self.serve.peer() as peer:
                try:
                    peer.send(data)
                except OSError:
                    pass  # it closed before it had read everything: good
                self.assertTrue(peer.is_closed())
                self.check_witness()

    def test_a_registered_worker_that_talks_nonsense_is_removed(self):
        worker = self.serve.worker("mad")
        worker.send(b"\xc1")
        self.assertTrue(worker.is_closed())
        self.assertNotIn("mad", self.serve.status())
        self.check_witness()

    def test_what_is_ignored(self):
        for name, data in IGNORED.items():
            with self.subTest(name), self.serve.peer() as peer:
                peer.send(data)
                # It may ask back (Ruby does, about a proxy), but it must answer the next call.
                self.assertIs(peer.call("nil?", serve=lambda *unused: None), False)
        self.check_witness()

    def test_big_promises_cost_nothing(self):
        before = resident_kib(self.serve.process.pid)
        peers = []
        for name, data in WAITS.items():
            for _ in range(20):
                peer = self.serve.peer()
                peer.send(data)
                peers.append(peer)
        self.check_witness()
        self.assertLess(resident_kib(self.serve.process.pid) - before, 32 * 1024)
        for peer in peers:
            peer.close()
        self.check_witness()

    def test_valid_messages_before_nonsense_are_answered(self):
        with self.serve.peer() as peer:
            peer.send(invoke(1, SUPERVISOR, "nil?"), b"\xc1")
            self.assertEqual(peer.receive(), Ext(RETURN, 1, False))
            self.assertIsNone(peer.receive())

    def test_who_asks_and_never_reads_costs_a_bounded_amount(self):
        workers = [self.serve.worker("many") for _ in range(50)]
        before = resident_kib(self.serve.process.pid)
        with self.serve.peer() as peer:
            peer.socket.setblocking(False)
            question = pack(invoke(1, SUPERVISOR, "snapshot")) * 100
            sent = 0
            try:
                while sent < 4 << 20:
                    sent += peer.socket.send(question)
            except BlockingIOError:
                pass
            self.assertLess(sent, 4 << 20)  # it stopped reading
            self.check_witness()
            self.assertLess(resident_kib(self.serve.process.pid) - before, 64 * 1024)
        for worker in workers:
            worker.close()


if __name__ == "__main__":
    unittest.main()
