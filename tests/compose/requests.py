"""Asks what clients and operators ask of the containers: requests through nginx, metrics, rights."""

from __future__ import annotations

import json
import sys
from uuid import uuid4

from httpx2 import AsyncClient, Timeout

from chassis.testing import until
from tests.compose.images import require
from tests.compose.stack import ROOT, SERVICES, Stack
from tests.faults.client import Client

TEXT = "She sells seashells by the seashore."
RECORDING = (ROOT / "samples" / "she-sells.webm").read_bytes()
MEBIBYTE = 1024 * 1024
#: seconds that a client stays with its job: longer than a lease after a kill, on a machine with other work
PATIENCE_S = 1200.0
PASSWORD = "correct horse battery"

#: what a process of ours may not do and must not have, as a script for its container; it prints what is wrong
_WRONG = """
[ "$(id -u)" != 0 ] || echo 'runs as root'
touch /app/x /usr/x 2>/dev/null && echo 'can write its own files'
for tool in pip uv gcc cc make apt-get; do
  [ "$tool" = apt-get ] || ! command -v $tool || echo "has $tool"
done
true
"""


def person(stack: Stack) -> Client:
    """Returns a client that waits for each answer for as long as a machine with other work may take."""
    client = Client(stack.address, PATIENCE_S)
    client.http.timeout = Timeout(90.0, pool=None)
    return client


async def confinement(stack: Stack) -> str:
    """Looks into each service's container: rights, tools, and whether it knows another's password."""
    for service in SERVICES:
        wrong = await stack.execute(service, "sh", "-c", _WRONG)
        assert not wrong, f"{service} {wrong}"
        environment = (await stack.execute(service, "env")).splitlines()
        for other in (*SERVICES, "owner"):
            known = [line.partition("=")[0] for line in environment if f":example-{other}@" in line]
            assert (other == service) == bool(known), f"{service} knows the password of {other}: {known}"
    return "no root, nothing to write, no tools, only its own login"


async def attempt(stack: Stack) -> str:
    """Follows one attempt through nginx to its end."""
    async with person(stack) as client:
        job = await client.submit(RECORDING, TEXT)
        seen = await client.follow(job)
        answer = (await client.http.get(f"/attempts/{job}")).json()
    assert [event.seq for event in seen] == list(range(1, len(seen) + 1)), seen
    assert seen[-1].type == "job.succeeded" and answer["status"] == "assessed", (seen, answer)
    return f"{len(seen)} events, heard “{answer['transcript']}”"


async def new_secrets(stack: Stack) -> str:
    """Starts anew outside development, with secrets that `deploy/docker/new-secrets` prints, and follows an attempt."""
    lines = (await stack.run(sys.executable, "deploy/docker/new-secrets")).splitlines()
    await stack.compose("--profile", "*", "down", "--volumes", "--timeout", "40")
    stack = stack.changed(settings=dict(line.split("=", 1) for line in lines))
    await stack.compose("up", "--wait")
    for service in SERVICES:
        environment = await stack.execute(service, "env")
        assert "VOXBUS_DEVELOPMENT=false" in environment and "example-" not in environment, service
    return f"{len(lines)} lines; {await attempt(stack)}"


async def uploads(stack: Stack) -> str:
    """Sends almost 10 MB, which the gateway must take or judge, and more, which it must refuse by a document."""
    found = []
    async with person(stack) as client:
        for size in (10 * MEBIBYTE - 4096, 12 * MEBIBYTE, 40 * MEBIBYTE):
            recording = RECORDING.ljust(size, b"\0")
            answer = await client.http.post(
                "/attempts",
                files={"recording": ("a.webm", recording, "audio/webm")},
                data={"text": TEXT},
                timeout=PATIENCE_S,
            )
            found.append(answer.status_code)
            if answer.status_code == 202:
                seen = await client.follow(answer.json()["job"]["id"])
                assert seen[-1].type in ("job.succeeded", "job.failed")
            else:
                assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert found == [202, 413, 413], found
    return "10 MiB taken, 12 and 40 MiB refused by a problem document"


async def addresses(stack: Stack) -> str:
    """Signs up here, here with a false address, and from another container: the gateway must know the two places."""
    async with AsyncClient(base_url=stack.address, timeout=60) as client:
        for false in ({}, {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.8"}):
            account = {"email": f"{uuid4().hex}@example.net", "password": PASSWORD, "username": "Robin"}
            made = await client.post("/auth/signup", json=account, headers=false)
            assert made.status_code == 201, made.text
    account = {"email": f"{uuid4().hex}@example.net", "password": PASSWORD, "username": "Robin"}
    script = (
        "import urllib.request, sys; request = urllib.request.Request('http://nginx:8000/auth/signup',"
        " sys.argv[1].encode(), {'Content-Type': 'application/json', 'Host': 'localhost'});"
        " print(urllib.request.urlopen(request).status)"
    )
    made_there = await stack.execute("gateway", "python", "-c", script, json.dumps(account))
    assert made_there.strip() == "201", made_there
    rows = await stack.ask(
        "SELECT count(*) AS sessions, count(DISTINCT address_key) AS places FROM gateway.sessions s"
        " JOIN gateway.people p ON p.id = s.person_id WHERE p.email LIKE '%@example.net'"
    )
    assert dict(rows[0]) == {"sessions": 3, "places": 2}, rows
    return "clients are known by their own addresses, not by what they claim"


async def tls(stack: Stack) -> str:
    """Asks through the profile `tls`, whose certificate was made at its start."""
    await stack.compose("--profile", "tls", "up", "--wait", "--no-deps", "nginx-tls")
    async with AsyncClient(base_url=stack.tls_address, verify=False, timeout=60) as client:
        answer = await client.get("/api/health")
    assert answer.status_code == 200 and answer.json()["status"] != "unready", answer.text
    assert "strict-transport-security" in answer.headers
    return f"{answer.json()['status']} at {stack.tls_address}"


async def metrics(stack: Stack) -> str:
    """Has the Prometheus of the profile `observability` read every process and the broker."""
    stack = stack.changed(profiles=["observability"])
    await require(stack, "prometheus")
    await stack.compose("up", "--wait", "--no-deps", "prometheus", "probe")
    # the broker has two jobs: itself, and by queue
    expected = {"gateway": 2, "speech": 3, "feedback": 1, "content": 1, "notify": 1, "probe": 1, None: 2}
    async with AsyncClient(base_url=f"http://localhost:{stack.ports['PROMETHEUS_PORT']}", timeout=60) as client:

        async def read() -> bool:
            targets = (await client.get("/api/v1/targets")).json()["data"]["activeTargets"]
            up = [target["labels"].get("component") for target in targets if target["health"] == "up"]
            return {name: up.count(name) for name in expected} == expected

        await until(read, within=PATIENCE_S, every=2, what="every process read by Prometheus")
        rules = (await client.get("/api/v1/rules")).json()["data"]["groups"]
    return f"{sum(expected.values())} targets, {sum(len(group['rules']) for group in rules)} rules"
