"""API keys as services meet them: verified all the while, good ones and dead ones. Nothing may be answered wrong."""

import http.client
import itertools
import json
import threading
import time
import urllib.parse

PASSWORD = "seven plain cobblestones hum"


class Verifier:
    """One service that asks whether keys are good, over a connection that it keeps."""

    def __init__(self, url, token=None):
        self.address = urllib.parse.urlsplit(url)
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.connection = None

    def ask(self, key, **more):
        """The status, and the verdict or the problem."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=30)
        try:
            self.connection.request("POST", "/v1/api-keys/verify", json.dumps({"key": key, **more}), self.headers)
            response = self.connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def holds(self, key, **more):
        """Whether the key is good; a server that cannot say is an error."""
        status, verdict = self.ask(key, **more)
        if status != 200:
            raise RuntimeError(f"{status} {verdict}")
        return verdict["valid"]


class Verifying:
    """Services that verify good and dead keys while it is entered; what was answered wrong is kept.

    A key that is about to change is taken out first, and put back as what it is then.
    """

    def __init__(self, url, threads=4, pace=0.004):
        self.url = url
        self.pace = pace
        self.good = {}
        self.dead = {}
        self.lock = threading.Lock()
        self.busy = [None] * threads
        self.failures = []
        self.unavailable = 0
        self.answered = 0
        self.longest = 0.0
        self.ended = threading.Event()
        self.threads = [
            threading.Thread(target=self._go_on, args=(number,), daemon=True) for number in range(threads)]

    def add(self, name, key):
        with self.lock:
            self.good[name] = key

    def take_out(self, *names):
        """Gives back when nobody asks about these keys any more."""
        with self.lock:
            for name in names:
                self.good.pop(name, None)
                self.dead.pop(name, None)
        while any(asked in names for asked in list(self.busy)):
            time.sleep(0.001)

    def bury(self, name, key):
        """The key is dead from here on."""
        with self.lock:
            self.good.pop(name, None)
            self.dead[name] = key

    def _go_on(self, number):
        verifier = Verifier(self.url)
        for turn in itertools.count(number):
            if self.ended.is_set():
                return
            chosen = self._choose(number, turn)
            if chosen:
                self._ask(verifier, *chosen)
                self.busy[number] = None
            self.ended.wait(self.pace)

    def _choose(self, number, turn):
        with self.lock:
            keys = [(name, key, True) for name, key in self.good.items()]
            keys += [(name, key, False) for name, key in self.dead.items()]
            if not keys:
                return None
            chosen = keys[(turn * 7 + number * 13) % len(keys)]
            self.busy[number] = chosen[0]
            return chosen

    def _ask(self, verifier, name, key, is_good):
        began = time.monotonic()
        try:
            status, verdict = verifier.ask(key)
        except (OSError, http.client.HTTPException, ValueError) as error:
            status, verdict = 0, repr(error)
        with self.lock:
            self.longest = max(self.longest, time.monotonic() - began)
            self.answered += 1
            if status == 503:
                self.unavailable += 1
            elif status != 200 or verdict["valid"] != is_good:
                self.failures.append((name, "good" if is_good else "dead", status, verdict))

    def check(self, tally, guarantee, may_be_unavailable=False):
        """That nothing was answered wrong since the last check, and that there was something to answer."""
        before = self.answered
        deadline = time.monotonic() + 60
        while self.answered < before + 100 and time.monotonic() < deadline:
            time.sleep(0.02)
        with self.lock:
            (failures, self.failures), (unavailable, self.unavailable) = (self.failures, []), (self.unavailable, 0)
        wrong = failures or (unavailable and not may_be_unavailable)
        tally.check(guarantee, not wrong, (failures[:4], f"{unavailable} times 503"))
        return unavailable

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        print(f"   {self.answered} verifications, the longest took {self.longest:.2f} s", flush=True)


class Keys:
    """A tenant's API keys over HTTP, as its owner."""

    def __init__(self, client, tenant, token):
        self.client = client
        self.tenant = tenant
        self.token = token

    def call(self, method, path, body=None, headers=None):
        place = f"/v1/tenants/{self.tenant}/api-keys{path}"
        return self.client.request(method, place, body=body, token=self.token, headers=headers)

    def make(self, name, **more):
        """The id and the text of a new key."""
        answer = self.call("POST", "", {"name": name, "scopes": ["users.read"], **more})
        if answer.status != 201:
            raise RuntimeError(f"no key was made: {answer}")
        return answer.json["id"], answer.json["key"]

    def rotate(self, key, **more):
        return self.call("POST", f"/{key}/rotate", more)

    def read(self, key):
        return self.call("GET", f"/{key}").json


def until_refused(verifier, key, seconds=30):
    """How long a key is still taken for good, from now on, in seconds."""
    began = time.monotonic()
    while verifier.holds(key):
        if time.monotonic() - began > seconds:
            return float("inf")
    return time.monotonic() - began
