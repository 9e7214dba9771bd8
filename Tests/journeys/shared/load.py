"""People who use a tenant all the while: they sign in, refresh, look at themselves, add others. Nothing may fail."""

import itertools
import threading
import time

from harness import Client, accept, refresh, sign_in

PASSWORD = "nine quiet herons wading"
# A person may try sixty times a minute, so several take turns.
PEOPLE = 24


class People:
    """The owner of a tenant and some members, all with one password."""

    def __init__(self, server, tenant, count=PEOPLE):
        self.tenant = tenant
        first = accept(server.client, tenant, server.invitation(tenant)["token"], PASSWORD).json
        self.owner = first["access_token"]
        self.logins = [f"person{number}@{tenant}.example" for number in range(count)]
        self.added = itertools.count()
        for login in self.logins:
            offer = server.client.post(f"/v1/tenants/{tenant}/invitations", {"login": login, "roles": ["member"]},
                                       token=self.owner).json
            accept(server.client, tenant, offer["token"], PASSWORD)

    def add(self, client, login):
        body = {"login": login, "display_name": f"Called {login}", "password": PASSWORD, "roles": ["member"]}
        return client.post(f"/v1/tenants/{self.tenant}/users", body, token=self.owner)


class Load:
    """What people do, each in a thread of his own, while it is entered; every answer but the expected is kept."""

    def __init__(self, server, people, adding=True, pace=0.1):
        self.people = people
        self.tenant = people.tenant
        self.url = server.url
        self.pace = pace
        self.failures = []
        self.answered = {}
        self.longest = 0.0
        self.ended = threading.Event()
        self.session = sign_in(server.client, self.tenant, people.logins[0], PASSWORD).json
        doings = [self.sign_in, self.sign_in, self.refresh, self.look] + ([self.add] if adding else [])
        self.threads = [
            threading.Thread(target=self._go_on, args=(doing, number), daemon=True)
            for number, doing in enumerate(doings)]

    def _go_on(self, doing, number):
        client = Client(self.url)
        for turn in itertools.count(number):
            if self.ended.is_set():
                return
            began = time.monotonic()
            try:
                expected, answer = doing(client, turn)
                wrong = answer.status != expected
            except Exception as error:  # Whatever it is, somebody was not served.
                wrong, answer = True, repr(error)
            self.longest = max(self.longest, time.monotonic() - began)
            self.answered[doing.__name__] = self.answered.get(doing.__name__, 0) + 1
            if wrong:
                self.failures.append((doing.__name__, round(time.time(), 1), answer))
            client.received.clear()
            self.ended.wait(self.pace)

    def sign_in(self, client, turn):
        login = self.people.logins[turn % len(self.people.logins)]
        return 200, sign_in(client, self.tenant, login, PASSWORD)

    def refresh(self, client, turn):
        answer = refresh(client, self.tenant, self.session["refresh_token"])
        if answer.status == 200:
            self.session = answer.json
        return 200, answer

    def look(self, client, turn):
        return 200, client.get(f"/t/{self.tenant}/me", token=self.people.owner)

    def add(self, client, turn):
        time.sleep(0.2)
        return 201, self.people.add(client, f"added{next(self.people.added)}@{self.tenant}.example")

    def total(self):
        return sum(self.answered.values())

    def check(self, tally, guarantee):
        """That all went well since the last check, and that there was something to go wrong."""
        before = self.total()
        while self.total() < before + 8:
            time.sleep(0.05)
        failures, self.failures = self.failures, []
        return tally.check(guarantee, not failures, failures[:4])

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        print(f"   {self.tenant}: {self.answered}, the longest took {self.longest:.2f} s", flush=True)
