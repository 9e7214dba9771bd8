"""The passwords of an outside database change while everybody is served, whichever of the two sides changes first."""

import os
import time

from harness import ACME, Server, run, wait_until
from shared.cluster import ROLES, Cluster
from shared.command_line import Operator, put
from shared.load import Load, People


def journey(tally, workspace):
    secrets = os.path.join(workspace.folder, "keys")
    where = ["--secrets", f"file:{secrets}"]
    operator = Operator(workspace, *where)
    for name in ("context-key", "key-encryption-key"):
        put(os.path.join(secrets, name), os.urandom(32).hex())
    with Cluster(os.path.join(workspace.folder, "cluster")) as cluster:
        passwords = {name: f"first-of-{role}" for name, role in ROLES.items()}
        for name, role in ROLES.items():
            cluster.set_password(role, passwords[name])
            put(os.path.join(secrets, name), cluster.url(role, passwords[name]))
        prepare(tally, operator)
        with Server(workspace, *where) as server:
            people = People(server, "acme")
            with Load(server, people) as load:
                for order in ("secret", "role"):
                    change(tally, cluster, secrets, passwords, load, order)
                context_key(tally, operator, secrets, load)
        log = workspace.log_text()
        seen = [password for password in passwords.values() if password in log]
        tally.equal("no password of the database is in the log", seen, [])


def prepare(tally, operator):
    result = operator.run("serve", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0")
    tally.check("an empty database is not served, and the remedy is told",
                result.returncode == 1 and "gatehouse migrate" in result.stderr, result)
    result = operator.run("migrate")
    tally.equal("the addresses that are secrets are enough to migrate", result.returncode, 0)
    status, rows = operator.ask("secrets", "test")
    found = {row["reference"] for row in rows}
    tally.check("`secrets test` shows them by fingerprint", status == 0 and set(ROLES) <= found, (status, rows))
    doctor = operator.run("doctor")
    tally.check("the doctor looks at how they lead to the database", "does not verify the server" in doctor.stdout,
                doctor.stdout)


def change(tally, cluster, secrets, passwords, load, first):
    """Changes every password; `first` says which side does."""
    began = cluster.sql("SELECT now()")
    for name, role in ROLES.items():
        old = cluster.url(role, passwords[name])
        passwords[name] = f"{first}-first-of-{role}"

        def change_secret(name=name, role=role, old=old):
            put(os.path.join(secrets, name + "-previous"), old)
            put(os.path.join(secrets, name), cluster.url(role, passwords[name]))

        def change_role(name=name, role=role):
            cluster.set_password(role, passwords[name])

        steps = [change_secret, change_role]
        for step in steps if first == "secret" else reversed(steps):
            step()
            time.sleep(1)
    old_ones = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'gatehouse_%' AND backend_start < "
    tally.check(f"with the {first} first, every connection moves over to the new password",
                wait_until(lambda: cluster.sql(f"{old_ones}'{began}'") == "0", 30), cluster.sql(f"{old_ones}'{began}'"))
    load.check(tally, "and no request fails")


def context_key(tally, operator, secrets, load):
    status, row = operator.ask("keyring", "rotate", "context")
    tally.equal("the context key of an outside database changes", (status, row), (0, {"has_new_key": True, "keys": 2}))
    time.sleep(6)
    load.check(tally, "and no request fails")
    os.unlink(os.path.join(secrets, "context-key-previous"))
    tally.equal("the old one is taken from the database", operator.run("migrate").returncode, 0)
    load.check(tally, "and nobody misses it")


run(journey, {"acme": ACME})
