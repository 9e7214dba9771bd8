"""Tenants under domains of their own, as proxies and strangers ask for them: by `Host`, over plain sockets."""

import json
import socket
import urllib.parse

from harness import ACME, GLOBEX, Server, accept, command, run, wait_until

DOMAIN = "auth.acme.example"
METADATA = "/.well-known/openid-configuration"
PASSWORD = "twelve slow tortoises nap"
WITH_DOMAIN = ACME + f"domains: [{DOMAIN}]\n"


def journey(tally, workspace):
    with Server(workspace) as server:
        accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD)
        served(tally, server)
        planes(tally, server)
        hosts(tally, server)
        listed(tally, workspace)
        moved(tally, workspace, server)


def served(tally, server):
    own = at(server, DOMAIN, METADATA)
    tally.equal("the domain shows the tenant's metadata", own.json, server.client.get("/t/acme" + METADATA).json)
    tally.equal("with the issuer that it has everywhere", own.json["issuer"], f"{server.url}/t/acme")
    body = {"login": "ops@acme.example", "password": PASSWORD}
    signed_in = server.client.post("/login", body, headers={"Host": DOMAIN})
    tally.equal("people sign in there", signed_in.status, 200)
    token = signed_in.json["access_token"]
    tally.equal("and use their account", server.client.get("/me", token=token, headers={"Host": DOMAIN}).status, 200)
    tally.equal("the page of invitations is there", at(server, DOMAIN, "/invitations/accept").status, 200)
    tally.equal("and what it is made of", at(server, DOMAIN, "/pages/invitation.js").status, 200)


def planes(tally, server):
    tally.equal("the tenant's prefix works there", at(server, DOMAIN, "/t/acme/jwks.json").status, 200)
    for path in ("/t/globex/jwks.json", "/v1/tenants", "/v1/tenants/acme/users", "/openapi.yaml", "/"):
        tally.equal(f"{path} is not found there", at(server, DOMAIN, path).code, "not_found")
    tally.equal("what is there is not found without the prefix elsewhere",
                server.client.get("/jwks.json").code, "not_found")


def hosts(tally, server):
    for host in (DOMAIN.upper(), DOMAIN + ":443"):
        tally.equal(f"{host} is the domain", status(server, f"GET /jwks.json HTTP/1.1\r\nHost: {host}\r\n"), 200)
    for host in (DOMAIN + ".", "x." + DOMAIN, DOMAIN + ":", DOMAIN + "@evil.example", "evil.example"):
        tally.equal(f"{host} is not", status(server, f"GET /jwks.json HTTP/1.1\r\nHost: {host}\r\n"), 404)
    two = f"GET /jwks.json HTTP/1.1\r\nHost: {DOMAIN}\r\nHost: evil.example\r\n"
    tally.equal("two hosts are refused", status(server, two), 400)
    forwarded = f"GET /jwks.json HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: {DOMAIN}\r\nForwarded: host={DOMAIN}\r\n"
    tally.equal("headers that stand for Host count for nothing", status(server, forwarded), 404)
    absolute = f"GET http://evil.example/v1/tenants HTTP/1.1\r\nHost: {DOMAIN}\r\n"
    tally.equal("an address as the target leads to no other plane", status(server, absolute), 404)


def listed(tally, workspace):
    place = ("--data", workspace.data, "--json")
    rows = json.loads(command("tenants", "domains", "list", "acme", *place).stdout)
    tally.equal("the command lists the domain of the file", [(row["domain"], row["state"], row["managed_by"]) for row in rows],
                [(DOMAIN, "verified", "file")])
    for deed in ("add", "remove"):
        result = command("tenants", "domains", deed, "acme", DOMAIN, *place)
        tally.check(f"{deed} leaves domains of files to the file", result.returncode == 1 and "file" in result.stderr, result)
    result = command("tenants", "domains", "add", "acme", "Auth.acme.example", *place)
    tally.check("what is no domain is a mistake of usage", result.returncode == 2 and "lower case" in result.stderr, result)


def moved(tally, workspace, server):
    workspace.write_tenant("globex", GLOBEX + f"domains: [{DOMAIN}]\n")
    server.reload()
    told = wait_until(lambda: "is also declared in" in workspace.log_text())
    tally.check("a domain that two files declare is reported on reload", told, workspace.log_text()[-2000:])
    tally.equal("and changes nothing", issuer(server), f"{server.url}/t/acme")
    workspace.write_tenant("acme", ACME)
    server.reload()
    tally.check("a domain moves with the files", wait_until(lambda: issuer(server) == f"{server.url}/t/globex"))
    workspace.write_tenant("globex", GLOBEX)
    server.reload()
    tally.check("and is gone with them", wait_until(lambda: at(server, DOMAIN, METADATA).status == 404))


def at(server, host, path):
    return server.client.get(path, headers={"Host": host})


def issuer(server):
    return (at(server, DOMAIN, METADATA).json or {}).get("issuer")


def status(server, head):
    """Sends a request as it is written, and gives the status of its answer."""
    address = urllib.parse.urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall((head + "Connection: close\r\n\r\n").encode())
        answer = connection.makefile("rb").readline().split()
    return int(answer[1]) if len(answer) > 1 else None


if __name__ == "__main__":
    run(journey, {"acme": WITH_DOMAIN, "globex": GLOBEX})
