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
from deploy.observability.grafana.written import PAGES
from tests.compose.images import NotRun, require
from tests.compose.requests import PASSWORD, PATIENCE_S, RECORDING, TEXT, person
from tests.compose.stack import Stack

#: what the documents say to set for each profile
SETTINGS = {
    "s3": {
        "VOXBUS_MEDIA_URL": "s3+http://voxbus/media",
        "AWS_ENDPOINT_URL": "http://s3:8333",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "example-s3",
        "AWS_SECRET_ACCESS_KEY": "example-s3-secret",
    },
    "mail": {"VOXBUS_SMTP_URL": "smtp://mail:1025", "VOXBUS_MAIL_FROM": "voxbus@example.org"},
}
#: for a server that, unlike SeaweedFS, makes no bucket at the first write
_MAKE_BUCKET = "import boto3; boto3.client('s3', endpoint_url='http://127.0.0.1:8333').create_bucket(Bucket='voxbus')"
#: prints the recordings that the media store holds, and what they are made of. It ends at once: a thread of obstore
#: that still hands over a result while the interpreter ends would abort the process
_RECORDINGS = """
import asyncio, hashlib, json, os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from chassis.storage.media import open_media

async def main():
    media = open_media(os.environ["VOXBUS_MEDIA_URL"], Path("/data"))
    keys = [key async for key in media.older_than("recordings", datetime.now(UTC) + timedelta(days=1))]
    print(json.dumps([[key, hashlib.sha256(await media.read_key(key)).hexdigest()] for key in keys]), flush=True)

asyncio.run(main())
os._exit(0)
"""


async def s3_and_mail(stack: Stack) -> str:
    """Starts with the profiles `s3` and `mail`: a recording must come into the bucket, and a mail to the catcher."""
    stand_ins = {}
    for profile, settings in SETTINGS.items():
        with_profile = stack.changed(profiles=[profile], settings=settings)
        try:
            await require(with_profile, profile)
            stack = with_profile
        except NotRun as why:
            stand_ins[profile] = str(why)
            packages = {"PACKAGES": sysconfig.get_path("purelib")}
            stack = with_profile.changed(files=[f"tests/compose/stand-in-{profile}.yml"], settings=packages)
    await stack.compose("up", "--wait", "s3")
    if "s3" in stand_ins:
        await stack.execute("s3", "python", "-c", _MAKE_BUCKET)
    await stack.compose("up", "--wait", "--scale", "gateway=1")
    await _in_the_bucket(stack)
    subject = await _caught(stack)
    told = "".join(f"; a stand-in for {profile}: {why}" for profile, why in stand_ins.items())
    return f"a recording is in the bucket as it was sent, and none came into the volume; “{subject}” was caught{told}"


async def _in_the_bucket(stack: Stack) -> None:
    """Looks for an attempt's recording while speech stands still, and follows it: who has heard it deletes it."""
    async with person(stack) as client:
        await stack.compose("pause", "speech")
        try:
            job = await client.submit(RECORDING, TEXT)
            held = json.loads(await stack.execute("gateway", "python", "-c", _RECORDINGS))
            in_the_volume = (await stack.books()).kept
        finally:
            await stack.compose("unpause", "speech")
        seen = await client.follow(job)
    [(key, digest)] = held
    assert digest == hashlib.sha256(RECORDING).hexdigest(), key
    assert not in_the_volume, in_the_volume
    assert seen[-1].type == "job.succeeded", seen


async def _caught(stack: Stack) -> str:
    """Signs up, and returns the subject of the mail that the catcher shows."""
    address = f"{uuid4().hex}@example.org"
    async with AsyncClient(base_url=stack.address, timeout=PATIENCE_S) as client:
        account = {"email": address, "password": PASSWORD, "username": "Robin"}
        made = await client.post("/auth/signup", json=account)
        assert made.status_code == 201, made.text
    async with AsyncClient(base_url=f"http://localhost:{stack.ports['MAIL_UI_PORT']}", timeout=60) as catcher:

        async def caught() -> list[dict[str, Any]]:
            mails = (await catcher.get("/api/v1/messages")).json()["messages"]
            return [each for each in mails if [to["Address"] for to in each["To"]] == [address]]

        [mail] = await until(caught, within=PATIENCE_S, every=1, what="the mail of a sign-up")
    assert mail["From"]["Address"] == SETTINGS["mail"]["VOXBUS_MAIL_FROM"], mail
    return str(mail["Subject"])


async def dashboards(stack: Stack) -> str:
    """Has Grafana, Alertmanager and the collector run in the profile `observability`, and asks for the dashboards."""
    stack = stack.changed(profiles=["observability"])
    await require(stack, "prometheus", "alertmanager", "grafana", "collector")
    await stack.compose("up", "--wait", "--no-deps", "prometheus", "alertmanager", "grafana", "collector")
    async with AsyncClient(base_url=f"http://localhost:{stack.ports['GRAFANA_PORT']}", timeout=60) as client:
        health = (await client.get("/api/health")).json()
        found = (await client.get("/api/search", params={"tag": "voxbus"}, auth=("admin", "admin"))).json()
    assert health["database"] == "ok", health
    assert {each["uid"] for each in found} == {page.uid for page in PAGES}, found
    return f"Grafana {health['version']} has {len(found)} dashboards"
