"""Every key is changed while people sign in, refresh and are added, and nobody notices; what is cut off is finished."""

import os
import pty
import select
import subprocess
import time

import jwt

from harness import Server, free_port, run, sign_in, wait_until
from shared.command_line import Operator, put
from shared.keys import Verifier
from shared.load import PASSWORD, Load, People

TENANT = """\
tenant: {name}
name: {name}
first_owner: ops@{name}.example
secrets: {{ file: {{ directory: {folder}/secrets }} }}
sign_in: {{ password: {{ pepper: {{ secret: "file:pepper", previous: {{ secret: "file:pepper-previous" }} }} }} }}
policy: {{ second_factor: {{ required_for: [] }}, attempts: {{ failures_before_delay: 60, per_network_per_minute: 6000 }} }}
"""


class Keys:
    """The folder of the process's keys."""

    def __init__(self, workspace):
        self.folder = os.path.join(workspace.data, "keys")

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="ascii") as file:
            return file.read()

    def put_another(self, name):
        put(self.path(name), os.urandom(32).hex() + "\n")


def journey(tally, workspace):
    operator, keys = Operator(workspace), Keys(workspace)
    # Each start at the same place, since that is what issuers begin with.
    listening = ["--listen", f"127.0.0.1:{free_port()}"]
    for name in ("acme", "globex"):
        put(os.path.join(workspace.folder, "secrets", name, "pepper"), "the first pepper of " + name)
        workspace.write_tenant(name, TENANT.format(name=name, folder=workspace.folder))
    with Server(workspace, *listening) as server:
        acme, globex = People(server, "acme"), People(server, "globex")
        early = acme.owner
        untouched = operator.ask("keyring", "status", "--tenant", "globex")[1]
        with Load(server, acme) as load, Load(server, globex, adding=False, pace=0.5) as other:
            signing = signing_key(tally, operator, load)
            killed_rotation(tally, operator, load)
            key_encryption_key(tally, operator, keys, load)
            tally.equal("what was done to one tenant did not touch the data key of another",
                        ids(operator.ask("keyring", "status", "--tenant", "globex")[1]), ids(untouched))
            data_keys(tally, operator, load)
            context_key(tally, operator, keys, load)
            pepper(tally, operator, workspace, load, acme, server)
            wrong_key(tally, operator, keys, workspace, load)
            hashed = hash_key(tally, operator, server)
            new_signing_key(tally, server, load, signing, early)
            other.check(tally, "the other tenant noticed nothing at all")
        settled(tally, operator)
        tally.equal("a token from before all of this is still good",
                    server.client.get("/t/acme/me", token=early).status, 200)
    old_hash_key(tally, operator, workspace, listening, hashed)
    without_the_old(tally, operator, keys, workspace, listening, early)


def ids(report):
    return [key["id"] for tenant in report["tenants"] for key in tenant["keys"]]


def killed_rotation(tally, operator, load):
    """Kills a rotation after its first page of values; everybody is served, and the next call goes on."""
    # More than a page of each kind, so that there is a middle to be killed in.
    wait_until(lambda: load.answered.get("sign_in", 0) > 170, 40)
    terminal, line = pty.openpty()
    rotation = subprocess.Popen(
        operator.command("keyring", "rotate", "tenant", "--tenant", "acme"), stdout=subprocess.DEVNULL, stderr=line)
    os.close(line)
    seen = b""
    while b"sealed" not in seen and select.select([terminal], [], [], 30)[0]:
        try:
            seen += os.read(terminal, 1000)
        except OSError:
            break
    rotation.kill()
    rotation.wait()
    os.close(terminal)
    tally.check("a rotation says how far it is", b"sealed" in seen, seen)
    status, report = operator.ask("keyring", "status", "--tenant", "acme")
    tally.check("a rotation that was killed is not settled, and the status says so",
                status == 1 and not report["tenants"][0]["is_settled"] and len(ids(report)) == 2 and
                "rotate tenant --tenant acme" in report["tenants"][0]["remedy"], (status, report))
    load.check(tally, "while a rotation lies about unfinished, nothing fails")
    status, rows = operator.ask("keyring", "rotate", "tenant", "--tenant", "acme")
    tally.check("the next call finishes it and makes no further key",
                status == 0 and not rows[0]["has_new_key"] and rows[0]["key"] == max(ids(report)) and
                rows[0]["sealed"] > 0, (status, rows))
    load.check(tally, "and nothing failed")


