"""Gives an installation load, and does to it what dashboards are for: each fault is noted with its time."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from time import time
from uuid import uuid4

from httpx2 import Response, TransportError

from chassis.testing import until
from tests.faults.client import Client
from tests.faults.processes import children
from tests.observability.installation import Installation

_SAMPLES = Path(__file__).parents[2] / "samples"
TEXT = "She sells seashells by the seashore."
HINT = json.dumps({"hint": "Think of what every letter needs before it can reach anybody."})
_PATHS = ("/lessons", "/twisters", "/me", "/notifications", "/attempts", "/gamification", "/jobs", "/no-such-page")
_STANDS_STILL_S = 6.0
_WITHIN_S = 90.0
#: the interval of the rules that are evaluated most rarely, and what is there last of all
_SLOWEST_RULE_S = 120.0
_LATE = ("slo:budget:remaining30d", "voxbus_backup_timestamp_seconds > 0")
_CLAIMED = "SELECT count(*) FROM speech.inbox WHERE owner IS NOT NULL AND done_at IS NULL"
_DEAD = "SELECT count(*) FROM speech.inbox WHERE outcome = 'dead'"


@dataclass
class FaultRun:
    """Holds what was done when: Unix times, and names that a picture shows."""

    here: Installation
    began: float = field(default_factory=time)
    ended: float = 0.0
    marks: list[tuple[float, str]] = field(default_factory=list)

    async def done(self, name: str, fault: Awaitable[object]) -> None:
        """Does one fault, and notes when it began."""
        self.marks.append((time(), name))
        await fault


async def run(here: Installation) -> FaultRun:
    """Lets people use the installation, does one fault after another, and returns when all has become quiet."""
    made = FaultRun(here)
    address = here.system.address
    async with Client(address) as one, Client(address) as other, Client(address) as admin:
        await _grant(here, admin)
        await _agree(one, here)
        async with _always(lambda: _read(one)), _always(lambda: _browse(one)):
            await _learn(here, one)
            await _converse(here, admin)
            await made.done("broken recordings", _broken_recordings(here, other))
            await made.done("refused", _refused(other))
            await made.done("everything is read", _read_everything(admin))
            await made.done("a child is killed", _kill_a_child(here, one))
            await made.done("models fail", _models_fail(here, one, admin))
            await made.done("content stands still", _stand_still(here, one))
            await made.done("speech is killed", _kill_speech(here, one))
            await made.done("the broker stands still", _broker_stands_still(here))
            await made.done("an operator mends", _mend(here))
            await _seen(here)
        await made.done("somebody leaves", _leave(one))
    made.ended = time()
    return made


@asynccontextmanager
async def _always(does: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Repeats something until the block ends; an outage is no reason to stop."""

    async def go_on() -> None:
        while True:
            with suppress(TransportError, AssertionError, TimeoutError):
                await does()

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _read(client: Client) -> None:
    """Reads aloud and follows the job, as long as it takes."""
    recording = (_SAMPLES / "she-sells.webm").read_bytes()
    job = await client.submit(recording, TEXT)
    await client.follow(job)
    await asyncio.sleep(1)


_NEXT = cycle(_PATHS)


async def _browse(client: Client) -> None:
    await client.http.get(next(_NEXT))
    await asyncio.sleep(0.1)


async def _grant(here: Installation, admin: Client) -> None:
    """Makes an account one that may do everything."""
    person = (await admin.http.get("/me")).json()["id"]
    await here.system.execute(f"UPDATE gateway.people SET roles = '{{learner,author,admin}}' WHERE id = '{person}'")


async def _agree(client: Client, here: Installation) -> None:
    """Gives every consent, takes one back, and has a webhook called that answers wrongly at first."""
    consents = _ok(await client.http.get("/me/consents")).json()
    version = _ok(await client.http.get("/notices/current")).json()["version"]
    for each in consents["items"] if "items" in consents else consents["consents"]:
        path = f"/me/consents/{each['purpose']}/{each['recipient']}"
        await client.http.put(path, json={"notice_version": version})
    await client.http.delete("/me/consents/publish/voxbus")
    here.hook.answers += [500, "drop"]
    _ok(await client.http.post("/webhooks", json={"url": here.hook.url, "events": ["job.succeeded"]}))


async def _learn(here: Installation, client: Client) -> None:
    """Answers an exercise wrongly and asks for a hint, which the stand-in for a model writes."""
    rows = await here.system.fetch("SELECT entry_id, content FROM content.revisions ORDER BY entry_id")
    lesson, exercise = next(
        (str(row["entry_id"]), exercise)
        for row in rows
        if not (content := json.loads(row["content"]))["requires"]
        for exercise in content["exercises"]
        if exercise["type"] == "multiple_choice"
    )
    for option in exercise["options"]:
        event = {"client_id": str(uuid4()), "type": "attempt", "lesson_id": lesson, "exercise_id": exercise["id"]}
        _ok(await client.http.post("/progress", json={"events": [event | {"answer": {"choice": option["id"]}}]}))
    here.provider.answer = HINT
    for level in (1, 2, 3):
        about = {"lesson_id": lesson, "exercise_id": exercise["id"], "level": level}
        await client.http.post("/ai/hint", headers={"Prefer": "wait=10"}, json=about)


