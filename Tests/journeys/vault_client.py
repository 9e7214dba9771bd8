"""A client that is not ours, hvac, talks to the double of Vault that our tests rely on.

What it makes of the answers shows whether the double speaks as Vault does: it reads shapes and statuses that our own
client may pass over. hvac is installed into an environment of its own beside the program, unless it is there already.
"""

import os
import subprocess
import sys

from harness import PROGRAM, run
from shared.vault import FOLDER, Double

ENVIRONMENT = os.path.join(FOLDER, "journey-hvac-2.4")
POLICY = """
path "secret/data/app/*" { capabilities = ["create", "read", "update", "delete"] }
path "secret/metadata/app/*" { capabilities = ["read", "list", "delete"] }
path "secret/+/app/*" { capabilities = ["update"] }
path "transit/+/app" { capabilities = ["update"] }
"""


def run_with_hvac():
    """Goes on in an environment that has hvac; makes it where it is missing."""
    python = os.path.join(ENVIRONMENT, "bin", "python")
    if not os.path.exists(os.path.join(ENVIRONMENT, "complete")):
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "hvac==2.4.0"], check=True)
        with open(os.path.join(ENVIRONMENT, "complete"), "w", encoding="utf-8"):
            pass
    os.execv(python, [python, *sys.argv])


def refused(tally, guarantee, kind, call, words=""):
    """Checks that `call()` raises `kind` with `words` in it."""
    try:
        found = call()
    except kind as error:
        return tally.check(guarantee, words in str(error), error)
    except Exception as error:  # Another error is a wrong answer, whatever it is.
        return tally.check(guarantee, False, repr(error))
    return tally.check(guarantee, False, found)


def set_up(tally, root):
    """Gives the server a policy, a role and a key; comes back with the role's id and a wrapped secret id."""
    root.sys.create_or_update_policy("app", POLICY)
    tally.check("a policy is on the list", "app" in root.sys.list_policies()["data"]["policies"])
    root.sys.enable_auth_method("approle")
    root.sys.enable_secrets_engine("transit")
    root.sys.enable_secrets_engine("kv", path="old", options={"version": "1"})
    mounts = root.sys.list_mounted_secrets_engines()["data"]
    tally.equal("mounts show their versions", [mounts[name]["options"]["version"] for name in ("old/", "secret/")],
                ["1", "2"])
    root.auth.approle.create_or_update_approle("app", token_policies=["app"], token_ttl="10m", secret_id_num_uses=1)
    root.secrets.transit.create_key("app")
    role_id = root.auth.approle.read_role_id("app")["data"]["role_id"]
    wrapped = root.auth.approle.generate_secret_id("app", wrap_ttl="1m")["wrap_info"]
    return role_id, wrapped


def log_in(tally, hvac, root, client, role_id, wrapped):
    found = client.sys.unwrap(wrapped["token"])["data"]
    refused(tally, "a wrapped secret is handed over once", hvac.exceptions.InvalidRequest,
            lambda: hvac.Client(url=client.url).sys.unwrap(wrapped["token"]), "wrapping token is not valid")
    client.auth.approle.login(role_id, found["secret_id"])
    tally.check("a role and its secret give a token", client.is_authenticated())
    tally.equal("the token has the policies of the role", client.lookup_token()["data"]["policies"],
                ["app", "default"])
    refused(tally, "a secret for one use is refused the second time", hvac.exceptions.InvalidRequest,
            lambda: hvac.Client(url=client.url).auth.approle.login(role_id, found["secret_id"]), "invalid secret id")
    tally.equal("the token can be renewed", client.auth.token.renew_self(increment="5m")["auth"]["renewable"], True)


