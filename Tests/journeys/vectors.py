"""Computes the stored forms of values and keys once more, from their description alone, with Python's cryptography.

The Swift tests hold the program against the same files, so that what it writes can be read without it.
"""

import hashlib
import hmac
import json
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from harness import Tally

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "KernelTests", "Keyring", "Vectors")


class Vector:
    """One case of a vector file; everything in hexadecimal is given as bytes."""

    def __init__(self, values):
        self.values = values

    def __getattr__(self, name):
        value = self.values[name]
        return bytes.fromhex(value) if isinstance(value, str) and name not in TEXTS else value


TEXTS = {"name", "purpose", "keyEncryptionKeyID"}


def vectors(name):
    with open(os.path.join(FOLDER, f"{name}.json"), encoding="utf-8") as file:
        return [Vector(values) for values in json.load(file)["cases"]]


def listed(*parts):
    """A list of byte strings, each after its length in four bytes."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def sealed_value(tally, vector):
    """A sealed value is a version, the key's name, a nonce, the ciphertext and its tag."""
    parts = [b"gatehouse-cell-v1", vector.tenant, struct.pack(">I", vector.column), vector.row, vector.keyID]
    if vector.version is not None:
        parts.append(struct.pack(">q", vector.version))
    bound_to = listed(*parts)
    box = AESGCM(vector.dataKey).encrypt(vector.nonce, vector.plaintext, bound_to)
    tally.equal(f"{vector.name} is bound to its place", bound_to, vector.associatedData)
    tally.equal(f"{vector.name} is sealed alike", b"\x01" + vector.keyID + vector.nonce + box, vector.cell)
    tally.check(f"{vector.name} opens nowhere else", refuses(vector.dataKey, vector.cell[17:], bound_to + b"\0"))


def keyed_hash(tally, vector):
    """What people are found by, and every other keyed hash: HMAC under a key that HKDF derives for one purpose."""
    info = listed(vector.purpose.encode(), vector.tenant)
    key = HKDF(hashes.SHA256(), 32, None, info).derive(vector.dataKey)
    tally.equal(f"the hash of {vector.name}", hmac.digest(key, vector.message, hashlib.sha256), vector.code)


def wrapped_key(tally, vector):
    """A data key is wrapped by a key-encryption key that is named by the beginning of a hash under it."""
    name = hmac.digest(vector.keyEncryptionKey, b"gatehouse-kek-id", hashlib.sha256)[:8].hex()
    bound_to = listed(b"gatehouse-data-key-v1", vector.tenant, vector.keyID) + listed(name.encode())
    box = AESGCM(vector.keyEncryptionKey).encrypt(vector.nonce, vector.dataKey, bound_to)
    tally.equal(f"{vector.name} names what wrapped it", name, vector.keyEncryptionKeyID)
    tally.equal(f"{vector.name} is wrapped alike", vector.nonce + box, vector.wrapped)


def refuses(key, box, bound_to):
    try:
        AESGCM(key).decrypt(box[:12], box[12:], bound_to)
    except InvalidTag:
        return True
    return False


def main():
    tally = Tally()
    for name, check in [("sealed-cells", sealed_value), ("keyed-hashes", keyed_hash), ("wrapped-data-keys", wrapped_key)]:
        cases = vectors(name)
        tally.check(f"there are vectors of {name}", cases)
        for vector in cases:
            check(tally, vector)
    tally.end()


main()
