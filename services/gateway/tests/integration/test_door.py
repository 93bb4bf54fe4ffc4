"""Tests the whole HTTP API on a real database, without the other services."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.privacy.ages import Ages
from chassis.privacy.consents import Consents
from chassis.privacy.law import Recipient
from chassis.settings import Network, Settings
from chassis.storage.disk import Disks
from chassis.storage.media import Media, open_media
from chassis.storage.vault import Vault
from chassis.testing import until
from gateway.consents.notices import Notices
from gateway.edge.account_changes import tells_new
from gateway.edge.analytics import Sink
from gateway.edge.app import create_app
from gateway.edge.auth.identities import Identities
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.supabase import SupabaseAccounts
from gateway.edge.auth.issuers.twitter import X
from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.records import Records
from gateway.edge.auth.refresh_tokens import RefreshTokens
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.subjects import Subjects
from gateway.edge.auth.tokens import Tokens
from gateway.edge.conditions import Conditions
from gateway.edge.context import GatewayContext, now
from gateway.edge.forward.upstream import Upstream
from gateway.edge.limits.concurrent import Streams, Uploads
from gateway.edge.limits.counters import Counters
from gateway.edge.limits.logins import Logins
from gateway.edge.limits.open_jobs import OpenJobs
from gateway.edge.limits.policies import read_policies
from gateway.edge.limits.rates import Rates
from gateway.edge.limits.recordings import WaitingRecordings
from gateway.edge.limits.refusals import Refusals
from gateway.edge.mail import Mails
from gateway.edge.openapi import PublicDocument, read_document
from gateway.edge.streams.hub import Hub
from gateway.edge.streams.permits import Permits
from gateway.jobs.accept import Acceptance
from gateway.jobs.erasures import Erasures
from gateway.jobs.reading import count_open, recording_bytes
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench, LosesAnswers, requests_of

KEY = "k" * 40
WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)


@pytest.fixture
async def door(bench: Bench, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:
        yield client


@asynccontextmanager
async def opened(
    bench: Bench,
    folder: Path,
    own: GatewaySettings,
    passwords: Passwords | None = None,
    media: Media | None = None,
    *,
    stored_within: float = 20.0,
    uploads_wait: float = 20.0,
    disks: Disks | None = None,
    document: PublicDocument | None = None,
    upstreams: Mapping[str, Upstream] | None = None,
    trusted: Sequence[Network] = (),
    issuers: Issuers | None = None,
    supabase: SupabaseAccounts | None = None,
    x: X | None = None,
    public_url: str = "http://localhost:8000",
    erasures: Erasures | None = None,
    clock: Callable[[], datetime] = now,
    notices: Notices | None = None,
    zero_retention: Collection[Recipient] = (),
    analytics: Sink | None = None,
) -> AsyncIterator[AsyncClient]:
    """Provides a client of the application, with settings of the gateway's own."""
    hub = Hub(bench.database, bench.bus, bench.watchdog.pulse("hub"), bench.stopping, keys=bench.keys)
    counters = Counters()
    refusals = Refusals(bench.database, counters)
    rates = Rates(counters, key=b"k", policies=read_policies(own.rate_limits or "off"), refusals=refusals)
    mails = Mails(bench.keys, "http://localhost:8000")
    tell_new = tells_new(bench.keys, Ages(), clock)
    passwords = passwords or Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    gateway = GatewayContext(
        settings=Settings(data_dir=folder),
        database=bench.database,
        relay=bench.relay,
        media=media or open_media(None, folder),
        keys=bench.keys,
        consents=Consents(bench.keys, zero_retention),
        clock=clock,
        notices=notices or Notices("privacy@voxbus.example"),
        consent_confirm_after=own.consent_confirm_after,
        vault=Vault(bench.keys),
        acceptance=bench.acceptance,
        endings=bench.endings,
        erasures=erasures or bench.new_erasures(),
        hub=hub,
        watchdog=bench.watchdog,
        conditions=Conditions(bench.database, upstreams or {}),
        disks=disks or Disks({}),
        stopping=bench.stopping,
        tokens=Tokens(KEY),
        supabase=supabase,
        x=x,
        public_url=public_url,
        issuers=issuers or Issuers([Tokens(KEY).issuer]),
        identities=Identities(bench.database, tell_new=tell_new),
        subjects=Subjects(bench.database, tell_new=tell_new),
        refresh_tokens=RefreshTokens(KEY),
        sessions=Sessions(
            bench.database, grace=timedelta(seconds=own.refresh_grace), tell_signed_out=mails.tell_signed_out
        ),
        passwords=passwords,
        records=Records(bench.database, passwords, KEY),
        mails=mails,
        uploads=Uploads(own.uploads_at_once, own.uploads_bytes, waits=uploads_wait, stored_within=stored_within),
        waiting=WaitingRecordings(rates, partial(recording_bytes, bench.database), own.waiting_bytes),
        streams=Streams(own.streams_per_person),
        rates=rates,
        logins=Logins(rates),
        open_jobs=OpenJobs(rates, partial(count_open, bench.database)),
        permits=Permits(Sessions(bench.database).alive, bench.watchdog.pulse("permits")),
        upstreams=upstreams or {},
        analytics=analytics,
    )
    app = create_app(gateway, document or read_document(), own.cors_origins, trusted)
    turning = asyncio.create_task(hub.run())
    async with AsyncClient(transport=ASGITransport(requests_of(app)), base_url="http://gateway") as client:
        yield client
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)


