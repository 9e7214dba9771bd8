"""Two customers, one e-mail address: nothing of one works at the other."""

from harness import Server, accept, refresh, run, sign_in

ACME_PASSWORD = "one harbour, nine lanterns"
GLOBEX_PASSWORD = "forty purple umbrellas sing"
SHARED = "alice@example.com"


def journey(tally, workspace):
    with Server(workspace) as server:
        owners = {
            "acme": own(server, "acme", ACME_PASSWORD),
            "globex": own(server, "globex", GLOBEX_PASSWORD),
        }
        ids = {tenant: add_alice(tally, server, tenant, tokens) for tenant, tokens in owners.items()}
        tally.check("the same e-mail is two people", ids["acme"] != ids["globex"], ids)
        passwords_do_not_cross(tally, server)
        tokens_do_not_cross(tally, server, owners)
        kinds_of_token_do_not_cross(tally, server, owners["acme"])
        objects_do_not_cross(tally, server, owners, ids)
        unknown_tenants(tally, server, owners["acme"])


def own(server, tenant, password):
    return accept(server.client, tenant, server.invitation(tenant)["token"], password).json


def add_alice(tally, server, tenant, owner):
    password = ACME_PASSWORD if tenant == "acme" else GLOBEX_PASSWORD
    answer = server.client.post(
        f"/v1/tenants/{tenant}/users", {"login": SHARED, "password": password + " too", "roles": ["member"]},
        token=owner["access_token"])
    tally.equal(f"{tenant} may have a person of that e-mail", answer.status, 201)
    return answer.json.get("id")


def passwords_do_not_cross(tally, server):
    right = sign_in(server.client, "acme", SHARED, ACME_PASSWORD + " too")
    tally.check("a person signs in at the own tenant", right.status == 200, right)
    wrong = sign_in(server.client, "globex", SHARED, ACME_PASSWORD + " too")
    tally.equal("the password of one tenant is wrong at the other", (wrong.status, wrong.code),
                (401, "invalid_credentials"))
    unknown = sign_in(server.client, "globex", "nobody@example.com", ACME_PASSWORD)
    tally.equal("an unknown person gets the same answer as a wrong password",
                (unknown.status, without_request_id(unknown)), (wrong.status, without_request_id(wrong)))


def tokens_do_not_cross(tally, server, owners):
    for path in ("/t/globex/me", "/v1/tenants/globex/users"):
        answer = server.client.get(path, token=owners["acme"]["access_token"])
        tally.equal(f"an access token of another tenant is refused at {path}", answer.status, 401)
    tally.equal("a refresh token of another tenant is refused",
                refresh(server.client, "globex", owners["acme"]["refresh_token"]).code, "invalid_refresh_token")
    tally.equal("and still works at its own", refresh(server.client, "acme", owners["acme"]["refresh_token"]).status, 200)


def kinds_of_token_do_not_cross(tally, server, owner):
    as_access = server.client.get("/t/acme/me", token=owner["refresh_token"])
    tally.equal("a refresh token is no access token", as_access.status, 401)
    as_refresh = refresh(server.client, "acme", owner["access_token"])
    tally.equal("an access token is no refresh token", (as_refresh.status, as_refresh.code),
                (401, "invalid_refresh_token"))
    in_address = server.client.get(f"/t/acme/me?access_token={owner['access_token']}")
    tally.equal("a token in an address is refused", in_address.status, 400)


def objects_do_not_cross(tally, server, owners, ids):
    token = owners["acme"]["access_token"]
    foreign = server.client.get(f"/v1/tenants/acme/users/{ids['globex']}", token=token)
    absent = server.client.get(f"/v1/tenants/acme/users/{never_made(ids['globex'])}", token=token)
    tally.equal("another tenant's person is not found", foreign.status, 404)
    tally.equal("as if there had never been one", without_request_id(foreign), without_request_id(absent))
    for method in ("PATCH", "DELETE"):
        body = {"display_name": "x"} if method == "PATCH" else None
        answer = server.client.request(method, f"/v1/tenants/acme/users/{ids['globex']}", body=body, token=token)
        tally.equal(f"{method} of another tenant's person is not found", answer.status, 404)
    listed = server.client.get("/v1/tenants/acme/users", token=token).json.get("data", [])
    tally.check("a list shows the own people only",
                ids["acme"] in [user["id"] for user in listed] and ids["globex"] not in [user["id"] for user in listed])


def unknown_tenants(tally, server, owner):
    for path in ("/t/ghost/login", "/t/ghost/refresh"):
        answer = server.client.post(path, {})
        tally.equal(f"an unknown tenant is not found at {path}, before anything is read", answer.status, 404)
    answer = server.client.get("/v1/tenants/ghost/users", token=owner["access_token"])
    tally.check("nor does a token open one", answer.status in (401, 404), answer)


def never_made(identifier):
    """A well-formed identifier that was given to nobody: another last digit."""
    return identifier[:-1] + ("0" if identifier[-1] != "0" else "1")


def without_request_id(answer):
    """The body, as it is apart from the one member that differs with each request."""
    return {name: value for name, value in answer.json.items() if name != "request_id"}


run(journey)
