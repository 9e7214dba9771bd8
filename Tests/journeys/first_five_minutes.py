"""A stranger's first five minutes: invited, signed in, refreshed, found out as a thief, signed out, refused."""

import jwt

from harness import Server, accept, refresh, run, sign_in

PASSWORD = "a quiet pelican reads 7 maps"


def journey(tally, workspace):
    with Server(workspace) as server:
        tally.equal("every tenant file is served", server.ready["tenants"], 2)
        accept_invitation(tally, server)
        tokens = sign_in_and_verify(tally, server)
        rotate_and_replay(tally, server, tokens)
        sign_out(tally, server)


def accept_invitation(tally, server):
    token = server.invitation("acme")["token"]
    tally.equal("the first invitation is an owner's", server.invitation("acme")["role"], "owner")
    weak = accept(server.client, "acme", token, "short")
    tally.check("a weak password is refused and the invitation lives on", 400 <= weak.status < 500, weak)
    accepted = accept(server.client, "acme", token, PASSWORD, "Olivia Ops")
    tally.equal("accepting an invitation signs in", accepted.json.get("status"), "complete")
    again = accept(server.client, "acme", token, PASSWORD)
    tally.check("an invitation is taken up once", 400 <= again.status < 500, again)


def sign_in_and_verify(tally, server):
    answer = sign_in(server.client, "acme", "OPS@acme.example", PASSWORD)
    tally.equal("signing in succeeds, however the login is spelt", answer.status, 200)
    tokens = answer.json
    tally.equal("a complete sign-in says so", tokens["status"], "complete")
    tally.equal("the token type is Bearer", tokens["token_type"], "Bearer")
    verify(tally, server, tokens)
    me = server.client.get("/t/acme/me", token=tokens["access_token"])
    tally.equal("the token opens one's own profile", me.json.get("login"), "ops@acme.example")
    tally.equal("the profile shows the role", me.json.get("roles"), ["owner"])
    return tokens


def verify(tally, server, tokens):
    """Verifies the access token as a service would: by the metadata and the public keys alone."""
    metadata = server.client.get("/t/acme/.well-known/openid-configuration").json
    keys = jwt.PyJWKSet.from_dict(server.client.get("/t/acme/jwks.json").json)
    tally.check("the public keys hold nothing private", b'"d"' not in server.client.get("/t/acme/jwks.json").body)
    header = jwt.get_unverified_header(tokens["access_token"])
    tally.equal("the token says that it is an access token", header["typ"], "at+jwt")
    key = next(key for key in keys.keys if key.key_id == header["kid"])
    unverified = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    claims = jwt.decode(
        tokens["access_token"], key.key, algorithms=["ES256"], issuer=metadata["issuer"], audience=unverified["aud"],
        options={"require": ["iss", "aud", "sub", "tid", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr", "roles"]})
    tally.check("an independent library verifies the token", claims["sub"].startswith("usr_"), claims)
    tally.check("the issuer is the tenant's own", claims["iss"].endswith("/t/acme"), claims["iss"])
    tally.equal("the token names the session", claims["sid"], tokens["session_id"])
    tally.equal("the token lives as long as the answer says", claims["exp"] - claims["iat"], tokens["expires_in"])
    tally.equal("the token says how the person proved himself", claims["amr"], ["pwd"])


def rotate_and_replay(tally, server, tokens):
    second = refresh(server.client, "acme", tokens["refresh_token"])
    tally.equal("a refresh token gives new tokens", second.status, 200)
    tally.check("the refresh token was changed", second.json["refresh_token"] != tokens["refresh_token"])
    tally.equal("the session stays the same", second.json["session_id"], tokens["session_id"])
    thief = {"User-Agent": "somebody else"}
    replay = server.client.post("/t/acme/refresh", {"refresh_token": tokens["refresh_token"]}, headers=thief)
    tally.equal("a used refresh token is refused to another client", (replay.status, replay.code),
                (401, "invalid_refresh_token"))
    heir = refresh(server.client, "acme", second.json["refresh_token"])
    tally.equal("its whole family is ended", (heir.status, heir.code), (401, "invalid_refresh_token"))
    me = server.client.get("/t/acme/me", token=second.json["access_token"])
    tally.equal("the family's access token is refused here at once", me.status, 401)


def sign_out(tally, server):
    tokens = sign_in(server.client, "acme", "ops@acme.example", PASSWORD).json
    sessions = server.client.get("/t/acme/me/sessions", token=tokens["access_token"]).json["data"]
    tally.equal("one's own sessions are listed", [s["id"] for s in sessions if s.get("current")], [tokens["session_id"]])
    repeated = [refresh(server.client, "acme", tokens["refresh_token"]).json.get("refresh_token") for _ in range(2)]
    tally.check("the same client repeating a refresh gets the same successor",
                repeated[0] is not None and repeated[0] == repeated[1])
    out = server.client.post("/t/acme/logout", {"refresh_token": repeated[0]})
    tally.equal("signing out succeeds without a body", (out.status, out.body), (204, b""))
    tally.equal("the refresh token is refused afterwards", refresh(server.client, "acme", repeated[0]).status, 401)
    me = server.client.get("/t/acme/me", token=tokens["access_token"])
    tally.equal("the access token is refused here afterwards", me.status, 401)
    feed = server.client.get("/t/acme/revocations")
    tally.check("the revocation feed is published for those who verify offline", feed.status == 200 and feed.body, feed)
    tally.check("the revocation feed can be asked for changes only", "etag" in feed.headers, feed.headers)


run(journey)
