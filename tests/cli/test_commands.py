#!/usr/bin/env python3
"""The command line of the real program: what it prints, and its exit codes."""
import os
import subprocess
import sys
import tempfile
import unittest

WORKTOP = os.environ.get("WORKTOP", "worktop")


def run(*arguments, **changes):
    environment = {k: v for k, v in os.environ.items() if k not in ("WORKTOP_SOCKET", "XDG_RUNTIME_DIR")}
    environment.update(changes)
    return subprocess.run([WORKTOP, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env=environment, check=False)


class Commands(unittest.TestCase):
    def usage_error(self, arguments, *parts):
        """Exit code 2, one line on standard error that holds all parts, nothing on standard output."""
        done = run(*arguments)
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("worktop"), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_help(self):
        for arguments in (["--help"], ["-h"], ["serve", "--help"], ["snapshot", "--help"], ["--help", "serve"]):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("--socket", done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        for command in ("serve", "demo", "snapshot"):
            self.assertIn(command, run("--help").stdout)
        self.assertIn("--full", run("serve", "--help").stdout)
        self.assertNotIn("--full", run("snapshot", "--help").stdout)

    def test_version(self):
        for arguments in (["--version"], ["-V"], ["serve", "--version"]):
            done = run(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"\Aworktop \d+\.\d+\.\d+\n\Z")

    def test_help_into_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([WORKTOP, "--help"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)

    def test_unknown_words_get_a_suggestion(self):
        self.usage_error(["sevre"], "sevre", "serve")
        self.usage_error(["snapshoot"], "snapshoot", "snapshot")
        self.usage_error(["serve", "--intervall", "1"], "--intervall", "--interval")
        self.usage_error(["qqqqqqqq"], "qqqqqqqq")

    def test_each_wrong_value_is_named_with_what_would_be_right(self):
        wrong = [
            ("--interval", "0", "0.1"), ("--interval", "-1", "seconds"), ("--interval", "x", "seconds"),
            ("--size", "0", "bytes"), ("--size", "12Q", "64K"), ("--size", "1e3", "64K"),
            ("--segment-size", "7", "8"), ("--segment-size", "12", "8"), ("--segment-size", "x", "bytes"),
            ("--growth-factor", "1", "greater than 1"), ("--growth-factor", "0.5", "greater than 1"),
            ("--growth-factor", "nan", "greater than 1"), ("--growth-factor", "inf", "greater than 1"),
            ("--max-size", "-5", "bytes"), ("--mode", "999", "octal"), ("--mode", "0000", "owner"),
            ("--mode", "0755", "octal"), ("--log-level", "loud", "debug"),
        ]
        for option, value, right in wrong:
            with self.subTest(f"{option} {value}"):
                self.usage_error(["serve", option, value], option, value, right)
                self.usage_error(["serve", f"{option}={value}"], option, value, right)

    def test_values_that_do_not_fit_together(self):
        self.usage_error(["serve", "--size", "4K", "--segment-size", "8K"], "--segment-size")
        self.usage_error(["serve", "--size", "2M", "--max-size", "1M"], "--max-size")

    def test_a_missing_value_and_a_stray_one(self):
        self.usage_error(["serve", "--interval"], "--interval")
        self.usage_error(["serve", "--full=yes"], "--full")
        self.usage_error(["snapshot", "--full"], "--full", "serve")
        self.usage_error(["serve", "--socket", ""], "--socket")

    def test_an_unknown_group_is_named(self):
        done = run("serve", "--socket", "/nonexistent/x", "--group", "no-such-group-here")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no-such-group-here", done.stderr)

    def test_a_theme_that_is_not_there_is_named_without_a_screen_too(self):
        with tempfile.TemporaryDirectory() as directory:
            done = run("--once", "--theme", "nonsense", "--socket", os.path.join(directory, "s.ipc"))
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("nonsense.json", done.stderr)
            self.assertEqual((done.stdout, os.listdir(directory)), ("", []))

    def test_columns_of_plain_tables(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s.ipc")
            done = run("--once", "--columns", "service,utl", "--socket", path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("--columns utl: no such column; there are service, state, util,", done.stderr)
            done = run("--once", "--worker-columns=pid,pid", "--socket", path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("--worker-columns pid,pid: pid is there twice", done.stderr)
        done = run("demo", "--once", "--workers", "4", "--columns", "util,service,joined", "--worker-columns", "state,worker")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertIn(["UTIL", "SERVICE", "JOINED"], lines)
        self.assertIn(["STATE", "WORKER"], lines)
        self.usage_error(["serve", "--columns", "service"], "--columns", "dashboard")

    def test_a_snapshot_of_nobody(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s.ipc")
            done = run("snapshot", "--socket", path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertIn(path, done.stderr)
            self.assertIn("worktop serve", done.stderr)
            self.assertEqual(os.listdir(directory), [])

    def test_a_log_that_cannot_be_opened(self):
        done = run("serve", "--socket", "/nonexistent/s", "--log", "/nonexistent/log")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/nonexistent/log", done.stderr)


if __name__ == "__main__":
    unittest.main()