def key_encryption_key(tally, operator, keys, load):
    before = keys.read("key-encryption-key")
    status, row = operator.ask("keyring", "rotate", "kek")
    tally.check("every data key is wrapped anew", status == 0 and row["tenants"] == 2 and row["rewrapped"] == 3,
                (status, row))
    tally.equal("the old key-encryption key is kept as the previous one", keys.read("key-encryption-key-previous"),
                before)
    tally.check("in words, too, a command says what it did and what to keep",
                "key-encryption-key-previous" in operator.run("keyring", "rotate", "kek").stdout)
    status, report = operator.ask("keyring", "status", "--all")
    kinds = {key["key_encryption_key"] for tenant in report["tenants"] for key in tenant["keys"]}
    tally.check("after two changes everything is on the newest key-encryption key",
                status in (0, 1) and kinds == {report["key_encryption_key"]}, (status, report))
    load.check(tally, "no request failed while the key-encryption key changed twice")


def data_keys(tally, operator, load):
    status, rows = operator.ask("keyring", "rotate", "tenant", "--all")
    tally.check("every tenant gets a new data key",
                status == 0 and all(row["has_new_key"] and row["damaged"] == 0 for row in rows) and len(rows) == 2,
                (status, rows))
    load.check(tally, "no request failed while data keys changed")
    status, rows = operator.ask("keyring", "prune", "--all")
    tally.check("a key that was retired just now is not destroyed",
                status == 0 and all(row["destroyed"] == 0 and row["kept"] >= 1 for row in rows), (status, rows))


def signing_key(tally, operator, load):
    status, row = operator.ask("keyring", "rotate", "signing", "--tenant", "acme")
    tally.check("another key signs", status == 0 and row["signing_key"].startswith("sig_"), (status, row))
    load.check(tally, "no request failed while the signing key changed")
    return row["signing_key"]


def new_signing_key(tally, server, load, signing, early):
    followed = wait_until(lambda: jwt.get_unverified_header(newest(server))["kid"] == signing, 60)
    tally.check("the server signs with it within a minute", followed)
    for name, token in (("before", early), ("after", newest(server))):
        tally.check(f"a token from {name} the change verifies with what is published", verifies(server, token))
        tally.equal(f"and the server takes it, {name}", server.client.get("/t/acme/me", token=token).status, 200)
    load.check(tally, "no request failed while the server followed")


def newest(server):
    return sign_in(server.client, "acme", "ops@acme.example", PASSWORD).json["access_token"]


def verifies(server, token):
    issuer = server.url + "/t/acme"
    key = jwt.PyJWKClient(issuer + "/jwks.json").get_signing_key_from_jwt(token)
    return bool(jwt.decode(token, key.key, algorithms=["ES256"], issuer=issuer, audience=issuer))


def context_key(tally, operator, keys, load):
    before = keys.read("context-key")
    status, row = operator.ask("keyring", "rotate", "context")
    tally.equal("the context key changes", (status, row), (0, {"has_new_key": True, "keys": 2}))
    after = keys.read("context-key")
    tally.equal("the old one is kept as the previous one", keys.read("context-key-previous"), before)
    status, row = operator.ask("keyring", "rotate", "context")
    tally.check("run again at once, the command makes no third key, which a server would pay for",
                (status, row) == (0, {"has_new_key": False, "keys": 2}) and keys.read("context-key") == after,
                (status, row))
    time.sleep(6)
    load.check(tally, "no request failed while the context key changed")


