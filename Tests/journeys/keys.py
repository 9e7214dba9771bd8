"""API keys are rotated, finished, taken back, revoked and leaked while services verify them; whatever is killed goes on.

No good key is ever refused, no dead one ever taken. A rotation on the command line is killed again and again: every key
has a secret that somebody holds.
"""

import datetime
import json
import os
import random
import subprocess
import time

from harness import ACME, Client, Server, accept, run, wait_until
from shared.command_line import Operator
from shared.keys import PASSWORD, Keys, Verifier, Verifying, until_refused
from shared.search import absent, contents_of, dump_of

MANY = 250
PLAIN = ACME + "api_keys: { prefix: acme, max_age: 90d, overlap: 24h }\n"
STRICT = ACME + "api_keys: { prefix: acme, max_age: 1h, warn_before: 3599s }\n"


def journey(tally, workspace):
    operator = Operator(workspace)
    canaries = {}
    with Server(workspace) as server:
        owner = accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD).json["access_token"]
        keys = Keys(server.client, "acme", owner)
        with Verifying(server.url) as load:
            one_key(tally, operator, keys, load, canaries)
            administered(tally, operator, keys, load, canaries)
            over_http(tally, keys, load, canaries)
            leaked(tally, server, keys, load, canaries)
            many_keys(tally, operator, workspace, keys, load, canaries)
            other_data_key(tally, operator, load, canaries)
        overdue(tally, operator, workspace, server, keys)
        metrics = Client(server.operations_url).get("/metrics").body
        metrics_are_there(tally, metrics)
        last, used = killed_server(server, keys)
    with Server(workspace) as server:
        after_the_kill(tally, server, operator, last, used)
        absent(tally, "a dump of the database", dump_of(tally, workspace), canaries)
    absent(tally, "the log", workspace.log_text().encode(), canaries)
    absent(tally, "the metrics", metrics, canaries)
    # The write-ahead log is among them.
    absent(tally, "the files of the data folder", contents_of(workspace.data), canaries)


def one_key(tally, operator, keys, load, canaries):
    """One key by the command line: made, rotated, watched, finished."""
    status, made = operator.ask("keys", "create", "--tenant", "acme", "--name", "billing", "--scope", "users.read")
    tally.check("a key is made on the host", status == 0 and made["key"].startswith("acme_live_"), (status, made))
    load.add("billing", made["key"])
    load.check(tally, "and services take it")
    status, _ = rotated = operator.ask("keys", "rotate", "--tenant", "acme", "--key", made["id"])
    tally.equal("it is rotated", status, 0)
    new = rotated[1]["key"]
    load.add("billing, new", new)
    load.check(tally, "both its secrets are good")
    wait_until(lambda: in_use(operator), 10)
    found = in_use(operator)
    tally.check("the host sees who still uses the old one", found and found[0]["key_id"] == made["id"]
                and [caller["address"] for caller in found[0]["callers"]] == ["127.0.0.1"], found)
    load.take_out("billing")
    tally.equal("the rotation is finished", operator.run("keys", "finish", "--tenant", "acme", "--key", made["id"])
                .returncode, 0)
    late = until_refused(Verifier(load.url), made["key"])
    tally.check(f"a running server refuses the old secret in time ({late * 1000:.0f} ms)", late < 3, late)
    load.bury("billing, old", made["key"])
    load.check(tally, "from then on always, and takes the new one")
    again = operator.run("keys", "finish", "--tenant", "acme", "--key", made["id"])
    tally.check("there is nothing to finish twice", again.returncode == 1 and "nothing is being rotated" in again.stderr,
                again)
    canaries |= {"a key that is made on the host": new, "its old secret": made["key"]}


def in_use(operator):
    return newest_rotation(operator)["old_secrets_in_use"]


def newest_rotation(operator):
    return operator.ask("keys", "rotations", "--tenant", "acme", "--limit", "1")[1][0]


