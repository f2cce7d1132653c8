#!/usr/bin/env python3
"""The configuration file of the real program: where it is looked for, what wins, `worktop config`, exit codes."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

WORKTOP = os.environ.get("WORKTOP", "worktop")
OURS = ("WORKTOP_SOCKET", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "HOME")


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="worktop-test-")
        self.addCleanup(self.folder.cleanup)
        self.home = self.folder.name
        self.xdg = os.path.join(self.home, "xdg")

    def run_worktop(self, *arguments, **changes):
        environment = {k: v for k, v in os.environ.items() if k not in OURS}
        environment.update({"HOME": self.home, **changes})
        return subprocess.run([WORKTOP, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              env=environment, check=False, cwd=self.home)

    def write(self, text, *path):
        path = os.path.join(self.home, *path) if path else os.path.join(self.home, "named.json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def values(self, *arguments, **changes):
        done = self.run_worktop("config", "--json", *arguments, **changes)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        document = json.loads(done.stdout)
        return document, {value["key"]: value for value in document["values"]}

    def mistake(self, arguments, *parts, **changes):
        done = self.run_worktop(*arguments, **changes)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("worktop"), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def test_keys_and_columns_are_checked_where_a_screen_is_drawn(self):
        path = self.write('{"keys": {\n"pause": "s"}}')
        for command in (["config"], ["--once"], ["demo", "--once"], ["attach", "--once"]):
            self.mistake([*command, "--config", path], "named.json:2: keys.pause:", "key of sort-next, too")
        path = self.write({"columns": {"services": ["stat"]}})
        self.mistake(["config", "--config", path], "columns.services[0]: stat: no such column; did you mean state?")
        path = self.write({"keys": {"pause": "F5"}, "columns": {"workers": ["pid", "bytes_sent"]}})
        self.assertEqual(self.run_worktop("config", "--config", path).returncode, 0)

    def test_without_a_file_all_are_defaults(self):
        document, values = self.values()
        if document["file"] == "/etc/worktop/config.json":
            self.skipTest("this system has a configuration of its own")
        self.assertIsNone(document["file"])
        self.assertEqual({value["from"] for value in values.values()}, {"default"})
        self.assertEqual((values["interval"]["value"], values["interval"]["unit"]), (1, "seconds"))
        self.assertEqual(values["verdicts.warn-ratio"]["value"], 0.8)
        self.assertIsNone(values["theme"]["value"])
        _, values = self.values("serve")
        self.assertEqual(values["interval"]["value"], 10)
        self.assertNotIn("theme", values)
        self.assertIn("full", values)

    def test_where_the_file_is_looked_for(self):
        at_home = self.write({"interval": 2}, ".config", "worktop", "config.json")
        self.assertEqual(self.values()[0]["file"], at_home)
        self.assertEqual(self.values(XDG_CONFIG_HOME="")[0]["file"], at_home)
        self.assertEqual(self.values(XDG_CONFIG_HOME="relative")[0]["file"], at_home)
        in_xdg = self.write({"interval": 3}, "xdg", "worktop", "config.json")
        document, values = self.values(XDG_CONFIG_HOME=self.xdg)
        self.assertEqual((document["file"], values["interval"]["value"]), (in_xdg, 3))
        named = self.write({"interval": 4})
        document, values = self.values("--config", named, XDG_CONFIG_HOME=self.xdg)
        self.assertEqual((document["file"], values["interval"]["value"]), (named, 4))
        document, values = self.values("--config", "/dev/null", XDG_CONFIG_HOME=self.xdg)
        self.assertEqual((document["file"], values["interval"]["value"]), ("/dev/null", 1))

    def test_what_wins_and_where_it_is_from(self):
        path = self.write('{\n"interval": 4,\n"size": "64K", "socket": "/from/file",\n"services": {"web": {\n'
                          '"verdicts": {"stuck-seconds": 120}, "fields": {"x": {"role": "busy"}}}}}')
        _, values = self.values("--config", path, "--interval", "7", "serve")
        self.assertEqual((values["interval"]["value"], values["interval"]["from"]), (7, "command line"))
        self.assertEqual((values["size"]["value"], values["size"]["from"], values["size"]["line"]), (65536, "file", 3))
        self.assertEqual(values["segment-size"]["from"], "default")
        stuck = values["services.web.verdicts.stuck-seconds"]
        self.assertEqual((stuck["value"], stuck["line"]), (120, 5))
        self.assertEqual(values["services.web.fields.x.role"]["value"], "busy")
        self.assertEqual(values["socket"]["value"], "/from/file")
        _, values = self.values("--config", path, WORKTOP_SOCKET="/from/environment")
        self.assertEqual((values["socket"]["value"], values["socket"]["from"]), ("/from/environment", "$WORKTOP_SOCKET"))
        _, values = self.values("--config", path, "--socket", "/mine", WORKTOP_SOCKET="/from/environment")
        self.assertEqual((values["socket"]["value"], values["socket"]["from"]), ("/mine", "command line"))

    def test_a_theme_that_is_not_there(self):
        path = self.write('{"interval": 2,\n "theme": "nrd"}')
        for command in (["config"], ["--once"], ["demo", "--once"], ["attach", "--once"]):
            self.mistake([*command, "--config", path], "named.json:2: theme: ", "there is no nrd.json", "did you mean nord?")
        path = self.write({"theme": "nord"})
        self.assertEqual(self.run_worktop("config", "--config", path).returncode, 0)

    def test_the_table_is_aligned_and_harmless(self):
        path = self.write({"log": "a\u001b[31mb", "interval": 2, "services": {"web": {"fields": {"a" * 60: {"unit": "MB"}}}}})
        done = self.run_worktop("config", "--config", path, "--log-level", "warn")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn("\u001b", done.stdout)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], f"file      {path}")
        begin = next(i for i, line in enumerate(lines) if line.startswith("KEY"))
        places = [lines[begin].index(word) for word in ("KEY", "VALUE", "FROM")]
        for line in lines[begin + 1:]:
            if line.startswith("services."):
                continue  # longer than its column: it goes on in the next line
            self.assertLessEqual(len(line), 80, line)
            for place in places[1:]:
                self.assertEqual(line[place - 1], " ", line)
                self.assertNotEqual(line[place], " ", line)
        self.assertRegex(done.stdout, r"(?m)^interval +2 seconds +named\.json:1$")
        self.assertRegex(done.stdout, r"(?m)^log-level +warn +command line$")
        self.assertRegex(done.stdout, r"(?m)^services\.web\.fields\.a{60}\.unit\n +MB +named\.json:1$")

    def test_a_mistake_ends_every_command_before_anything_is_touched(self):
        path = self.write('{\n "intervall": 2\n}')
        socket = os.path.join(self.home, "place", "s.ipc")
        for arguments in (["serve", "--socket", socket], ["--once", "--socket", socket], ["demo", "--once"],
                          ["snapshot", "--socket", socket], ["attach", "--once", socket], ["config"]):
            self.mistake([*arguments, "--config", path], f"{path}:2: intervall: no such key; did you mean interval?")
        checked = self.run_worktop("check", "--socket", socket, "--config", path)  # where 2 means CRITICAL
        self.assertEqual((checked.returncode, "intervall" in checked.stdout), (3, True), checked)
        self.write('{"interval": 0}', "xdg", "worktop", "config.json")
        self.mistake(["serve", "--socket", socket], "config.json:1: interval: 0: must be 0.1 to 86400 seconds",
                     XDG_CONFIG_HOME=self.xdg)
        self.assertFalse(os.path.exists(os.path.dirname(socket)))

    def test_a_named_file_must_be_there(self):
        self.mistake(["config", "--config", "nowhere.json"], "nowhere.json", "No such file")
        self.mistake(["config", "--config", self.home], "is no regular file")
        self.mistake(["config", "--config"], "--config: needs a value: FILE")
        self.mistake(["config", "nothing"], "nothing: no such command")

    def test_a_found_file_that_all_may_write_is_not_trusted(self):
        path = self.write({"interval": 2}, ".config", "worktop", "config.json")
        os.chmod(path, 0o666)
        self.mistake(["config"], path, "chmod o-w")
        self.assertEqual(self.values("--config", path)[1]["interval"]["value"], 2)

    def test_values_that_do_not_fit_together_name_their_places(self):
        path = self.write('{"size": 4096,\n"segment-size": 8192}')
        self.mistake(["serve", "--config", path], f"{path}:2: segment-size 8192", f"{path}:1: size 4096")
        self.mistake(["serve", "--config", path, "--segment-size", "16384"], "--segment-size 16384", f"{path}:1: size 4096")

    def test_help_and_version_need_no_file(self):
        self.write("{", ".config", "worktop", "config.json")
        for option in ("--help", "--version"):
            self.assertEqual(self.run_worktop(option).returncode, 0)
        self.assertIn("--config FILE", self.run_worktop("--help").stdout)
        self.mistake(["config"], "not valid JSON")

    def test_into_a_full_disk_is_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([WORKTOP, "config", "--config", "/dev/null"], stdout=full, stderr=subprocess.PIPE, timeout=60,
                                  check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
