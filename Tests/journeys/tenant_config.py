"""A tenant whose file is kept in git: plan, apply, drift, rollback, and the way back out of the database."""

import os
import subprocess

from harness import Server, accept, run, sign_in, wait_until
from shared.command_line import Operator

PASSWORD = "one harbour, nine lanterns"

INITECH = """\
tenant: initech
name: Initech
first_owner: bill@initech.example
sign_in:
  password: { minimum_length: 12 }
  totp: {}
  recovery_codes: {}
policy:
  second_factor: { required_for: [] }
"""


def journey(tally, workspace):
    operator = Operator(workspace)
    file = os.path.join(workspace.folder, "initech.yaml")
    write(file, INITECH)
    with Server(workspace) as server:
        made(tally, operator, server, file)
        changed(tally, operator, server, file)
        removals(tally, operator, file)
        rolled_back(tally, operator, server, file)
        exported(tally, operator, workspace)
        refused(tally, operator, workspace, file)


def made(tally, operator, server, file):
    tally.equal("a file without a tenant has drifted", operator.run("tenants", "drift", "-f", file).returncode, 1)
    status, plan = operator.ask("tenants", "plan", "-f", file)
    tally.check("and a plan that adds it all", status == 0 and all(change["kind"] == "added" for change in plan["changes"]), plan)
    unasked = operator.run("tenants", "apply", "-f", file)
    tally.equal("where nobody can be asked, nothing is applied without --yes", unasked.returncode, 2)
    status, row = operator.ask("tenants", "apply", "-f", file, "--yes")
    tally.check("apply makes the tenant and invites its owner", status == 0 and row["revision"] == 1, row)
    answer = accept(server.client, "initech", row["invitation"]["token"], PASSWORD)
    tally.check("a running server lets the owner in", answer.status == 200, answer)
    tally.equal("what was applied has not drifted", operator.run("tenants", "drift", "-f", file).returncode, 0)
    status, row = operator.ask("tenants", "apply", "-f", file)
    tally.check("applying it again changes nothing and asks nothing",
                status == 0 and row["revision"] == 1 and row["changes"] == [], row)


def changed(tally, operator, server, file):
    write(file, INITECH + "cors: { origins: [https://app.initech.example] }\n")
    status, plan = operator.ask("tenants", "plan", "-f", file)
    tally.equal("a plan names what would change", (status, [(c["kind"], c["path"]) for c in plan["changes"]]),
                (0, [("added", "cors")]))
    tally.equal("and what to think of", [warning["code"] for warning in plan["warnings"]], ["origin_added"])
    tally.equal("a plan changes nothing", operator.run("tenants", "drift", "-f", file).returncode, 1)
    words = operator.run("tenants", "plan", "-f", file).stdout
    tally.check("people read the same", "+ cors: {origins: [https://app.initech.example]}" in words, words)
    status, row = operator.ask("tenants", "apply", "-f", file, "--yes")
    tally.equal("apply makes the next revision", (status, row["revision"]), (0, 2))
    tally.check("and a running server takes it up without a restart", wait_until(lambda: allows(server)))


def removals(tally, operator, file):
    write(file, INITECH)
    result = operator.run("tenants", "apply", "-f", file, "--yes")
    tally.check("what is in force and not in the file is not removed by the way",
                result.returncode == 1 and "cors" in result.stderr, result.stderr)
    status, row = operator.ask("tenants", "apply", "-f", file, "--yes", "--allow-removals")
    tally.equal("but where that is meant", (status, row["revision"]), (0, 3))


def rolled_back(tally, operator, server, file):
    status, row = operator.ask("tenants", "rollback", "initech", "--to", "2")
    tally.equal("an earlier revision comes back as a new one", (status, row["revision"]), (0, 4))
    tally.check("at the running server too", wait_until(lambda: allows(server)))
    tally.equal("a revision that is not there is refused",
                operator.run("tenants", "rollback", "initech", "--to", "99").returncode, 1)
    status, revisions = operator.ask("tenants", "revisions", "initech")
    tally.equal("the history holds them all", [row["revision"] for row in revisions], [4, 3, 2, 1])
    tally.equal("and the file has drifted from it", operator.run("tenants", "drift", "-f", file).returncode, 1)
    tally.equal("people still sign in", sign_in(server.client, "initech", "bill@initech.example", PASSWORD).status, 200)


def exported(tally, operator, workspace):
    result = operator.run("tenants", "export", "initech")
    tally.check("export gives a tenant file", result.returncode == 0 and "https://app.initech.example" in result.stdout,
                result.stdout + result.stderr)
    for verb, options in (("drift", []), ("apply", [])):
        again = subprocess.run(
            operator.command("tenants", verb, "-f", "-", *options), input=result.stdout, capture_output=True, text=True,
            timeout=60, check=False)
        tally.check(f"export | {verb} finds no change", again.returncode == 0 and "no change" in again.stdout,
                    again.stdout + again.stderr)
    copy = os.path.join(workspace.folder, "copy.yaml")
    write(copy, result.stdout)
    tally.equal("a file may be called as one likes", operator.run("tenants", "drift", "-f", copy).returncode, 0)


def refused(tally, operator, workspace, file):
    write(file, INITECH.replace("minimum_length: 12", "minimum_length: 6"))
    result = operator.run("tenants", "apply", "-f", file, "--yes")
    tally.check("problems are told as `check` tells them, with their lines", result.returncode == 1
                and f"{file}:5: sign_in.password.minimum_length: must be at least 8, is 6" in result.stdout, result.stdout)
    result = operator.run("tenants", "apply", "-f", os.path.join(workspace.tenants, "acme.yaml"), "--yes")
    tally.check("a tenant of a file is left to its file", result.returncode == 1 and "SIGHUP" in result.stderr,
                result.stderr)
    tally.equal("a file that is not there is a mistake of usage",
                operator.run("tenants", "drift", "-f", file + ".gone").returncode, 2)


def allows(server):
    answer = server.client.request(
        "OPTIONS", "/t/initech/login",
        headers={"Origin": "https://app.initech.example", "Access-Control-Request-Method": "POST"})
    return answer.headers.get("access-control-allow-origin") == "https://app.initech.example"


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


run(journey)
