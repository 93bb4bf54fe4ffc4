"""Tests replays on a real database: the log is filled as the recorder fills it, and no service runs beside."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.delivery.outbox import to_outbox_uncaused
from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.fresh_databases import fresh_database
from chassis.message.codec import opened
from chassis.message.envelope import Envelope, derived_id, new_id
from chassis.replay.opened import NoReplay
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys, open_keys
from contracts.base import Message
from contracts.feedback import FeedbackGiven
from contracts.gateway import MailWanted
from contracts.speech import AttemptAssessed
from gateway.jobs import statements
from gateway.operate import replays, tape
from gateway.operate.replays import NotNow
from voxbus.cli.outcome import Refused
from voxbus.cli.replay import _start
from voxbus.replay_process import again, reached
from voxbus.replay_report import Asked, Report
from voxbus.services import SERVICES

HANDLER = "feedback.give_feedback"
KEY = "k" * 40


@dataclass
class Place:
    """Holds an installation that does not run."""

    url: str
    settings: Settings
    gateway: Database
    feedback: Database
    notify: Database
    keys: Keys

    async def log(self, message: Message, *, job: UUID | None, person: UUID, seq: int, caused: Any = None) -> UUID:
        """Writes an event into the log, as the recorder does; returns its id."""
        key = (await self.keys.make([person]))[person]
        sealed = to_outbox_uncaused(
            message, source="voxbus/test", job_id=job, person_id=person, key=key, identity=caused and caused[0]
        )
        envelope = replace(sealed.envelope, causation=caused and caused[1])
        await self.gateway.fetch(
            statements.INSERT_LOG,
            [job or envelope.id],
            [seq],
            [envelope.id],
            [envelope.type],
            ["{}.{}".format(*envelope.version)],
            [envelope.time],
            [person],
            [json.dumps(envelope.headers())],
            [sealed.body],
            [False],
            [False],
        )
        return envelope.id

    async def assessed(self, count: int) -> list[UUID]:
        """Logs so many assessed attempts of a person each; returns the events' ids."""
        made = []
        for _ in range(count):
            job, person = new_id(), new_id()
            example = {**AttemptAssessed.examples()[0], "attempt_id": job, "person_id": person}
            made.append(await self.log(AttemptAssessed.model_validate(example), job=job, person=person, seq=2))
        return made

    async def replay(self, mode: Any, handler: str = HANDLER, **given: Any) -> Report:
        """Plans and runs a replay."""
        async with reached(self.settings, self.url, Asked(handler=handler, mode=mode, **given)) as one:
            identity, plan, items = await one.plan()
            if one.asked.dry:
                return await one.run_dry(identity, plan, items)
            return await one.run(identity, plan.document())

    async def dump(self) -> dict[str, list[str]]:
        """Returns all rows of all tables, as the server orders and writes them, and the keys."""
        connection = await asyncpg.connect(self.url)
        try:
            tables = await connection.fetch(
                "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n"
                " ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information)' ORDER BY 1"
            )
            return {
                row["name"]: [r[0] for r in await connection.fetch(f"SELECT t::text FROM {row['name']} AS t")]
                for row in tables
            }
        finally:
            await connection.close()


@asynccontextmanager
async def _place(postgres_url: str, folder: Path) -> AsyncIterator[Place]:
    async with fresh_database(postgres_url, SERVICES) as url:
        keys_url = f"file://{folder / 'keys.sqlite'}"
        settings = Settings(database_url=url, keys_url=keys_url, data_dir=folder, secret_key=KEY)
        gateway, feedback, notify = (open_database(url, name, size=3) for name in ("gateway", "feedback", "notify"))
        keys = open_keys(keys_url)
        try:
            yield Place(url, settings, gateway, feedback, notify, keys)
        finally:
            await keys.close()
            for database in (gateway, feedback, notify):
                await database.close()