def pepper(tally, operator, workspace, load, people, server):
    folder = os.path.join(workspace.folder, "secrets", "acme")
    status, rows = operator.ask("keyring", "rotate", "pepper", "--tenant", "acme")
    tally.check("all passwords carry the pepper", status == 0 and [row["is_present"] for row in rows] == [True],
                (status, rows))
    put(os.path.join(folder, "pepper-previous"), "the first pepper of acme")
    put(os.path.join(folder, "pepper"), "another pepper of acme")
    first = operator.ask("keyring", "rotate", "pepper", "--tenant", "acme")
    tally.check("after an exchange the command says that passwords carry the old one",
                first[0] == 1 and any(not row["is_present"] for row in first[1]), first)
    for login in people.logins:
        sign_in(server.client, "acme", login, PASSWORD)
    _, rows = operator.ask("keyring", "rotate", "pepper", "--tenant", "acme")
    now = {row["is_present"]: row["passwords"] for row in rows}
    tally.check("whoever signs in changes over", now.get(True, 0) >= len(people.logins), now)
    load.check(tally, "no request failed while the pepper changed")


def api_key(operator, tenant="acme"):
    return operator.ask("keys", "create", "--tenant", tenant, "--name", "n", "--scope", "users.read")[1]


def hash_keys(operator, tenant="acme"):
    return operator.ask("keyring", "status", "--tenant", tenant)[1]["tenants"][0]["hash_keys"]


def states(rows):
    return [row["state"] for row in rows]


def hash_key(tally, operator, server):
    """Another key to hash API keys with: it waits until every server knows it. Gives the API keys that were made."""
    verifier = Verifier(server.url)
    early, others = api_key(operator), api_key(operator, "globex")
    tally.check("API keys are good", verifier.holds(early["key"]) and verifier.holds(others["key"]))
    untouched = hash_keys(operator, "globex")
    status, rows = operator.ask("keyring", "rotate", "hash", "--tenant", "acme")
    tally.check("a tenant gets another key to hash API keys with, which waits",
                status == 0 and rows[0]["has_new_key"] and rows[0]["takes_over_at"] and
                states(rows[0]["hash_keys"]) == ["next", "active"], (status, rows))
    status, again = operator.ask("keyring", "rotate", "hash", "--tenant", "acme")
    tally.check("asked again at once, the command makes no further one and says from when on it is used",
                status == 0 and not again[0]["has_new_key"] and again[0]["key"] == rows[0]["key"] and
                again[0]["takes_over_at"] == rows[0]["takes_over_at"], (status, again))
    made = api_key(operator)
    tally.check("API keys from before and after are good at a server that does not know of it",
                verifier.holds(early["key"]) and verifier.holds(made["key"]))
    found = [(row["id"], row["secrets"], row["open_secrets"]) for row in hash_keys(operator)]
    tally.check("the status says what hangs on each", [row[1:] for row in found] == [(0, 0), (2, 2)] and
                found[0][0] == rows[0]["key"], found)
    tally.check("in words as well", f"{rows[0]['key']} next" in
                operator.run("keyring", "status", "--tenant", "acme").stdout)
    tally.equal("the other tenant has the one that it had", hash_keys(operator, "globex"), untouched)
    return [early, made]


def old_hash_key(tally, operator, workspace, listening, hashed):
    """When the wait is over, the new one hashes, and what was hashed before stays good until it ends."""
    with Server(workspace, *listening) as server:
        sql(operator, "UPDATE gatehouse.hash_keys SET created_at = created_at - interval '4 hours'")
        verifier, new = Verifier(server.url), api_key(operator)
        tally.check("what was hashed with either is good", all(verifier.holds(key["key"]) for key in [*hashed, new]))
        found = hash_keys(operator)
        tally.check("the new hash key has taken over", states(found) == ["active", "retired"] and
                    [row["secrets"] for row in found] == [1, 2], found)
        rotated = operator.ask("keys", "rotate", "--tenant", "acme", "--key", hashed[0]["id"])[1]
        tally.check("an API key that is rotated moves over, and both its secrets are good",
                    [row["secrets"] for row in hash_keys(operator)] == [2, 2] and
                    verifier.holds(rotated["key"]) and verifier.holds(hashed[0]["key"]))
        rows = operator.ask("keyring", "prune", "--all")[1]
        tally.check("the old hash key stays while secrets hang on it",
                    all(row["destroyed_hash_keys"] == 0 for row in rows) and len(hash_keys(operator)) == 2, rows)
        # As a purge does it 90 days after their end.
        sql(operator, "DELETE FROM gatehouse.api_key_secrets s USING gatehouse.hash_keys o, gatehouse.hash_keys n "
                      "WHERE (o.tenant_id, o.id) = (s.tenant_id, s.hash_key_id) "
                      "AND n.tenant_id = o.tenant_id AND n.created_at > o.created_at")
        rows = operator.ask("keyring", "prune", "--all")[1]
        tally.check("when the last of them is gone, it is destroyed, and that of the other tenant is not",
                    {row["tenant"]: row["destroyed_hash_keys"] for row in rows} == {"acme": 1, "globex": 0} and
                    states(hash_keys(operator)) == states(hash_keys(operator, "globex")) == ["active"], rows)
        tally.check("what the new one hashed is good", verifier.holds(rotated["key"]) and verifier.holds(new["key"]))


