"""A customer leaves: nobody is let in any more, nothing of him is left, a receipt says so, and his neighbour notices nothing."""

import base64
import json
import os
import subprocess

import jwt

from harness import ACME, GLOBEX, PROGRAM, Server, command, run, wait_until
from shared.load import Load, People

TENANTS = {
    "acme": ACME,
    "globex": GLOBEX,
    "initech": GLOBEX.replace("globex", "initech").replace("Globex", "Initech"),
    "hooli": GLOBEX.replace("globex", "hooli").replace("Globex", "Hooli"),
}
RECEIPT_TYPE = "gatehouse-deletion-receipt+jwt"


def journey(tally, workspace):
    places = ("--tenants", workspace.tenants, "--data", workspace.data)
    with Server(workspace) as server:
        operator = json.loads(command("operators", "create", "ops", "--json", *places).stdout)["key"]
        acme, globex = People(server, "acme", 4), People(server, "globex", 6)
        People(server, "initech", 2)
        People(server, "hooli", 2)
        with Load(server, acme) as load:
            file_is_in_the_way(tally, server, operator, globex)
            done = let_go(tally, workspace, server, operator, globex)
            load.check(tally, "a neighbour's people notice nothing of it")
        receipt_verifies(tally, server, places, done)
        begun = begin(workspace, server, operator, "initech")
        server.kill()
    with Server(workspace) as server:
        goes_on_after_a_kill(tally, server, operator, begun)
        slug_is_kept(tally, workspace, server)
    by_command(tally, workspace, places)


def file_is_in_the_way(tally, server, operator, people):
    answer = server.client.request("DELETE", "/v1/tenants/globex", token=operator)
    tally.equal("a tenant of a file is not let go of", (answer.status, answer.code), (409, "managed_by_file"))
    tally.equal("and goes on", server.client.get("/t/globex/me", token=people.owner).status, 200)


def begin(workspace, server, operator, tenant):
    """Takes the tenant's file away and lets go of it; gives back the answer."""
    os.remove(os.path.join(workspace.tenants, f"{tenant}.yaml"))
    server.reload()
    if not wait_until(lambda: server.client.get(f"/t/{tenant}/jwks.json").status == 404):
        raise RuntimeError(f"{tenant} is served without its file")
    return server.client.request("DELETE", f"/v1/tenants/{tenant}", token=operator)


def let_go(tally, workspace, server, operator, people):
    begun = begin(workspace, server, operator, "globex")
    tally.equal("letting go is accepted", begun.status, 202)
    location = begun.headers.get("location", "")
    again = server.client.request("DELETE", "/v1/tenants/globex", token=operator)
    tally.equal("and repeated it is the same operation", (again.status, again.json.get("id")),
                (202, begun.json.get("id")))
    me = server.client.get("/t/globex/me", token=people.owner)
    tally.equal("nobody of the tenant is let in any more", (me.status, me.code), (404, "tenant_not_found"))
    done = finished(server, operator, location)
    tally.equal("and the operation succeeds", done.get("state"), "succeeded")
    tables = done.get("progress", {}).get("tables", {})
    tally.check("having counted the people and their sessions",
                tables.get("users") == 7 and tables.get("sessions", 0) >= 7, tables)
    tally.equal("the tenant is not there any more",
                server.client.get("/v1/tenants/globex", token=operator).code, "tenant_not_found")
    return done


def finished(server, operator, location):
    """The operation when it has succeeded, or as it is after half a minute."""
    read = lambda: server.client.get(location, token=operator).json
    wait_until(lambda: read().get("state") == "succeeded", 40)
    return read()


def receipt_verifies(tally, server, places, done):
    receipt = done.get("receipt", "")
    keys = server.client.get("/v1/receipt-keys").json["keys"]
    header = jwt.get_unverified_header(receipt)
    tally.equal("the receipt says what it is", header.get("typ"), RECEIPT_TYPE)
    key = jwt.PyJWK(next(key for key in keys if key["kid"] == header["kid"]))
    said = jwt.decode(receipt, key.key, algorithms=["EdDSA"])
    tally.equal("a client verifies it with the published key, and reads what was removed",
                (said["slug"], said["rows"]), ("globex", done["progress"]["tables"]))
    tally.equal("the command verifies it, too", verified(receipt, places).returncode, 0)
    head, payload, signature = receipt.split(".")
    changed = {**json.loads(base64.urlsafe_b64decode(payload + "==")), "slug": "acme"}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    tally.equal("but not a changed one", verified(f"{head}.{forged}.{signature}", places).returncode, 1)


def verified(receipt, places):
    return with_input(receipt, "tenants", "receipt", "-", "--json", *places)


def with_input(text, *arguments):
    return subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, timeout=120, check=False)


def goes_on_after_a_kill(tally, server, operator, begun):
    done = finished(server, operator, begun.headers["location"])
    tally.equal("what a killed server had begun is finished by the next", (done.get("state"), done.get("slug")),
                ("succeeded", "initech"))


def slug_is_kept(tally, workspace, server):
    workspace.write_tenant("globex", GLOBEX)
    server.reload()
    wait_until(lambda: "was deleted" in workspace.log_text())
    tally.check("its slug is not given out again", "was deleted" in workspace.log_text())
    tally.equal("and nothing is served under it", server.client.get("/t/globex/jwks.json").status, 404)
    os.remove(os.path.join(workspace.tenants, "globex.yaml"))


def by_command(tally, workspace, places):
    refused = command("tenants", "delete", "hooli", "--yes", *places)
    tally.check("the command does not let go of a tenant of a file",
                refused.returncode == 1 and "hooli.yaml" in refused.stderr, refused)
    os.remove(os.path.join(workspace.tenants, "hooli.yaml"))
    unsure = with_input("holi\n", "tenants", "delete", "hooli", *places)
    tally.check("nor where its slug is not typed", unsure.returncode == 1 and "nothing was done" in unsure.stderr, unsure)
    sure = with_input("hooli\n", "tenants", "delete", "hooli", "--json", *places)
    said = json.loads(sure.stdout) if sure.returncode == 0 else {}
    tally.equal("and does, without any server, where it is", (sure.returncode, said.get("state")), (0, "succeeded"))
    tally.equal("with a receipt", verified(said.get("receipt", ""), places).returncode, 0)
    again = command("tenants", "delete", "hooli", "--yes", "--json", *places)
    tally.equal("repeated, it says the same", json.loads(again.stdout or "{}").get("receipt"), said.get("receipt"))
    unknown = command("tenants", "delete", "nobody", "--yes", *places)
    tally.equal("a tenant that never was is not let go of", unknown.returncode, 1)


run(journey, TENANTS)
