"""Secrets and keys that are kept in Vault, while Vault is well, while it is not, and while they change."""

import base64
import os
import re
import time

from harness import Client, Server, free_port, run, sign_in, wait_until
from shared.command_line import Operator, put
from shared.load import PASSWORD, Load, People
from shared.search import contents_of, dump_of, forms
from shared.vault import Double, Wire

PEPPER = "canary-pepper-5d0c71ee-of-acme"
NEXT_PEPPER = "canary-pepper-of-acme-91ab30c4"
SECRET_IDS = {name: f"canary-secret-id-of-{name}" for name in ("gatehouse", "acme", "brief")}
PROCESS = """\
address: {address}
auth: {{ approle: {{ role_id: gatehouse, secret_id: file:vault-secret-id }} }}
refresh: {refresh}
"""
TRANSIT = "transit: { mount: transit, key: gatehouse }\n"
PLAIN_TENANT = """\
tenant: {name}
name: {name}
first_owner: ops@{name}.example
sign_in: {{ password: {{}} }}
policy: {{ second_factor: {{ required_for: [] }}, attempts: {{ failures_before_delay: 60, per_network_per_minute: 6000 }} }}
"""
PEPPER_SETTINGS = (
    '{{ pepper: {{ secret: "vault:gatehouse/{name}#pepper", '
    'previous: {{ secret: "vault:gatehouse/{name}#pepper-previous" }} }} }}')
TENANT = PLAIN_TENANT.replace("password: {{}}", "password: " + PEPPER_SETTINGS) + """\
secrets:
  file: {{ directory: {folder}/secrets }}
  vault:
    address: {address}
    auth: {{ approle: {{ role_id: {name}, secret_id: file:vault-secret-id }} }}
    refresh: 1s
    time_to_live: {time_to_live}
"""


