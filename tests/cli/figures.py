"""Shared by the scripts that compute numbers of the program again: running it, and comparing."""
import csv
import io
import math
import os
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


class Program:
    """`sweep` with one store. Exits with 77 where the data set ECG5000 is missing."""

    def __init__(self, path, store=None):
        self.path, self.store, self.checked = os.path.abspath(path), store, 0

    def sweep(self, *arguments):
        """The output of the program."""
        done = subprocess.run([self.path, *arguments, "--db", self.store], cwd=ROOT,
                              capture_output=True, text=True, check=False)
        if done.returncode == 3 and "ECG5000" in done.stderr:
            print("skipped: ECG5000 is not here")
            sys.exit(77)
        if done.returncode != 0:
            sys.exit(f"sweep {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def table(self, *arguments):
        """The rows of a CSV."""
        return list(csv.DictReader(io.StringIO(self.sweep(*arguments, "--format", "csv"))))

    def same(self, what, got, want, tolerance=1e-9):
        """Fail unless a number of the program equals the one computed here; None and NAN: undefined."""
        self.checked += 1
        if want is None or math.isnan(want):
            if got != "":
                sys.exit(f"{what}: expected nothing, found {got}")
        elif got == "" or abs(float(got) - want) > tolerance * max(1, abs(want)):
            sys.exit(f"{what}: expected {want!r}, found {got!r}")
