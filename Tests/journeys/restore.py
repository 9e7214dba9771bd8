"""A backup is taken while tenants are served, and restored on another host: people, keys and isolation are as they were."""

import os
import shutil
import subprocess

from harness import Server, accept, command, run, sign_in

PASSWORD = "a quiet pelican reads 7 maps"


def journey(tally, workspace):
    dump = os.path.join(workspace.folder, "gatehouse.dump")
    with Server(workspace) as server:
        accepted = accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD)
        tally.equal("somebody is there", accepted.json.get("status"), "complete")
        key = command("keys", "create", "--tenant", "acme", "--name", "billing", "--scope", "product.use",
                      *folders(workspace)).stdout.strip()
        taken = tool("pg_dump", "--format=custom", "--file", dump, owner_url(workspace))
        tally.equal("a backup is taken while tenants are served", taken.returncode, 0)
    move(workspace)
    restore(tally, workspace, dump)
    with Server(workspace) as server:
        tally.equal("only who has no owner yet is invited", [i["tenant"] for i in server.ready["invitations"]], ["globex"])
        answer = sign_in(server.client, "acme", "ops@acme.example", PASSWORD)
        tally.equal("people sign in as before", answer.json.get("status"), "complete")
        verdict = server.client.post("/v1/api-keys/verify", {"key": key})
        tally.equal("keys are good as before", verdict.json.get("valid"), True)
        verified = command("isolation", "verify", *folders(workspace))
        tally.equal("tenants are as far apart as before", verified.returncode, 0)
    shutil.rmtree(workspace.data + ".lost", ignore_errors=True)


def move(workspace):
    """Another host: nothing but the keys, the tenant files and the backup is left."""
    os.rename(workspace.data, workspace.data + ".lost")
    os.mkdir(workspace.data)
    os.chmod(workspace.data, 0o711)
    shutil.copytree(os.path.join(workspace.data + ".lost", "keys"), os.path.join(workspace.data, "keys"))


def restore(tally, workspace, dump):
    """As the README says: into the database of a server that has no tenants."""
    tenants, workspace.tenants = workspace.tenants, os.path.join(workspace.folder, "none")
    os.mkdir(workspace.tenants)
    with Server(workspace):
        restored = tool("pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname", owner_url(workspace),
                        dump)
        tally.check("a backup is restored", restored.returncode == 0, restored.stderr)
    workspace.tenants = tenants


def owner_url(workspace):
    return command("database", "url", "--role", "owner", *folders(workspace)).stdout.strip()


def folders(workspace):
    return ["--tenants", workspace.tenants, "--data", workspace.data]


def tool(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)


run(journey)
