"""Runs the profiles that replace a part: media in an S3 server, mails to a catcher, dashboards beside Prometheus.

Where the image of the S3 server or of the catcher cannot be had, another server stands in for it (`stand-in-*.yml`).
"""

from __future__ import annotations

import hashlib
import json
import sysconfig
from typing import Any
from uuid import uuid4

from httpx2 import AsyncClient

from chassis.testing import until
from tests.compose.images import NotRun, require
from tests.compose.requests import PASSWORD, PATIENCE_S, RECORDING, TEXT, person
from tests.compose.stack import Stack

S3_SETTINGS = {
    "VOXBUS_MEDIA_URL": "s3+http://voxbus/media",
    "AWS_ENDPOINT_URL": "http://s3:8333",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "example-s3",
    "AWS_SECRET_ACCESS_KEY": "example-s3-secret",
}
MAIL_SETTINGS = {"VOXBUS_SMTP_URL": "smtp://mail:1025", "VOXBUS_MAIL_FROM": "voxbus@example.org"}
#: for a server that, unlike SeaweedFS, makes no bucket at the first write
_MAKE_BUCKET = "import boto3; boto3.client('s3', endpoint_url='http://127.0.0.1:8333').create_bucket(Bucket='voxbus')"
#: prints the recordings that the media store holds, and what they are made of
_RECORDINGS = """
import asyncio, hashlib, json, os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from chassis.storage.media import open_media

async def main():
    media = open_media(os.environ["VOXBUS_MEDIA_URL"], Path("/data"))
    keys = [key async for key in media.older_than("recordings", datetime.now(UTC) + timedelta(days=1))]
    print(json.dumps([[key, hashlib.sha256(await media.read_key(key)).hexdigest()] for key in keys]))

asyncio.run(main())
"""


async def s3(stack: Stack) -> str:
    """Has media in the S3 server of the profile `s3`: an attempt's recording is stored there, and heard from there."""
    stack, stand_in = await _with(stack, "s3", S3_SETTINGS)
    await stack.compose("up", "--wait", "s3")
    if stand_in:
        await stack.execute("s3", "python", "-c", _MAKE_BUCKET)
    await stack.compose("up", "--wait", "--scale", "speech=3")
    before = (await stack.books()).kept
    async with person(stack) as client:
        job = await client.submit(RECORDING, TEXT)
        seen = await client.follow(job)
        attempt = (await client.http.get(f"/attempts/{job}")).json()
    assert seen[-1].type == "job.succeeded" and attempt["status"] == "assessed", (seen, attempt)
    [(key, digest)] = json.loads(await stack.execute("gateway", "python", "-c", _RECORDINGS))
    assert digest == hashlib.sha256(RECORDING).hexdigest(), key
    assert (await stack.books()).kept == before
    return f"a recording is in the bucket as it was sent, and none came into the volume{stand_in}"


async def mail(stack: Stack) -> str:
    """Signs up with the profile `mail`: the mail must come to the catcher."""
    stack, stand_in = await _with(stack, "mail", MAIL_SETTINGS)
    await stack.compose("up", "--wait", "--scale", "speech=3")
    address = f"{uuid4().hex}@example.org"
    async with AsyncClient(base_url=stack.address, timeout=PATIENCE_S) as client:
        account = {"email": address, "password": PASSWORD, "username": "Robin"}
        made = await client.post("/auth/signup", json=account)
        assert made.status_code == 201, made.text
    async with AsyncClient(base_url=f"http://localhost:{stack.ports['MAIL_UI_PORT']}", timeout=60) as catcher:

        async def caught() -> list[dict[str, Any]]:
            mails = (await catcher.get("/api/v1/messages")).json()["messages"]
            return [each for each in mails if [to["Address"] for to in each["To"]] == [address]]

        [one] = await until(caught, within=PATIENCE_S, every=1, what="the mail of a sign-up")
    assert one["From"]["Address"] == MAIL_SETTINGS["VOXBUS_MAIL_FROM"], one
    return f"“{one['Subject']}” was caught{stand_in}"


async def dashboards(stack: Stack) -> str:
    """Has Grafana read Prometheus, and the collector run, in the profile `observability`."""
    stack = stack.changed(profiles=["observability"])
    await require(stack, "prometheus", "grafana", "collector")
    await stack.compose("up", "--wait", "--no-deps", "prometheus", "grafana", "collector")
    async with AsyncClient(base_url=f"http://localhost:{stack.ports['GRAFANA_PORT']}", timeout=60) as client:
        health = (await client.get("/api/health")).json()
    assert health["database"] == "ok", health
    return f"Grafana {health['version']}"


async def _with(stack: Stack, profile: str, settings: dict[str, str]) -> tuple[Stack, str]:
    """Returns the project with a profile and its settings, and whether its server is a stand-in, as words."""
    files, stand_in = [], ""
    real = stack.changed(profiles=[profile])
    try:
        await require(real, profile)
    except NotRun as why:
        files, stand_in = [f"tests/compose/stand-in-{profile}.yml"], f" (a stand-in: {why})"
        settings = settings | {"PACKAGES": sysconfig.get_path("purelib")}
    return stack.changed(files=files, profiles=[profile], settings=settings), stand_in