def administered(tally, operator, keys, load, canaries):
    """A key by the command line as over HTTP: shown, changed part by part, deleted."""
    of_key = lambda what, identifier, *more: operator.ask("keys", what, "--tenant", "acme", "--key", identifier, *more)
    status, made = operator.ask("keys", "create", "--tenant", "acme", "--name", "shown", "--scope", "users.read",
                                "--metadata", "plan=gold", "--metadata", "camelCase=a=b", "--rate-limit", "100000")
    identifier = made["id"]
    alike = keys.call("POST", "", {"name": "alike", "scopes": ["users.read"], "rate_limit": 5}).json
    # Of the tenant itself, it has no owner.
    tally.equal("what is made is told by the same names as over HTTP",
                (status, set(made) - set(alike), set(alike) - set(made)), (0, set(), {"owner_id"}))
    verified = Verifier(load.url).ask(made["key"])[1]
    verdict = verify_on_host(operator, made["key"])
    tally.equal("so is whether it is good", verdict, verified | {"expires_at": verdict["expires_at"]})
    tally.equal("metadata goes with it", verified["metadata"], {"plan": "gold", "camelCase": "a=b"})
    tally.check("its use appears", wait_until(lambda: keys.read(identifier)["secrets"][0]["use_count"] == 1, 10))
    status, shown = of_key("show", identifier)
    read = keys.read(identifier)
    tally.equal("it is shown as over HTTP", (status, set(shown) - set(read), set(read) - set(shown)),
                (0, {"callers"}, set()))
    timeless = lambda row: {name: value for name, value in row.items() if not name.endswith(("_at", "_by"))}
    tally.equal("its secrets, too", [timeless(secret) for secret in shown["secrets"]],
                [timeless(secret) for secret in read["secrets"]])
    callers = keys.call("GET", f"/{identifier}/callers").json["data"]
    tally.check("and who uses them", len(callers) == 1 and [timeless(caller) for caller in shown["callers"]]
                == [timeless(caller) for caller in callers], (shown["callers"], callers))
    said = operator.run("keys", "show", "--tenant", "acme", "--key", identifier).stdout
    tally.check("people read the same", all(part in said for part in (
        identifier, made["secret_id"], "\tcamelCase=a=b", "\tanywhere", "100000 uses a minute", "\t127.0.0.1\t")), said)
    listed_by(tally, operator, keys, identifier, alike["id"])
    for arguments, name, value in [
            (("--name", "changed"), "name", "changed"), (("--scope", "audit.read"), "scopes", ["audit.read"]),
            (("--allowed-network", "192.0.2.0/24"), "allowed_networks", ["192.0.2.0/24"]),
            (("--any-network",), "allowed_networks", []), (("--rate-limit", "7"), "rate_limit", 7),
            (("--no-rate-limit",), "rate_limit", None), (("--metadata", "a=b"), "metadata", {"a": "b"}),
            (("--no-metadata",), "metadata", {})]:
        before = timeless(keys.read(identifier))
        status, row = of_key("update", identifier, *arguments)
        after = timeless(keys.read(identifier))
        changed = {key for key in before | after if before.get(key) != after.get(key)}
        tally.equal(f"`keys update {' '.join(arguments)}` changes that alone",
                    (status, row.get(name), after.get(name), changed), (0, value, value, {name}))
    for arguments in [(), ("--metadata", "a"), ("--metadata", "a=b", "--metadata", "a=c"), ("--name", "é" * 101),
                      ("--rate-limit", "1000001"), ("--metadata", "a=" + "v" * 501), ("--no-metadata", "--metadata", "a=b")]:
        result = operator.run("keys", "update", "--tenant", "acme", "--key", identifier, *arguments)
        tally.check(f"`keys update {' '.join(arguments)[:30]}` is a usage error, in words",
                    result.returncode == 2 and len(result.stderr) > 20, result)
    load.add("deleted", made["key"])
    load.check(tally, "a key that is changed is good")
    load.take_out("deleted")
    tally.equal("it is deleted", of_key("delete", identifier), (0, {"id": identifier}))
    late = until_refused(Verifier(load.url), made["key"])
    tally.check(f"a running server refuses it in time ({late * 1000:.0f} ms)", late < 3, late)
    load.bury("deleted", made["key"])
    load.check(tally, "from then on always")
    tally.equal("it is gone over HTTP", keys.call("GET", f"/{identifier}").status, 404)
    for what in ("show", "update", "delete", "revoke"):
        more = ("--name", "x") if what == "update" else ()
        result = operator.run("keys", what, "--tenant", "acme", "--key", identifier, *more)
        tally.check(f"and for `keys {what}`", result.returncode == 1 and "there is no such key" in result.stderr, result)
    keys.call("DELETE", f"/{alike['id']}")
    canaries["a key that was deleted"] = made["key"]


