#!/usr/bin/env python3
"""`worktop themes`: all themes by name, what is wrong with one, and colours only for those who see them."""
import os
import pty
import subprocess
import tempfile
import unittest

WORKTOP = os.environ.get("WORKTOP", "worktop")
SHIPPED = ["catppuccin-mocha", "deuteranopia", "dracula", "gruvbox-dark", "high-contrast", "mono", "nord",
           "solarized-dark", "solarized-light", "worktop-dark", "worktop-light"]


def environment_of(**changes):
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLORTERM", "WORKTOP_THEMES")}
    environment.update({"LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **changes})
    return environment


def run(*arguments, **changes):
    return subprocess.run([WORKTOP, "themes", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, env=environment_of(**changes), check=False)


def run_on_terminal(*arguments, **changes):
    """What a terminal is told: output and exit code."""
    leader, follower = pty.openpty()
    with subprocess.Popen([WORKTOP, "themes", *arguments], stdin=follower, stdout=follower, stderr=follower,
                          env=environment_of(**changes), close_fds=True) as process:
        os.close(follower)
        text = b""
        try:
            while piece := os.read(leader, 65536):
                text += piece
        except OSError:  # the terminal's other side was closed: the program has ended
            pass
        code = process.wait(timeout=60)
    os.close(leader)
    return text.decode(), code


class Themes(unittest.TestCase):
    def test_all_are_listed_and_the_one_in_use_is_marked(self):
        done = run()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertEqual([line[2:].split()[0] for line in lines], SHIPPED)
        self.assertNotIn("\033", done.stdout)
        self.assertEqual([line for line in lines if line.startswith("*")], ["* worktop-dark       shipped"])
        self.assertIn("* nord ", run("--theme", "nord").stdout)

    def test_a_terminal_sees_the_colours(self):
        text, code = run_on_terminal(COLORTERM="truecolor")
        self.assertEqual(code, 0)
        self.assertIn(";38;2;", text)
        self.assertIn(";48;2;46;52;64m", text)  # the ground of nord, #2e3440
        text, _ = run_on_terminal()  # without the announcement there are 256
        self.assertNotIn("38;2;", text)
        self.assertIn(";48;5;", text)

    def test_no_colours_where_none_are_wanted_or_seen(self):
        for changes in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": "vt100"}, {"TERM": ""}):
            with self.subTest(changes):
                text, code = run_on_terminal(**changes)
                self.assertEqual(code, 0)
                self.assertNotIn("\033", text)
                self.assertIn("nord", text)
        self.assertNotIn("\033", run_on_terminal("--no-color")[0])

    def test_a_theme_of_ones_own_and_a_broken_one(self):
        with tempfile.TemporaryDirectory() as home:
            os.makedirs(os.path.join(home, "worktop/themes"))
            for name, text in (("mine", '{"styles": {"text": {"fg": "#ffffff", "bg": "#101010"}}}'),
                               ("nord", "{}"), ("torn", '{\n"styles": {\n"txt": {}}}')):
                with open(os.path.join(home, "worktop/themes", name + ".json"), "w", encoding="utf-8") as file:
                    file.write(text)
            done = run(XDG_CONFIG_HOME=home)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout, r"(?m)^  mine +yours$")
            self.assertRegex(done.stdout, r"(?m)^  nord +yours$")
            self.assertRegex(done.stdout, r"(?m)^  torn +broken: .*/torn\.json:3: styles\.txt: there is no style")
            once = subprocess.run([WORKTOP, "--once", "--theme", "torn"], capture_output=True, text=True, timeout=60,
                                  env=environment_of(XDG_CONFIG_HOME=home), check=False)
            self.assertEqual(once.returncode, 1)
            self.assertIn("torn.json:3", once.stderr)

    def test_full_disk(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([WORKTOP, "themes"], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
                                  env=environment_of())
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


if __name__ == "__main__":
    unittest.main()
