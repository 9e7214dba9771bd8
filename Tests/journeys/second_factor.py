"""Second factors from outside: codes of the real `oathtool`, replays over a restart, and the way back in on the host."""

import json
import subprocess
import time

from harness import ACME, Client, GLOBEX, Server, accept, command, run, sign_in
from shared.search import absent, dump_of

PASSWORD = "forty purple umbrellas sing"
LOGIN = "ops@globex.example"
ASKING = GLOBEX.replace("sign_in:", "sign_in:\n  totp: {}\n  recovery_codes: {}").replace(
    "required_for: []", "required_for: [owner, admin]")


def journey(tally, workspace):
    secrets = {}
    with Server(workspace) as server:
        secret, code = set_up(tally, server, secrets)
        tally.equal("a code that was used is refused", prove(server, "totp", code).code, "invalid_code")
        tally.equal("wrong codes have to wait in the end", [prove(server, "totp", "000000").code for _ in range(60)][-1],
                    "rate_limited")
        metrics = Client(server.operations_url).get("/metrics").body
        tally.check("the metrics count codes and people", b"gatehouse_second_factor_attempts" in metrics
                    and b"gatehouse_second_factor_people" in metrics)
    with Server(workspace) as server:
        tally.equal("a restart lets nobody guess anew", prove(server, "totp", "000000").code, "rate_limited")
        found = unlock(workspace, "--login", LOGIN)
        tally.equal("the host lets the owner try again", found.returncode, 0)
        tally.equal("a restart lets no code be used again", prove(server, "totp", code).code, "invalid_code")
        recovery = secrets["a recovery code"]
        tally.equal("a recovery code signs in", prove(server, "recovery_code", recovery).json.get("status"), "complete")
        tally.equal("and does so once", prove(server, "recovery_code", recovery).code, "invalid_code")
        way_back(tally, server, workspace, secrets)
        doctor = command("doctor", "--json", "--tenants", workspace.tenants, "--data", workspace.data)
        tally.check("the doctor counts who has a factor", "all 1 who need one have one" in doctor.stdout, doctor.stdout)
        dump = dump_of(tally, workspace)
    absent(tally, "a dump of the database", dump, secrets)
    absent(tally, "the log", workspace.log_text().encode(), secrets)
    absent(tally, "the metrics", metrics, secrets)


def set_up(tally, server, secrets):
    """The first owner takes up his invitation and sets a factor up; gives back its secret and the code that was used."""
    answer = accept(server.client, "globex", server.invitation("globex")["token"], PASSWORD)
    tally.equal("an invited owner sets a factor up first", answer.json.get("status"), "enrollment_required")
    return enroll(tally, server, answer.json["transaction"], secrets)


def enroll(tally, server, transaction, secrets, **ticket):
    begun = server.client.post("/t/globex/login/enroll", {"transaction": transaction, "factor": "totp", **ticket})
    secret = begun.json["secret"]
    code = oathtool(secret)
    done = server.client.post("/t/globex/login/enroll/confirm",
                              {"transaction": transaction, "factor_id": begun.json["factor_id"], "code": code})
    tally.equal("a code of oathtool is taken", done.json.get("status"), "complete")
    secrets |= {"a secret": secret, "a recovery code": done.json["recovery_codes"][0]}
    return secret, code


def prove(server, factor, code):
    transaction = sign_in(server.client, "globex", LOGIN, PASSWORD).json["transaction"]
    return server.client.post("/t/globex/login/second-factor",
                              {"transaction": transaction, "factor": factor, "code": code})


def way_back(tally, server, workspace, secrets):
    found = unlock(workspace, "--login", LOGIN, "--reset-factors", "--json")
    ticket = json.loads(found.stdout)["ticket"]
    waiting = sign_in(server.client, "globex", LOGIN, PASSWORD).json
    tally.equal("without factors a password gets nobody in", (waiting["status"], waiting["ticket_required"]),
                ("enrollment_required", True))
    refused = server.client.post("/t/globex/login/enroll", {"transaction": waiting["transaction"], "factor": "totp"})
    tally.equal("nor does it set one up", (refused.status, refused.code), (403, "enrollment_ticket_required"))
    others = dict(secrets)
    # The codes of before are worth nothing, and were never stored either.
    enroll(tally, server, waiting["transaction"], others, ticket=ticket)
    secrets |= {f"{name}, later": value for name, value in others.items()} | {"a ticket": ticket}
    nobody = unlock(workspace, "--login", "nobody@globex.example")
    tally.equal("a login that nobody has is told", (nobody.returncode, "nobody in this tenant" in nobody.stderr),
                (1, True))


def unlock(workspace, *arguments):
    return command("users", "unlock", "--tenant", "globex", "--tenants", workspace.tenants, "--data", workspace.data,
                   *arguments)


def oathtool(secret):
    # Not in the last seconds of a step, lest the code be over when it arrives.
    time.sleep(max(0, time.time() % 30 - 27) and 3.5)
    return subprocess.run(["oathtool", "--totp", "-b", secret], capture_output=True, text=True, check=True).stdout.strip()


run(journey, {"acme": ACME, "globex": ASKING})
