"""What the journeys share: a started Gatehouse, a plain HTTP client, and a tally of what was checked.

The journeys are clients like any other: they know the HTTP contract and the command line, and nothing of the program.
They need Python 3.11 and PyJWT with cryptography. GATEHOUSE_BIN names the program.
"""

import http.client
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PROGRAM = os.environ.get("GATEHOUSE_BIN", "")
START_SECONDS = 120
STOP_SECONDS = 60

ACME = """\
tenant: acme
name: Acme Inc.
first_owner: ops@acme.example
sign_in:
  password: { minimum_length: 12 }
  totp: {}
  recovery_codes: {}
policy:
  second_factor: { required_for: [] }
  attempts: { failures_before_delay: 60, per_network_per_minute: 6000 }
cors: { origins: [https://app.acme.example] }
"""

GLOBEX = """\
tenant: globex
name: Globex Corporation
first_owner: ops@globex.example
sign_in:
  password: { hash: bcrypt, minimum_length: 12 }
policy:
  second_factor: { required_for: [] }
  attempts: { failures_before_delay: 60, per_network_per_minute: 6000 }
"""


class Tally:
    """Counts what was checked; a journey ends with the exit status that it gives."""

    def __init__(self):
        self.failed = 0

    def check(self, guarantee, holds, found=None):
        """Prints `ok` or `FAILED` with the guarantee; `found` says what there was instead. Gives back `holds`."""
        if holds:
            print(f"ok {guarantee}", flush=True)
        else:
            self.failed += 1
            # Indented, so that no line of what was found is taken for a verdict.
            detail = "" if found is None else "; found: " + str(found).replace("\n", "\n    ")
            print(f"FAILED {guarantee}{detail}", flush=True)
        return bool(holds)

    def equal(self, guarantee, found, expected):
        return self.check(guarantee, found == expected, f"{found!r} instead of {expected!r}")

    def end(self):
        sys.exit(1 if self.failed else 0)


class Answer:
    """One HTTP answer: status, headers by lower-case name, body."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        """The body as JSON; an empty dictionary where it is something else."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def code(self):
        """The contract's error code."""
        return self.json.get("code")

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Client:
    """Speaks to one base address; keeps every body it received, for searches afterwards."""

    def __init__(self, url):
        self.url = url
        self.received = []

    def request(self, method, path, body=None, token=None, headers=None, raw=None):
        """Sends `body` as JSON, or `raw` as it is. A path begins at the base address."""
        sent = dict(headers or {})
        if body is not None:
            raw = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        try:
            connection.request(method, address.path + path, body=raw, headers=sent)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        self.received.append((method, path, answer))
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body=body, **options)


class Workspace:
    """A folder of one journey under /tmp, with tenant files and a data folder; removed by `remove`."""

    def __init__(self, tenants=None):
        self.folder = tempfile.mkdtemp(prefix="gatehouse-journey-", dir="/tmp")
        # PostgreSQL refuses root and then runs as another user, who has to get through to the data.
        os.chmod(self.folder, 0o755)
        self.tenants = os.path.join(self.folder, "tenants")
        self.data = os.path.join(self.folder, "data")
        self.log = os.path.join(self.folder, "server.log")
        os.mkdir(self.tenants)
        for name, text in (tenants or {"acme": ACME, "globex": GLOBEX}).items():
            self.write_tenant(name, text)

    def write_tenant(self, name, text):
        with open(os.path.join(self.tenants, f"{name}.yaml"), "w", encoding="utf-8") as file:
            file.write(text)

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    """A port of this machine that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(*arguments, program=PROGRAM):
    """Runs another command of the program to its end."""
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)


class Server:
    """A `gatehouse serve` on free ports. As a context it is stopped, and asked for its log where that went wrong."""

    def __init__(self, workspace, *arguments, program=PROGRAM):
        self.workspace = workspace
        self.log = open(workspace.log, "ab")
        self.process = subprocess.Popen(
            [program, "serve", "--json", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0",
             "--tenants", workspace.tenants, "--data", workspace.data, *arguments],
            stdout=subprocess.PIPE, stderr=self.log, start_new_session=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.ready = self._wait_until_ready()
        self.url = self.ready["url"]
        self.operations_url = self.ready["operations_url"]
        self.client = Client(self.url)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _wait_until_ready(self):
        try:
            line = self.lines.get(timeout=START_SECONDS)
            if line is not None:
                ready = json.loads(line)
                if ready.get("event") == "ready":
                    return ready
        except (queue.Empty, ValueError):
            line = None
        self.kill()
        raise RuntimeError(f"no ready line but {line!r}; the log:\n{self.workspace.log_text()}")

    def invitation(self, tenant):
        """The invitation of the tenant's first owner, which a start offers while there is none."""
        return next(found for found in self.ready["invitations"] if found["tenant"] == tenant)

    def stop(self):
        """Asks the server to end and gives back its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.log.close()
        return status

    def kill(self):
        """Ends the server as a power failure would."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.stop()
        if error is not None:
            print(f"the server's log:\n{self.workspace.log_text()}", file=sys.stderr)


def accept(client, tenant, invitation_token, password, display_name=None):
    """Takes up an invitation; the answer is that of a sign-in."""
    body = {"token": invitation_token, "password": password}
    if display_name:
        body["display_name"] = display_name
    return client.post(f"/t/{tenant}/invitations/accept", body)


def sign_in(client, tenant, login, password):
    return client.post(f"/t/{tenant}/login", {"login": login, "password": password})


def refresh(client, tenant, token):
    return client.post(f"/t/{tenant}/refresh", {"refresh_token": token})


def wait_until(holds, seconds=10):
    """Whether `holds()` became true within the time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def run(journey, tenants=None):
    """Runs `journey(tally, workspace)` and ends the program with its verdict; a crash leaves a word and fails."""
    if not PROGRAM:
        sys.exit("set GATEHOUSE_BIN to the gatehouse program")
    tally = Tally()
    workspace = Workspace(tenants)
    try:
        journey(tally, workspace)
    except Exception as error:  # A journey that breaks off is a failed one, whatever broke.
        tally.check(f"the journey {os.path.basename(sys.argv[0])} comes to its end", False, repr(error))
    finally:
        workspace.remove()
    tally.end()
