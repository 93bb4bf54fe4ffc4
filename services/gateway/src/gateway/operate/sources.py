"""Reads the messages of a replay: from the log, or from a tape; in order, and again by their places."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Protocol
from uuid import UUID

from chassis.delivery.inbox import Received
from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.message.envelope import derived_id
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.base import CHASSIS_MESSAGES, Json, StepFailed, StepStarted
from contracts.catalogue import OWNERS
from gateway.operate import log_reading
from gateway.operate.events import show
from gateway.operate.log_reading import Place
from gateway.operate.replays import Planned
from gateway.operate.tape import TAPE, NoEvent, envelope_of

#: of events without a job, the fences and numbers under which a handler may have emitted them
_FENCES, _ORDINALS = range(1, 6), range(4)
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


class Source(Protocol):
    """Describes where a replay's messages are."""

    masked: bool

    def pages(self, filters: Filters) -> AsyncIterator[list[Sourced]]:
        """Yields messages in order, in pages."""

    async def read(self, items: Sequence[Planned]) -> dict[UUID, Sourced]:
        """Returns messages by their ids."""

    async def consequences(self, causes: Mapping[UUID, UUID], emitter: str) -> dict[UUID, list[Consequence]]:
        """Returns what a handler emitted for messages, by their ids. `causes`: ids with the streams they are in."""


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

    async def consequences(self, causes: Mapping[UUID, UUID], emitter: str) -> dict[UUID, list[Consequence]]:
        """Returns what the log holds of what a handler emitted."""
        service, _, handler = emitter.partition(".")
        types = [*OWNERS[service], *CHASSIS_MESSAGES]
        alone = [derived for cause in causes for derived, _ in _derived(cause, [m.type for m in types], handler)]
        rows = await log_reading.caused(self._database, list(causes), list(causes.values()), alone)
        found: dict[UUID, list[Consequence]] = defaultdict(list)
        for shown in await show(self._keys, rows, reveal=True):
            envelope = shown.logged.envelope
            cause = envelope.causation
            if cause is None or cause not in causes or envelope.type in _BESIDE:
                continue
            numbers = dict(_derived(cause, [envelope.type], handler))
            if envelope.id in numbers:
                found[cause].append(Consequence(envelope.type, numbers[envelope.id], shown.data))
        return found


class TapeSource:
    """Reads a tape, whose file must not change meanwhile. Who was erased here since it was pulled is erased on it."""

    def __init__(self, path: Path, keys: Keys) -> None:
        """Raises `VoxbusError` when the file cannot be read or is no tape."""
        self.path = path
        self._keys = keys
        self.sha256 = sha256_of(path)
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
                each, _ = _of_line(item.place, file.readline())
                found[each.received.envelope.id] = each
        return dict(zip(found, await self._judged(found.values()), strict=True))

    async def consequences(self, causes: Mapping[UUID, UUID], emitter: str) -> dict[UUID, list[Consequence]]:
        """Returns what the tape holds of what a handler emitted."""
        _, _, handler = emitter.partition(".")
        found: dict[UUID, list[Consequence]] = defaultdict(list)
        for each, data in self._lines():
            envelope = each.received.envelope
            cause = envelope.causation
            if cause not in causes or envelope.type in _BESIDE or cause is None:
                continue
            numbers = dict(_derived(cause, [envelope.type], handler))
            if envelope.id in numbers:
                found[cause].append(Consequence(envelope.type, numbers[envelope.id], data))
        return found

    async def _judged(self, page: Iterable[Sourced]) -> list[Sourced]:
        erased = await self._keys.erased()
        return [replace(each, erased=True) if each.received.envelope.person_id in erased else each for each in page]

    def _lines(self) -> Iterator[tuple[Sourced, Json | None]]:
        with self.path.open("rb") as file:
            place = len(file.readline())
            for line in file:
                yield _of_line(place, line)
                place += len(line)


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


def _of_line(place: int, line: bytes) -> tuple[Sourced, Json | None]:
    try:
        document = json.loads(line)
        envelope = envelope_of(document)
        data: Json | None = document.get("data")
    except (NoEvent, ValueError, AttributeError):
        raise VoxbusError("The tape has a fault: voxbus tape check FILE names it.") from None
    body = b"" if data is None else json.dumps(data).encode()
    received = Received(envelope, body)
    return Sourced(envelope.job_id or envelope.id, place, received, document.get("voxbuserased") is True), data


def _sourced(logged: log_reading.Logged) -> Sourced:
    return Sourced(logged.place.stream_id, logged.place.seq, Received(logged.envelope, logged.body), logged.erased)


def _derived(cause: UUID, types: Collection[str], handler: str) -> Iterator[tuple[UUID, int]]:
    """Yields the ids under which a handler may have emitted events for a message, and which of its type each was."""
    for kind, fence, ordinal in product(types, _FENCES, _ORDINALS):
        yield derived_id(cause, kind, handler, fence, ordinal), ordinal
