"""Looks for what must not be seen, in every form in which it may have been written down."""

import base64
import os
import subprocess
import urllib.parse

from harness import command


def absent(tally, place, content, secrets):
    """Checks that none of `secrets`, by name, is in `content`."""
    for name, secret in secrets.items():
        found = [form for form, text in forms(secret).items() if text in content]
        tally.check(f"{name} is not in {place}", not found, f"as {found}")


def forms(secret):
    """The ways in which a secret may have been written down."""
    raw = secret.encode() if isinstance(secret, str) else secret
    return {
        "plain": raw,
        "hex": raw.hex().encode(),
        "base64": base64.b64encode(raw).rstrip(b"="),
        "base64url": base64.urlsafe_b64encode(raw).rstrip(b"="),
        "percent-encoded": urllib.parse.quote(raw, safe="").encode(),
    }


def dump_of(tally, workspace):
    url = command("database", "url", "--role", "owner", "--data", workspace.data)
    tally.equal("the owner's database address is given out on the host", url.returncode, 0)
    dump = subprocess.run(["pg_dump", "--dbname", url.stdout.strip()], capture_output=True, timeout=120, check=False)
    tally.equal("pg_dump takes the address", (dump.returncode, dump.stderr), (0, b""))
    tally.check("the dump holds the rows of tenants", b"\towner\t" in dump.stdout)
    return dump.stdout


def contents_of(folder):
    """Everything below the folder: rows, write-ahead log, logs of the database, keys."""
    parts = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    parts.append(file.read())
    return b"\n".join(parts)
