"""Runs the README: its marked blocks, in their order, in one shell, against a started server.

A block is run where the line before its fence says `<!-- journey: NAME -->`. A block of `sh` holds commands. A block
of `console` holds commands behind `$ `, continued over lines that end in a backslash, each followed by the output to
expect: every line of it must be found, in order, where `…` stands for anything.

What a reader would put in himself is put in here: the addresses in use, the invitation's token for
`<invitation token>`, the program for `.build/release/gatehouse`, a copy of the tenant's file that may be changed, and the
server's process.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import uuid

from harness import PROGRAM, Server, Tally, Workspace

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BLOCK = re.compile(r"<!-- journey: (?P<name>[^>]+?) -->\n+```(?P<kind>sh|console)\n(?P<text>.*?)\n```", re.DOTALL)
COMMAND_SECONDS = 120


class Step:
    """Commands to run together, and the lines to expect of them."""

    def __init__(self, commands, expected=()):
        self.commands = commands
        self.expected = list(expected)


def blocks(markdown):
    """The marked blocks: their name and their steps."""
    for found in BLOCK.finditer(markdown):
        text = found["text"]
        yield found["name"], [Step(text)] if found["kind"] == "sh" else console_steps(text)


def console_steps(text):
    steps = []
    is_continued = False
    for line in text.split("\n"):
        if is_continued:
            steps[-1].commands += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            steps.append(Step(line[2:]))
        elif steps and line.strip():
            steps[-1].expected.append(line)
            continue
        is_continued = line.endswith("\\")
    return steps


def unmatched(expected, output):
    """The first expected line that is not found in its turn; None where all are."""
    lines = iter(output.split("\n"))
    for wanted in expected:
        pattern = re.compile(".*".join(re.escape(part) for part in re.split("…", wanted.strip())))
        if not any(pattern.fullmatch(line.strip()) for line in lines):
            return wanted
    return None


class Shell:
    """One bash for all blocks, so that variables last; it ends at the first command that fails."""

    def __init__(self, workspace):
        # The reader's python3 is the one that runs this, since that has the packages.
        tools = os.path.join(workspace.folder, "bin")
        os.mkdir(tools)
        os.symlink(sys.executable, os.path.join(tools, "python3"))
        # The reader's commands work on the folders that his server works on.
        environment = os.environ | {
            "PATH": f"{tools}:{os.environ['PATH']}", "GATEHOUSE_DATA": workspace.data,
            "GATEHOUSE_TENANTS": workspace.tenants, "TMPDIR": workspace.folder}
        self.bash = subprocess.Popen(
            ["bash", "-euo", "pipefail"], cwd=ROOT, env=environment, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, commands):
        """The output, and whether all commands succeeded."""
        end = f"end-{uuid.uuid4()}"
        # The commands get no input of their own, lest they read the commands that follow.
        self.bash.stdin.write(f"{{ {commands}\n}} </dev/null\nprintf '\\n%s\\n' {end}\n")
        self.bash.stdin.flush()
        watch = threading.Timer(COMMAND_SECONDS, self.bash.kill)
        watch.start()
        output = []
        try:
            for line in self.bash.stdout:
                if line.strip() == end:
                    return "".join(output), True
                output.append(line)
            return "".join(output), False
        finally:
            watch.cancel()


def substitutions(server):
    return {
        "http://127.0.0.1:8080": server.url,
        "http://localhost:8080": server.url,
        "http://127.0.0.1:9090": server.operations_url,
        "<invitation token>": server.invitation("acme")["token"],
        ".build/release/gatehouse": PROGRAM,
        "tenants/acme.yaml": os.path.join(server.workspace.tenants, "acme.yaml"),
        "$(pgrep -x gatehouse)": str(server.process.pid),
    }


def run_readme(tally, workspace, markdown):
    found = list(blocks(markdown))
    tally.check("the README has marked blocks", found)
    with Server(workspace) as server:
        shell = Shell(workspace)
        for name, steps in found:
            for step in steps:
                if not run_step(tally, shell, name, step, substitutions(server)):
                    raise RuntimeError("the README's journey ended early")


def run_step(tally, shell, name, step, values):
    commands, expected = step.commands, list(step.expected)
    for written, real in values.items():
        commands = commands.replace(written, real)
        expected = [line.replace(written, real) for line in expected]
    output, succeeded = shell.run(commands)
    missing = unmatched(expected, output) if succeeded else None
    trouble = f"no line like {missing}" if succeeded else "a command that failed"
    what = f"README, {name}: {step.commands.splitlines()[0]}"
    return tally.check(what, succeeded and missing is None, f"{trouble}; the output:\n{output}")


def main():
    if not PROGRAM:
        sys.exit("set GATEHOUSE_BIN to the gatehouse program")
    tally = Tally()
    workspace = Workspace({})
    # The README speaks of the tenants that the project comes with.
    shutil.copytree(os.path.join(ROOT, "tenants"), workspace.tenants, dirs_exist_ok=True)
    try:
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            run_readme(tally, workspace, file.read())
    except (OSError, RuntimeError) as error:
        tally.check("the README's journey comes to its end", False, error)
    finally:
        workspace.remove()
    tally.end()


main()