@pytest.fixture
async def place(postgres_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    async with _place(postgres_url, tmp_path) as made:
        yield made


async def _feedback(place: Place) -> Sequence[Any]:
    return await place.feedback.fetch("SELECT attempt_id, summary, source FROM feedback ORDER BY attempt_id")


async def _outbox(database: Database) -> list[dict[str, str]]:
    return [row.headers for row in await database.fetch("SELECT headers FROM outbox ORDER BY id")]


async def test_a_dry_run_changes_nothing_and_tells_what_would_be_new(place: Place) -> None:
    await place.assessed(3)
    before, keys = await place.dump(), (place.settings.data_dir / "keys.sqlite").read_bytes()
    report = await place.replay("repair", dry=True)
    assert report.document()["result"] == {"same": 0, "differs": 0, "new": 3, "failed": 0, "skipped": 0}
    assert {each.kind for each in report.differences} == {"row", "event"}
    assert not any("said" in json.dumps(each.document()) for each in report.differences)
    assert await place.dump() == before
    assert (place.settings.data_dir / "keys.sqlite").read_bytes() == keys


async def test_repair_fills_holes_once_and_publishes_nothing(place: Place) -> None:
    await place.assessed(3)
    report = await place.replay("repair")
    assert (report.plan["to_run"], report.result["done"]) == (3, 3)
    rows = await _feedback(place)
    assert len(rows) == 3
    assert await _outbox(place.feedback) == []
    second = await place.replay("repair")
    assert (second.plan["already_handled"], second.plan["to_run"]) == (3, 0)
    assert await _feedback(place) == rows


async def test_reprocessing_emits_under_ids_that_are_the_same_each_time(place: Place) -> None:
    ids = await place.assessed(2)
    await place.replay("repair")
    report = await place.replay("reprocess")
    assert report.result["done"] == 2
    first = await _outbox(place.feedback)
    given = [each for each in first if each["cloudEvents_type"] == FeedbackGiven.type]
    assert len(given) == 2
    assert {each["cloudEvents_replay"] for each in given} == {str(report.id)}
    expected = {derived_id(derived_id(e, "replay", HANDLER, 0), FeedbackGiven.type, "give_feedback", 1) for e in ids}
    assert {UUID(each["cloudEvents_id"]) for each in given} == expected
    before = await _feedback(place)
    second = await place.replay("reprocess")
    assert (second.plan["already_handled"], second.plan["to_run"]) == (2, 0)
    assert await _outbox(place.feedback) == first
    assert await _feedback(place) == before


async def test_a_changed_handler_differs_field_by_field(place: Place) -> None:
    [event] = await place.assessed(1)
    await place.replay("repair")
    [row] = await _feedback(place)
    job = row.attempt_id
    async with place.feedback.transaction() as tx:
        await tx.fetch("UPDATE feedback SET summary = 'Another' WHERE attempt_id = $1", job)
    person = (await place.gateway.fetch("SELECT person_id FROM log"))[0].person_id
    given = {**FeedbackGiven.examples()[0], "attempt_id": job, "person_id": person, "source": "coach/0"}
    identity = derived_id(event, FeedbackGiven.type, "give_feedback", 2)
    await place.log(FeedbackGiven.model_validate(given), job=job, person=person, seq=3, caused=(identity, event))
    report = await place.replay("repair", dry=True, reveal=True)
    assert report.result == {"differs": 1}
    told = {(each.kind, each.field): (each.was, each.now) for each in report.differences}
    assert told["row", "summary"] == ("Another", row.summary)
    assert told["event", "source"] == ("coach/0", row.source)
    assert ("event", "attempt_id") not in told


async def _log_what_was_given(place: Place, ids: Sequence[UUID], fence: int) -> None:
    """Logs what the handler emitted for events, as the recorder would have after a live run with this fence."""
    rows = await place.feedback.fetch("SELECT headers, body FROM outbox WHERE key = $1", FeedbackGiven.type)
    envelopes = [(Envelope.parse(row.headers), row.body) for row in rows]
    keys = await place.keys.find({envelope.person_id for envelope, _ in envelopes if envelope.person_id})
    for event in ids:
        again_as = derived_id(event, "replay", HANDLER, 0)
        [(given, body)] = [each for each in envelopes if each[0].causation == again_as]
        assert given.person_id is not None and given.job_id is not None
        data, _ = opened(body, given, keys[given.person_id])
        caused = derived_id(event, FeedbackGiven.type, "give_feedback", fence), event
        said = FeedbackGiven.model_validate(data)
        await place.log(said, job=given.job_id, person=given.person_id, seq=3, caused=caused)


async def test_what_was_handled_well_is_the_same_when_it_is_run_dry(place: Place) -> None:
    once, retried = await place.assessed(2)
    await place.replay("reprocess")
    await _log_what_was_given(place, [once], 1)
    await _log_what_was_given(place, [retried], 9)  # as after five tries, a dead letter and an operator's retry
    report = await place.replay("repair", dry=True)
    assert (report.result, report.differences) == ({"same": 2}, [])
    await place.feedback.fetch("DELETE FROM feedback")
    report = await place.replay("repair", dry=True)  # what was handled, and would now add rows, differs
    assert report.result == {"differs": 2}


async def test_an_old_event_is_reprocessed_once_whatever_the_week(place: Place) -> None:
    job, person = new_id(), new_id()
    aged = UUID(int=new_id().int - (20 * 86_400_000 << 80))
    example = {**AttemptAssessed.examples()[0], "attempt_id": job, "person_id": person}
    message = AttemptAssessed.model_validate(example)
    await place.log(message, job=job, person=person, seq=2, caused=(aged, None))
    first = await place.replay("reprocess")
    assert first.result["done"] == 1
    [row] = await place.gateway.fetch("SELECT message_id, done FROM replayed")
    assert row.done
    earlier = UUID(int=row.message_id.int - (21 * 86_400_000 << 80))  # as three weeks later: the inbox has forgotten it
    await place.gateway.fetch("UPDATE replayed SET message_id = $1", earlier)
    await place.feedback.fetch("DELETE FROM inbox")
    outbox = await _outbox(place.feedback)
    second = await place.replay("reprocess")
    assert (second.plan["already_handled"], second.plan["to_run"]) == (1, 0)
    assert await _outbox(place.feedback) == outbox


async def test_a_dead_letter_is_not_counted_as_handled(place: Place) -> None:
    handled, dead = await place.assessed(2)
    columns = "consumer, id, fence, tries, due_at, done_at, outcome"
    insert = f"INSERT INTO inbox ({columns}) VALUES ($1, $2, 5, 5, now(), now(), $3)"
    await place.feedback.fetch(insert, HANDLER, handled, "ok")
    await place.feedback.fetch(insert, HANDLER, dead, "dead")
    report = await place.replay("repair")
    assert (report.plan["already_handled"], report.plan["dead_letters"], report.plan["to_run"]) == (1, 1, 0)
    report = await place.replay("repair", dry=True)  # would the mended code do it? nothing is recorded of that one
    assert report.result == {"new": 1, "differs": 1}
    assert (await place.replay("reprocess")).result["done"] == 2


async def test_what_has_ended_is_counted_and_deleted_and_what_failed_runs_again_when_it_may(place: Place) -> None:
    example = {**MailWanted.examples()[0], "until": datetime.now(UTC) + timedelta(days=1)}
    mails = [await place.log(MailWanted.model_validate(example), job=None, person=new_id(), seq=1) for _ in range(2)]
    effect = "INSERT INTO effects (key, state, result) VALUES ($1, 'done', '{\"outcome\": \"written\"}')"
    await place.notify.fetch(effect, f"{mails[0]}/notify.send_mail/send")
    asked = Asked(handler="notify.send_mail", mode="reprocess")
    async with reached(place.settings, place.url, asked) as one:
        identity, plan, _ = await one.plan()
        async with replays.held(place.gateway, identity):
            with pytest.raises(NotNow):
                await one.run(identity, plan.document(), failed_too=True)
        report = await one.run(identity, plan.document())
        assert (report.result["done"], report.result["failed"]) == (1, 1)
        [left] = await place.gateway.fetch("SELECT event_id, state FROM replay_items")
        assert (left.event_id, left.state) == (mails[1], "failed")
        await place.notify.fetch(effect, f"{mails[1]}/notify.send_mail/send")
        report = await one.run(identity, plan.document(), failed_too=True)
        assert (report.result["done"], report.result["failed"]) == (2, 0)
    assert await place.gateway.fetch("SELECT FROM replay_items") == []


@pytest.mark.in_full
async def test_a_plan_whose_process_has_died_goes_with_the_next_one(place: Place) -> None:
    async with replays.created(place.gateway, HANDLER, "repair", filters={}, tape=None, rate=None) as alive:
        dead = new_id()
        await place.gateway.fetch("INSERT INTO replays SELECT $1, handler, mode, status, filters FROM replays", dead)
        async with replays.created(place.gateway, HANDLER, "repair", filters={}, tape=None, rate=None) as third:
            assert {each.id for each in await replays.newest(place.gateway, 9)} == {alive, third}


async def test_a_replay_killed_in_the_middle_goes_on_and_does_nothing_twice(place: Place) -> None:
    await place.assessed(12)
    asked = Asked(handler=HANDLER, mode="reprocess")
    async with reached(place.settings, place.url, asked) as one:
        identity, plan, _ = await one.plan()

        def told(_: int) -> None:
            running.cancel()

        running = asyncio.ensure_future(one.run(identity, plan.document(), told))
        with pytest.raises(asyncio.CancelledError):
            await running
    await place.assessed(1)  # comes after the plan
    done = (await replays.counts(place.gateway, identity))["done"]
    assert 0 < done < 12
    assert len(await _feedback(place)) >= done
    kept = await replays.read(place.gateway, identity)
    assert kept is not None
    async with reached(place.settings, place.url, again(kept)) as one:
        report = await one.run(identity, kept.planned)
    assert report.result["done"] + report.result["skipped"] == 12
    assert len(await _feedback(place)) == 12
    ids = [each["cloudEvents_id"] for each in await _outbox(place.feedback)]
    assert len(ids) == len(set(ids)) == 12
    async with reached(place.settings, place.url, again(kept)) as one:
        with pytest.raises(NotNow):
            await one.run(identity, kept.planned)


async def test_a_cancelled_replay_stops(place: Place) -> None:
    await place.assessed(9)
    async with reached(place.settings, place.url, Asked(handler=HANDLER, mode="repair")) as one:
        identity, plan, _ = await one.plan()
        cancelling: list[asyncio.Future[bool]] = []

        def told(_: int) -> None:
            cancelling.append(asyncio.ensure_future(replays.cancel(place.gateway, identity)))

        report = await one.run(identity, plan.document(), told)
        assert any(await asyncio.gather(*cancelling))
    assert report.cancelled
    assert report.result["to_run"] > 0
    assert await place.gateway.fetch("SELECT FROM replay_items") == []


async def test_a_mail_is_not_sent_again(place: Place) -> None:
    person = new_id()
    example = {**MailWanted.examples()[0], "until": datetime.now(UTC) + timedelta(days=1)}
    sent = await place.log(MailWanted.model_validate(example), job=None, person=person, seq=1)
    unsent = await place.log(MailWanted.model_validate(example), job=None, person=person, seq=1)
    await place.notify.fetch(
        "INSERT INTO effects (key, state, result) VALUES ($1, 'done', '{\"outcome\": \"written\"}')",
        f"{sent}/notify.send_mail/send",
    )
    dry = await place.replay("reprocess", handler="notify.send_mail", dry=True)
    assert (dry.effects, dry.result["failed"]) == (2, 0)
    report = await place.replay("reprocess", handler="notify.send_mail")
    assert (report.result["done"], report.result["failed"]) == (1, 1)
    assert [event for event, _ in report.failures] == [unsent]
    assert "no recorded result" in report.failures[0][1]
    assert not [*place.settings.data_dir.rglob("*.eml")]


async def test_the_erased_the_unknown_and_the_old_are_in_the_plan(place: Place) -> None:
    erased, unknown, old, _ = await place.assessed(4)
    [row] = await place.gateway.fetch("SELECT person_id FROM log WHERE event_id = $1", erased)
    await place.keys.destroy(row.person_id)
    headers = "jsonb_set(headers, '{{cloudEvents_{}}}', '\"{}\"')"
    await place.gateway.fetch(
        f"UPDATE log SET headers = {headers.format('version', '9.0')} WHERE event_id = $1", unknown
    )
    aged = UUID(int=old.int - (20 * 86_400_000 << 80))
    await place.gateway.fetch(f"UPDATE log SET headers = {headers.format('id', aged)} WHERE event_id = $1", old)
    async with reached(place.settings, place.url, Asked(handler=HANDLER, mode="repair")) as one:
        identity, plan, _ = await one.plan()
        assert (plan.total, plan.erased, plan.unknown, plan.too_old, plan.to_run) == (4, 1, 1, 1, 1)
        assert aged not in {item.event_id for item in await replays.following(place.gateway, identity, 9)}


async def test_a_tape_brings_nothing_back_of_who_was_erased_since(place: Place) -> None:
    first, second, third, forgotten = await place.assessed(4)
    people = {row.event_id: row.person_id for row in await place.gateway.fetch("SELECT event_id, person_id FROM log")}
    file = place.settings.data_dir / "a.tape"
    file.write_bytes(b"".join([p async for p in tape.pull(place.gateway, place.keys, Filters(), reveal=True)]))
    await place.keys.destroy(people[first])
    await place.gateway.fetch("UPDATE log SET erased = true WHERE event_id = $1", forgotten)  # all that is left of it
    async with reached(place.settings, place.url, Asked(handler=HANDLER, mode="repair", tape=file)) as one:
        identity, plan, _ = await one.plan()
        assert (plan.total, plan.erased, plan.to_run) == (4, 2, 2)
        await place.keys.destroy(people[second])  # after the plan
        report = await one.run(identity, plan.document())
    assert (report.result["done"], report.result["skipped"]) == (1, 1)
    rows = await place.feedback.fetch("SELECT person_id FROM feedback")
    assert [row.person_id for row in rows] == [people[third]]


async def test_a_plan_of_a_damaged_tape_is_none(place: Place) -> None:
    await place.assessed(2)
    file = place.settings.data_dir / "a.tape"
    file.write_bytes(b"".join([p async for p in tape.pull(place.gateway, place.keys, Filters(), reveal=True)])[:-9])
    async with reached(place.settings, place.url, Asked(handler=HANDLER, mode="repair", tape=file)) as one:
        with pytest.raises(VoxbusError, match=f"voxbus tape check {re.escape(str(file))}"):
            await one.plan()
    assert await replays.newest(place.gateway, 9) == []


async def test_a_plan_is_cancelled_over_one_connection(place: Place) -> None:
    await place.assessed(1)
    async with reached(place.settings, place.url, Asked(handler=HANDLER, mode="repair")) as one:
        identity, _, _ = await one.plan()
    alone = open_database(place.url, "gateway", size=1)
    assert await replays.cancel(alone, identity)
    assert not await replays.cancel(alone, identity)
    await alone.close()
    assert await place.gateway.fetch("SELECT FROM replay_items") == []


@pytest.mark.parametrize("old", [True, False])
async def test_a_plan_that_was_refused_or_not_confirmed_cannot_be_resumed(place: Place, old: bool) -> None:
    [event] = await place.assessed(1)
    if old:
        aged = UUID(int=event.int - (20 * 86_400_000 << 80))
        headers = f"jsonb_set(headers, '{{cloudEvents_id}}', '\"{aged}\"')"
        await place.gateway.fetch(f"UPDATE log SET headers = {headers} WHERE event_id = $1", event)
    with pytest.raises(Refused, match="older than 14 days" if old else "--yes"):
        await _start(place.settings, place.url, Asked(handler=HANDLER, mode="repair"), None, None, yes=old, json=True)
    [kept] = await replays.newest(place.gateway, 9)
    assert kept.status == "cancelled"
    async with reached(place.settings, place.url, again(kept)) as one:
        with pytest.raises(NotNow):
            await one.run(kept.id, kept.planned)
    assert await _feedback(place) == []


async def test_a_tape_is_replayed_elsewhere(place: Place, postgres_url: str, tmp_path_factory: Any) -> None:
    [event] = await place.assessed(1)
    [row] = await place.gateway.fetch("SELECT stream_id, person_id FROM log")
    given = {**FeedbackGiven.examples()[0], "attempt_id": row.stream_id, "person_id": row.person_id}
    identity = derived_id(event, FeedbackGiven.type, "give_feedback", 1)
    await place.log(
        FeedbackGiven.model_validate(given), job=row.stream_id, person=row.person_id, seq=3, caused=(identity, event)
    )
    folder = tmp_path_factory.mktemp("elsewhere")
    file = folder / "a.tape"
    file.write_bytes(b"".join([p async for p in tape.pull(place.gateway, place.keys, Filters(), reveal=False)]))
    async with _place(postgres_url, folder) as elsewhere:
        dry = await elsewhere.replay("repair", tape=file, dry=True)
        assert dry.result == {"differs": 1}
        assert {(each.kind, each.where) for each in dry.differences} >= {("event", "feedback.given")}
        report = await elsewhere.replay("repair", tape=file)
        assert report.result["done"] == 1
        assert len(await _feedback(elsewhere)) == 1
        kept = await replays.read(elsewhere.gateway, report.id)
        assert kept is not None
        file.write_bytes(file.read_bytes() + b"\n")
        with pytest.raises(VoxbusError, match="not the tape any more"):
            again(kept)


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        ("speach.x", "There is no service speach"),
        ("feedback.nothing", "feedback has no handler nothing; there are erase_people, give_feedback"),
        ("feedback.cancel_jobs", "it only stops what is still to run"),
        ("feedback.export_feedback", "ask for the export anew"),
        ("gateway.record", "it writes the log"),
    ],
)
async def test_what_cannot_be_replayed_says_why(place: Place, handler: str, told: str) -> None:
    with pytest.raises(NoReplay, match=told):
        await place.replay("repair", handler=handler)