def listed_by(tally, operator, keys, mine, owned):
    """The same keys are found by the command line and over HTTP: one of the tenant itself, and one of its owner's."""
    owner = keys.read(owned)["owner_id"]
    for options, query, found in [
            (["--name", "shown"], "name=shown", [mine]), (["--name", "sho*"], "name=sho*", [mine]),
            (["--name", "sho"], "name=sho", []), (["--owner", owner], f"owner={owner}", [owned]),
            (["--scope", "audit.read"], "scope=audit.read", []), (["--older-than", "1h"], "older_than_seconds=3600", []),
            (["--name", "alike", "--state", "revoked"], "name=alike&state=revoked", []),
            (["--name", "alike", "--state", "active", "--scope", "users.read", "--older-than", "0s", "--owner", owner],
             f"name=alike&state=active&scope=users.read&older_than_seconds=0&owner={owner}", [owned])]:
        status, rows = operator.ask("keys", "list", "--tenant", "acme", *options)
        answer = keys.call("GET", f"?{query}").json["data"]
        tally.equal(f"`keys list {' '.join(options)[:40]}` finds what HTTP finds",
                    (status, [row["id"] for row in rows], [row["id"] for row in answer]), (0, found, found))
    result = operator.run("keys", "list", "--tenant", "acme", "--state", "gone")
    tally.check("a state that no key is in is a usage error", result.returncode == 2
                and "active, rotating, expired, revoked" in result.stderr, result)


def verify_on_host(operator, key):
    result = subprocess.run(operator.command("keys", "verify", "--tenant", "acme", "--json"), capture_output=True,
                            text=True, input=key, check=False)
    return json.loads(result.stdout)


def over_http(tally, keys, load, canaries):
    """Taken back and revoked over HTTP: this node has forgotten by the time of its answer."""
    identifier, old = keys.make("over http")
    load.add("over http", old)
    new = keys.rotate(identifier).json["key"]
    load.add("over http, new", new)
    load.check(tally, "over HTTP, too, both secrets are good")
    load.take_out("over http, new")
    tally.equal("a rotation is taken back", keys.call("POST", f"/{identifier}/rotate/cancel").status, 200)
    load.bury("over http, new", new)
    load.check(tally, "at once the new secret is dead, and the old one is good")
    load.take_out("over http")
    tally.equal("the key is revoked", keys.call("POST", f"/{identifier}/revoke", {"reason": "journey"}).status, 200)
    load.bury("over http", old)
    load.check(tally, "at once it is dead")
    tally.equal("a revoked key is not rotated", keys.rotate(identifier).status, 409)
    canaries |= {"a key that was revoked": old, "a secret that was taken back": new}
    made = [keys.call("POST", "", {"name": "once", "scopes": ["users.read"]}, {"Idempotency-Key": "once"})
            for _ in range(2)]
    tally.equal("a repeated request makes one key", (made[0].status, made[1].status, made[1].json),
                (201, 201, made[0].json))
    canaries["a key that was asked for twice"] = made[0].json["key"]


def leaked(tally, server, keys, load, canaries):
    identifier, key = keys.make("leaked")
    load.add("leaked", key)
    load.check(tally, "a key that will leak is good")
    load.take_out("leaked")
    report = server.client.post("/v1/api-keys/report-leak", {"key": key})
    tally.equal("anybody may report a leak", (report.status, report.body), (202, b""))
    load.bury("leaked", key)
    load.check(tally, "the leaked key is dead at once")
    nonsense = server.client.post("/v1/api-keys/report-leak", {"key": key[:-1] + "!"})
    tally.equal("a report of nonsense is answered alike", (nonsense.status, nonsense.body), (report.status, report.body))
    events = server.client.get("/v1/tenants/acme/audit-events?type=api_key.leaked", token=keys.token).json["data"]
    tally.equal("the audit trail has it once", [event["subject"] for event in events], [identifier])
    canaries["a leaked key"] = key


def many_keys(tally, operator, workspace, keys, load, canaries):
    """All keys of the tenant at once, killed on the way, first into a file and then sealed into a folder."""
    load.take_out("billing, new")
    held = {}
    for number in range(MANY):
        identifier, key = keys.make(f"service {number}")
        held[identifier] = key
    names = {identifier: f"service {number}" for number, identifier in enumerate(held)}
    for identifier, key in held.items():
        load.add(names[identifier], key)
    plain = lambda turn: ["--output", os.path.join(workspace.folder, f"keys-{turn // 2}")]
    held = round_of_kills(tally, operator, load, names, held, ["--older-than", "0s"], plain,
                          lambda: read_files(workspace, "keys-"))
    certificate, private = holder(workspace)
    folder = os.path.join(workspace.folder, "sealed")
    sealed = lambda turn: ["--output", folder, "--seal-for", certificate]
    held = round_of_kills(tally, operator, load, names, held, ["--name", "service *"], sealed,
                          lambda: read_sealed(folder, private))
    text = contents_of(folder)
    tally.check("no sealed file shows a key", not any(key.encode() in text for key in held.values()))
    tally.equal("files of keys are their owner's alone", open_to_others(workspace), [])
    canaries["a key of many"] = next(iter(held.values()))


