"""What threads do and did, read from real workers: while they hang, after they were killed, and after the monitor was.

WORKTOP_STORM=full kills 1000 workers at random moments. Figures are printed.
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["WORKTOP_SOURCE"], "tests", "support"))
import fleet  # noqa: E402
from fleet import DEADLINE_S, PROGRAMS, WORKTOP, Monitor, service, wait_for  # noqa: E402

FULL = os.environ.get("WORKTOP_STORM") == "full"
SANITIZED = bool(os.environ.get("WORKTOP_SANITIZE"))  # many times slower
BOXES = 16  # of a snapshot, at most


class Toiler:
    """A process of tests/programs/toiler.c."""

    def __init__(self, socket, name="shop", threads=3):
        self.process = subprocess.Popen([os.path.join(PROGRAMS, "toiler"), socket, name, str(threads)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @property
    def pid(self):
        return self.process.pid

    def tell(self, *lines):
        """Returns the answer to the last of them."""
        for line in lines:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        return answer

    def books(self):
        return json.loads(self.tell("books"))

    def kill(self):
        self.process.kill()
        self.reap()

    def reap(self):
        self.process.wait(DEADLINE_S)
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass


def run(*arguments, code=0):
    done = subprocess.run([WORKTOP, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S,
                          check=False)
    assert done.returncode == code, done
    return done.stdout


def directory_file(monitor):
    found = [name for name in os.listdir(monitor.folder) if name.endswith(".dir")]
    assert len(found) == 1, found
    return os.path.join(monitor.folder, found[0])


def inspect(monitor, *arguments):
    return json.loads(run("inspect", "--json", directory_file(monitor), *arguments))


def worker_of(snapshot, toiler):
    return next((w for w in snapshot["workers"] if w["pid"] == toiler.pid), None)


def flight_of(snapshot, toiler):
    return next((f for f in snapshot["activity"]["flights"] if f["pid"] == toiler.pid), None)


def box_of(snapshot, toiler):
    return next((b for b in snapshot["activity"]["boxes"] if b["pid"] == toiler.pid), None)


def check_flight(flight):
    """What the doomed was doing: exactly, and for a plausible time."""
    told = {key: flight[key] for key in ("label", "request_id", "what", "depth", "thread")}
    assert told == {"label": "POST /checkout", "request_id": "8f3a", "what": "labelled", "depth": 2, "thread": 0}, flight


def leave_traces(toiler):
    toiler.tell("event 7 cache is cold", "begin GET /cart|c-1", "fail 500", "begin nightly|", "begin POST /checkout|8f3a")


def check_records(records):
    told = [(r["number"], r["what"], r["failed"], r["label"], r["request_id"], r["value"]) for r in records]
    assert told == [(2, "work", True, "GET /cart", "c-1", 500), (1, "warning", False, "cache is cold", "", 7)], records


def a_killed_worker_leaves_its_black_box(folder):
    monitor = Monitor(folder).start()
    doomed, bystander = Toiler(monitor.socket), Toiler(monitor.socket)
    leave_traces(doomed)
    bystander.tell("begin nothing special|")
    snapshot = monitor.wait_for("both are at work", lambda s: flight_of(s, doomed) and flight_of(s, bystander)
                                and s["activity"]["read_count"] == 2)
    check_flight(json.loads(run("snapshot", "--socket", monitor.socket, "--worker", str(worker_of(snapshot, doomed)["id"])))
                 ["activity"]["focus"]["flights"][0])
    number = str(worker_of(snapshot, doomed)["id"])
    doomed.kill()
    snapshot = monitor.wait_for("the black box", lambda s: box_of(s, doomed) and box_of(s, doomed)["cause"])

    def check_box(box, of):
        check_flight(box["flights"][0])
        check_records(box["records"])
        assert len(box["flights"]) == 1 and box["gone_ns"] > 0, (of, box)
        assert (box["published_count"], box["lost_count"], box["nonsense_count"]) == (2, 0, 0), (of, box)
        assert box["worker_id"] == int(number) and box["cause"], (of, box)

    check_box(box_of(snapshot, doomed), "the snapshot")
    for arguments in (("--socket", monitor.socket), ("--attach", folder)):
        told = json.loads(run("snapshot", "--worker", number, *arguments))
        check_box(box_of(told, doomed), arguments)
        assert flight_of(told, doomed) is None and flight_of(told, bystander), "only the living are in flight"
    assert box_of(snapshot, bystander) is None
    monitor.stop(signal.SIGKILL)
    check_box(box_of(json.loads(run("snapshot", "--attach", folder, "--worker", number)), doomed), "the dead monitor's files")
    found = inspect(monitor, "--worker", number)
    assert found["whole"], found["problems"]
    for document in (found, inspect(monitor)):
        box, = document["snapshot_boxes"]
        assert (box["worker_id"], box["pid"], box["published_count"], box["lost_count"]) == (int(number), doomed.pid, 2, 0), box
        flight, = document["snapshot_box_flights"]
        check_flight(flight)
        assert flight["age_ns"] > 0, flight
        records = document["snapshot_box_records"]
        assert [(r["number"], r["label"], r["value"], r["remark"]) for r in records] == \
            [(2, "GET /cart", 500, "failed"), (1, "cache is cold", 7, "")], records
    for arguments in ((), ("--worker", number)):
        text = run("inspect", directory_file(monitor), *arguments)
        assert "black boxes" in text and "POST /checkout" in text and "cache is cold" in text, text
    print(f"     {number} left what it did, {len(box_of(snapshot, doomed)['records'])} records, to five readers")
    bystander.kill()


def who_dies_after_the_monitor_is_read_all_the_same(folder):
    monitor = Monitor(folder).start()
    doomed = Toiler(monitor.socket)
    snapshot = monitor.wait_for("it is known", lambda s: s["workers"] and s["workers"][0]["heartbeat_age_ns"] is not None)
    number = str(worker_of(snapshot, doomed)["id"])
    monitor.stop(signal.SIGKILL)
    leave_traces(doomed)
    focus = json.loads(run("snapshot", "--attach", folder, "--worker", number))["activity"]["focus"]
    check_flight(focus["flights"][0])
    check_records(focus["records"])
    doomed.kill()
    told = json.loads(run("snapshot", "--attach", folder, "--worker", number))["activity"]
    gone = told["focus"] or told["boxes"][0]
    check_flight(gone["flights"][0])
    check_records(gone["records"])
    found = inspect(monitor, "--worker", number)
    check_flight(found["recorder_flights"][0])
    assert [(r["number"], r["label"], r["value"]) for r in found["recorder_records"]] == \
        [(2, "GET /cart", 500), (1, "cache is cold", 7)], found


def a_stuck_worker_is_told_by_its_work(folder):
    path = os.path.join(folder, "config.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"verdicts": {"stuck-seconds": 2}}, file)
    monitor = Monitor(folder, "--config", path).start()
    stuck, others = Toiler(monitor.socket), [Toiler(monitor.socket) for _ in range(3)]
    for other in others:
        other.tell("pace 1000", "storm")
    stuck.tell("begin GET /slow|q-77")
    what = re.compile(r"worker \d+ \(pid %d\) in GET /slow \(request q-77\)(, busy for \S+s)?, no progress" % stuck.pid)

    def is_told(snapshot):
        found = service(snapshot, "shop")
        return found and found["stuck_count"] == 1 and what.search(found["sentence"])
    snapshot = monitor.wait_for("the stuck worker's verdict names its work", is_told)
    told = service(snapshot, "shop")
    assert told["verdict"] == "CRIT" and told["sentence"].startswith("stuck for "), told
    flight = flight_of(snapshot, stuck)
    assert (flight["label"], flight["request_id"]) == ("GET /slow", "q-77") and flight["age_ns"] > 0, flight
    assert flight == next(f for f in snapshot["activity"]["flights"] if f["service"] == "shop"), "it is the longest"
    for arguments in (("--socket", monitor.socket), ("--attach", folder)):
        line = run("check", *arguments, code=2)
        assert line.startswith("WORKTOP CRITICAL: ") and what.search(line) and line.count("\n") == 1, line
        print(f"     {line.partition(' |')[0].strip()}")
    # Where the others were starved for so long that they counted as stuck, too, it was the longest of them.
    who = f"(pid {stuck.pid})"
    told = [e["text"] for e in snapshot["events"] if who in e["text"] and " in GET /slow (request q-77)" in e["text"]]
    assert told, ("an event tells it too", snapshot["events"])
    told = [e["text"] for e in snapshot["events"] if e["kind"] == "stuck" and e["worker_id"] == flight["worker_id"]]
    assert told and re.fullmatch(r"worker \d+ stuck in GET /slow: no counter moved for \S+", told[0]), told
    stuck.tell("end")
    monitor.wait_for("it goes on, and nobody is stuck", lambda s: service(s, "shop")["stuck_count"] == 0
                     and "GET /slow" not in service(s, "shop")["sentence"])
    for toiler in (stuck, *others):
        toiler.kill()
    assert monitor.stop() == 0


def check_proof(record):
    """A record of a storm: all that it says is one number, or it says that it is torn."""
    if record["what"] == "torn":
        assert (record["label"], record["request_id"], record["time_ns"], record["duration_ns"]) == ("", "", None, None), record
        return 1
    number = record["number"]
    is_work = number % 2 == 1
    told = (record["what"], record["label"], record["request_id"], record["value"], record["failed"])
    assert told == ("work" if is_work else "note", f"proof {number}", f"r-{number}" if is_work else "", number, is_work), record
    return 0


class Ledger:
    """What all snapshots of a monitor told, each box once."""

    def __init__(self, monitor):
        self.monitor, self.boxes, self.seen, self.records, self.torn = monitor, {}, 0, 0, 0

    def read(self):
        for line in self.monitor.lines[self.seen:]:
            activity = json.loads(line)["activity"]
            self.seen += 1
            for box in activity["boxes"]:
                if box["worker_id"] not in self.boxes:
                    self.boxes[box["worker_id"]] = box
                    self.check_box(box)
            assert activity["boxes_dropped"] + len(activity["boxes"]) == len(self.boxes), "a box came and went unseen"
            assert activity["nonsense_count"] == 0, activity
            for record in activity["newest"] + activity["slowest"]:
                check_proof(record)
                self.records += 1
            for flight in activity["flights"]:
                assert flight["what"] != "labelled" or re.fullmatch(r"proof \d+", flight["label"]), flight

    def check_box(self, box):
        torn, threads = 0, {}
        for record in box["records"]:
            torn += check_proof(record)
            threads.setdefault(record["thread"], []).append(record)
        whole = len(box["records"]) - torn
        assert box["published_count"] == box["lost_count"] + box["records_left_out"] + whole, box
        for records in threads.values():
            assert sum(r["what"] == "torn" for r in records) <= 1, "more than the record that was being written"
        self.torn += torn


def kills_at_any_moment(folder):
    kills, wave, survivors_count = (1000, 10, 3) if FULL else (20, 4, 2) if SANITIZED else (60, 10, 3)
    random.seed(11)
    monitor = Monitor(folder).start()
    ledger = Ledger(monitor)
    survivors = [Toiler(monitor.socket, "survivor") for _ in range(survivors_count)]
    for survivor in survivors:
        survivor.tell("pace 300", "storm")
    monitor.wait_for("the survivors are live", lambda s: len(fleet.live_workers(s)) == survivors_count)
    begin, boxless = time.monotonic(), 0
    for _ in range(0, kills, wave):
        doomed = [Toiler(monitor.socket, "doomed", random.choice((1, 4))) for _ in range(wave)]
        for toiler in doomed:
            toiler.tell(f"pace {random.choice((0, 0, 50, 1000))}", "storm")
        if random.random() < 0.8:
            monitor.wait_for("all are read", lambda s: {t.pid for t in doomed} <= {w["pid"] for w in s["workers"]
                                                                                 if w["heartbeat_age_ns"] is not None})
        for toiler in doomed:
            time.sleep(random.random() * 0.01)  # at any moment of what it does
            toiler.process.kill()
        for toiler in doomed:
            toiler.reap()
        pids = {toiler.pid for toiler in doomed}
        snapshot = monitor.wait_for("all are gone", lambda s: not pids & {w["pid"] for w in s["workers"]})
        tick = snapshot["monitor"]["tick_count"]
        wait_for("the line of that look", lambda: monitor.lines and json.loads(monitor.lines[-1])["monitor"]["tick_count"] >= tick)
        ledger.read()
        boxless += len(pids - {box["pid"] for box in ledger.boxes.values()})
    for survivor in survivors:
        survivor.tell("calm")
    books = {survivor.pid: survivor.books() for survivor in survivors}
    published = sum(book["records"] for book in books.values()) + sum(box["published_count"] for box in ledger.boxes.values())
    snapshot = monitor.wait_for("every record was read or is counted as lost", lambda s:
                                s["activity"]["read_count"] + s["activity"]["lost_count"] == published)
    for survivor in survivors:
        number = worker_of(snapshot, survivor)["id"]
        focus = json.loads(run("snapshot", "--socket", monitor.socket, "--worker", str(number)))["activity"]["focus"]
        assert focus["published_count"] == books[survivor.pid]["records"] > 0, focus
        assert focus["published_count"] == focus["lost_count"] + focus["records_left_out"] + len(focus["records"])
        assert sum(check_proof(record) for record in focus["records"]) == 0, "nobody writes, nothing is torn"
        assert books[survivor.pid]["refused"] == 0
    activity = snapshot["activity"]
    print(f"     {kills} killed in {time.monotonic() - begin:.0f} s: {len(ledger.boxes)} black boxes, {ledger.torn} torn records "
          f"in them, {boxless} killed before they left a record; {published} published == {activity['read_count']} read + "
          f"{activity['lost_count']} lost; {ledger.records} records in {ledger.seen} looks, all true")
    ledger.read()
    for survivor in survivors:
        survivor.kill()
    assert monitor.stop() == 0


fleet.run(a_killed_worker_leaves_its_black_box, who_dies_after_the_monitor_is_read_all_the_same,
          a_stuck_worker_is_told_by_its_work, kills_at_any_moment)