def versioned_secrets(tally, hvac, client):
    store = client.secrets.kv.v2
    first = store.create_or_update_secret("app/db", {"password": "p1"}, cas=0)
    tally.equal("a first version is written where there is none", first["data"]["version"], 1)
    refused(tally, "a second first version is refused", hvac.exceptions.InvalidRequest,
            lambda: store.create_or_update_secret("app/db", {"password": "x"}, cas=0), "check-and-set")
    store.create_or_update_secret("app/db", {"password": "p2"}, cas=1)
    newest = store.read_secret_version("app/db", raise_on_deleted_version=True)
    tally.equal("the newest version is read", newest["data"]["data"], {"password": "p2"})
    older = store.read_secret_version("app/db", version=1, raise_on_deleted_version=True)
    tally.equal("an older version is read", older["data"]["data"], {"password": "p1"})
    tally.equal("keys are listed", store.list_secrets("app")["data"]["keys"], ["db"])
    store.delete_latest_version_of_secret("app/db")
    deleted = store.read_secret_version("app/db", raise_on_deleted_version=False)
    tally.check("a deleted version shows when it was deleted",
                deleted["data"]["data"] is None and deleted["data"]["metadata"]["deletion_time"], deleted)
    store.undelete_secret_versions("app/db", [2])
    restored = store.read_secret_version("app/db", raise_on_deleted_version=True)
    tally.equal("a deleted version comes back", restored["data"]["data"], {"password": "p2"})
    store.destroy_secret_versions("app/db", [1])
    metadata = store.read_secret_metadata("app/db")["data"]["versions"]
    tally.equal("a destroyed version is marked", metadata["1"]["destroyed"], True)
    refused(tally, "what the policy does not name is forbidden", hvac.exceptions.Forbidden,
            lambda: store.read_secret_version("other", raise_on_deleted_version=True))
    store.delete_metadata_and_all_versions("app/db")
    refused(tally, "a key that is deleted in whole is gone", hvac.exceptions.InvalidPath,
            lambda: store.read_secret_version("app/db", raise_on_deleted_version=True))


def plain_secrets(tally, hvac, root):
    store = root.secrets.kv.v1
    store.create_or_update_secret("app/db", {"password": "p"}, mount_point="old")
    tally.equal("a store without versions keeps a secret",
                store.read_secret("app/db", mount_point="old")["data"], {"password": "p"})
    tally.equal("a store without versions lists its folders",
                store.list_secrets("", mount_point="old")["data"]["keys"], ["app/"])
    store.delete_secret("app/db", mount_point="old")
    refused(tally, "a store without versions forgets a secret", hvac.exceptions.InvalidPath,
            lambda: store.read_secret("app/db", mount_point="old"))


def transit(tally, hvac, root, client):
    sealed = client.secrets.transit.encrypt_data("app", plaintext="aGVsbG8=", associated_data="dA==")
    text = sealed["data"]["ciphertext"]
    opened = client.secrets.transit.decrypt_data("app", text, associated_data="dA==")
    tally.equal("what transit seals it opens", opened["data"]["plaintext"], "aGVsbG8=")
    refused(tally, "other associated data does not open it", hvac.exceptions.InvalidRequest,
            lambda: client.secrets.transit.decrypt_data("app", text, associated_data="dQ=="),
            "message authentication failed")
    refused(tally, "encrypting with a key that is not there needs the right to make one", hvac.exceptions.Forbidden,
            lambda: client.secrets.transit.encrypt_data("none", plaintext="aGVsbG8="))
    root.secrets.transit.rotate_key("app")
    root.secrets.transit.update_key_configuration("app", min_decryption_version=2)
    refused(tally, "a version that was put away opens nothing", hvac.exceptions.InvalidRequest,
            lambda: client.secrets.transit.decrypt_data("app", text, associated_data="dA=="), "too old")


def states(tally, hvac, double, root, client):
    double.enter("sealed")
    tally.equal("a sealed server says that it is", root.sys.is_sealed(), True)
    refused(tally, "a sealed server answers nothing", hvac.exceptions.VaultDown,
            lambda: client.secrets.kv.v2.read_secret_metadata("app/db"), "Vault is sealed")
    double.enter("active")
    tally.equal("an active server has its token still", client.is_authenticated(), True)
    double.fail("status", status=500, errors=["broken"], times=1)
    refused(tally, "an injected fault reaches the client", hvac.exceptions.InternalServerError,
            client.lookup_token, "broken")
    client.logout(revoke_token=True)
    requests = double.journal()
    tokens = [value for request in requests for name, value in request["headers"] if name == "X-Vault-Token"]
    places = [request["path"] + request["query"] for request in requests]
    tally.check("no token stands in an address",
                tokens and not any(token in place for token in tokens for place in places))


def journey(tally, workspace):
    import hvac

    with Double() as double:
        root = hvac.Client(url=double.address, token=double.token)
        client = hvac.Client(url=double.address)
        role_id, wrapped = set_up(tally, root)
        tally.equal("a wrapping names what made it", wrapped["creation_path"], "auth/approle/role/app/secret-id")
        log_in(tally, hvac, root, client, role_id, wrapped)
        versioned_secrets(tally, hvac, client)
        plain_secrets(tally, hvac, root)
        transit(tally, hvac, root, client)
        states(tally, hvac, double, root, client)
    tally.equal("the double ends when it is asked to", double.status, 0)


if __name__ == "__main__":
    if PROGRAM and not sys.prefix.startswith(ENVIRONMENT):
        run_with_hvac()
    run(journey)
