"""Checks a tape against today's contracts, line by line; a fault names fields and rules, never values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from chassis.message.envelope import Envelope
from contracts.base import Json, Message
from contracts.catalogue import MESSAGES
from contracts.upcast import can_read, upcast
from gateway.operate.tape import TAPE, NoEvent, envelope_of, read_line

#: the fields that a schema refuses, of which a fault names the first
_NAMED = 5
#: faults whose words quote the value: those of validators in code, and of unions
_QUOTING = frozenset({"value_error", "assertion_error", "union_tag_invalid"})
_HEADER: Mapping[str, tuple[type, ...]] = {
    "created_at": (str,),
    "filters": (dict,),
    "events": (int,),
    "masked": (bool,),
    "product": (str,),
}


@dataclass(slots=True)
class Checked:
    """Collects what a check finds. `upcast` and `unknown` count events by `type major.minor`."""

    events: int = 0
    erased: int = 0
    masked: bool = False
    faults: list[tuple[int, str]] = field(default_factory=list)
    upcast: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def document(self) -> Json:
        """Returns what was found as JSON."""
        return {
            "events": self.events,
            "erased": self.erased,
            "masked": self.masked,
            "upcast": dict(self.upcast),
            "unknown": dict(self.unknown),
            "faults": [{"line": number, "fault": fault} for number, fault in self.faults],
        }


def check(lines: Iterable[bytes]) -> Checked:
    """Checks a whole tape; it keeps an id of each event, and the last number of each job."""
    checked, seen, last = Checked(), set[UUID](), dict[UUID, int]()
    promised: int | None = None
    number = 0
    for number, text in enumerate(lines, start=1):
        checked.events += number > 1 and not text.isspace()
        try:
            document = read_line(text)
            if number == 1:
                promised, checked.masked = _header(document)
            else:
                _event(checked, document, seen, last)
        except NoEvent as error:
            checked.faults.append((number, str(error)))
    if number == 0:
        checked.faults.append((1, "the tape is empty"))
    if promised is not None and promised != checked.events:
        checked.faults.append((number, f"the header promises {promised} events, and there are {checked.events}"))
    return checked


def _header(document: Json) -> tuple[int, bool]:
    if document.get("voxbus_tape") != TAPE:
        raise NoEvent(f"it is not the header of a tape of version {TAPE}")
    for name, kinds in _HEADER.items():
        value = document.get(name)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise NoEvent(f"the header has no proper {name}")
    return int(document["events"]), bool(document["masked"])


def _event(checked: Checked, document: Json, seen: set[UUID], last: dict[UUID, int]) -> None:
    envelope = envelope_of(document)
    if envelope.id in seen:
        raise NoEvent("its id was on a line before")
    seen.add(envelope.id)
    if envelope.job_id is not None:
        number = int(document.get("voxbusseq", 1))
        if number <= last.get(envelope.job_id, 0):
            raise NoEvent("it comes after a later event of its job")
        last[envelope.job_id] = number
    if document.get("voxbuserased") is True:
        checked.erased += 1
        if "data" in document:
            raise NoEvent("the person was erased, and there is data")
        return
    data = document.get("data")
    if not isinstance(data, dict):
        raise NoEvent("data is missing" if data is None else "data is no JSON object")
    _data(checked, envelope, data)


def _data(checked: Checked, envelope: Envelope, data: Json) -> None:
    """Holds the data against today's contract, after upcasts where it is of an older major version."""
    message, major = MESSAGES.get(envelope.type), envelope.version[0]
    named = "{} {}.{}".format(envelope.type, *envelope.version)
    if message is None:
        checked.unknown[named] += 1
        raise NoEvent(f"no contract describes {envelope.type}")
    if not can_read(message, major):
        checked.unknown[named] += 1
        raise NoEvent(f"{named} is a version that this release cannot read")
    if major < message.version[0]:
        checked.upcast[named] += 1
    for fault in _faults(message, major, data):
        raise NoEvent(fault)


def _faults(message: type[Message], major: int, data: Json) -> Iterator[str]:
    try:
        today = upcast(message, major, data)
    except Exception as error:  # an upcast may raise any error for data that was never valid
        yield f"data cannot be upcast from version {major}: {type(error).__name__}"
        return
    try:
        message.model_validate_json(json.dumps(today))
    except ValidationError as error:
        yield "; ".join(_told(each) for each in error.errors()[:_NAMED])


def _told(error: Mapping[str, Any]) -> str:
    """Returns a fault as a sentence, without the part of it that may quote the value."""
    kind, rule = error["type"], str(error["msg"])
    if kind in _QUOTING:
        rule = "Input breaks a rule of the contract"
    elif kind.endswith("_parsing"):  # “…, found `x` at 1”
        rule = rule.partition(",")[0]
    return f"data.{'.'.join(map(str, error['loc']))}: {rule}"
