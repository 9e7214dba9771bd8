"""What every answer has in common, whatever was asked: the form of refusals, headers, limits."""

import urllib.parse

from harness import Client, Server, accept, run

PASSWORD = "seven grey herons at noon"


def journey(tally, workspace):
    with Server(workspace) as server:
        tokens = accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD).json
        refusals(tally, server)
        strict_bodies(tally, server)
        headers(tally, server)
        origins(tally, server)
        lists(tally, server, tokens["access_token"])
        repeated_requests(tally, server, tokens["access_token"])
        operations(tally, server)


def refusals(tally, server):
    asked = {
        "an unknown path": (404, server.client.get("/nowhere")),
        "a wrong method": (405, server.client.get("/t/acme/login")),
        "another content type": (415, server.client.request(
            "POST", "/t/acme/login", raw=b"login=a", headers={"Content-Type": "application/x-www-form-urlencoded"})),
        "a compressed body": (415, server.client.request(
            "POST", "/t/acme/login", raw=b"\x1f\x8b",
            headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})),
        "a body over 64 KiB": (413, server.client.post("/t/acme/login", {"login": "a" * 70_000, "password": "b"})),
        "a missing token": (401, server.client.get("/t/acme/me")),
    }
    for what, (status, answer) in asked.items():
        is_problem(tally, what, status, answer)
    tally.check("a wrong method is told the right ones", "POST" in asked["a wrong method"][1].headers.get("allow", ""))


def is_problem(tally, what, status, answer):
    tally.equal(f"{what} is answered with {status}", answer.status, status)
    tally.check(f"{what} is answered as a problem", is_problem_form(answer), answer)


def is_problem_form(answer):
    kind = answer.headers.get("content-type", "").split(";")[0]
    members = {"type", "title", "status", "code", "detail", "request_id"}
    return (kind == "application/problem+json" and members <= answer.json.keys()
            and answer.json["status"] == answer.status
            and answer.json["request_id"] == answer.headers.get("x-request-id"))


def strict_bodies(tally, server):
    bodies = {
        "an unknown field": b'{"login": "a", "password": "b", "tenant_id": "c"}',
        "a repeated field": b'{"login": "a", "login": "b", "password": "c"}',
        "a wrong type": b'{"login": 1, "password": "b"}',
        "U+0000": b'{"login": "a\\u0000", "password": "b"}',
        "half of a surrogate pair": b'{"login": "a\\ud800", "password": "b"}',
        "bytes that are no UTF-8": b'{"login": "\xff", "password": "b"}',
        "too deep a nesting": b'{"login": ' + b"[" * 40 + b"]" * 40 + b', "password": "b"}',
        "a text after the end": b'{"login": "a", "password": "b"} {}',
        "something that is no JSON": b"login",
    }
    for what, raw in bodies.items():
        answer = server.client.request(
            "POST", "/t/acme/login", raw=raw, headers={"Content-Type": "application/json"})
        is_problem(tally, f"a body with {what}", 400, answer)
    answer = server.client.post("/t/acme/login", {"password": "b", "surprise": 1})
    pointers = [error.get("pointer") for error in answer.json.get("errors", [])]
    tally.check("all faults of a body are told at once, each with its place", {"/login", "/surprise"} <= set(pointers),
                pointers)


def headers(tally, server):
    given = server.client.get("/t/acme/jwks.json", headers={"X-Request-Id": "abc-123"})
    tally.equal("a sound request id is kept", given.headers.get("x-request-id"), "abc-123")
    forged = server.client.get("/t/acme/jwks.json", headers={"X-Request-Id": "a b<script>"})
    tally.check("an unsound request id is replaced", forged.headers.get("x-request-id", "").startswith("req_"),
                forged.headers)
    refused = server.client.post("/t/acme/login", {"login": "a@b.example", "password": "wrong but long"})
    tally.equal("nothing about a person is cached", refused.headers.get("cache-control"), "no-store")
    for answer in (given, refused, server.client.get("/nowhere")):
        tally.equal("content types are not to be guessed", answer.headers.get("x-content-type-options"), "nosniff")
        tally.check("no cookie is set", "set-cookie" not in answer.headers)


def origins(tally, server):
    def preflight(origin):
        return server.client.request(
            "OPTIONS", "/t/acme/login", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})

    listed = preflight("https://app.acme.example")
    tally.equal("a listed origin is allowed", listed.headers.get("access-control-allow-origin"),
                "https://app.acme.example")
    for origin in ("https://evil.example", "null", "https://app.acme.example.evil.example", "http://app.acme.example",
                   "https://app.acme.example:444"):
        tally.check(f"the origin {origin} is not", "access-control-allow-origin" not in preflight(origin).headers)


def lists(tally, server, token):
    for number in range(3):
        server.client.post("/v1/tenants/acme/users", {"login": f"person{number}@acme.example"}, token=token)
    first = server.client.get("/v1/tenants/acme/users?limit=2", token=token).json
    tally.equal("a page holds what was asked for", len(first.get("data", [])), 2)
    cursor = urllib.parse.quote(first.get("next_cursor") or "")
    second = server.client.get(f"/v1/tenants/acme/users?limit=2&cursor={cursor}", token=token).json
    seen = [user["id"] for page in (first, second) for user in page.get("data", [])]
    tally.check("pages do not repeat anybody", len(seen) == 4 and len(set(seen)) == 4, seen)
    tally.equal("the last page says so", second.get("next_cursor", ""), None)
    for query in ("limit=201", "limit=0", "limit=x", f"cursor={cursor[:-3]}AAA", "surprise=1", "limit=1&limit=2"):
        answer = server.client.get(f"/v1/tenants/acme/users?{query}", token=token)
        tally.equal(f"the query {query.split('=')[0]}={query.split('=')[1][:4]} is refused", answer.status, 400)


def repeated_requests(tally, server, token):
    key = {"Idempotency-Key": "journey-1"}
    body = {"login": "once@acme.example"}
    first = server.client.post("/v1/tenants/acme/users", body, token=token, headers=key)
    second = server.client.post("/v1/tenants/acme/users", body, token=token, headers=key)
    tally.equal("a repeated request makes nothing twice", (second.status, second.json.get("id")),
                (201, first.json.get("id")))
    other = server.client.post("/v1/tenants/acme/users", {"login": "other@acme.example"}, token=token, headers=key)
    tally.equal("the key serves no other request", (other.status, other.code), (422, "idempotency_key_reused"))


def operations(tally, server):
    inside = Client(server.operations_url)
    tally.equal("the process says that it is alive", inside.get("/healthz").status, 200)
    tally.equal("the process says that it is ready", inside.get("/readyz").status, 200)
    metrics = inside.get("/metrics")
    tally.check("metrics are there for Prometheus", metrics.status == 200 and b"gatehouse_" in metrics.body, metrics)
    for path in ("/healthz", "/readyz", "/metrics"):
        tally.equal(f"{path} is not on the public port", server.client.get(path).status, 404)


run(journey)
