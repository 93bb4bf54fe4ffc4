"""Reads the messages of a replay: from the log, or from a tape; in order, and again by their places."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Protocol
from uuid import UUID

from chassis.delivery.inbox import Received
from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.message.envelope import Envelope, derived_id
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.base import Json
from contracts.catalogue import OWNERS
from contracts.common import CHASSIS_MESSAGES, StepFailed, StepStarted
from gateway.operate import log_reading
from gateway.operate.events import show
from gateway.operate.log_reading import Place
from gateway.operate.replays import Planned
from gateway.operate.tape import TAPE, NoEvent, envelope_of

#: under which a handler may have emitted where its inbox tells no fence; one is spent by each try and each give-back
_FENCES, _FIRST_FENCES = range(1, 100), range(1, 7)
#: events of a type that are looked for at once, where no job holds them together
_ORDINALS = 8
_BESIDE = frozenset({StepStarted.type, StepFailed.type})


@dataclass(frozen=True, slots=True)
class Sourced:
    """Holds a message of a source, and where it is there."""

    stream_id: UUID
    place: int
    received: Received
    erased: bool


@dataclass(frozen=True, slots=True)
class Consequence:
    """Holds an event that was emitted by a handler for a message; `data` None: nobody can read it."""

    type: str
    ordinal: int
    data: Json | None


@dataclass(frozen=True, slots=True)
class Cause:
    """Says of a message which stream it is in, and the fence with which the handler's inbox has settled it, if any."""

    stream_id: UUID
    fence: int | None = None


class Source(Protocol):
    """Describes where a replay's messages are."""

    masked: bool

    def pages(self, filters: Filters) -> AsyncIterator[list[Sourced]]:
        """Yields messages in order, in pages."""

    async def read(self, items: Sequence[Planned]) -> dict[UUID, Sourced]:
        """Returns messages by their ids."""

    async def consequences(self, causes: Mapping[UUID, Cause], emitter: str) -> dict[UUID, list[Consequence]]:
        """Returns what a handler emitted for messages, by their ids."""


class LogSource:
    """Reads the log."""

    masked = False

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def pages(self, filters: Filters) -> AsyncIterator[list[Sourced]]:
        """Yields messages as `log_reading.pages` orders them."""
        async for page in log_reading.pages(self._database, filters):
            yield [_sourced(each) for each in page]

    async def read(self, items: Sequence[Planned]) -> dict[UUID, Sourced]:
        """Returns messages by their ids."""
        found = await log_reading.of_place(self._database, [Place(item.stream_id, item.place) for item in items])
        return {each.envelope.id: _sourced(each) for each in found.values()}

    async def consequences(self, causes: Mapping[UUID, Cause], emitter: str) -> dict[UUID, list[Consequence]]:
        """Returns what the log holds of what a handler emitted."""
        service, _, handler = emitter.partition(".")
        in_jobs = {each.stream_id for id, each in causes.items() if each.stream_id != id}
        rows = await log_reading.caused(self._database, list(causes), list(in_jobs))
        types = [message.type for message in (*OWNERS[service], *CHASSIS_MESSAGES)]
        alone = [
            partial(derived_id, id, kind, handler, fence)
            for id, each in causes.items()
            if each.stream_id == id
            for kind in types
            for fence in (_FIRST_FENCES if each.fence is None else {1, each.fence})
        ]
        start = 0
        while alone:  # each is a stream of its own; after the last of a type an id is missing
            ids = {each(number): each for each in alone for number in range(start, start + _ORDINALS)}
            found = await log_reading.caused(self._database, list(causes), list(ids))
            rows, start = rows + found, start + _ORDINALS
            there = {row.envelope.id for row in found}
            alone = [each for each in alone if each(start - 1) in there]
        shown = [(each.logged.envelope, each.data) for each in await show(self._keys, rows, reveal=True)]
        return _numbered(causes, handler, shown)


