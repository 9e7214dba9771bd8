"""Two servers on one database: what changes about a key at one of them is known at the other in time, or not believed.

Revoked at one node, on the command line or by what happens to its owner, a key is dead at the other; also while the other
cannot hear, and while the database goes away and comes back.
"""

import os
import signal
import threading
import time

from harness import ACME, Client, Server, Workspace, accept, run, wait_until
from shared.cluster import ROLES, Cluster
from shared.command_line import Operator, put
from shared.keys import PASSWORD, Keys, Verifier, Verifying, until_refused

TRIALS = 12
# Of a node that hears; one that does not remembers nothing.
BOUND_SECONDS = 3


def journey(tally, workspace):
    secrets = os.path.join(workspace.folder, "keys")
    where = ["--secrets", f"file:{secrets}"]
    for name in ("context-key", "key-encryption-key"):
        put(os.path.join(secrets, name), os.urandom(32).hex())
    with Cluster(os.path.join(workspace.folder, "cluster")) as cluster:
        for name, role in ROLES.items():
            cluster.set_password(role, f"of-{role}")
            put(os.path.join(secrets, name), cluster.url(role, f"of-{role}"))
        operator = Operator(workspace, *where)
        operator.run("migrate")
        other = Workspace({"acme": ACME})
        try:
            with Server(workspace, *where) as first:
                # Each start offers the first owner anew, as long as there is none.
                owner = accept(first.client, "acme", first.invitation("acme")["token"], PASSWORD).json["access_token"]
                with Server(other, *where) as second:
                    nodes(tally, cluster, operator, owner, first, second)
        finally:
            other.remove()


def nodes(tally, cluster, operator, owner, first, second):
    keys = Keys(first.client, "acme", owner)
    tally.check("both nodes hear", wait_until(lambda: hears(first) and hears(second)))
    revoked_elsewhere(tally, operator, keys, second)
    owner_suspended(tally, first, second, owner)
    rate_limit(tally, keys, first, second)
    deaf(tally, cluster, keys, first, second)
    silence(tally, cluster, keys, first, second)
    outage(tally, cluster, keys, first, second)


def hears(server):
    return b"gatehouse_notifications_hearing 1" in Client(server.operations_url).get("/metrics").body


def remembered(server):
    for line in Client(server.operations_url).get("/metrics").body.decode().splitlines():
        if line.startswith("gatehouse_api_key_cache_entries "):
            return int(float(line.split()[-1]))
    return -1


def revoked_elsewhere(tally, operator, keys, second):
    verifier = Verifier(second.url)
    ways = {
        "at the other node": lambda key: keys.call("POST", f"/{key}/revoke", {}),
        "by the command line": lambda key: operator.run("keys", "revoke", "--tenant", "acme", "--key", key),
        "by finishing its rotation": lambda key: (keys.rotate(key), keys.call("POST", f"/{key}/rotate/finish")),
        "by deleting it": lambda key: keys.call("DELETE", f"/{key}"),
    }
    for way, end in ways.items():
        lateness = []
        for trial in range(TRIALS if way == "at the other node" else 3):
            key, text = keys.make(f"{way} {trial}")
            for _ in range(3):
                verifier.holds(text)
            end(key)
            lateness.append(until_refused(verifier, text))
        said = f"{max(lateness) * 1000:.1f} ms late at most, {sorted(lateness)[len(lateness) // 2] * 1000:.1f} ms usually"
        tally.check(f"a key that is ended {way} is refused here ({said})", max(lateness) < BOUND_SECONDS, lateness)


def owner_suspended(tally, first, second, owner):
    """A key of a person is worth what he may do, on both nodes."""
    offer = first.client.post("/v1/tenants/acme/invitations", {"login": "ada@acme.example", "roles": ["admin"]},
                              token=owner).json
    token = accept(first.client, "acme", offer["token"], PASSWORD).json["access_token"]
    ada = first.client.get("/t/acme/me", token=token).json["id"]
    _, text = Keys(first.client, "acme", token).make("of a person", scopes=["users.read", "users.suspend"])
    verifier = Verifier(second.url)
    tally.check("a person's key is good", verifier.holds(text, scopes=["users.suspend"]))
    first.client.request("PUT", f"/v1/tenants/acme/users/{ada}/roles", body={"roles": ["manager"]}, token=owner)
    lost = wait_until(lambda: not verifier.holds(text, scopes=["users.suspend"]), BOUND_SECONDS)
    tally.check("where he may do less, so may it, at the other node, too", lost and verifier.holds(text))
    first.client.post(f"/v1/tenants/acme/users/{ada}/suspend", {}, token=owner)
    late = until_refused(verifier, text)
    tally.check(f"while he is suspended it is worth nothing ({late * 1000:.1f} ms)", late < BOUND_SECONDS, late)