def round_of_kills(tally, operator, load, names, old, which, where, read):
    """One rotation that is killed until it is through; gives back the new keys, with the old ones finished."""
    what = " ".join(which)
    earlier = newest_rotation(operator)["id"]
    rotation, kills = None, 0
    for turn in range(40):
        arguments = ["--resume", rotation] if rotation else which
        command = operator.command("keys", "rotate", "--tenant", "acme", *arguments, *where(turn))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if turn < 6:
            time.sleep(random.uniform(0.15, 0.6))
            process.kill()
            kills += process.wait() != 0
            process.stderr.close()
        else:
            said = process.communicate(timeout=120)[1]
            tally.check(f"{what}: what was killed {kills} times comes to its end", process.returncode == 0, said)
        newest = newest_rotation(operator)
        # A kill may come before anything was begun.
        rotation = newest["id"] if newest["id"] != earlier else None
        if rotation and newest["pending"] == 0:
            break
    tally.check(f"{what}: every key was rotated once", newest["rotated"] >= MANY and newest["pending"] == 0, newest)
    load.check(tally, f"{what}: all old secrets were good all the while")
    new = read()
    verifier = Verifier(load.url)
    missing = [names[key] for key in old if not any(verifier.holds(text) for text in new.get(key, []))]
    tally.equal(f"{what}: every key has a secret that stands in a file and is good", missing, [])
    mine = {key: next(text for text in new[key] if verifier.holds(text)) for key in old}
    for key in old:
        load.add(names[key] + what, mine[key])
    load.check(tally, f"{what}: new and old secrets are good beside each other")
    load.take_out(*names.values())
    finished = operator.ask("keys", "finish", "--tenant", "acme", "--rotation", rotation)
    tally.check(f"{what}: finished as a whole", finished[0] == 0 and finished[1]["overlapping"] == 0, finished)
    time.sleep(2)
    for key, text in list(old.items())[:40]:
        load.bury(names[key] + " before " + what, text)
    load.check(tally, f"{what}: all old secrets are dead, all new ones good")
    load.take_out(*[names[key] + what for key in old])
    for key in old:
        load.add(names[key], mine[key])
    return mine


def read_files(workspace, prefix):
    """The keys in the files of the command line, by id; a line may have been cut off by a kill."""
    found = {}
    for name in sorted(os.listdir(workspace.folder)):
        if not name.startswith(prefix):
            continue
        with open(os.path.join(workspace.folder, name), encoding="utf-8") as file:
            take(found, file.read())
    return found


def read_sealed(folder, private):
    found = {}
    for name in sorted(os.listdir(folder)):
        opened = subprocess.run(
            ["openssl", "cms", "-decrypt", "-inform", "PEM", "-inkey", private, "-in", os.path.join(folder, name)],
            capture_output=True, text=True, check=False)
        # A file that a kill cut off opens to nothing.
        if opened.returncode == 0:
            take(found, opened.stdout)
    return found


def take(found, text):
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found.setdefault(row["key_id"], []).append(row["key"])


def holder(workspace):
    """A certificate and its private key."""
    certificate, private = (os.path.join(workspace.folder, name) for name in ("holder.crt", "holder.key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=holder",
                    "-keyout", private, "-out", certificate], check=True, capture_output=True)
    return certificate, private


def open_to_others(workspace):
    places = [os.path.join(workspace.folder, name) for name in os.listdir(workspace.folder) if name.startswith("keys-")]
    sealed = os.path.join(workspace.folder, "sealed")
    places += [sealed] + [os.path.join(sealed, name) for name in os.listdir(sealed)]
    return [place for place in places if os.stat(place).st_mode & 0o077]


