"""A customer is onboarded in one call, at a server that runs, and every node knows at once.

Over HTTP and on the command line; the answer lost, the server killed in the middle, the configuration broken; two servers on
one database, one of which has never heard of the tenant.
"""

import os
import threading
import time

from harness import ACME, Client, Server, Workspace, accept, run, sign_in, wait_until
from shared.cluster import ROLES, Cluster
from shared.command_line import Operator, put

PASSWORD = "seven amber kettles hum"
KILLS = 6
# A node that hears knows of a change after this long at most.
BOUND_SECONDS = 3
BODY = {
    "name": "Initech",
    "admin": {"login": "ops@initech.example"},
    "api_key": {"name": "billing", "scopes": ["users.read"]},
    "config": {
        "sign_in": {"password": {"minimum_length": 14}, "totp": {}, "recovery_codes": {}},
        "policy": {"second_factor": {"required_for": []}},
    },
}


def journey(tally, workspace):
    secrets = os.path.join(workspace.folder, "keys")
    # Documents over the API name no other folder.
    where = ["--secrets", f"file:{secrets}", "--tenant-files", os.path.join(workspace.folder, "pepper")]
    for name in ("context-key", "key-encryption-key"):
        put(os.path.join(secrets, name), os.urandom(32).hex())
    with Cluster(os.path.join(workspace.folder, "cluster")) as cluster:
        for name, role in ROLES.items():
            cluster.set_password(role, f"of-{role}")
            put(os.path.join(secrets, name), cluster.url(role, f"of-{role}"))
        operator = Operator(workspace, *where)
        operator.run("migrate")
        key = operator.ask("operators", "create", "ops")[1]["key"]
        other = Workspace({"acme": ACME})
        try:
            with Server(workspace, *where) as first, Server(other, *where) as second:
                tally.check("both nodes hear", wait_until(lambda: hears(first) and hears(second)))
                platforms = [Platform(node.client, key) for node in (first, second)]
                one_call(tally, platforms, first, second)
                again(tally, platforms[0])
                refusals(tally, platforms[0])
                suspended(tally, operator, first, second)
                broken(tally, operator, platforms, first, second)
                command_line(tally, operator, second)
            killed(tally, workspace, where, key)
            moved(tally, workspace, where, operator)
        finally:
            other.remove()