def rate_limit(tally, keys, first, second):
    _, text = keys.make("limited", rate_limit=10)
    verifiers = [Verifier(first.url), Verifier(second.url)]
    verdicts = [verifiers[turn % 2].ask(text)[1] for turn in range(40)]
    granted = sum(verdict["valid"] for verdict in verdicts)
    # While the forty are asked, one more may have become free.
    tally.check(f"a limit counts once for both nodes ({granted} of 10 a minute)", 10 <= granted <= 12, granted)
    tally.check("and says when to come back", verdicts[-1]["code"] == "rate_limited"
                and verdicts[-1]["retry_after_seconds"] > 0, verdicts[-1])


def deaf(tally, cluster, keys, first, second):
    """The connections that hear are cut again and again: the nodes remember nothing, so that revoked is revoked."""
    made = [keys.make(f"deaf {number}") for number in range(TRIALS)]
    verifier = Verifier(second.url)
    ended = threading.Event()
    thread = threading.Thread(target=keep_cutting, args=(cluster, ended))
    thread.start()
    try:
        time.sleep(1)
        lateness = []
        for key, text in made:
            holds = verifier.holds(text)
            keys.call("POST", f"/{key}/revoke", {})
            lateness.append(until_refused(verifier, text) if holds else float("inf"))
    finally:
        ended.set()
        thread.join()
    tally.check(f"a node that cannot hear serves, and takes no revoked key ({max(lateness) * 1000:.1f} ms late at most)",
                max(lateness) < 0.5, lateness)
    tally.check("it hears again by itself", wait_until(lambda: hears(first) and hears(second), 30))
    _, text = keys.make("after deafness")
    before = remembered(second)
    verifier.holds(text)
    tally.check("and remembers again", wait_until(lambda: remembered(second) > before or verifier.holds(text) is None))


def keep_cutting(cluster, ended):
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatehouse listener'"
    while not ended.is_set():
        cluster.sql(cut)
        ended.wait(0.05)


def silence(tally, cluster, keys, first, second):
    """The server's side of the connections that hear stands still, as where a network swallows everything."""
    key, text = keys.make("silence")
    verifier = Verifier(second.url)
    tally.check("a key is good at the other node", verifier.holds(text) and verifier.holds(text))
    listening = "SELECT pid FROM pg_stat_activity WHERE application_name = 'gatehouse listener' AND query LIKE 'LISTEN%'"
    stopped = [int(pid) for pid in cluster.sql(listening).split()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        keys.call("POST", f"/{key}/revoke", {})
        late = until_refused(verifier, text)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    tally.check(f"a node whose connection says nothing any more believes nothing after a while ({late:.1f} s)",
                len(stopped) == 2 and late < BOUND_SECONDS, (stopped, late))
    tally.check("then it hears by another one", wait_until(lambda: hears(first) and hears(second), 30))


def outage(tally, cluster, keys, first, second):
    """The database goes away under load and comes back: nobody is let in wrongly, nobody is turned away as unknown."""
    good = {f"good {number}": keys.make(f"good {number}") for number in range(10)}
    revoked, dead = keys.make("dead")
    keys.call("POST", f"/{revoked}/revoke", {})
    with Verifying(first.url) as here, Verifying(second.url) as there:
        for load in (here, there):
            for name, (_, text) in good.items():
                load.add(name, text)
            load.bury("dead", dead)
        for load in (here, there):
            load.check(tally, "before the outage all is well")
        cluster.stop()
        time.sleep(3)
        cluster.start()
        time.sleep(1)
        missed = [load.check(tally, "during an outage a key is good, or it cannot be said (503)", True)
                  for load in (here, there)]
        tally.check(f"an outage is seen ({missed} times 503)", all(missed))
        back = wait_until(lambda: hears(first) and hears(second), 30)
        tally.check("both nodes hear again", back)
        for load in (here, there):
            load.check(tally, "the rest of it", True)
            load.check(tally, "and all is well")
        key, text = good["good 0"]
        here.take_out("good 0")
        there.take_out("good 0")
        keys.call("POST", f"/{key}/revoke", {})
        late = until_refused(Verifier(second.url), text)
        tally.check(f"what is revoked afterwards is heard of ({late * 1000:.1f} ms)", late < BOUND_SECONDS, late)


run(journey, {"acme": ACME})
