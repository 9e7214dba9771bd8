"""The README's configuration of nginx, run with Debian's nginx as an ordinary user, in front of a service that knows nothing.

Only whom Gatehouse admits gets through, and the service hears from Gatehouse who he is, whatever he says himself.
"""

import http.client
import http.server
import json
import os
import pwd
import re
import shutil
import subprocess
import threading
import time

from harness import ACME, Answer, Server, accept, free_port, run, wait_until
from shared.keys import PASSWORD, Keys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Not in the path of ordinary users.
PROGRAM = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
FRAME = """\
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{published}
}}
"""


class Product(http.server.BaseHTTPRequestHandler):
    """A service behind the proxy: tells what headers and body it was given, and counts."""

    protocol_version = "HTTP/1.1"
    calls = 0

    def do_GET(self):
        Product.calls += 1
        length = int(self.headers.get("Content-Length", 0))
        sent = {"body": self.rfile.read(length).decode(), "headers": [[name.lower(), value] for name, value in
                                                                      self.headers.items()]}
        body = json.dumps(sent).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


class Proxy:
    """An nginx with the README's configuration on a free port; as a context it is stopped."""

    def __init__(self, workspace, gatehouse, product):
        self.port = free_port()
        folder = os.path.join(workspace.folder, "nginx")
        os.mkdir(folder)
        text = published()
        for written, real in (("127.0.0.1:8080", gatehouse), ("127.0.0.1:3000", product),
                              ("listen 80;", f"listen 127.0.0.1:{self.port};")):
            if written not in text:
                raise RuntimeError(f"the README's configuration has no {written}")
            text = text.replace(written, real)
        configuration = os.path.join(folder, "nginx.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(FRAME.format(folder=folder, published=text))
        user = ordinary_user(folder)
        arguments = [PROGRAM, "-p", folder, "-e", os.path.join(folder, "error.log"), "-c", configuration]
        checked = subprocess.run([*arguments, "-t"], capture_output=True, text=True, check=False, **user)
        if checked.returncode != 0:
            raise RuntimeError(f"nginx does not take the configuration: {checked.stderr}")
        self.process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, **user)

    def ask(self, key=None, path="/", method="GET", headers=None, body=None, source="127.0.0.1"):
        """The answer to a caller who comes from `source`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        try:
            connection.request(method, path, body=body, headers=sent)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def __enter__(self):
        wait_until(self.listens)
        return self

    def listens(self):
        try:
            self.ask(path="/favicon.ico")
            return True
        except OSError:
            return False

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        self.process.wait(timeout=20)


def published():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return re.search(r"```nginx\n(.*?)```", file.read(), re.DOTALL)[1]


def ordinary_user(folder):
    """Runs a program as somebody who is not root, to whom the folder belongs."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for place, _, names in os.walk(folder):
        for path in [place] + [os.path.join(place, name) for name in names]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def journey(tally, workspace):
    if not tally.check("nginx is installed (apt-get install nginx)", PROGRAM):
        return
    product = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Product)
    threading.Thread(target=product.serve_forever, daemon=True).start()
    listening = f"127.0.0.1:{free_port()}"
    with Server(workspace, "--listen", listening, "--trusted-proxies", "127.0.0.1/32") as server:
        owner = accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD).json["access_token"]
        keys = Keys(server.client, "acme", owner)
        with Proxy(workspace, listening, f"127.0.0.1:{product.server_port}") as proxy:
            identifier, key = keys.make("product", scopes=["product.use", "product.read"])
            admitted(tally, proxy, identifier, key)
            refused(tally, proxy, keys, key)
            networks(tally, proxy, keys)
            limited(tally, proxy, keys)
            person(tally, proxy, owner)
            revoked(tally, proxy, keys, identifier, key)
            _, key = keys.make("another", scopes=["product.use"])
            nobody_to_ask(tally, server, proxy, key)
    product.shutdown()


def heard(answer, name):
    """What the service was given under this name."""
    return [value for found, value in answer.json.get("headers", []) if found == name]