async def _converse(here: Installation, author: Client) -> None:
    """Asks a model in the role of a conversation."""
    body = {"role": "conversation", "input": {"message": "We want fewer support calls."}}
    await author.http.post("/ai/runs", headers={"Prefer": "wait=10"}, json=body)


async def _models_fail(here: Installation, learner: Client, author: Client) -> None:
    here.provider.faults += ["500", "429", "503", "garbage", "500", "500"]
    for _ in range(3):
        await _converse(here, author)
    here.provider.faults.clear()


async def _broken_recordings(here: Installation, client: Client) -> None:
    """Sends what nobody can decode, whose handler gives it up, and silence."""
    begins = (_SAMPLES / "she-sells.webm").read_bytes()[:200]  # else it is refused, and never comes so far
    for _ in range(3):
        job = await client.submit(begins + os.urandom(20_000), TEXT, ends="failed")
        await client.follow(job)
    job = await client.submit((_SAMPLES / "silence.webm").read_bytes(), TEXT)
    await client.follow(job)


async def _refused(client: Client) -> None:
    """Does what clients may not: too much, of the wrong kind, as nobody, and with wrong passwords."""
    files = {"recording": ("reading.webm", bytes(30_000_000), "audio/webm")}
    for _ in range(2):
        with suppress(TransportError):
            await client.http.post("/attempts", files=files, data={"text": TEXT})
    await client.http.post("/attempts", files={"recording": ("a.txt", b"words", "text/plain")}, data={"text": TEXT})
    await client.http.get("/me", headers={"Authorization": "Bearer nobody"})
    await client.http.get("/admin/audit")
    mail = (await client.http.get("/me")).json()["email"]
    for _ in range(8):
        await client.http.post("/auth/login", json={"email": mail, "password": "wrong every time"})
    with suppress(TransportError):
        await client.http.get("/me", headers={"X-Long": "x" * 100_000})


async def _read_everything(client: Client) -> None:
    """Asks for whatever can be read, of things that do not exist too; a stream is left after a moment."""
    paths = (await client.http.get("/openapi.json")).json()["paths"]
    for path in (path for path, operations in paths.items() if "get" in operations):
        with suppress(TimeoutError, TransportError):
            async with asyncio.timeout(1.0):
                await client.http.get(re.sub(r"\{\w+\}", str(uuid4()), path))


async def _kill_a_child(here: Installation, client: Client) -> None:
    """Kills the children of speech at work: their messages are tried again."""
    speech = here.processes["speech"]
    for _ in range(3):
        for child in children(speech):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGSEGV)
        await asyncio.sleep(1.5)


async def _stand_still(here: Installation, client: Client) -> None:
    """Stops content as a machine without memory would."""
    here.processes["content"].freeze()
    try:
        end = time() + _STANDS_STILL_S
        while time() < end:
            await asyncio.gather(*(client.http.get("/lessons", timeout=15) for _ in range(4)), return_exceptions=True)
    finally:
        here.processes["content"].thaw()


async def _kill_speech(here: Installation, client: Client) -> None:
    """Kills speech with what it has claimed, and starts it again, as an orchestrator would."""
    job = await client.submit((_SAMPLES / "red-lorry.webm").read_bytes(), "Red lorry, yellow lorry.")

    async def claimed() -> bool:
        return bool(await here.system.ask(_CLAIMED))

    await until(claimed, within=_WITHIN_S, what="work of speech")
    await here.processes["speech"].kill()
    await here.system.let_time_pass("speech")
    await here.serve("speech")
    await client.follow(job)


async def _broker_stands_still(here: Installation) -> None:
    await here.broker.pause()
    await asyncio.sleep(_STANDS_STILL_S)
    await here.broker.resume()


async def _mend(here: Installation) -> None:
    """Does what operators do: a backup, a dry replay, and dead letters that are sent again and given up."""
    folder = here.system.folder / "backups"
    await here.system.command("backup", "--to", str(folder))
    replay = ("replay", "start", "feedback.give_feedback", "--from", "-1h", "--mode", "repair")
    await here.system.command(*replay, "--dry-run", "--reason", "a trial", "--yes")
    dead = await here.system.ask(_DEAD)
    assert dead, "nothing was given up"
    await here.system.command("dead-letters", "retry", "--from", "-1h", "--limit", "1", "--reason", "a trial", "--yes")


async def _seen(here: Installation) -> None:
    """Waits until Prometheus has what comes late: a rule of every two minutes, and the hour of the backup."""
    for late in _LATE:

        async def answered(late: str = late) -> bool:
            return bool(await here.prometheus.query(late))

        await until(answered, within=_WITHIN_S + _SLOWEST_RULE_S, what=late)


async def _leave(client: Client) -> None:
    """Takes a copy of everything, and leaves."""
    await client.http.post("/me/export", headers={"Prefer": "wait=20"})
    _ok(await client.http.request("DELETE", "/me", json={"password": "correct horse battery"}))
    await asyncio.sleep(5)


def _ok(answer: Response) -> Response:
    assert answer.status_code < 300, (str(answer.request.url), answer.status_code, answer.text)
    return answer
