"""Writes and reads tapes: events of the log as CloudEvents 1.0 in JSON, one a line, behind a header."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.message.envelope import Envelope
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.base import Json
from gateway.operate import events, log_reading
from gateway.operate.events import Shown
from gateway.version import VERSION

#: the version of the format, in the header
TAPE = 1
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SCHEMA = re.compile(r"voxbus:(?P<type>[a-z0-9_.]+):(?P<major>\d{1,6})\.(?P<minor>\d{1,6})")


class NoEvent(VoxbusError):
    """Reports a line of a tape that holds no event; its text says why, without a value of the line."""


def header(filters: Filters, events: int, *, masked: bool, created_at: datetime) -> Json:
    """Returns the first line of a tape of so many events."""
    return {
        "voxbus_tape": TAPE,
        "created_at": _moment(created_at),
        "filters": filters_of(filters),
        "events": events,
        "masked": masked,
        "product": VERSION,
    }


def filters_of(filters: Filters) -> Json:
    """Returns filters as JSON, under the names that the command line gives them."""
    found = {
        "from": None if filters.since is None else _moment(filters.since),
        "to": None if filters.until is None else _moment(filters.until),
        "type": list(filters.types) or None,
        "job": None if filters.job is None else str(filters.job),
        "person": None if filters.person is None else str(filters.person),
        "kind": filters.kind,
        "limit": filters.limit,
    }
    return {name: value for name, value in found.items() if value is not None}


def cloud_event(shown: Shown) -> Json:
    """Returns an event as a line of a tape. One of an erased person has no data, nor has one that nobody can read."""
    envelope, place = shown.logged.envelope, shown.logged.place
    found: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": envelope.source,
        "type": envelope.type,
        "time": _moment(envelope.time),
        "dataschema": "voxbus:{}:{}.{}".format(envelope.type, *envelope.version),
        "datacontenttype": "application/json",
        "voxbusjob": shown.logged.job_id,
        "voxbusseq": place.seq,
        "voxbusperson": envelope.person_id,
        "voxbuscause": envelope.causation,
    }
    if shown.erased:
        found["voxbuserased"] = True
    found["data"] = shown.data
    return {
        name: str(value) if isinstance(value, UUID) else value for name, value in found.items() if value is not None
    }


def line(document: Mapping[str, Any]) -> bytes:
    """Returns a document as a line of a tape."""
    return _ENCODER.encode(document).encode() + b"\n"


async def pull(database: Database, keys: Keys, filters: Filters, *, reveal: bool) -> AsyncIterator[bytes]:
    """Yields the lines of a tape, a page of events in memory. It ends after as many events as its header says.

    What was emitted before now and is recorded meanwhile may be in it, or not.
    """
    now = await log_reading.now(database)
    filters = replace(filters, until=min(now, filters.until or now))
    promised = await log_reading.count(database, filters)
    yield line(header(filters, promised, masked=not reveal, created_at=now))
    async for page in events.stream(database, keys, replace(filters, limit=promised), reveal=reveal):
        yield b"".join(line(cloud_event(each)) for each in page)


def read_line(text: bytes) -> Json:
    """Returns a line as JSON. Raises `NoEvent` for what is no JSON object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NoEvent("it is no JSON") from None
    if not isinstance(found, dict):
        raise NoEvent("it is no JSON object")
    return found


def envelope_of(document: Mapping[str, Any]) -> Envelope:
    """Returns the envelope of a line. Raises `NoEvent` with the first thing that is wrong with it."""
    schema = _SCHEMA.fullmatch(_text(document, "dataschema"))
    if schema is None or schema["type"] != _text(document, "type"):
        raise NoEvent("dataschema is not voxbus:<type>:<major>.<minor> of its type")
    if document.get("specversion") != "1.0":
        raise NoEvent("specversion is not 1.0")
    if document.get("datacontenttype", "application/json") != "application/json":
        raise NoEvent("datacontenttype is not application/json")
    identity = _uuid(document, "id")
    if identity is None or identity.version != 7:
        raise NoEvent("id is no UUID of version 7")
    if not isinstance(document.get("voxbusseq", 1), int) or document.get("voxbusseq", 1) < 1:
        raise NoEvent("voxbusseq is no number from 1")
    return Envelope(
        id=identity,
        type=schema["type"],
        version=(int(schema["major"]), int(schema["minor"])),
        source=_text(document, "source"),
        time=_time(document),
        job_id=_uuid(document, "voxbusjob"),
        person_id=_uuid(document, "voxbusperson"),
        causation=_uuid(document, "voxbuscause"),
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value or "\0" in value:
        raise NoEvent(f"{name} is no text" if name in document else f"{name} is missing")
    return value


def _uuid(document: Mapping[str, Any], name: str) -> UUID | None:
    if name not in document and name != "id":
        return None
    try:
        return UUID(_text(document, name))
    except ValueError:
        raise NoEvent(f"{name} is no UUID") from None


def _time(document: Mapping[str, Any]) -> datetime:
    try:
        found = datetime.fromisoformat(_text(document, "time"))
    except ValueError:
        raise NoEvent("time is no moment of RFC 3339") from None
    if found.tzinfo is None:
        raise NoEvent("time has no zone")
    return found.astimezone(UTC)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