async def sign_up(door: AsyncClient, birth_date: str | None = "2001-05-17") -> dict[str, str]:
    """Signs up a new person; returns the headers of that person's requests."""
    body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin", "birth_date": birth_date}
    made = await door.post("/auth/signup", json=body)
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['access_token']}"}


async def send(door: AsyncClient, headers: dict[str, str], text: str = "Red lorry", key: str | None = None) -> Response:
    with_key = headers if key is None else {**headers, "Idempotency-Key": key}
    return await door.post("/attempts", headers=with_key, files={"recording": ("a", WEBM)}, data={"text": text})


def recordings(folder: Path) -> set[str]:
    """Names of the objects stored."""
    return {path.name for path in (folder / "media" / "recordings").glob("*")}


async def test_an_account_is_made_once_and_opened_with_its_password(door: AsyncClient) -> None:
    body = {"email": f"{uuid4()}@B.example", "password": "correct horse", "username": "Robin"}
    made = (await door.post("/auth/signup", json=body)).json()
    assert made["user"]["email"] == body["email"].lower()
    assert made["refresh_token"]
    assert (made["token_type"], made["expires_in"]) == ("Bearer", 900)
    again = await door.post("/auth/signup", json={**body, "email": body["email"].upper()})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/email-taken")
    opened = await door.post("/auth/login", json={"email": body["email"], "password": body["password"]})
    assert (opened.status_code, opened.json()["user"]) == (200, made["user"])
    wrong = await door.post("/auth/login", json={"email": body["email"], "password": "wrong horse"})
    nobody = await door.post("/auth/login", json={"email": "nobody@b.example", "password": "wrong horse"})
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json() | {"request_id": ""} == nobody.json() | {"request_id": ""}


class CountedHasher(Argon2Hasher):
    """Represents a cheap hasher that counts its work."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.hashes = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashes += 1
        return super().hash(password, salt=salt)

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.hashes += 1
        return super().verify(password, hash)


async def test_sign_up_and_log_in_cost_one_hash_whether_or_not_there_is_such_an_account(
    bench: Bench, tmp_path: Path
) -> None:
    hasher = CountedHasher()
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own, Passwords(hasher)) as client:
        body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
        known = {"email": body["email"], "password": body["password"]}
        for path, content, status in (
            ("/auth/signup", body, 201),
            ("/auth/signup", body, 409),
            ("/auth/login", known, 200),
            ("/auth/login", known | {"password": "wrong horse"}, 401),
            ("/auth/login", known | {"email": f"{uuid4()}@b.example"}, 401),
        ):
            hasher.hashes = 0
            assert (await client.post(path, json=content)).status_code == status
            assert hasher.hashes == 1, (path, status)


class SlowHasher(CountedHasher):
    """Represents a hasher that checks passwords only when it may, and tells with which hashes it compares them."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()
        self.seen: list[str | bytes] = []

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.seen.append(hash)
        self.may_go_on.wait(30)
        return super().verify(password, hash)