#: why an example is not run: what it is about is not there
_FAILS = {
    "gateway.make_export": "the person was erased",
    "content.keep_hint": "/problems/exercise-gone",
    "notify.mark_read": "/problems/not-found",
    "notify.create_webhook": "/problems/webhook-refused",
    "notify.delete_webhook": "/problems/not-found",
}


@pytest.mark.in_full
@pytest.mark.parametrize(
    "handler",
    [f"{service.name}.{handler.name}" for service in SERVICES for handler in service.handlers],
)
async def test_every_handler_can_be_run_dry(place: Place, handler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", KEY)
    service, _, name = handler.partition(".")
    [found] = [h for s in SERVICES if s.name == service for h in s.handlers if h.name == name]
    example = found.message.examples()[0]
    person = new_id()
    if "person_id" in example:
        example = {**example, "person_id": person}
    await place.log(found.message.model_validate(example), job=new_id(), person=person, seq=1)
    before = await place.dump()
    report = await place.replay("reprocess", handler=handler, dry=True)
    assert await place.dump() == before
    if report.plan["refs_gone"]:
        return
    assert report.result.total() == 1
    told = [why for _, why in report.failures]
    assert told == [] or _FAILS.get(handler, "?") in told[0], told
    assert bool(told) is (handler in _FAILS)