def other_data_key(tally, operator, load, canaries):
    """What keys are hashed with is sealed under the tenant's data key, and outlasts its change."""
    for arguments in (["tenant", "--tenant", "acme"], ["kek"]):
        result = operator.run("keyring", "rotate", *arguments)
        tally.equal(f"`keyring rotate {' '.join(arguments)}` under load", result.returncode, 0)
        load.check(tally, "keys are good, and dead ones are dead, as before")
    # A process that has nothing in its memory.
    result = subprocess.run(operator.command("keys", "verify", "--tenant", "acme"), capture_output=True, text=True,
                            input=canaries["a key of many"], check=False)
    tally.check("a new process finds a key good, too", result.returncode == 0 and result.stdout.startswith("good: key_"),
                result)


def overdue(tally, operator, workspace, server, keys):
    """A shorter age for the tenant's keys, while the server runs: nothing breaks, and everybody sees what is overdue."""
    identifier, key = keys.make("long since")
    tally.check("the doctor finds nothing overdue", "no tenant has one that is overdue" in
                operator.run("doctor").stdout)
    workspace.write_tenant("acme", STRICT)
    server.reload()
    shown = lambda: overdue_in(Client(server.operations_url).get("/metrics").body)
    tally.check("after a reload the metrics show overdue keys", wait_until(lambda: shown() > MANY, 20), shown())
    tally.check("and they are good still", Verifier(server.url).holds(key))
    told = lambda: server.client.get(
        "/v1/tenants/acme/audit-events?type=api_key.overdue&limit=200", token=keys.token).json["data"]
    tally.check("the audit trail names them",
                wait_until(lambda: len(told()) > 0) and told()[0]["details"].get("name"))
    refused = keys.call("POST", "", {"name": "too long", "scopes": ["users.read"], "expires_in_seconds": 7200})
    tally.equal("no key is made any more that lasts longer", (refused.status, refused.json["errors"][0]["code"]),
                (400, "out_of_range"))
    doctor = operator.run("doctor")
    tally.check("the doctor counts them, names some and says what to do", doctor.returncode == 1
                and "should have been rotated by now: " in doctor.stdout and " more\n" in doctor.stdout
                and "gatehouse keys rotate --tenant acme --older-than " in doctor.stdout, doctor.stdout)
    listed = operator.run("keys", "list", "--tenant", "acme").stdout
    tally.check("the list marks them", "\toverdue since " in listed)
    result = operator.run("keys", "rotate", "--tenant", "acme", "--all", "--overlap", "0s", "--output",
                          os.path.join(workspace.folder, "remedy"))
    tally.equal("all are rotated without an overlap", result.returncode, 0)
    doctor = operator.run("doctor")
    tally.check("the doctor is content", "no tenant has one that is overdue" in doctor.stdout, doctor.stdout)
    tally.check("the metrics fall", wait_until(lambda: shown() == 0, 60), shown())
    tally.check("the old secret is dead", not Verifier(server.url).holds(key))
    tally.equal("only it", keys.read(identifier)["state"], "active")


def overdue_in(metrics):
    for line in metrics.decode().splitlines():
        if line.startswith('gatehouse_api_keys_overdue{tenant="acme"}'):
            return int(float(line.split()[-1]))
    return -1


def metrics_are_there(tally, metrics):
    names = ["gatehouse_api_key_cache_entries", "gatehouse_api_key_cache_bytes", "gatehouse_api_key_cache_capacity",
             "gatehouse_api_keys_refused_total", "gatehouse_api_keys_leaked_total", "gatehouse_api_key_uses_lost_total",
             "gatehouse_notifications_hearing", "gatehouse_notifications_received_total",
             "gatehouse_notifications_reconnects_total"]
    tally.equal("the metrics tell of keys and of hearing", [name for name in names if name.encode() not in metrics], [])


def killed_server(server, keys):
    """Uses a key up to the moment at which the server is killed; gives back the key and that moment."""
    text = keys.make("used to the last")[1]
    verifier = Verifier(server.url)
    end = time.monotonic() + 7
    while time.monotonic() < end:
        verifier.holds(text)
        time.sleep(0.01)
    server.kill()
    return text, time.time()


def after_the_kill(tally, server, operator, key, used):
    rows = operator.ask("keys", "list", "--tenant", "acme")[1]
    secret = next(row for row in rows if row["name"] == "used to the last")["secrets"][0]
    last = datetime.datetime.fromisoformat(secret["last_used_at"]).timestamp()
    # Times are told in whole seconds.
    tally.check(f"a killed server lost {max(0, used - last):.0f} s of uses at most", used - last < 6, (used, secret))
    tally.check("a key outlives a kill", Verifier(server.url).holds(key))


run(journey, {"acme": PLAIN})
