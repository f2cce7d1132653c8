#!/usr/bin/env python3
"""Every C file looks as .clang-format says.

Checks the files that git tracks, or all under src, include and tests where there is no git. Without
clang-format it says so and passes: the format is a matter of taste, not of a broken program.
"""
import os
import shutil
import subprocess
import sys


def c_files(root):
    try:
        listed = subprocess.run(["git", "ls-files", "-z", "--", "*.c", "*.h"], cwd=root, check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        names = [name for name in listed.stdout.decode().split("\0") if name]
        if names:
            return [name for name in names if os.path.exists(os.path.join(root, name))]
    except (OSError, subprocess.CalledProcessError):
        pass
    names = []
    for top in ("src", "include", "tests"):
        for folder, _, files in os.walk(os.path.join(root, top)):
            names += [os.path.relpath(os.path.join(folder, name), root)
                      for name in files if name.endswith((".c", ".h"))]
    return sorted(names)


def main():
    root = os.environ.get("WORKTOP_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    tool = shutil.which("clang-format")
    if tool is None:
        print("lint.format: skipped: clang-format is not installed")
        return 0
    names = c_files(root)
    if not names:
        print("lint.format: no C files found")
        return 1
    run = subprocess.run([tool, "--dry-run", "--Werror"] + names, cwd=root, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        wrong = sorted({line.split(":")[0] for line in run.stdout.splitlines() if "clang-format-violations" in line})
        print("\n".join(run.stdout.splitlines()[:40]))
        print(f"lint.format: run clang-format -i {' '.join(wrong)}")
        return 1
    print(f"lint.format: {len(names)} files as they should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
