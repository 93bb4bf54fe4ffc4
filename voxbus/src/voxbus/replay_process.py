"""Replays messages to one handler of one service: plans, runs, goes on, and runs dry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from chassis.bus.topology import Topology
from chassis.errors import VoxbusError
from chassis.handler import FastHandler
from chassis.message.envelope import new_id
from chassis.privacy.retention import retention
from chassis.replay.opened import NoReplay, Opened, opened
from chassis.replay.run import HANDLED_BEFORE, Item, Outcome, Replayer
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys, keys_url, open_keys
from chassis.storage.media import Media, open_media
from contracts.base import Json
from gateway.operate import log_reading, replays
from gateway.operate.replay_differences import compare
from gateway.operate.replay_plan import Before, Plan, Planner
from gateway.operate.replays import Planned, Replay, State
from gateway.operate.sources import Cause, Consequence, LogSource, Source, Sourced, TapeSource, sha256_of
from gateway.operate.tape import filters_of
from voxbus.replay_before import before_repair, before_reprocess
from voxbus.replay_pace import Pace
from voxbus.replay_report import Asked, Report
from voxbus.services import SERVICES

#: messages that are read at once
_CHUNK = 500
#: messages of a dry run whose consequences are read at once
_DRY_CHUNK = 50
#: differences that a report keeps
_MOST_DIFFERENCES = 10_000
_STATES: dict[str, State] = {"done": "done", "skipped": "skipped", "failed": "failed"}


@dataclass(frozen=True, kw_only=True)
class Replaying:
    """Holds what a replay uses; `reached` makes it."""

    asked: Asked
    gateway: Database
    keys: Keys
    media: Media
    opened: Opened
    source: Source

    async def plan(self) -> tuple[UUID, Plan, list[Planned]]:
        """Freezes the plan: in the database, or in memory for a dry run, which writes nothing."""
        asked = self.asked
        now = await log_reading.now(self.gateway)
        kind = self.opened.handler.message.type
        if asked.filters.types and kind not in asked.filters.types:
            raise NoReplay(f"{asked.handler} handles {kind}, which the filters leave out.")
        filters = replace(asked.filters, types=(kind,), until=asked.filters.until or now)
        planner = Planner(
            message=self.opened.handler.message,
            mode=asked.mode,
            dry=asked.dry,
            keys=self.keys,
            before=lambda events: self._before(events, now),
            exists=self.media.exists,
            now=now,
        )
        chosen = planner.choose(self.source.pages(filters))
        if asked.dry:
            return new_id(), planner.plan, [each async for page in chosen for each in page]
        tape = None if not isinstance(self.source, TapeSource) else (str(self.source.path), self.source.sha256)
        async with replays.created(
            self.gateway, asked.handler, asked.mode, filters=filters_of(filters), tape=tape, rate=asked.rate
        ) as identity:
            async for page in chosen:
                if asked.mode == "reprocess":
                    await replays.remember(self.gateway, asked.handler, page)
                await replays.add(self.gateway, identity, page)
            await replays.freeze(self.gateway, identity, planner.plan.document())
        return identity, planner.plan, []

    async def run(
        self,
        identity: UUID,
        planned: Json,
        told: Callable[[int], None] = lambda _: None,
        *,
        failed_too: bool = False,
        begun: Callable[[], Awaitable[None]] | None = None,
    ) -> Report:
        """Runs what is left of a plan. Raises `NotNow`, and an outage, after which it can be gone on with.

        `failed_too`: also what has failed. `begun` is called once the replay is this process's own.
        """
        report = Report(identity, self.asked.handler, self.asked.mode, False, planned)
        replayer = Replayer(self.opened.consumer, self.opened.handler, self.asked.mode)
        pace = Pace(self.asked.rate)
        async with replays.held(self.gateway, identity, failed_too=failed_too):
            if begun is not None:
                await begun()
            while items := await replays.following(self.gateway, identity, _CHUNK):
                found = await self.source.read(items)
                for some in _parts(items, self._at_once):
                    outcomes = await self._run(replayer, identity, some, found)
                    ended = [(item.n, _STATES[o.kind], o.why or None) for item, o in zip(some, outcomes, strict=True)]
                    await self._remember(some, outcomes)
                    goes_on = await replays.settle(self.gateway, identity, ended)
                    told(len(some))
                    if not goes_on:
                        break
                    await pace.wait(len(some))
                else:
                    continue
                report.cancelled = True
                break
            await replays.end(self.gateway, identity)
        report.result += await replays.counts(self.gateway, identity)
        report.failures = await replays.failures(self.gateway, identity, 100)
        return report

    async def run_dry(
        self, identity: UUID, plan: Plan, items: Sequence[Planned], told: Callable[[int], None] = lambda _: None
    ) -> Report:
        """Runs messages one by one, of which nothing remains, and compares what they do with what is there."""
        report = Report(identity, self.asked.handler, self.asked.mode, True, plan.document())
        replayer = Replayer(self.opened.consumer, self.opened.handler, self.asked.mode)
        pace = Pace(self.asked.rate)
        for some in _parts(items, _DRY_CHUNK):
            found = await self.source.read(some)
            causes = {item.event_id: Cause(item.stream_id, item.fence) for item in some}
            recorded = await self.source.consequences(causes, self.asked.handler)
            for item in some:
                await self._run_dry(replayer, report, item, found, recorded.get(item.event_id, []))
                told(1)
                await pace.wait(1)
        return report

    async def _run_dry(
        self,
        replayer: Replayer,
        report: Report,
        item: Planned,
        found: dict[UUID, Sourced],
        recorded: Sequence[Consequence],
    ) -> None:
        dry = self.opened.dry
        assert dry is not None
        message = _item(found[item.event_id], item, report.id)
        ran = await replayer.run_dry(message, dry, self.opened.tables, self.opened.database)
        report.effects += len(ran.effects)
        if ran.outcome.kind != "done":
            report.result[ran.outcome.kind] += 1
            report.failures.append((item.event_id, ran.outcome.why))
            return
        moments = ran.began - timedelta(seconds=1), datetime.now(UTC) + timedelta(seconds=1)
        verdict, differences = compare(
            item.event_id,
            ran.emitted,
            recorded,
            ran.changes,
            moments,
            was_handled=item.was_handled,
            was_masked=self.source.masked,
            reveal=self.asked.reveal,
        )
        report.result[verdict] += 1
        report.differences += differences[: _MOST_DIFFERENCES - len(report.differences)]

    async def _run(
        self, replayer: Replayer, identity: UUID, items: Sequence[Planned], found: dict[UUID, Sourced]
    ) -> list[Outcome]:
        there = [item for item in items if item.event_id in found and not found[item.event_id].erased]
        ran = await replayer.run([_item(found[item.event_id], item, identity) for item in there]) if there else []
        outcomes = {item.event_id: outcome for item, outcome in zip(there, ran, strict=True)}
        return [outcomes.get(item.event_id) or _not_run(found.get(item.event_id)) for item in items]

    @property
    def _at_once(self) -> int:
        handler = self.opened.handler
        return handler.batch if isinstance(handler, FastHandler) else handler.slots

    async def _before(self, events: Sequence[UUID], now: datetime) -> dict[UUID, Before]:
        own, handler = self.opened.database, self.asked.handler
        if self.asked.mode == "repair":
            return await before_repair(own, handler, events)
        return await before_reprocess(self.gateway, own, handler, events, now)

    async def _remember(self, items: Sequence[Planned], outcomes: Sequence[Outcome]) -> None:
        """Keeps what was done under an id of a reprocessing, for longer than the inbox does."""
        if self.asked.mode == "reprocess":
            done = [
                i.event_id for i, o in zip(items, outcomes, strict=True) if o.kind == "done" or o.why == HANDLED_BEFORE
            ]
            await replays.remember_done(self.gateway, self.asked.handler, done)


@asynccontextmanager
async def reached(settings: Settings, url: str, asked: Asked) -> AsyncIterator[Replaying]:
    """Opens what a replay uses, on a migrated database at `url`. Raises `NoReplay`."""
    name, _, handler = asked.handler.partition(".")
    service = _service(name)
    async with AsyncExitStack() as stack:
        gateway = open_database(url, "gateway", size=4, purpose="replay")
        stack.push_async_callback(gateway.close)
        keys = open_keys(keys_url(settings), erases=name == "gateway")
        stack.push_async_callback(keys.close)
        media = open_media(settings.media_url, settings.data_dir, retention().prefixes())
        source: Source = LogSource(gateway, keys) if asked.tape is None else TapeSource(asked.tape, gateway, keys)
        one = await stack.enter_async_context(
            opened(
                service,
                handler,
                settings,
                url,
                keys=keys,
                media=media,
                services=frozenset(each.name for each in SERVICES),
                topology=sum((each.topology() for each in SERVICES), Topology(())),
                dry=asked.dry,
            )
        )
        yield Replaying(asked=asked, gateway=gateway, keys=keys, media=media, opened=one, source=source)


def again(replay: Replay) -> Asked:
    """Returns what a kept replay was asked to do. Raises `VoxbusError` when its tape is another one by now."""
    tape = None if replay.tape is None else Path(replay.tape)
    if tape is not None and sha256_of(tape) != replay.tape_sha256:
        raise VoxbusError(f"{tape} is not the tape any more that the plan was made from.")
    return Asked(handler=replay.handler, mode=replay.mode, tape=tape, rate=replay.rate)


def _service(name: str) -> Service:
    for service in SERVICES:
        if service.name == name:
            return service
    there = ", ".join(service.name for service in SERVICES)
    raise NoReplay(f"There is no service {name}; write SERVICE.HANDLER, with one of {there}.")


def _item(found: Sourced, item: Planned, identity: UUID) -> Item:
    envelope = replace(found.received.envelope, id=item.message_id, replay=str(identity))
    return Item(found.received, envelope)


def _not_run(found: Sourced | None) -> Outcome:
    """Says why a message of the plan was not run."""
    return Outcome("skipped", "it is not in the log any more" if found is None else "the person was erased")


def _parts(items: Sequence[Planned], size: int) -> list[Sequence[Planned]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