class Platform:
    """The platform's interface, for one operator."""

    def __init__(self, client, key):
        self.client = client
        self.key = key

    def put(self, slug, body, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request("PUT", f"/v1/tenants/{slug}", body=body, token=self.key, headers=names)

    def read(self, slug):
        return self.client.get(f"/v1/tenants/{slug}", token=self.key)

    def change(self, slug, word):
        return self.client.request("POST", f"/v1/tenants/{slug}/{word}", token=self.key)


def hears(server):
    return b"gatehouse_notifications_hearing 1" in Client(server.operations_url).get("/metrics").body


def one_call(tally, platforms, first, second):
    missing = [node.client.get("/t/initech/jwks.json").status for node in (first, second)]
    tally.equal("before, no node knows of it", missing, [404, 404])
    begin = time.monotonic()
    made = platforms[0].put("initech", BODY, Idempotency_Key="lost")
    tally.equal("one call makes a tenant", made.status, 201)
    found = wait_until(lambda: second.client.get("/t/initech/jwks.json").status == 200, BOUND_SECONDS)
    tally.check(f"the other node serves it after {time.monotonic() - begin:.2f} s", found)
    states = {check["name"]: check["state"] for check in made.json.get("checks", [])}
    tally.equal("it was tried from outside", states, {
        "isolation": "passed", "secrets": "passed", "issuer": "passed", "sign_in": "passed", "first_owner": "todo"})
    repeated = platforms[1].put("initech", BODY, Idempotency_Key="lost")
    tally.equal("a lost answer is given again, at any node, with its secrets",
                (repeated.status, repeated.json.get("invitation"), repeated.json.get("api_key")),
                (201, made.json["invitation"], made.json["api_key"]))
    owner = accept(second.client, "initech", made.json["invitation"]["token"], PASSWORD)
    tally.equal("the first owner comes in at the other node", owner.json.get("status"), "complete")
    used = [node.client.get("/v1/tenants/initech/users", token=made.json["api_key"]["key"]).status
            for node in (first, second)]
    tally.equal("the first key is good at both", used, [200, 200])
    owned = platforms[0].read("initech").json
    tally.equal("the registry knows that it has an owner", owned.get("has_owner"), True)


def again(tally, platform):
    repeated = platform.put("initech", BODY)
    tally.equal("repeating the call changes nothing", (repeated.status, repeated.json["tenant"]["revision"]), (200, 1))
    tally.check("and shows no secret again",
                "invitation" not in repeated.json and "key" not in repeated.json["api_key"], repeated)
    weaker = {**BODY, "config": {"sign_in": {"password": {"minimum_length": 8}, "totp": {}, "recovery_codes": {}},
                                 "policy": {"second_factor": {"required_for": []}}}}
    changed = platform.put("initech", weaker)
    tally.equal("another configuration is the next revision", changed.json["tenant"]["revision"], 2)


def refusals(tally, platform):
    tally.equal("a tenant of a file is not changed over HTTP", platform.put("acme", BODY).code, "managed_by_file")
    tally.equal("a slug that is none is refused", platform.put("Initech", BODY).code, "bad_request")
    new = platform.put("initech", BODY, If_None_Match="*")
    tally.equal("one that is to be new and is not is refused", new.code, "precondition_failed")
    bad = platform.put("hooli", {"name": "Hooli", "config": {"sign_in": {"password": {"minimum_length": 3}}}})
    pointers = {problem["pointer"] for problem in bad.json.get("errors", [])}
    tally.check("a bad configuration is told by its places",
                {"/config/sign_in/password/minimum_length", "/config/sign_in"} <= pointers, bad)
    tally.equal("and nothing was made of it", platform.read("hooli").status, 404)
    missing = {"name": "Hooli", "config": {
        "secrets": {"env": {}}, "sign_in": {"password": {"pepper": {"secret": "env:NOWHERE"}}, "totp": {}, "recovery_codes": {}}}}
    closed = platform.put("hooli", missing)
    tally.check("nor of one whose secret is missing, which is named",
                closed.code == "config_refused" and "NOWHERE" in closed.json.get("detail", ""), closed)


def suspended(tally, operator, first, second):
    operator.run("tenants", "suspend", "initech")
    codes = wait_until(lambda: [sign_in(node.client, "initech", "ops@initech.example", PASSWORD).code
                                for node in (first, second)] == ["tenant_suspended"] * 2, BOUND_SECONDS)
    tally.check("a suspended tenant is refused at every node", codes)
    tally.equal("others are not", second.client.get("/t/acme/jwks.json").status, 200)
    operator.run("tenants", "resume", "initech")
    back = wait_until(lambda: all(
        sign_in(node.client, "initech", "ops@initech.example", PASSWORD).status == 200 for node in (first, second)),
        BOUND_SECONDS)
    tally.check("and its people come in again once it is resumed", back)


def broken(tally, operator, platforms, first, second):
    """A tenant whose secret goes away harms nobody, and shows in doctor; another configuration mends it."""
    folder = os.path.join(first.workspace.folder, "pepper")
    put(os.path.join(folder, "umbrella", "pepper"), "ab" * 32)
    document = {"secrets": {"file": {"directory": folder}},
                "sign_in": {"password": {"pepper": {"secret": "file:pepper"}}, "totp": {}, "recovery_codes": {}}}
    made = platforms[0].put("umbrella", {"name": "Umbrella", "config": document})
    if not tally.equal("a tenant with a secret of its own is made", made.status, 201):
        print(made)
    os.remove(os.path.join(folder, "umbrella", "pepper"))
    answer = second.client.get("/t/umbrella/jwks.json")
    tally.equal("a node that cannot open it says so", (answer.status, answer.code), (503, "tenant_unavailable"))
    tally.check("and when to come again", int(answer.headers.get("retry-after", "0")) > 0, answer.headers)
    tally.equal("others are served", second.client.get("/t/initech/jwks.json").status, 200)
    doctor = operator.run("doctor").stdout
    tally.check("doctor names it", "umbrella does not open" in doctor, doctor)
    mended = platforms[1].put("umbrella", {"name": "Umbrella", "config": {
        "sign_in": {"password": {}, "totp": {}, "recovery_codes": {}}}})
    tally.equal("another configuration mends it", (mended.status, mended.json.get("tenant", {}).get("revision")), (200, 2))
    tally.equal("and it is served", second.client.get("/t/umbrella/jwks.json").status, 200)


def command_line(tally, operator, second):
    status, made = operator.ask("tenants", "create", "hooli", "--admin", "gavin@hooli.example", "--key-name", "ci",
                                "--key-scope", "users.read")
    tally.equal("the command makes a tenant and tries it", (status, made.get("created")), (0, True))
    known = wait_until(lambda: second.client.get("/t/hooli/jwks.json").status == 200, BOUND_SECONDS)
    tally.check("which the running servers serve without a restart", known)
    tally.equal("its key is good", second.client.get("/v1/tenants/hooli/users", token=made["api_key"]["key"]).status, 200)
    status, checks = operator.ask("tenants", "check", "hooli")
    tally.equal("it can be tried again at any time", (status, [check["state"] for check in checks]),
                (0, ["passed", "passed", "passed", "passed", "todo", "passed"]))
    status, found = operator.ask("tenants", "create", "hooli", "--admin", "gavin@hooli.example")
    tally.equal("the same command again finds it", (status, found.get("created")), (0, False))
    tally.check("and shows no link again", "url" not in found["invitation"], found)
    status, anew = operator.ask("tenants", "create", "hooli", "--admin", "gavin@hooli.example", "--reinvite")
    tally.check("unless a new one is asked for", "url" in anew["invitation"], anew)
    status, _ = operator.ask("tenants", "create", "hooli", "--new")
    tally.equal("one that is to be new is refused", status, 1)


def killed(tally, workspace, where, key):
    """Killed at some moment of the call, the server leaves all of it or nothing; the next call finishes the job."""
    whole = True
    for trial in range(KILLS):
        slug = f"killed-{trial}"
        server = Server(workspace, *where)
        platform = Platform(server.client, key)
        thread = threading.Thread(target=lambda: attempt(platform, slug))
        thread.start()
        time.sleep(0.004 * trial)
        server.kill()
        thread.join()
        with Server(workspace, *where) as next_server:
            answer = Platform(next_server.client, key).put(slug, BODY, Idempotency_Key="kept")
            taken = accept(next_server.client, slug, answer.json.get("invitation", {}).get("token", ""), PASSWORD)
            used = next_server.client.get(f"/v1/tenants/{slug}/users",
                                          token=answer.json.get("api_key", {}).get("key", ""))
            whole = whole and (answer.status, taken.status, used.status) == (201, 200, 200)
    tally.check(f"killed {KILLS} times in the middle, the next call with the same key finishes the job", whole)


def attempt(platform, slug):
    try:
        platform.put(slug, BODY, Idempotency_Key="kept")
    except OSError:
        pass  # The server went away, as it was to.


def moved(tally, workspace, where, operator):
    """The issuer of a tenant outlasts a change of the address, and moves at command."""
    address = ["--public-url", "https://auth.example.com"]
    with Server(workspace, *where, *address):
        Operator(workspace, *where, *address).run("tenants", "create", "fixed")
    other = ["--public-url", "https://login.example.com"]
    # The public address is nobody's; what counts is asked at the address of the machine.
    with Server(workspace, *where, *other) as server:
        local = Client(f"http://127.0.0.1:{local_port(server)}")
        metadata = local.get("/t/fixed/.well-known/openid-configuration").json
        tally.equal("the issuer stays what it was", metadata.get("issuer"), "https://auth.example.com/t/fixed")
        tally.equal("while its keys are found at the new address", metadata.get("jwks_uri"),
                    "https://login.example.com/t/fixed/jwks.json")
        Operator(workspace, *where, *other).run("tenants", "move-issuer", "fixed")
        issued = wait_until(lambda: local.get("/t/fixed/.well-known/openid-configuration").json.get("issuer")
                            == "https://login.example.com/t/fixed", BOUND_SECONDS)
        tally.check("and moves when it is told to", issued)


def local_port(server):
    """Where the server listens, whatever address it is known by."""
    with open(f"/proc/{server.process.pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    inodes = {os.readlink(f"/proc/{server.process.pid}/fd/{name}") for name in os.listdir(f"/proc/{server.process.pid}/fd")}
    ports = {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
    operations = int(server.operations_url.rsplit(":", 1)[1])
    return next(port for port in ports if port != operations)


run(journey, {"acme": ACME})
