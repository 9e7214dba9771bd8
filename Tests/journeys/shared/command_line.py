"""The command line as an operator uses it, on the data of one workspace."""

import json
import os
import subprocess

from harness import PROGRAM


class Operator:
    """Runs commands on the data of a workspace, each with the same options."""

    def __init__(self, workspace, *options):
        self.options = ["--data", workspace.data, "--tenants", workspace.tenants, *options]

    def command(self, *arguments):
        return [PROGRAM, *arguments, *self.options]

    def run(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=60, check=False)

    def ask(self, *arguments):
        """The exit status and the JSON of a command; where it printed none, all that it said."""
        result = self.run(*arguments, "--json")
        try:
            return result.returncode, json.loads(result.stdout)
        except ValueError:
            return result.returncode, result.stdout + result.stderr


def put(path, text):
    """Writes a secret as it should be written: whole, and for its owner alone."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = path + ".draft"
    with open(draft, "w", opener=lambda name, flags: os.open(name, flags, 0o600), encoding="ascii") as file:
        file.write(text)
    os.rename(draft, path)