class TapeSource:
    """Reads a tape, whose file must not change meanwhile. Who was erased here since it was pulled is erased on it."""

    def __init__(self, path: Path, database: Database, keys: Keys) -> None:
        """Raises `VoxbusError` when the file cannot be read or is no tape."""
        self.path = path
        self._database = database
        self._keys = keys
        self.sha256 = sha256_of(path)
        self._caused: dict[UUID, list[int]] | None = None
        try:
            with path.open("rb") as file:
                header = json.loads(file.readline())
            self.masked = bool(header["masked"])
            if header["voxbus_tape"] != TAPE:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise VoxbusError(f"{path} is no tape: voxbus tape check {path} tells more.") from None

    async def pages(self, filters: Filters) -> AsyncIterator[list[Sourced]]:
        """Yields the messages that the filters let through; a kind of job is not on a tape."""
        page: list[Sourced] = []
        left = filters.limit
        for each, _ in self._lines():
            if left == 0:
                break
            if passes(each, filters):
                left = None if left is None else left - 1
                page.append(each)
            if len(page) == log_reading.PAGE:
                yield await self._judged(page)
                page = []
        if page:
            yield await self._judged(page)

    async def read(self, items: Sequence[Planned]) -> dict[UUID, Sourced]:
        """Returns messages by their ids."""
        found = {}
        with self.path.open("rb") as file:
            for item in items:
                file.seek(item.place)
                each, _ = self._of_line(item.place, file.readline())
                found[each.received.envelope.id] = each
        return dict(zip(found, await self._judged(found.values()), strict=True))

    async def consequences(self, causes: Mapping[UUID, Cause], emitter: str) -> dict[UUID, list[Consequence]]:
        """Returns what the tape holds of what a handler emitted. The first call reads all of it, later ones lines."""
        if self._caused is None:
            self._caused = self._by_cause()
        found = []
        with self.path.open("rb") as file:
            for place in sorted(place for cause in causes for place in self._caused.get(cause, ())):
                file.seek(place)
                each, data = self._of_line(place, file.readline())
                found.append((each.received.envelope, data))
        elsewhere = {id: replace(each, fence=None) for id, each in causes.items()}  # that fence was another inbox's
        return _numbered(elsewhere, emitter.partition(".")[2], found)

    def _by_cause(self) -> dict[UUID, list[int]]:
        """Returns the places of events by what caused them."""
        found: dict[UUID, list[int]] = defaultdict(list)
        for each, _ in self._lines():
            if (cause := each.received.envelope.causation) is not None:
                found[cause].append(each.place)
        return found

    async def _judged(self, page: Collection[Sourced]) -> list[Sourced]:
        """Says who was erased: the key store and the database know it for a while, the log's rows as long as it is."""
        persons = {person for each in page if (person := each.received.envelope.person_id) is not None}
        erased = await self._keys.erased() | await log_reading.erased_among(self._database, persons)
        return [replace(each, erased=True) if each.received.envelope.person_id in erased else each for each in page]

    def _lines(self) -> Iterator[tuple[Sourced, Json | None]]:
        with self.path.open("rb") as file:
            place = len(file.readline())
            for line in file:
                yield self._of_line(place, line)
                place += len(line)

    def _of_line(self, place: int, line: bytes) -> tuple[Sourced, Json | None]:
        try:
            document = json.loads(line)
            envelope = envelope_of(document)
            data: Json | None = document.get("data")
        except (NoEvent, ValueError, AttributeError):
            raise VoxbusError(f"The tape has a fault: voxbus tape check {self.path} names it.") from None
        body = b"" if data is None else json.dumps(data).encode()
        received = Received(envelope, body)
        return Sourced(envelope.job_id or envelope.id, place, received, document.get("voxbuserased") is True), data


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a tape. Raises `VoxbusError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise VoxbusError(f"{path} cannot be read: {error.strerror}.") from None


def passes(each: Sourced, filters: Filters) -> bool:
    """Tells whether a message of a tape is among those that are asked for."""
    envelope = each.received.envelope
    return (
        (filters.since is None or envelope.time >= filters.since)
        and (filters.until is None or envelope.time < filters.until)
        and (not filters.types or envelope.type in filters.types)
        and filters.job in (None, envelope.job_id)
        and filters.person in (None, envelope.person_id)
    )


def _sourced(logged: log_reading.Logged) -> Sourced:
    return Sourced(logged.place.stream_id, logged.place.seq, Received(logged.envelope, logged.body), logged.erased)


def _numbered(
    causes: Mapping[UUID, Cause], handler: str, events: Iterable[tuple[Envelope, Json | None]]
) -> dict[UUID, list[Consequence]]:
    """Returns those events that the handler emitted, by their causes: their ids derive from it, one after the other."""
    alike: dict[tuple[UUID, str], dict[UUID, Json | None]] = defaultdict(dict)
    for envelope, data in events:
        if envelope.causation in causes and envelope.causation is not None and envelope.type not in _BESIDE:
            alike[envelope.causation, envelope.type][envelope.id] = data
    found: dict[UUID, list[Consequence]] = defaultdict(list)
    for (cause, kind), there in alike.items():
        known = causes[cause].fence
        for fence in [*([] if known is None else [known]), *_FENCES]:
            derived: Callable[[int], UUID] = partial(derived_id, cause, kind, handler, fence)
            ids = [*takewhile(there.__contains__, map(derived, count()))]
            found[cause] += [Consequence(kind, number, there[id]) for number, id in enumerate(ids)]
            if ids:
                break
    return found