class Keeping:
    """A double of Vault, what it holds for this installation, and the way to it."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.double = Double()
        self.wire = Wire(self.double.port)
        self.process = {"context-key": os.urandom(32).hex(), "key-encryption-key": os.urandom(32).hex()}
        self.pepper = {"pepper": PEPPER}
        # Everything that must not be seen anywhere.
        self.hidden = {PEPPER, NEXT_PEPPER, *SECRET_IDS.values(), *self.process.values()}
        self.fill()
        put(os.path.join(workspace.folder, "vault-secret-id"), SECRET_IDS["gatehouse"] + "\n")
        for name, time_to_live in (("acme", "1h"), ("brief", "3s")):
            put(os.path.join(workspace.folder, "secrets", name, "vault-secret-id"), SECRET_IDS[name] + "\n")
            workspace.write_tenant(name, TENANT.format(
                name=name, folder=workspace.folder, address=self.wire.address, time_to_live=time_to_live))
        workspace.write_tenant("globex", PLAIN_TENANT.format(name="globex"))

    def configure(self, refresh, transit=""):
        text = PROCESS.format(address=self.wire.address, refresh=refresh) + transit
        put(os.path.join(self.workspace.folder, "vault.yaml"), text)

    def fill(self):
        self.double.set_up()
        self.double.let_in("gatehouse", "gatehouse", SECRET_IDS["gatehouse"])
        self.double.write("gatehouse", **self.process)
        for name in ("acme", "brief"):
            self.double.let_in(name, f"gatehouse/{name}", SECRET_IDS[name])
        self.double.write("gatehouse/acme", **self.pepper)
        self.double.write("gatehouse/brief", pepper=PEPPER)

    def change_process(self, **secrets):
        self.process |= {name.replace("_", "-"): value for name, value in secrets.items()}
        self.hidden |= set(self.process.values())
        self.double.write("gatehouse", **self.process)

    def change_pepper(self, **peppers):
        self.pepper = peppers
        self.double.write("gatehouse/acme", **{name.replace("_", "-"): value for name, value in peppers.items()})

    def lose(self):
        """Vault is gone with all that it knew; another is set up in its place."""
        self.hidden |= self.tokens()
        self.double.kill()
        time.sleep(2)
        self.double = Double(self.double.port)
        self.fill()

    def tokens(self):
        """Every token that Gatehouse used so far."""
        return {value for request in self.double.journal() for name, value in request["headers"]
                if name.lower() == "x-vault-token" and value != self.double.token}


def journey(tally, workspace):
    keeping = Keeping(workspace)
    said = []
    try:
        operator = Operator(workspace, "--secrets", f"vault:{workspace.folder}/vault.yaml")
        keeping.configure("1h")
        told_apart(tally, operator, keeping, said)
        # Both starts at the same place, since that is what issuers begin with.
        listening = ["--listen", f"127.0.0.1:{free_port()}", "--secrets", f"vault:{workspace.folder}/vault.yaml"]
        with Server(workspace, *listening) as server:
            people = {name: People(server, name, count=12) for name in ("acme", "globex")}
            owner = People(server, "brief", count=1)
            other = Load(server, people["globex"], adding=False, pace=0.5)
            with Load(server, people["acme"], pace=0.25) as load, other:
                outages(tally, keeping, server, load)
                time_to_live(tally, keeping, server, owner)
                live_pepper(tally, operator, keeping, server, load, people["acme"])
                key_in_vault(tally, operator, keeping, load)
                lost(tally, keeping, load)
                other.check(tally, "a tenant without a vault of its own noticed nothing")
        revoked(tally, keeping)
        keeping.configure("1s", TRANSIT)
        with Server(workspace, *listening) as server:
            with Load(server, people["acme"], pace=0.25) as load:
                transit(tally, operator, keeping, load)
            metrics = Client(server.operations_url).get("/metrics").body
            dump = dump_of(tally, workspace)
        revoked(tally, keeping)
        hidden(tally, workspace, keeping, "\n".join(said), metrics, dump)
    finally:
        keeping.wire.cut()
        keeping.double.kill()


def told_apart(tally, operator, keeping, said):
    """What a new operator meets, one thing after another."""
    double = keeping.double

    def test(guarantee, *words, status=1):
        result = operator.run("secrets", "test", "--tenant", "acme")
        said.append(result.stdout + result.stderr)
        found = all(word in result.stdout for word in words)
        tally.check(f"`secrets test` tells {guarantee}", result.returncode == status and found, result)

    test("that all is well, by fingerprint, version and time",
         "\tok\t", "version v1", "changed 20", "\tnone\t", status=0)
    double.write("gatehouse/acme", other="x")
    test("a field that is missing", "no such field", "vault kv patch -mount=secret gatehouse/acme pepper=-")
    double.vault("DELETE", "secret/data/gatehouse/acme")
    test("a version that was deleted", "version 2 was deleted", "vault kv undelete")
    double.vault("PUT", "secret/destroy/gatehouse/acme", {"versions": [2]})
    test("a version that was destroyed", "version 2 was destroyed", "write a new one")
    double.vault("DELETE", "secret/metadata/gatehouse/acme")
    test("a path that is missing", "nothing at this path", "vault kv put -mount=secret gatehouse/acme pepper=-")
    keeping.change_pepper(pepper=PEPPER)
    double.vault("PUT", "sys/policies/acl/acme", {"policy": 'path "x" { capabilities = ["read"] }'})
    test("a policy that forbids it", "Vault denies it", "vault token capabilities")
    double.let_in("acme", "gatehouse/acme", SECRET_IDS["acme"])
    for state, words in (("sealed", "vault operator unseal"), ("standby", "no active node"),
                         ("uninitialised", "vault operator init")):
        double.enter(state)
        test(f"a Vault that is {state}", words)
    double.enter("standby", leader="http://elsewhere.example:8200")
    test("a standby that sends one elsewhere", "standby that does not forward")
    double.enter("active")
    for fault, words in (("invalid-json", "is not Vault"), ("bad-gateway-page", "proxy in front of it"),
                         ("silence", "within the deadline"), ("rate-limited", "quota"), ("reset", "connection broke")):
        double.fail(fault)
        test(f"what answers by {fault}", words)
        double.mend()
    keeping.wire.cut()
    test("a Vault that is not there", "nothing listens")
    keeping.wire.join()
    status, rows = operator.ask("secrets", "test")
    fields = {key for row in rows for key in row}
    tally.check("in JSON, too, and of the process's own",
                status == 0 and {row["owner"] for row in rows} == {"process", "acme", "brief"} and
                fields <= {"owner", "reference", "fingerprint", "version", "changed_at", "note"}, (status, rows))
    doctor = operator.run("doctor")
    said.append(doctor.stdout + doctor.stderr)
    tally.check("the doctor finds nothing to mend", doctor.returncode == 0 and "can be had" in doctor.stdout, doctor)


def outages(tally, keeping, server, load):
    double = keeping.double
    up = {"value": None}

    def over(guarantee, begin, end):
        begin()
        time.sleep(1.5)
        load.check(tally, f"no request fails while Vault is {guarantee}")
        up["value"] = metric(server, 'gatehouse_vault_up{tenant="acme"}')
        end()

    over("sealed", lambda: double.enter("sealed"), lambda: double.enter("active"))
    over("slow", lambda: double.fail("latency", milliseconds=1500), double.mend)
    over("silent", lambda: double.fail("silence"), double.mend)
    over("a page of a proxy", lambda: double.fail("bad-gateway-page"), double.mend)
    over("broken JSON", lambda: double.fail("invalid-json"), double.mend)
    over("not there", keeping.wire.cut, keeping.wire.join)
    tally.equal("a metric says that it is away", up["value"], 0.0)
    tally.check("and when it is back",
                wait_until(lambda: metric(server, 'gatehouse_vault_up{tenant="acme"}') == 1.0, 20))
    log = keeping.workspace.log_text
    tally.check("the log says when a secret could not be confirmed, and when it was again",
                "cannot be confirmed" in log() and wait_until(lambda: "is confirmed again" in log(), 20))


def metric(server, name):
    text = Client(server.operations_url).get("/metrics").body.decode()
    found = re.search("^" + re.escape(name) + r" (\S+)$", text, re.MULTILINE)
    return None if found is None else float(found.group(1))


def time_to_live(tally, keeping, server, people):
    def answer():
        # A person may try once a second.
        time.sleep(1)
        return sign_in(server.client, "brief", people.logins[0], PASSWORD)

    # After the outages before, it may rest for up to fifteen seconds until it asks again.
    tally.check("a tenant whose secrets live briefly signs in", wait_until(lambda: answer().status == 200, 40))
    keeping.wire.cut()
    tally.check("when their time is over, it is refused as unavailable",
                wait_until(lambda: answer().status == 503, 10), answer())
    refused = answer()
    tally.check("and the answer says nothing of the cause",
                refused.code == "unavailable" and b"vault" not in refused.body.lower(), refused)
    tally.check("the log says since when, and why", wait_until(
        lambda: "longer ago than `time_to_live`" in keeping.workspace.log_text()))
    keeping.wire.join()
    tally.check("when Vault is back, so are sign-ins", wait_until(lambda: answer().status == 200, 20), answer())


def live_pepper(tally, operator, keeping, server, load, people):
    keeping.change_pepper(pepper=NEXT_PEPPER, pepper_previous=PEPPER)
    status, rows = operator.ask("keyring", "rotate", "pepper", "--tenant", "acme")
    tally.check("passwords that carry the old pepper are counted",
                status == 1 and not all(row["is_present"] for row in rows), (status, rows))

    def changed_over():
        for login in people.logins:
            sign_in(server.client, "acme", login, PASSWORD)
        _, rows = operator.ask("keyring", "rotate", "pepper", "--tenant", "acme")
        return sum(row["passwords"] for row in rows if row["is_present"]) >= len(people.logins)

    tally.check("a pepper that changes in Vault is taken up without a restart", wait_until(changed_over, 15))
    load.check(tally, "no request failed while the pepper changed")


def key_in_vault(tally, operator, keeping, load):
    """The server looks at the process's secrets once an hour here, and still keeps up with who changes them."""
    old = keeping.process["key-encryption-key"]
    keeping.change_process(key_encryption_key=os.urandom(32).hex(), key_encryption_key_previous=old)
    status, row = operator.ask("keyring", "rotate", "kek")
    tally.check("data keys are wrapped by the new key in Vault", status == 0 and row["rewrapped"] == 3, (status, row))
    status, rows = operator.ask("keyring", "rotate", "tenant", "--all")
    tally.check("and new data keys are", status == 0 and all(row["has_new_key"] for row in rows), (status, rows))
    time.sleep(1)
    load.check(tally, "no request failed, though the server had not looked at its keys by then")