def admitted(tally, proxy, identifier, key):
    answer = proxy.ask(key)
    tally.equal("a good key gets through", answer.status, 200)
    said = {name: heard(answer, f"x-gatehouse-{name}") for name in ("tenant", "subject", "scopes")}
    truth = {"tenant": ["acme"], "subject": [identifier], "scopes": ["product.read product.use"]}
    tally.equal("and the service hears whose it is and what it allows", said, truth)
    tally.equal("but not the key", heard(answer, "authorization"), [])
    lies = {"X-Gatehouse-Tenant": "globex", "X-Gatehouse-Subject": "usr_1", "X-Gatehouse-Scopes": "tenant.own",
            "x_gatehouse_tenant": "globex"}
    answer = proxy.ask(key, headers=lies)
    said = {name: heard(answer, f"x-gatehouse-{name}") for name in ("tenant", "subject", "scopes")}
    tally.equal("what a caller says of himself is replaced", (said, heard(answer, "x_gatehouse_tenant")), (truth, []))
    answer = proxy.ask(key, method="POST", path="/orders?x=1", body="a body of some length")
    tally.equal("bodies get through", (answer.status, answer.json.get("body")), (200, "a body of some length"))
    chunks = proxy.ask(key, method="POST", body=iter([b"in ", b"chunks"]))
    tally.equal("in chunks, too", (chunks.status, chunks.json.get("body")), (200, "in chunks"))


def refused(tally, proxy, keys, key):
    before = Product.calls
    answer = proxy.ask()
    tally.equal("without a key: 401, and how to come in", (answer.status, answer.headers.get("www-authenticate")),
                (401, "Bearer"))
    lies = {"X-Gatehouse-Tenant": "acme", "X-Gatehouse-Subject": "usr_1", "X-Gatehouse-Scopes": "product.use"}
    for name, bad, headers in (
            ("a wrong key", key[:-1] + ("a" if key[-1] != "a" else "b"), {}), ("no key at all but claims", None, lies),
            ("an empty key", "", {}), ("nonsense", "acme_live_x", {}),
            ("a key as a password", None, {"Authorization": f"Basic {key}"})):
        tally.equal(f"{name}: 401", proxy.ask(bad, headers=headers).status, 401)
    tally.equal("a key in the address is none", proxy.ask(path=f"/?access_token={key}").status, 401)
    _, poor = keys.make("poor", scopes=["product.read"])
    tally.equal("a key that does not allow it: 403", proxy.ask(poor).status, 403)
    tally.equal("the way to Gatehouse is not open from outside", proxy.ask(key, path="/_gatehouse").status, 404)
    tally.equal("nobody of these reached the service", Product.calls, before)


def networks(tally, proxy, keys):
    _, key = keys.make("from one place", scopes=["product.use"], allowed_networks=["127.0.0.2/32"])
    tally.equal("a key that is bound to a network is good from there", proxy.ask(key, source="127.0.0.2").status, 200)
    tally.equal("and from nowhere else", proxy.ask(key).status, 401)
    lie = {"X-Forwarded-For": "127.0.0.2", "X-Real-IP": "127.0.0.2", "Forwarded": "for=127.0.0.2"}
    tally.equal("whatever a caller says of where he is", proxy.ask(key, headers=lie).status, 401)


def limited(tally, proxy, keys):
    _, key = keys.make("limited", scopes=["product.use"], rate_limit=3)
    answers = [proxy.ask(key) for _ in range(8)]
    tally.equal("a key is good as often as it may be used", [answer.status for answer in answers[:3]], [200] * 3)
    last = answers[-1]
    tally.check("then 429, with when to come back",
                last.status == 429 and int(last.headers.get("retry-after", 0)) > 0, last)


def person(tally, proxy, token):
    answer = proxy.ask(token)
    tally.check("a person's access token gets through, too",
                answer.status == 200 and heard(answer, "x-gatehouse-subject")[0].startswith("usr_"), answer)


def revoked(tally, proxy, keys, identifier, key):
    tally.equal("until it is revoked a key is good", proxy.ask(key).status, 200)
    keys.call("POST", f"/{identifier}/revoke", {})
    tally.equal("from then on it is not", proxy.ask(key).status, 401)


def nobody_to_ask(tally, server, proxy, key):
    tally.equal("a last good answer", proxy.ask(key).status, 200)
    before = Product.calls
    server.kill()
    statuses = []
    for _ in range(5):
        statuses.append(proxy.ask(key).status)
        time.sleep(0.2)
    tally.equal("with Gatehouse gone nobody gets through", (set(statuses), Product.calls), ({503}, before))


run(journey, {"acme": ACME})
