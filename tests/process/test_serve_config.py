#!/usr/bin/env python3
"""The configuration in a running monitor: what thresholds and fields do, and reading it again at SIGHUP."""
import json
import os
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import Sym  # noqa: E402
from fleet import Hammer, field_sum  # noqa: E402
from serve import Serve, wait_until  # noqa: E402

LOAD = [["requests_total", "u64", 0], ["requests_active", "u32", 8], ["requests_limit", "u32", 12]]
QUICK = {"crit-seconds": 0, "warn-seconds": 0, "clear-seconds": 0}


class Reading(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="worktop-test-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "config.json")

    def write(self, content):
        """In one step, as an editor does it."""
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        os.rename(self.path + ".new", self.path)

    def serve(self, content, *arguments):
        self.write(content)
        return Serve("--config", self.path, *arguments)

    def reload(self, serve, content):
        self.write(content)
        serve.process.send_signal(signal.SIGHUP)

    def wait(self, serve, what, check):
        def look():
            snapshot = serve.snapshot()
            return snapshot if check(snapshot) else None
        return wait_until(look, what)

    def verdict(self, serve, name, verdict):
        def is_it(snapshot):
            return any(s["name"] == name and s["verdict"] == verdict for s in snapshot["services"])
        return self.wait(serve, f"{name} is {verdict}", is_it)

    def problem(self, serve, part):
        return self.wait(serve, f"the problem {part!r}", lambda snapshot: part in snapshot["monitor"]["problem"])

    def test_thresholds_change_verdicts_and_nothing_is_lost(self):
        with self.serve({"interval": 0.1}) as serve, serve.worker("web", LOAD) as web, serve.worker("jobs", LOAD) as jobs:
            for worker in (web, jobs):
                worker.write(requests_total=1000, requests_active=70, requests_limit=100)
            before = self.verdict(serve, "web", "OK")
            general = {**QUICK, "warn-ratio": 0.6, "clear-ratio": 0.5}
            self.reload(serve, {"interval": 0.1, "verdicts": general})
            self.verdict(serve, "web", "WARN")
            after = self.verdict(serve, "jobs", "WARN")
            self.reload(serve, {"interval": 0.1, "verdicts": general,
                                "services": {"web": {"verdicts": {"warn-ratio": 0.9, "clear-ratio": 0.8}}}})
            self.verdict(serve, "web", "OK")
            last = self.verdict(serve, "jobs", "WARN")
            jobs_since = [next(s["verdict_since"] for s in x["services"] if s["name"] == "jobs") for x in (after, last)]
            self.assertEqual(*jobs_since)  # what a verdict remembers stays
            self.assertEqual(before["monitor"]["started"], last["monitor"]["started"])
            self.assertEqual({w["id"] for w in last["workers"]}, {web.id, jobs.id})
            self.assertEqual(serve.status()["web"]["requests_total"], 1000)
            texts = [event["text"] for event in last["events"]]
            self.assertEqual(texts.count("the configuration was read again"), 2)

    def test_a_broken_file_changes_nothing_and_is_shown_until_it_is_right(self):
        general = {**QUICK, "warn-ratio": 0.6, "clear-ratio": 0.5}
        with self.serve({"interval": 0.1, "verdicts": general}) as serve, serve.worker("web", LOAD) as web:
            web.write(requests_active=70, requests_limit=100)
            self.verdict(serve, "web", "WARN")
            for content, mistake in (('{"interval": 5,\n "verdicts": {"warn-ratio": 2}}',
                                      "config.json:2: verdicts.warn-ratio: 2: must be a share from 0.01 to 1"),
                                     ("{", "config.json:1: not valid JSON"), ('{"mode": "0660", "mode": "0660"}', "twice")):
                self.reload(serve, content)
                shown = self.problem(serve, mistake)
                self.assertIn("the configuration stays as it was", shown["monitor"]["problem"])
                self.assertTrue(any(mistake in event["text"] for event in shown["events"]))
                self.assertIn(mistake, serve.errors())
                self.assertEqual(shown["monitor"]["interval_ns"], 100000000)
                self.assertEqual(shown["services"][0]["verdict"], "WARN")
            os.unlink(self.path)
            serve.process.send_signal(signal.SIGHUP)
            self.problem(serve, "No such file")
            self.reload(serve, {"interval": 0.1})
            shown = self.wait(serve, "no problem any more", lambda snapshot: snapshot["monitor"]["problem"] == "")
            self.assertEqual([w["id"] for w in shown["workers"]], [web.id])

    def test_interval_lines_and_log_change_at_once(self):
        logs = [os.path.join(self.folder, name) for name in ("one.log", "two.log")]
        with self.serve({"interval": 3600, "log": logs[0], "log-level": "error"}) as serve:
            self.reload(serve, {"interval": 0.1, "full": True, "log": logs[1], "log-level": "debug"})
            wait_until(lambda: any("schema_version" in line for line in serve.lines()), "whole snapshots")
            snapshot = self.wait(serve, "the interval", lambda s: s["monitor"]["interval_ns"] == 100000000)
            self.assertEqual(snapshot["monitor"]["problem"], "")
            with open(logs[1], encoding="utf-8") as log:
                self.assertIn("the configuration was read again", log.read())
            self.assertEqual(os.path.getsize(logs[0]), 0)

    def test_what_needs_a_new_start_is_named_and_stays(self):
        with self.serve({"interval": 0.1}) as serve:
            self.reload(serve, {"interval": 0.1, "mode": "0660", "segment-size": 1024, "socket": "/elsewhere"})
            shown = self.problem(serve, "needs a new start to take over: ")
            self.assertIn(": segment-size, mode", shown["monitor"]["problem"])  # --socket wins
            self.assertEqual(os.stat(serve.path).st_mode & 0o777, 0o600)
            self.assertEqual(shown["store"]["segment_size_bytes"], 512)
            self.reload(serve, {"interval": 0.1})
            self.wait(serve, "no problem any more", lambda snapshot: snapshot["monitor"]["problem"] == "")

    def test_the_command_line_still_wins(self):
        with self.serve({}, "--interval", "0.1") as serve:
            self.reload(serve, {"interval": 3600, "verdicts": {"idle-seconds": 1}})
            self.wait(serve, "it was read", lambda s: any("read again" in event["text"] for event in s["events"]))
            self.assertEqual(serve.snapshot()["monitor"]["interval_ns"], 100000000)

    def test_fields_mean_what_hints_say_and_what_the_file_says(self):
        hints = {Sym("role"): Sym("busy"), Sym("unit"): "sessions", Sym("aggregate"): Sym("max")}
        schema = [["sessions", "u32", 0, hints], ["threads", "u32", 4, {"role": "capacity"}], ["done_total", "u64", 8],
                  ["weird", "u32", 16, {"role": "boss"}]]
        rules = {"done_total": {"kind": "gauge", "aggregate": "mean"}, "sessions": {"unit": "visits"}}
        with self.serve({"interval": 0.1, "services": {"web": {"fields": rules}}}) as serve, \
                serve.worker("web", schema) as one, serve.worker("web", schema) as two, serve.worker("api", schema) as api:
            one.write(sessions=2, threads=4, done_total=10)
            two.write(sessions=4, threads=4, done_total=20)
            api.write(sessions=1, threads=4, done_total=5)
            snapshot = self.wait(serve, "utilization", lambda s: any(x["name"] == "web" and x["utilization_ratio"] == 0.75
                                                                     for x in s["services"]))
            fields = {s["name"]: {f["key"]: f for f in s["fields"]} for s in snapshot["services"]}
            web, api = fields["web"], fields["api"]
            said = [(f["kind"], f["role"], f["unit"], f["aggregate"]) for f in (web["sessions"], api["sessions"])]
            self.assertEqual(said, [("gauge", "busy", "visits", "max"), ("gauge", "busy", "sessions", "max")])
            self.assertEqual((web["done_total"]["kind"], api["done_total"]["kind"]), ("gauge", "counter"))
            self.assertEqual(web["weird"]["role"], "none")
            self.assertEqual((serve.status()["web"]["sessions"], serve.status()["web"]["done_total"]), (4, 15))
            wait_until(lambda: any(line.get("web", {}).get("sessions") == 4 for line in serve.lines()), "a line with the most")
            self.assertTrue(any('the hint role \\"boss\\" is none of' in json.dumps(w) for w in snapshot["workers"]))

    def test_a_storm_of_signals_loses_nothing(self):
        contents = [{"interval": 0.1}, {"interval": 0.2, "verdicts": {"warn-ratio": 0.78}}, "{", {"services": {"storm": {}}}]
        with self.serve(contents[0]) as serve:
            hammer = Hammer(serve.path, "storm", 2)
            try:
                self.wait(serve, "the hammer", lambda s: field_sum(s, "storm", "adds_total"))
                for i in range(200):
                    self.reload(serve, contents[i % len(contents)])
                self.reload(serve, contents[0])
                hammer.ask_to_stop()
                books = hammer.books()
                shown = self.wait(serve, "every add", lambda s: field_sum(s, "storm", "adds_total") == books["adds_total"])
                self.assertEqual(books["connections"], 1)
                self.assertEqual(len(shown["workers"]), 1)
            finally:
                hammer.leave()


if __name__ == "__main__":
    sys.exit(unittest.main())