def lost(tally, keeping, load):
    keeping.lose()
    time.sleep(3)
    load.check(tally, "no request fails while Vault is lost and another is set up in its place")
    tally.check("the server logs in there", wait_until(lambda: len(keeping.tokens()) > 0))


def transit(tally, operator, keeping, load):
    status, rows = operator.ask("secrets", "test")
    versions = {row["reference"]: row.get("version") for row in rows if row["owner"] == "process"}
    tally.check("`secrets test` tries the transit key",
                status == 0 and versions.get("transit") == "vault:transit/gatehouse:v1", (status, rows))
    for version in (1, 2):
        if version == 2:
            keeping.double.vault("POST", "transit/keys/gatehouse/rotate", {})
        status, row = operator.ask("keyring", "rotate", "kek")
        tally.check(f"everything moves over to version {version} of the transit key",
                    status == 0 and row["key_encryption_key"] == f"vault:transit/gatehouse:v{version}" and
                    row["rewrapped"] >= 3, (status, row))
        load.check(tally, "and no request fails")
    status, rows = operator.ask("keyring", "rotate", "tenant", "--all")
    tally.check("new data keys are wrapped in Vault", status == 0, (status, rows))
    load.check(tally, "and are used at once")
    operator.run("keyring", "rotate", "tenant", "--all")
    keeping.process = {"context-key": keeping.process["context-key"]}
    keeping.double.write("gatehouse", **keeping.process)
    _, report = operator.ask("keyring", "status", "--all")
    keys = {key["key_encryption_key"] for tenant in report["tenants"] for key in tenant["keys"]}
    tally.equal("then nothing is on another key than Vault's", keys, {"vault:transit/gatehouse:v2"})
    doctor = operator.run("doctor")
    tally.check("and the doctor finds nothing to mend", doctor.returncode == 0, doctor.stdout)
    keeping.double.vault("POST", "transit/keys/gatehouse/config", {"min_decryption_version": 2})
    keeping.double.enter("sealed")
    result = operator.run("keyring", "status", "--all")
    tally.check("with Vault sealed a command says so", result.returncode != 0 and "sealed" in result.stderr, result)
    keeping.double.enter("active")
    load.check(tally, "and nobody noticed")


