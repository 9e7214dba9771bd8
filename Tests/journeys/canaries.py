"""Plants secrets and personal data that can be recognised and looks for them everywhere they must not be."""

import os

from harness import Client, Server, accept, refresh, run, sign_in
from shared.search import absent, contents_of, dump_of

OWNER_PASSWORD = "canary-owner-7f3a9c51 sings"
CHANGED_PASSWORD = "canary-owner-changed-e1d20b"
MEMBER_PASSWORD = "canary-member-5b8e2d40 sings"
WRONG_PASSWORD = "canary-wrong-90c1f7ae sings"
STRAY_TOKEN = "canary-stray-token-44d1b6e08a"
PERSONAL = {
    "a login": "canary-login-3c77a1@acme.example",
    "a login in its written form": "Canary-Login-3c77a1@Acme.Example",
    "an invited login": "canary-guest-90ab2e@acme.example",
    "a name": "Canary Displayname 8812f0",
    "what a client calls itself": "canary-agent/55d1c9",
}


def journey(tally, workspace):
    with Server(workspace) as server:
        tokens = plant(server)
        metrics = Client(server.operations_url).get("/metrics").body
        secrets = tokens | {
            "the owner's password": OWNER_PASSWORD, "a changed password": CHANGED_PASSWORD,
            "a member's password": MEMBER_PASSWORD, "a wrong password": WRONG_PASSWORD,
            "a token in an address": STRAY_TOKEN,
        }
        at_rest = secrets | PERSONAL
        key = {"the key-encryption key": key_encryption_key(workspace)}
        dump = dump_of(tally, workspace)
        absent(tally, "the metrics", metrics, at_rest | key)
        absent(tally, "a dump of the database", dump, at_rest | key)
        in_answers(tally, server, secrets, handed_out=tokens)
        server.stop()
        absent(tally, "the log", workspace.log_text().encode(), at_rest | key)
        # The write-ahead log is among them.
        absent(tally, "the files of the data folder", contents_of(workspace.data), at_rest)
        absent(tally, "the files of the database", contents_of(os.path.join(workspace.data, "postgres")), key)


def key_encryption_key(workspace):
    with open(os.path.join(workspace.data, "keys", "key-encryption-key"), encoding="ascii") as file:
        return bytes.fromhex(file.read().strip())


def plant(server):
    """Walks through everything that takes or gives a secret; gives back the tokens by name."""
    client = server.client
    invitation = server.invitation("acme")["token"]
    first = accept(client, "acme", invitation, OWNER_PASSWORD).json
    second = refresh(client, "acme", first["refresh_token"]).json
    sign_in(client, "acme", "ops@acme.example", WRONG_PASSWORD)
    client.post("/t/acme/login", {"login": "ops@acme.example", "password": WRONG_PASSWORD, "surprise": WRONG_PASSWORD})
    client.request("POST", "/t/acme/login", raw=f'{{"password": "{WRONG_PASSWORD}"'.encode(),
                   headers={"Content-Type": "application/json"})
    client.get(f"/t/acme/me?access_token={STRAY_TOKEN}")
    client.get("/t/acme/me", token=STRAY_TOKEN)
    member = {"login": PERSONAL["a login in its written form"], "display_name": PERSONAL["a name"],
              "password": MEMBER_PASSWORD, "roles": ["member"]}
    client.post("/v1/tenants/acme/users", member, token=second["access_token"])
    keyed = client.post("/v1/tenants/acme/invitations", {"login": PERSONAL["an invited login"], "roles": ["viewer"]},
                        token=second["access_token"], headers={"Idempotency-Key": "canary-1"}).json
    client.post("/t/acme/login", {"login": PERSONAL["a login"], "password": MEMBER_PASSWORD},
                headers={"User-Agent": PERSONAL["what a client calls itself"]})
    client.post("/t/acme/me/password", {"current_password": OWNER_PASSWORD, "new_password": CHANGED_PASSWORD},
                token=second["access_token"])
    return {
        "the first invitation": invitation,
        "an invitation made by a person": keyed["token"],
        "an access token": first["access_token"],
        "another access token": second["access_token"],
        "a used refresh token": first["refresh_token"],
        "a live refresh token": second["refresh_token"],
    }


def in_answers(tally, server, secrets, handed_out):
    for name, secret in secrets.items():
        holders = [(method, path) for method, path, answer in server.client.received if secret.encode() in answer.body]
        # The first invitation is handed out on the standard output, every other token by one answer.
        expected = 1 if name in handed_out and name != "the first invitation" else 0
        tally.check(f"{name} is in {expected} answers", len(holders) == expected, holders)


run(journey)
