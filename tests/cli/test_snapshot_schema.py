#!/usr/bin/env python3
"""Real snapshots, and wrong ones, against docs/snapshot.schema.json."""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import time

try:
    import jsonschema
except ImportError:
    sys.exit("python3-jsonschema is missing: ./bootstrap test installs it")

SOURCE = os.environ["WORKTOP_SOURCE"]
PRINTER = os.path.join(os.environ["WORKTOP_BINARY"], "tests", "unit_test_export")

with open(os.path.join(SOURCE, "docs", "snapshot.schema.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def document(name):
    run = subprocess.run([PRINTER, name], check=True, stdout=subprocess.PIPE)
    return json.loads(run.stdout.decode("utf-8"), parse_constant=no_constant)


def errors(value):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in VALIDATOR.iter_errors(value)]


def expect(condition, text):
    if not condition:
        sys.exit(f"snapshot_schema: {text}")


def every_object(schema, found):
    """Every object of the schema that has a fixed list of members."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            found.append(schema)
        for part in schema.values():
            every_object(part, found)
    elif isinstance(schema, list):
        for part in schema:
            every_object(part, found)
    return found


def check_live():
    """A running monitor with two real workers: its documents are valid, and survive an import."""
    deadline = time.monotonic() + 30
    with tempfile.TemporaryDirectory() as folder:
        socket = os.path.join(folder, "s.ipc")
        options = ["--socket", socket, "--store", os.path.join(folder, "store.shm"), "--interval", "0.1"]
        server = subprocess.Popen([os.environ["WORKTOP"], "serve", "--full", *options], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        workers = None
        try:
            expect(not errors(json.loads(server.stdout.readline(), parse_constant=no_constant)), "serve --full: invalid")
            workers = subprocess.Popen(
                [os.environ["WORKTOP_DEMO_WORKER"], "--socket", socket, "--epoch", str(time.monotonic_ns()), "--seed", "1",
                 "--mean", "0.05", "web:web:0", "jobs:jobs:1"], stdin=subprocess.PIPE)
            while True:
                expect(time.monotonic() < deadline, "the workers' values never came")
                text = server.stdout.readline().decode("utf-8")
                value = json.loads(text, parse_constant=no_constant)
                found = errors(value)
                expect(not found, f"serve --full: {found[:5]}")
                rates = [rate for worker in value["workers"] for rate in worker["rates"].values()]
                if len(value["services"]) == 2 and len(rates) >= 2 and None not in rates:
                    break
            at_look = re.sub(r'"age_ms":\d+', '"age_ms":0', text, count=1)
            back = subprocess.run([PRINTER, "import"], input=at_look.encode(), stdout=subprocess.PIPE, check=True)
            expect(back.stdout.decode() == at_look, "an import and an export changed the document")
        finally:
            for process in (workers, server):
                if process is not None:
                    process.terminate()
                    process.communicate(timeout=20)


def main():
    VALIDATOR.check_schema(SCHEMA)
    for part in every_object(SCHEMA, []):
        expect(part["additionalProperties"] is False, f"not strict: {part['description']}")
        expect(part["required"] == list(part["properties"]), f"not all required: {part['description']}")

    samples = {name: document(name) for name in ("empty", "fleet", "nasty", "large")}
    for name, value in samples.items():
        found = errors(value)
        expect(not found, f"{name}: {found[:5]}")

    fleet = samples["fleet"]
    for store in (fleet["store"], fleet["recorders"], fleet["recorders_wide"]):
        parts = store["segments"]
        expect(parts["free"] + parts["allocated"] + parts["quarantined"] == parts["total"], "segments do not add up")
    expect(sum(run[1] for run in fleet["store"]["segments"]["map"]) == 128, "the map has not all segments")
    expect({worker["service"] for worker in fleet["workers"]} <= {service["name"] for service in fleet["services"]},
           "a worker of no service")
    nasty = samples["nasty"]
    expect(nasty["workers"][0]["values"]["a_total"] == 2**64 - 1, "a 64-bit value lost digits")
    expect(nasty["services"][0]["fields"][1]["sum"] == 2 * (2**64 - 1) + 2**53 + 1, "a sum lost digits")
    expect("\x1b" in nasty["services"][0]["name"], "the escape was not escaped, but lost")

    # The schema must be able to fail.
    wrong = [
        lambda d: d.update(extra=1),
        lambda d: d.pop("age_ms"),
        lambda d: d.update(schema_version=2),
        lambda d: d.update(time="yesterday"),
        lambda d: d["services"][0].update(verdict="GOOD"),
        lambda d: d["services"][0]["fields"][0].update(sum="6"),
        lambda d: d["workers"][0].update(state="asleep"),
        lambda d: d["workers"][0]["values"].update(x="1"),
        lambda d: d["workers"][0].update(instance="xyz"),
        lambda d: d["store"]["segments"]["map"].append(["lost", 1]),
        lambda d: d["store"]["segments"]["map"].append(["free", 1, 2]),
        lambda d: d["schemas"][0]["fields"][0].update(type="i32"),
        lambda d: d["events"][0].update(kind="miracle"),
    ]
    for index, change in enumerate(wrong):
        value = copy.deepcopy(fleet)
        change(value)
        expect(errors(value), f"wrong document {index} was accepted")

    status = document("status")
    expect(status["type"] == "utilization_monitor", "status has another type")
    expect(status["data"]["web"]["worker_count"] == 4, "status has no worker_count")
    check_live()
    print(f"snapshot_schema: {len(samples)} documents valid, {len(wrong)} wrong ones refused")


main()
