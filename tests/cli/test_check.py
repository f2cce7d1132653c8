#!/usr/bin/env python3
"""`worktop check`: one line, the exit codes of a monitoring plugin, and no way past the time-out."""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from bus import ERROR, EXCEPTION, RETURN, Ext, Sym, pack, unpack, Short  # noqa: E402
from serve import Serve, clean_environment, wait_until  # noqa: E402

WORKTOP = os.environ.get("WORKTOP", "worktop")
OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
SCHEMA = [["requests_active", "u32", 0], ["requests_limit", "u32", 4], ["requests_queued", "u32", 8],
          ["requests_total", "u64", 16]]
LABEL = r"'(?:[^'=|]|'')+'"
FIGURE = re.compile(LABEL + r"=(?:U|-?[0-9.]+(?:%|s|ms|us|B)?(?:;[-0-9.@:~]*){0,4})")


def check(*arguments, environment=None):
    return subprocess.run([WORKTOP, "check", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, env=environment or clean_environment(), check=False)


class Checks(unittest.TestCase):
    @contextlib.contextmanager
    def only_the_socket(self, serve):
        """A path to the monitor's socket with none of its files beside it."""
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s.ipc")
            os.symlink(serve.path, path)
            yield path

    def holds(self, done, code, *parts):
        """The line of a check that ended with `code`, in good form; holds all parts."""
        self.assertEqual((done.returncode, done.stderr), (code, ""), done)
        self.assertTrue(done.stdout.endswith("\n") and done.stdout.count("\n") == 1, done)
        line = done.stdout[:-1]
        self.assertTrue(line.startswith(f"WORKTOP {WORDS[code]}: "), line)
        self.assertTrue(line.isprintable() and len(line.encode()) < 8192, line)
        text, bar, figures = line.partition(" |")
        self.assertNotIn("|", figures)
        self.assertEqual(FIGURE.sub("", figures).strip(), "", figures)
        self.assertEqual(bool(bar), bool(figures))
        for part in parts:
            self.assertIn(part, line)
        return text

    def ask(self, serve, code, *parts, options=()):
        """Waits for the answer: a monitor that got no CPU for three of its short intervals is called silent."""
        seen = []

        def is_told():
            seen.append(check("--socket", serve.path, *options))
            return seen[-1].returncode == code and all(part in seen[-1].stdout for part in parts)

        try:
            wait_until(is_told, f"code {code} with {parts}")
        except AssertionError as error:
            raise AssertionError(f"{error}; the last line was {seen[-1]}") from error
        return self.holds(seen[-1], code, *parts)

    def measured(self, serve, code, metric, options, *parts):
        return self.ask(serve, code, *parts, options=["--metric", metric, *options])


class Monitors(Checks):
    """With a real monitor and workers."""

    def test_verdicts_and_thresholds(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA) as web, serve.worker("api", SCHEMA) as api:
            web.write(requests_active=3, requests_limit=4, requests_queued=7, requests_total=100)
            api.write(requests_active=1, requests_limit=4, requests_queued=0, requests_total=5)
            wait_until(lambda: {s["name"]: s["utilization_ratio"] for s in serve.snapshot()["services"]}
                       == {"api": 0.25, "web": 0.75}, "the values")
            for way in ((), ("--attach",)):
                text = self.ask(serve, OK, "WORKTOP OK: 2", "'web/utilization'=75%", "'web/queue'=7;;;0", "'api/workers'=1;;;0", options=way)
                self.assertEqual(text, "WORKTOP OK: 2 services, 2 workers, busiest web 75%")
            wait_until(lambda: check("--attach", serve.directory).returncode == OK, "the directory's monitor")
            one = ["--service", "web"]
            self.measured(serve, OK, "utilization", one + ["-w", "80", "-c", "95"], "'web/utilization'=75%;80;95")
            self.measured(serve, WARNING, "utilization", one + ["-w", "70", "-c", "95"], "web: utilization 75% is above 70")
            self.measured(serve, CRITICAL, "utilization", one + ["-w", "70", "-c", "74.9"], "above 74.9")
            self.measured(serve, WARNING, "queue", ["-w", "5", "-c", "10"], "web: queue 7", "'api/queue'=0;5;10;0")
            self.measured(serve, CRITICAL, "requests_total", ["-c", "~:50"], "web: requests_total 100")
            self.measured(serve, OK, "requests_total/s", ["-c", "0"], "'web/requests_total/s'=0;;0;0")
            self.measured(serve, CRITICAL, "workers", ["--service", "api", "--critical=2:"], "api: workers 1 is below 2")
            self.measured(serve, WARNING, "workers", ["--service", "api", "--warning", "@1:1"], "api: workers 1 is within 1 to 1")
            self.ask(serve, UNKNOWN, "no service jobs is known; there are api, web", options=["--service", "jobs"])
            self.ask(serve, UNKNOWN, "web has no figure nonsense", "requests_total",
                     options=[*one, "--metric", "nonsense", "-w", "1"])

    def test_a_verdict_of_the_monitor(self):
        """A store with room for one worker: the second one gets no segment."""
        with Serve("--interval", "0.1", "--segment-size", "4096", "--size", "4096", "--max-size", "4096") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK, options=["--service", "web"])
            with serve.worker("api", SCHEMA):
                self.ask(serve, CRITICAL, "WORKTOP CRITICAL: store: ", "--max-size")
                self.ask(serve, UNKNOWN, "api: no worker with metrics: 1 without", options=["--service", "api"])

    def test_nobody_has_come_yet(self):
        with Serve("--interval", "0.1") as serve:
            self.ask(serve, UNKNOWN, "no data")

    def test_a_stopped_monitor(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            serve.process.send_signal(signal.SIGSTOP)
            try:
                text = self.ask(serve, UNKNOWN, f"monitor {serve.process.pid} does not answer since")
                self.assertIn(f"kill -CONT {serve.process.pid}", text)
            finally:
                serve.process.send_signal(signal.SIGCONT)
            self.ask(serve, OK)

    def test_a_stopped_monitor_without_files(self):
        """Only its socket is left to ask, and nobody answers there."""
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            with self.only_the_socket(serve) as path:
                serve.process.send_signal(signal.SIGSTOP)
                try:
                    begin = time.monotonic()
                    done = check("--socket", path, "--timeout", "4")
                    self.assertGreaterEqual(time.monotonic() - begin, 4)
                finally:
                    serve.process.send_signal(signal.SIGCONT)
                self.holds(done, UNKNOWN, "time-out: ", path, "within 4.0s", "--timeout")

    def test_a_dead_monitor(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            serve.stop(signal.SIGKILL)
            for way in ((), ("--attach",)):
                self.ask(serve, UNKNOWN, f"monitor {serve.process.pid} died at", "worktop serve", options=way)

    def test_a_monitor_that_ended(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            serve.stop()
            self.ask(serve, UNKNOWN, "worktop serve")

    def test_old_figures(self):
        """A monitor that looks once a second, and figures that may be a tenth of a second old."""
        with Serve("--interval", "1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            def is_stale():
                done = check("--socket", serve.path, "--max-age", "0.1")
                return done if done.returncode == UNKNOWN else None
            self.holds(wait_until(is_stale, "a look that is old"), UNKNOWN, "stale: the last look is", "more than 100ms",
                       str(serve.process.pid), "--max-age")
            self.ask(serve, OK, options=["--max-age", "100"])

    def test_without_its_files_the_monitor_is_asked(self):
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            with self.only_the_socket(serve) as path:
                self.holds(check("--socket", path, "--max-age", "100"), OK, "1 worker")
                self.holds(check("--socket", path, "--attach"), UNKNOWN, os.path.dirname(path), "worktop serve")

    def test_names_break_nothing(self):
        name = "o'neil|a=b \x1b[31m\n\u202e"
        with Serve("--interval", "0.1") as serve:
            with serve.worker(name, [["x|y='_total", "u64", 0]]):
                self.ask(serve, OK, "'o''neil_a_b \u00b7[31m\u00b7\u00b7/workers'=1;;;0")
                self.measured(serve, WARNING, "x|y='_total", ["--service", name, "-w", "1:"], "x\u00a6y='_total 0 is below 1")
                self.ask(serve, UNKNOWN, "no service \u00a6\u00b7 is known", options=["--service", "|\n"])


class Nobody(Checks):
    def test_no_monitor(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s.ipc")
            begin = time.monotonic()
            self.holds(check("--socket", path, "--timeout", "30"), UNKNOWN, path, "worktop serve", "--socket")
            self.assertLess(time.monotonic() - begin, 25)
            self.holds(check("--attach", directory), UNKNOWN, directory, "worktop serve")
            self.assertEqual(os.listdir(directory), [])

    def test_somebody_who_never_answers(self):
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
            path = os.path.join(directory, "s.ipc")
            listener.bind(path)
            listener.listen(4)
            self.holds(check("--socket", path, "-t", "4"), UNKNOWN, "time-out: ", path, "within 4.0s")

    def test_a_file_system_that_never_answers(self):
        """A pipe in the place of the directory file, and of its socket: opening it must not wait for ever."""
        with tempfile.TemporaryDirectory() as directory:
            os.mkfifo(os.path.join(directory, "utilization.shm.dir"))
            self.holds(check("--attach", directory, "-t", "0.5"), UNKNOWN)

    def test_a_wrong_command_line_is_unknown_and_said_where_it_is_seen(self):
        for arguments, part in ((["--metrc", "x"], "did you mean --metric?"), (["-m", "queue"], "--warning RANGE"),
                                (["-w", "5"], "--metric NAME"), (["x"], "--attach"), (["--timeout", "x"], "seconds"),
                                (["-m", "queue", "-w", "5:1"], "--warning 5:1: its first end must not be above"),
                                (["-m", "queue", "-c", "a|b"], "[@][LOW:][HIGH]"), (["--once"], "dashboard")):
            with self.subTest(arguments):
                self.holds(check(*arguments), UNKNOWN, "worktop check: ", part)

    def test_help_is_no_success(self):
        for option in ("--help", "--version"):
            done = check(option)
            self.assertEqual((done.returncode, done.stderr), (UNKNOWN, ""))
        self.assertIn("3 UNKNOWN", check("--help").stdout)

    def test_a_line_that_nobody_takes(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([WORKTOP, "check", "-w"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, UNKNOWN)


class Documented(Checks):
    """What README shows is what works: its lines are run as they stand there."""

    @staticmethod
    def blocks():
        with open(os.path.join(os.environ["WORKTOP_SOURCE"], "README.md"), encoding="utf-8") as file:
            section = re.search(r"^## Let Nagios or Icinga watch\n(.*?)^## ", file.read(), re.M | re.S).group(1)
        return re.findall(r"^```\n(.*?)^```\n", section, re.M | re.S)

    def runs(self, line, serve):
        """A line as a monitoring system runs it."""
        words = line.split()
        self.assertEqual(words[:2], ["worktop", "check"])
        return subprocess.run([WORKTOP, *words[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env=clean_environment(WORKTOP_SOCKET=serve.path), check=False)

    def told(self, line, serve, code, *parts):
        done = wait_until(lambda: next((d for d in [self.runs(line, serve)] if d.returncode == code), None), f"{code}: {line}")
        self.holds(done, code, *parts)

    def test_the_lines_of_the_readme(self):
        commands, nagios, icinga = self.blocks()
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA) as web:
            web.write(requests_active=9, requests_limit=10, requests_queued=60, requests_total=1)
            self.measured(serve, CRITICAL, "queue", ["-c", "59"])
            for line, code in zip(commands.splitlines(), (OK, OK, WARNING, CRITICAL, CRITICAL), strict=True):
                self.told(line, serve, code)

            (line,) = re.findall(r"command_line +(.*)", nagios)
            for name, value in {"$ARG1$": "web", "$ARG2$": "utilization", "$ARG3$": "80", "$ARG4$": "95"}.items():
                self.assertIn(name, line)
                line = line.replace(name, value)
            self.told(line, serve, WARNING, "web: utilization 90% is above 80", "=90%;80;95")

            (command,) = re.findall(r"command = \[ (.*) \]", icinga)
            line = " ".join(re.findall(r'"(.*?)"', command))
            values = {"worktop_service": "web", "worktop_metric": "queue", "worktop_warning": "10", "worktop_critical": "100",
                      "worktop_socket": serve.path, "worktop_timeout": "5"}
            for option, name in re.findall(r'"(--[a-z]+)" = .*?"\$(\w+)\$"', icinga):
                line += f" {option} {values.pop(name)}"
            self.assertEqual(values, {})
            self.told(line, serve, WARNING, "'web/queue'=60;10;100;0")


class Ruby(Checks):
    """A supervisor that knows `status` alone."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = os.path.join(self.directory.name, "s.ipc")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(4)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        self.addCleanup(self.close)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while True:
                    try:
                        message, used = unpack(data)
                    except Short:
                        more = connection.recv(65536)
                        if not more:
                            break
                        data += more
                        continue
                    data = data[used:]
                    connection.sendall(self.answer(message.values[0], message.values[3]))

    @staticmethod
    def answer(number, method):
        if method != "status":
            return pack(Ext(ERROR, number, Ext(EXCEPTION, "NoMethodError", f"undefined method '{method}'", [])))
        web = {Sym("requests_active"): 3, Sym("threads_limit"): 4, Sym("requests_total"): 2**64 - 1, Sym("worker_count"): 2}
        return pack(Ext(RETURN, number, [{Sym("type"): Sym("utilization_monitor"), Sym("data"): {"web": web}}]))

    def ruby(self, *options):
        return check("--socket", self.path, *options)

    def test_thresholds_on_sums(self):
        self.holds(self.ruby(), UNKNOWN, "this supervisor tells sums, no verdicts: use --metric")
        self.holds(self.ruby("-m", "utilization", "-w", "50", "-c", "90"), WARNING, "web: utilization 75% is above 50")
        self.holds(self.ruby("-m", "workers", "-c", "2:"), OK, "'web/workers'=2;;2:;0")
        self.holds(self.ruby("-m", "requests_total", "-c", "18446744073709551614"), CRITICAL,
                   "web: requests_total 18446744073709551615 is above 18446744073709551614")
        self.holds(self.ruby("-m", "requests", "-c", "5"), UNKNOWN, "this supervisor tells sums, no rates")

    def test_files_of_a_monitor_that_died_there_before(self):
        """Somebody answers: the dead one's files are not asked."""
        with Serve("--interval", "0.1") as serve, serve.worker("web", SCHEMA):
            self.ask(serve, OK)
            serve.stop(signal.SIGKILL)
            for name in serve.files():
                if name != os.path.basename(serve.path):
                    shutil.copy(os.path.join(serve.directory, name), os.path.join(self.directory.name, name))
            self.holds(check("--attach", self.directory.name), UNKNOWN, f"monitor {serve.process.pid} died at")
            self.holds(self.ruby("-m", "workers", "-c", "2:"), OK, "'web/workers'=2;;2:;0")


if __name__ == "__main__":
    unittest.main()