def sql(operator, text):
    """Runs a statement as the database's owner, past the program."""
    url = operator.run("database", "url", "--role", "owner").stdout.strip()
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "--dbname", url, "-c", text], timeout=60, check=True)


def wrong_key(tally, operator, keys, workspace, load):
    """Somebody puts another key in the place of the key-encryption key and of its predecessor."""
    right = {name: keys.read(name) for name in ("key-encryption-key", "key-encryption-key-previous")}
    for name in right:
        keys.put_another(name)
    told = wait_until(lambda: "could not be taken up" in workspace.log_text())
    tally.check("a server does not take up a key that opens nothing, and its log says why", told)
    for arguments in (("rotate", "kek"), ("rotate", "tenant", "--all")):
        result = operator.run("keyring", *arguments)
        tally.check(f"`keyring {' '.join(arguments)}` with a wrong key changes nothing and says what to put back",
                    result.returncode == 1 and "put it back" in result.stderr, result)
    status, report = operator.ask("keyring", "status", "--all")
    tally.check("the status says that everything is on another key", status == 1 and not any(
        key["key_encryption_key"] == report["key_encryption_key"]
        for tenant in report["tenants"] for key in tenant["keys"]), (status, report))
    doctor = operator.run("doctor")
    tally.check("the doctor finds it",
                doctor.returncode == 1 and "critical   key-encryption key" in doctor.stdout, doctor.stdout)
    load.check(tally, "and nobody noticed")
    for name, text in right.items():
        put(keys.path(name), text)


def settled(tally, operator):
    """A server may seal with a key for some minutes after it was retired, so there may be something to finish."""
    operator.run("keyring", "rotate", "tenant", "--all")
    status, report = operator.ask("keyring", "status", "--all")
    tally.check("in the end everything is settled", status == 0 and all(
        tenant["is_settled"] and tenant["in_the_clear"] == 0 for tenant in report["tenants"]), (status, report))


def without_the_old(tally, operator, keys, workspace, listening, early):
    """Nothing is on the old keys any more, so they may go."""
    os.unlink(keys.path("key-encryption-key-previous"))
    os.unlink(keys.path("context-key-previous"))
    with Server(workspace, *listening) as server:
        tally.equal("without the old keys the server starts, and a password is still good",
                    sign_in(server.client, "acme", "ops@acme.example", PASSWORD).status, 200)
        tally.equal("and so is a token from before", server.client.get("/t/acme/me", token=early).status, 200)
        doctor = operator.run("doctor")
        tally.check("the doctor finds nothing to mend", doctor.returncode == 0, doctor.stdout)
    right = keys.read("key-encryption-key")
    keys.put_another("key-encryption-key")
    result = operator.run("serve", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0")
    tally.check("with a wrong key a server refuses to start and says what to put back",
                result.returncode == 1 and "put it back" in result.stderr, result)
    put(keys.path("key-encryption-key"), right)
    with Server(workspace, *listening) as server:
        tally.equal("with the right one back nothing is lost",
                    sign_in(server.client, "acme", "ops@acme.example", PASSWORD).status, 200)


run(journey)
