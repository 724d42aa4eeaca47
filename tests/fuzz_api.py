#!/usr/bin/env python3
"""Every operation of the OpenAPI document with generated requests, as several roles: trust.md S3.

    tests/fuzz_api.py                          20 examples for each operation, three roles, as CI does
    tests/fuzz_api.py --examples 200 --all     the long run: every role of the demonstration

It builds the demonstration in a folder of its own, serves it on a free port of this machine, gives schemathesis the
ids of things that are really there, and fails where an answer has a status, a body or a header the document does not
promise, where invalid input is taken, or where the server errs. schemathesis comes from PyPI into a folder beside the
build cache.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request
import venv

SCHEMATHESIS = "schemathesis==4.32.5"
ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()

# Requests of a program end its own session: the run would go on as nobody.
ENDS_THE_SESSION = [
    "/api/v1/sessions",
    "/api/v1/sessions/current",
    "/api/v1/me/sessions",
    "/api/v1/me/password",
    "/api/v1/me/erasure",
]


def tool():
    """The schemathesis of this script, installed once."""
    folder = CACHE / "schemathesis"
    program = folder / "bin" / "schemathesis"
    marker = folder / SCHEMATHESIS
    if not marker.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", SCHEMATHESIS], check=True)
        marker.touch()
    return program


def asked(base, path, token=None, body=None):
    request = urllib.request.Request(base + path, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def first(base, path, token):
    items = asked(base, path, token)["items"]
    return items[0]["id"] if items else None


def known(base, token):
    """Ids that are really there, so that requests get past 404."""
    programme = first(base, "/api/v1/programmes", token)
    rounds = f"/api/v1/programmes/{programme}/rounds"
    round_ = first(base, rounds, token)
    ids = {"programme_id": programme, "round_id": round_}
    for name, path in {
        "organization_id": f"/api/v1/programmes/{programme}/organizations",
        "expert_id": f"/api/v1/programmes/{programme}/experts",
        "enterprise_id": f"/api/v1/programmes/{programme}/enterprises",
        "application_id": f"/api/v1/rounds/{round_}/applications",
        "review_id": f"/api/v1/rounds/{round_}/reviews",
    }.items():
        try:
            ids[name] = first(base, path, token)
        except urllib.error.HTTPError:
            ids[name] = None
    return {name: value for name, value in ids.items() if value}


def configuration(folder, ids):
    """What schemathesis is told of this API."""
    lines = [
        # Rules of the domain are not in the schema: what is well-formed may still break one (422), not fit the
        # state (409), or name a filter's value that is none (400).
        "[checks.positive_data_acceptance]",
        'expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 412, 422, 428, 429, "5xx"]',
        # An id that is none names nothing (404); a header that is no version is stale (412).
        "[checks.negative_data_rejection]",
        'expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, "5xx"]',
        # A write that does not say which version it saw is 428.
        "[checks.missing_required_header]",
        "expected-statuses = [400, 401, 403, 404, 406, 409, 415, 422, 428]",
        "[parameters]",
    ]
    lines += [f'"path.{name}" = "{value}"' for name, value in sorted(ids.items())]
    path = folder / "schemathesis.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def fuzz(arguments):
    program = tool()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = os.environ | {
            "YICHUANG__LIMITS__RECORDS_IN_FIVE_MINUTES": "1000000000",
            "YICHUANG__LIMITS__COSTLY_AT_ONCE": "1000",
        }
        with subprocess.Popen(
            [arguments.binary, "demo", "demo", "--json"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=(folder / "server.log").open("wb"),
            text=True,
        ) as server:
            try:
                demo = json.loads(server.stdout.readline())
                return against(program, folder, demo, arguments)
            finally:
                server.send_signal(signal.SIGTERM)


def against(program, folder, demo, arguments):
    base = demo["url"]
    accounts = {account["role"]: account for account in demo["accounts"]}
    roles = list(accounts) if arguments.all else arguments.roles.split(",")
    failed = []
    for role in roles:
        account = accounts[role]
        sign_in = {"login": account["login"], "password": account["password"]}
        token = asked(base, "/api/v1/sessions", body=sign_in)["token"]
        officer = accounts["program_officer"]
        reader = asked(base, "/api/v1/sessions", body={"login": officer["login"], "password": officer["password"]})
        settings = configuration(folder, known(base, reader["token"]))
        print(f"--- {role}", flush=True)
        command = [
            program, "--config-file", settings, "run", f"{base}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {token}",
            "--max-examples", str(arguments.examples),
            "--phases", "examples,coverage,fuzzing",
            "--seed", str(arguments.seed),
            "--continue-on-failure", "--no-shrink", "--warnings", "off",
            "--suppress-health-check", "all",
        ]
        for path in ENDS_THE_SESSION:
            command += ["--exclude-path", path]
        # It has no way of making a spreadsheet.
        for path in ["/api/v1/rounds/{round_id}/my-sheets", "/api/v1/rounds/{round_id}/my-sheets/preview"]:
            command += ["--exclude-path", path]
        # Its notes of a run go with the folder.
        if subprocess.run(command, cwd=folder, check=False).returncode != 0:
            failed.append(role)
    errors = [line for line in (folder / "server.log").read_text(errors="replace").splitlines() if "ERROR" in line and "request parse error" not in line]
    for line in errors[:20]:
        print(line)
    if errors or failed:
        print(f"failed: {', '.join(failed)}; {len(errors)} errors in the server's log")
    return 1 if errors or failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--roles", default="program_officer,reviewer,applicant")
    parser.add_argument("--all", action="store_true", help="every role of the demonstration")
    parser.add_argument("--seed", type=int, default=2011)
    parser.add_argument("--binary", default=str(CACHE / "debug" / "yichuang"))
    return fuzz(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
