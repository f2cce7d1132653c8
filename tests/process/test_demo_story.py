"""worktop demo: each phase of its story comes to the verdict that it is about, with its sentence, within 100 seconds."""
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from fleet import WORKTOP, wait_for  # noqa: E402

STORY_S = 115  # the last phase is told after some 80 s; the rest is for a loaded machine

PHASES = {  # service, cause -> the sentence
    ("web", "queue_growing"): r"queue growing for \d+s: .* waiting, \+.*/s, twice that in .*; spread the load: only \d+% busy",
    ("api", "saturated"): r"saturated for \d+s: \d+% busy .* queued( \(CPU \d+%: workers wait\))?; (at least )?\+\d+ workers? \(\d+ in all\)",
    ("jobs", "stuck"): r"stuck for \d+s: worker \d+ \(pid \d+\).* no progress; look at worker \d+, then restart it",
    ("cable", "rolling_restart"): r"rolling restart done: 6 workers replaced in \d",
    ("jobs", "flapping"): r"flapping for .*: \d+ exits/min, last signal 9 \(Killed\) .* ago; see who kills them: the supervisor's log, dmesg",
    ("web", "errors_rising"): r"errors rising for .*: .*/s \(was .*/s\), \d+% of the requests",
}


class Story:
    """A demo of 24 workers, and what was seen of it: sentences by (service, cause), texts of events."""

    def __init__(self, folder):
        environment = dict(os.environ, XDG_RUNTIME_DIR=folder, TMPDIR=folder, HOME=folder)
        environment.pop("WORKTOP_SOCKET", None)
        self.errors = open(os.path.join(folder, "demo.err"), "w+b")
        self.process = subprocess.Popen([WORKTOP, "demo", "--interval", "1", "--frames", "100000"], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.path = None
        self.sentences = {}
        self.events = {}

    def socket(self):
        """As its workers are told; None before the first of them."""
        if self.path is None:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
                children = file.read().split()
            for child in children:
                try:
                    with open(f"/proc/{child}/cmdline", "rb") as file:
                        words = file.read().decode().split("\0")
                except OSError:
                    continue  # it is gone
                if "--socket" in words:
                    self.path = words[words.index("--socket") + 1]
        return self.path

    def look(self):
        assert self.process.poll() is None, f"the demo ended with {self.process.returncode}"
        path = self.socket()
        if path is None:
            return False
        done = subprocess.run([WORKTOP, "snapshot", "--socket", path], capture_output=True)
        if done.returncode != 0:
            return False
        snapshot = json.loads(done.stdout)
        for service in snapshot["services"]:
            key = (service["name"], service["cause"])
            wanted = PHASES.get(key)
            if wanted is not None and re.match(wanted, service["sentence"]):
                self.sentences[key] = service["sentence"]
        for event in snapshot["events"]:
            self.events[event["sequence"]] = event
        return True

    def is_told(self):
        self.look()
        return len(self.sentences) == len(PHASES) and any("grown from" in e["text"] for e in self.events.values())

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(fleet.DEADLINE_S)
        self.errors.close()


def every_phase_comes_to_its_verdict(folder):
    story = Story(folder)
    begun = time.monotonic()
    try:
        wait_for("each phase's verdict", story.is_told, STORY_S)
        for key, sentence in sorted(story.sentences.items()):
            print(*key, sentence)
        print(f"all within {time.monotonic() - begun:.0f} s")
        kinds = {(event["service"], event["kind"]) for event in story.events.values()}
        assert ("jobs", "flapping") in kinds and ("cable", "restarted") in kinds, kinds
        assert ("jobs", "stuck") in kinds and ("api", "verdict") in kinds and ("", "resized") in kinds, kinds
    except AssertionError:
        for event in story.events.values():
            if event["kind"] not in ("joined", "left"):
                print(event["time"], event["kind"], event["text"])
        print("seen:", *story.sentences.items(), sep="\n  ")
        raise
    finally:
        story.close()


fleet.run(every_phase_comes_to_its_verdict)