def revoked(tally, keeping):
    live = {token for token in keeping.tokens() if is_live(keeping.double, token)}
    uses = [f"{request['method']} {request['path']}" for request in keeping.double.journal()
            if any(value in live for _, value in request["headers"])]
    tally.check("in the end every token was revoked", not live, uses)


def is_live(double, token):
    answer = Client(double.address).get("/v1/auth/token/lookup-self", headers={"X-Vault-Token": token})
    return answer.status == 200


def hidden(tally, workspace, keeping, said, metrics, dump):
    """Looks for everything secret that Gatehouse ever had from Vault, its data keys and tokens among it."""
    wire = b"\n".join(keeping.wire.carried)
    data_keys = set(re.findall(rb'"plaintext":"([A-Za-z0-9+/=]{44})"', wire))
    tally.check("data keys went over the wire", len(data_keys) >= 3, data_keys)
    # The database has to know the context keys, to check what they sign.
    context_key = keeping.process["context-key"]
    kept = {f"secret {number} of Vault": text for number, text in enumerate(sorted(keeping.hidden - {context_key}))}
    kept |= {f"token {number}": text for number, text in enumerate(sorted(keeping.tokens() - keeping.hidden))}
    kept |= {f"data key {number}": base64.b64decode(text) for number, text in enumerate(sorted(data_keys))}
    anywhere = kept | {"the context key": context_key}
    addresses = "\n".join(request["path"] + request["query"] for request in keeping.double.journal())
    for place, content in (("the address of a request", addresses.encode()), ("what commands said", said.encode()),
                           ("the log", workspace.log_text().encode()), ("the metrics", metrics)):
        none(tally, place, content, anywhere)
    none(tally, "a dump of the database", dump, kept)
    none(tally, "the files of the data folder", contents_of(workspace.data), kept)


def none(tally, place, content, secrets):
    found = [name for name, secret in secrets.items() if any(form in content for form in forms(secret).values())]
    tally.check(f"none of the secrets is in {place}", content and not found, found)


run(journey)
