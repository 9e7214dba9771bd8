"""The double of Vault as a journey drives it: started and killed, filled as an operator would, and made to fail."""

import json
import os
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request

from harness import PROGRAM

FOLDER = os.path.dirname(os.path.abspath(PROGRAM))
# Of the process and of each tenant: what the README asks for, and no more.
POLICY = """
path "secret/data/{path}" {{ capabilities = ["read"] }}
path "transit/keys/gatehouse" {{ capabilities = ["read"] }}
path "transit/encrypt/gatehouse" {{ capabilities = ["update"] }}
path "transit/decrypt/gatehouse" {{ capabilities = ["update"] }}
"""


class Double:
    """A started `vault-double`; as a context it is stopped."""

    def __init__(self, port=0):
        self.process = subprocess.Popen(
            [os.path.join(FOLDER, "vault-double"), "--port", str(port)], stdout=subprocess.PIPE)
        ready = json.loads(self.process.stdout.readline())
        self.address = ready["address"]
        self.token = ready["token"]
        self.port = int(self.address.rsplit(":", 1)[1])

    def control(self, method, path, body=None):
        """What stands beside Vault's API: states, faults, the journal."""
        return self._send(method, f"double/{path}", body)

    def vault(self, method, path, body=None):
        """A request of an operator to Vault's API."""
        return self._send(method, f"v1/{path}", body)

    def _send(self, method, path, body):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.address}/{path}", data=data, method=method, headers={"X-Vault-Token": self.token})
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def enter(self, state, **fields):
        self.control("POST", "state", {"state": state, **fields})

    def fail(self, fault, **fields):
        self.control("POST", "faults", {"fault": fault, **fields})

    def mend(self):
        self.control("DELETE", "faults")

    def journal(self):
        return self.control("GET", "journal")["requests"]

    def write(self, path, **fields):
        """A new version of a path, with these fields and no others."""
        self.vault("POST", f"secret/data/{path}", {"data": fields})

    def set_up(self):
        """What every Vault has that is used here: a way to log in, and a key that wraps."""
        self.vault("POST", "sys/auth/approle", {"type": "approle"})
        self.vault("POST", "sys/mounts/transit", {"type": "transit"})
        self.vault("POST", "transit/keys/gatehouse", {"type": "aes256-gcm96"})

    def let_in(self, name, path, secret_id):
        """A role that may read `path` and use the transit key; its id is its name, its secret id as given."""
        self.vault("PUT", f"sys/policies/acl/{name}", {"policy": POLICY.format(path=path)})
        self.vault("POST", f"auth/approle/role/{name}", {"token_policies": [name], "token_ttl": "10m"})
        self.vault("POST", f"auth/approle/role/{name}/role-id", {"role_id": name})
        self.vault("POST", f"auth/approle/role/{name}/custom-secret-id", {"secret_id": secret_id})

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.status = self.process.wait(timeout=20)


class Wire:
    """The way between Gatehouse and a double; it can be cut, and then nothing listens there any more.

    It keeps what went over it, for whoever wants to know which secrets did.
    """

    def __init__(self, port):
        self.target = port
        self.carried = []
        self.listener = None
        self.ends = []
        self.port = 0
        self.join()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def join(self):
        """Lets everything through, from now on."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        """Ends every connection and takes no more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.ends:
            shut(end)
        self.ends = []

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self.ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source, sink):
        try:
            while data := source.recv(65536):
                self.carried.append(data)
                sink.sendall(data)
        except OSError:
            pass
        shut(source)
        shut(sink)


def shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