@pytest.mark.parametrize("forgotten", [False, True], ids=["remembered", "after a start of the gateway"])
async def test_the_owner_at_the_usual_address_signs_in_before_50_others(
    bench: Bench, tmp_path: Path, forgotten: bool
) -> None:
    own = GatewaySettings(secret_key=KEY, rate_limits='{"login": "1000/600"}')
    robin = {"email": f"{uuid4()}@b.example", "password": "correct horse"}
    async with opened(bench, tmp_path, own) as client:
        assert (await client.post("/auth/signup", json=robin | {"username": "Robin"})).status_code == 201
    hasher = SlowHasher()
    passwords = Passwords(hasher, at_once=1)
    async with opened(bench, tmp_path, own, passwords) as client:
        if not forgotten:
            hasher.may_go_on.set()
            assert (await client.post("/auth/login", json=robin)).status_code == 200
            hasher.may_go_on.clear()
        hasher.seen.clear()

        async def all_places_are_taken() -> bool:
            return passwords.waiting == 50

        async def the_owner_waits() -> bool:
            return passwords.waiting == 51

        async def log_in(email: str) -> int:
            return (await client.post("/auth/login", json=robin | {"email": email})).status_code

        others = [asyncio.create_task(log_in(f"{uuid4()}@b.example")) for _ in range(60)]
        await until(all_places_are_taken)
        owner = asyncio.create_task(log_in(robin["email"]))
        await until(the_owner_waits)
        hasher.may_go_on.set()
        assert await owner == 200
        assert sorted(await asyncio.gather(*others)) == [401] * 51 + [503] * 9
    nobody, of_owner, *rest = hasher.seen
    assert of_owner not in (nobody, *rest), "only the one that was at work was before the owner"


@pytest.mark.parametrize("birth_date", [None, "2020-01-01"])
async def test_a_childs_voice_is_not_taken_without_a_guardian(
    door: AsyncClient, tmp_path: Path, birth_date: str | None
) -> None:
    headers = await sign_up(door, birth_date)
    unread = await door.post("/attempts", content=b"not even a form", headers=headers)
    for response in (unread, await send(door, headers)):
        assert (response.status_code, response.json()["type"]) == (403, "/problems/guardian-consent-required")
    assert not recordings(tmp_path)


async def test_an_attempt_is_accepted_as_a_job_with_its_recording_stored(door: AsyncClient, tmp_path: Path) -> None:
    headers = await sign_up(door)
    response = await send(door, headers)
    job = response.json()["job"]
    assert response.status_code == 202
    assert response.headers["location"] == f"/jobs/{job['id']}"
    assert response.json() == {
        "job": {"id": job["id"], "kind": "attempt", "status": "accepted"},
        "attempt": {"id": job["id"]},
    }
    assert recordings(tmp_path) == {job["id"]}
    seen = (await door.get(response.headers["location"], headers=headers)).json()
    assert [entry["type"] for entry in seen["timeline"]] == ["attempt.accepted"]


async def test_a_repeated_key_gives_the_same_job_and_leaves_one_recording(door: AsyncClient, tmp_path: Path) -> None:
    headers = await sign_up(door)
    first = await send(door, headers, key="k")
    assert (await send(door, headers, key="k")).json() == first.json()
    other = await send(door, headers, text="Yellow lorry", key="k")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-conflict")
    assert recordings(tmp_path) == {first.json()["job"]["id"]}
    assert (await send(door, headers, key="x" * 256)).status_code == 422
    assert len(recordings(tmp_path)) == 1


async def test_a_job_of_which_nobody_knows_whether_it_was_accepted_is_no_503(
    bench: Bench, door: AsyncClient, tmp_path: Path
) -> None:
    headers = await sign_up(door)
    lost = dataclasses.replace(bench)
    lost.acceptance = Acceptance(LosesAnswers(bench.database, 99, committed=False), bench.relay, keys=bench.keys)
    async with opened(lost, tmp_path, GatewaySettings(secret_key=KEY)) as without_answers:
        unknown = await send(without_answers, headers, key="k")
    assert (unknown.status_code, unknown.json()["type"]) == (504, "/problems/outcome-unknown")
    again = await send(door, headers, key="k")
    assert again.status_code == 202
    assert len((await door.get("/jobs", headers=headers)).json()["items"]) == 1
    assert again.json()["job"]["id"] in recordings(tmp_path)


async def test_someone_elses_job_looks_like_one_that_does_not_exist(door: AsyncClient) -> None:
    mine = (await send(door, await sign_up(door))).json()["job"]["id"]
    stranger = await sign_up(door)
    for method, path in (
        ("GET", "/jobs/{}"),
        ("GET", "/jobs/{}/events"),
        ("DELETE", "/jobs/{}"),
        ("GET", "/attempts/{}"),
    ):
        theirs = await door.request(method, path.format(mine), headers=stranger)
        none = await door.request(method, path.format(uuid4()), headers=stranger)
        assert theirs.status_code == none.status_code == 404, path
        assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}, path
    assert (await door.get("/jobs", headers=stranger)).json() == {"items": [], "next_cursor": None}


