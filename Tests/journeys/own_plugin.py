"""A program of somebody else's, made of Gatehouse and one plugin of his own: its settings are read, its secrets used."""

import os

import harness
from harness import Server, accept, command, run, sign_in

PASSWORD = "a quiet pelican reads 7 maps"
PROGRAM = os.path.join(os.path.dirname(harness.PROGRAM), "our-gatehouse")
ACME = harness.ACME.replace(
    "sign_in:\n  password: { minimum_length: 12 }",
    "secrets: { credential: {} }\nsign_in:\n"
    "  password: { minimum_length: 12, pepper: { secret: credential:pepper } }")


def journey(tally, workspace):
    credentials = os.path.join(workspace.folder, "credentials")
    os.mkdir(credentials)
    os.environ["CREDENTIALS_DIRECTORY"] = credentials
    tell_apart(tally, workspace)
    tell_what_is_missing(tally, workspace)
    with open(os.path.join(credentials, "acme.pepper"), "w", encoding="utf-8") as file:
        file.write("grains of paradise")
    serve(tally, workspace)


def tell_apart(tally, workspace):
    standard = command("check", "--tenants", workspace.tenants)
    tally.check("Gatehouse as it comes does not know the plugin's section, and says so",
                standard.returncode == 1 and "secrets.credential: is not a key here" in standard.stdout, standard)
    own = command("check", "--tenants", workspace.tenants, program=PROGRAM)
    tally.equal("the program that has the plugin takes the same file", own.returncode, 0)
    schema = command("check", "--schema", program=PROGRAM)
    tally.check("the plugin's section stands in the schema", '"credential"' in schema.stdout, schema.stdout[:300])


def tell_what_is_missing(tally, workspace):
    test = command("secrets", "test", "--tenants", workspace.tenants, "--data", workspace.data, program=PROGRAM)
    tally.check("the plugin says in its own words what is missing",
                test.returncode == 1 and "LoadCredential=acme.pepper:" in test.stdout, test)


def serve(tally, workspace):
    with Server(workspace, program=PROGRAM) as server:
        tally.equal("the tenant is served", server.ready["tenants"], 1)
        accepted = accept(server.client, "acme", server.invitation("acme")["token"], PASSWORD)
        tally.equal("a password is kept with the plugin's secret", accepted.json.get("status"), "complete")
        answer = sign_in(server.client, "acme", "ops@acme.example", PASSWORD)
        tally.equal("and checked with it", answer.json.get("status"), "complete")
    tally.check("the secret is in no log", "grains of paradise" not in workspace.log_text())


run(journey, {"acme": ACME})
