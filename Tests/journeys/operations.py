"""What an operator does to a running server: reload, stop, kill, start twice; nothing that was promised is lost."""

import http.client
import json
import os
import stat
import threading
import time
import urllib.parse

from harness import ACME, Server, accept, command, refresh, run, sign_in, wait_until

PASSWORD = "twelve slow tortoises nap"
OLD_ORIGIN = "https://app.acme.example"
NEW_ORIGIN = "https://new.acme.example"


def journey(tally, workspace):
    with Server(workspace) as server:
        tokens = accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD).json
        files_are_private(tally, workspace)
        second_start(tally, workspace)
        check_command(tally, workspace)
        isolation_command(tally, workspace)
        reload(tally, workspace, server)
        server.kill()
    with Server(workspace) as server:
        after_kill(tally, server, tokens)
        drain(tally, server)


def files_are_private(tally, workspace):
    open_files = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(workspace.data) for name in names
        if stat.S_ISREG(os.lstat(os.path.join(folder, name)).st_mode)
        and os.lstat(os.path.join(folder, name)).st_mode & 0o077
    ]
    tally.equal("no file of the data folder can be read by others", open_files, [])


def second_start(tally, workspace):
    result = command("serve", "--json", "--listen", "127.0.0.1:0", "--operations-listen", "127.0.0.1:0",
                     "--tenants", workspace.tenants, "--data", workspace.data)
    tally.check("a second start on the same data is refused", result.returncode != 0, result.returncode)
    said = result.stdout + result.stderr
    tally.check("and says that another one is using it", "another gatehouse" in said, said)


def check_command(tally, workspace):
    sound = command("check", "--tenants", workspace.tenants)
    tally.equal("sound tenant files pass the check", sound.returncode, 0)
    workspace.write_tenant("acme", ACME.replace("minimum_length: 12", "minimum_length: 6, histroy: 3"))
    bad = command("check", "--tenants", workspace.tenants, "--json")
    tally.equal("unsound ones do not", bad.returncode, 1)
    tally.check("all problems are told at once", "minimum_length" in bad.stdout and "histroy" in bad.stdout, bad.stdout)
    tally.check("in JSON where asked for", is_json(bad.stdout), bad.stdout)
    workspace.write_tenant("acme", ACME)


def isolation_command(tally, workspace):
    shut = command("isolation", "verify", "--json", "--tenants", workspace.tenants, "--data", workspace.data)
    tally.equal("tenants are kept apart", shut.returncode, 0)
    tally.check("and every check of it was made", len(json.loads(shut.stdout)["findings"]) >= 5, shut.stdout)
    nothing = command("isolation", "verify", "--tenants", workspace.tenants, "--data", workspace.data + "-elsewhere")
    tally.equal("what is not there proves nothing", nothing.returncode, 1)


def is_json(text):
    try:
        json.loads(text)
        return True
    except ValueError:
        return False


def reload(tally, workspace, server):
    # The bad file asks for the new origin too, so that its taking effect in part would show.
    bad = ACME.replace(OLD_ORIGIN, NEW_ORIGIN).replace("minimum_length: 12", "minimum_length: 6")
    workspace.write_tenant("acme", bad)
    server.reload()
    told = wait_until(lambda: "minimum_length" in workspace.log_text())
    tally.check("a bad file is reported on reload", told, workspace.log_text()[-2000:])
    tally.check("and changes nothing", allows(server, OLD_ORIGIN) and not allows(server, NEW_ORIGIN))
    workspace.write_tenant("acme", ACME.replace(OLD_ORIGIN, NEW_ORIGIN))
    with Asking(server) as asking:
        server.reload()
        tally.check("a good file takes effect", wait_until(lambda: allows(server, NEW_ORIGIN)))
        tally.check("as a whole", not allows(server, OLD_ORIGIN))
    tally.check("without dropping a request", asking.answered > 0 and not asking.failures, asking.failures)


def allows(server, origin):
    answer = server.client.request(
        "OPTIONS", "/t/acme/login", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    return answer.headers.get("access-control-allow-origin") == origin


class Asking:
    """Asks for the public keys again and again while it is entered, and keeps what went wrong."""

    def __init__(self, server):
        self.server = server
        self.answered = 0
        self.failures = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def _ask(self):
        while not self.ended.is_set():
            try:
                answer = self.server.client.get("/t/acme/jwks.json")
                self.answered += 1
                if answer.status != 200:
                    self.failures.append(answer)
            except OSError as error:
                self.failures.append(error)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self.ended.set()
        self.thread.join()


def after_kill(tally, server, tokens):
    tally.equal("after a kill the server starts again, with nobody invited anew where there is an owner",
                [found["tenant"] for found in server.ready.get("invitations", [])], ["globex"])
    tally.equal("a session outlives a kill", refresh(server.client, "acme", tokens["refresh_token"]).status, 200)
    tally.equal("a password outlives a kill",
                sign_in(server.client, "acme", "ops@acme.example", PASSWORD).status, 200)


def drain(tally, server):
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", "/t/acme/jwks.json")
    connection.getresponse().read()
    body = json.dumps({"login": "ops@acme.example", "password": PASSWORD})
    connection.request("POST", "/t/acme/login", body=body, headers={"Content-Type": "application/json"})
    # Long enough for the server to have read the request, shorter than a password hash.
    time.sleep(0.01)
    status = server.stop()
    tally.equal("a request in flight is answered before the end", connection.getresponse().status, 200)
    connection.close()
    tally.equal("a stopped server ends with status 0", status, 0)


run(journey)