async def test_a_cancelled_job_says_so_and_its_stream_is_over(door: AsyncClient) -> None:
    headers = await sign_up(door)
    path = (await send(door, headers)).headers["location"]
    now, again = await door.delete(path, headers=headers), await door.delete(path, headers=headers)
    assert [now.status_code, again.status_code] == [202, 200]
    assert now.json()["status"] == again.json()["status"] == "cancelled"
    stream = await door.get(f"{path}/events", headers=headers)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert re.findall(r"^id: (\d+)\nevent: (\S+)$", stream.text, re.MULTILINE) == [
        ("1", "attempt.accepted"),
        ("2", "job.cancelled"),
    ]
    assert re.findall(r"^event: (\S+)$", stream.text, re.MULTILINE)[-1] == "job.end"
    rest = await door.get(f"{path}/events", headers={**headers, "Last-Event-ID": "1"})
    assert rest.text.startswith("id: 2\n")
    over = await door.get(f"{path}/events", headers={**headers, "Last-Event-ID": "2"})
    assert (over.status_code, over.content) == (204, b"")
    assert (await door.get(f"{path}/events?after=1", headers=headers)).text == rest.text
    assert (await door.get(f"{path}/events?after=2", headers=headers)).status_code == 204
    ticket = (await door.post("/auth/tickets", headers=headers)).json()["ticket"]
    closing = await door.get(f"{path}/events?after=2&ticket={ticket}")
    assert closing.status_code == 200 and closing.headers["content-type"].startswith("text/event-stream")
    assert re.findall(r"^(id|event): (\S+)$", closing.text, re.MULTILINE) == [("event", "job.end")]


async def test_who_waits_gets_the_job_that_has_ended_and_else_the_same_202(door: AsyncClient) -> None:
    headers = await sign_up(door)
    patient = {**headers, "Prefer": "wait=1"}
    pending = await send(door, patient, key="k")
    assert pending.status_code == 202
    assert "preference-applied" not in pending.headers
    await door.delete(pending.headers["location"], headers=headers)
    ended = await send(door, patient, key="k")
    assert (ended.status_code, ended.headers["preference-applied"]) == (200, "wait=1")
    assert (ended.json()["id"], ended.json()["status"]) == (pending.json()["job"]["id"], "cancelled")


async def test_pages_follow_one_another_without_gap_or_end(door: AsyncClient) -> None:
    headers = await sign_up(door)
    made = [(await send(door, headers)).json()["job"]["id"] for _ in range(3)]
    first = (await door.get("/jobs?limit=2", headers=headers)).json()
    rest = (await door.get(f"/jobs?limit=2&cursor={first['next_cursor']}", headers=headers)).json()
    assert [job["id"] for job in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    assert (await door.get("/jobs?limit=3", headers=headers)).json()["next_cursor"] is None
    for query, field in (("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor")):
        refused = await door.get(f"/jobs?{query}", headers=headers)
        assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_a_text_counts_in_its_form_and_a_key_by_what_was_sent(door: AsyncClient) -> None:
    headers = await sign_up(door)
    for text in ("e\u0301" * 300, "10\u00a0kg\u2028of \U0001f469\u200d\U0001f680 co\u00adcoa\r\n"):
        assert (await send(door, headers, text)).status_code == 202
    answers = [await send(door, headers, text, key="once") for text in ("caf\u00e9 ", "caf\u00e9", "cafe\u0301")]
    assert [answer.status_code for answer in answers] == [202, 202, 422]
    assert answers[0].json() == answers[1].json()


async def test_a_view_that_is_missing_takes_only_its_own_resource_down(door: AsyncClient) -> None:
    headers = await sign_up(door)
    fields = {"twister_id": str(uuid4())}
    missing = await door.post("/attempts", headers=headers, files={"recording": ("a", WEBM)}, data=fields)
    assert (missing.status_code, missing.json()["type"]) == (503, "/problems/unavailable")
    assert (await door.get("/jobs", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "twister_id"),
        ({"text": "a", "twister_id": str(uuid4())}, "twister_id"),
        ({"twister_id": "no-id"}, "twister_id"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"text": "a\u0000b"}, "text"),
        ({"text": "\u00ad\u200b"}, "text"),
        ({"text": "a" + "\u0301\u0316" * 20}, "text"),
        ({"text": "a", "language": "de"}, "language"),
    ],
)
async def test_what_is_to_be_read_is_checked_before_anything_is_stored(
    door: AsyncClient, tmp_path: Path, fields: dict[str, str], field: str
) -> None:
    headers = await sign_up(door)
    response = await door.post("/attempts", headers=headers, files={"recording": ("a", WEBM)}, data=fields)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not recordings(tmp_path)
