"""Tests that a tape is what it says, and that each fault of one is named with its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.filters import Filters
from chassis.message.envelope import Envelope, new_id
from contracts.base import Json
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from gateway.operate.events import Shown
from gateway.operate.log_reading import Logged, Place
from gateway.operate.tape import cloud_event, envelope_of, header, line
from gateway.operate.tape_check import Checked, check

JOB, PERSON = new_id(), new_id()
NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
COMMAND = Envelope(
    id=new_id(),
    type=AssessAttempt.type,
    version=AssessAttempt.version,
    source="voxbus/gateway",
    time=NOW,
    job_id=JOB,
    person_id=PERSON,
    causation=new_id(),
)
ASSESSED = replace(
    COMMAND, id=new_id(), type=AttemptAssessed.type, version=AttemptAssessed.version, causation=COMMAND.id
)


def shown(envelope: Envelope, seq: int, data: Json | None, *, erased: bool = False) -> Shown:
    return Shown(Logged(Place(JOB, seq), envelope, b"", erased), data, erased)


def tape(*events: Json, promised: int | None = None) -> list[bytes]:
    top = header(Filters(types=("a.b",)), len(events) if promised is None else promised, masked=True, created_at=NOW)
    return [line(top), *map(line, events)]


def good() -> tuple[Json, Json]:
    command, assessed = AssessAttempt.examples()[0], AttemptAssessed.examples()[0]
    return cloud_event(shown(COMMAND, 1, command)), cloud_event(shown(ASSESSED, 2, assessed))


def changed(**values: Any) -> list[bytes]:
    first, second = good()
    return tape(first, {name: value for name, value in {**second, **values}.items() if value is not ...})


def test_a_line_is_a_cloud_event_and_its_envelope_is_read_back() -> None:
    _, second = good()
    assert second == {
        "specversion": "1.0",
        "id": str(ASSESSED.id),
        "source": "voxbus/gateway",
        "type": "attempt.assessed",
        "time": "2026-11-29T10:00:00.000000Z",
        "dataschema": "voxbus:attempt.assessed:2.1",
        "datacontenttype": "application/json",
        "voxbusjob": str(JOB),
        "voxbusseq": 2,
        "voxbusperson": str(PERSON),
        "voxbuscause": str(COMMAND.id),
        "data": AttemptAssessed.examples()[0],
    }
    assert envelope_of(second) == ASSESSED


def test_a_header_holds_the_filters_the_count_and_the_product() -> None:
    top = json.loads(tape()[0])
    assert top.pop("product").count(".") == 2
    assert top == {
        "voxbus_tape": 1,
        "created_at": "2026-11-29T10:00:00.000000Z",
        "filters": {"type": ["a.b"]},
        "events": 0,
        "masked": True,
    }


def test_an_erased_person_has_no_data() -> None:
    event = cloud_event(shown(COMMAND, 1, None, erased=True))
    assert event["voxbuserased"] is True
    assert "data" not in event
    found = check(tape(event))
    assert (found.faults, found.erased) == ([], 1)


def test_a_good_tape_has_no_fault() -> None:
    found = check(tape(*good()))
    assert (found.faults, found.events, found.masked) == ([], 2, True)


def test_what_must_be_upcast_is_named_and_is_no_fault() -> None:
    found = check(changed(dataschema="voxbus:attempt.assessed:1.0"))
    assert (found.faults, dict(found.upcast)) == ([], {"attempt.assessed 1.0": 1})


FAULTS: list[tuple[str, Callable[[], list[bytes]], int, str]] = [
    ("empty", list, 1, "the tape is empty"),
    ("no header", lambda: tape(*good())[1:], 1, "it is not the header of a tape of version 1"),
    ("bad header", lambda: [b'{"voxbus_tape": 1, "created_at": "x", "filters": {}, "events": true}'], 1, "events"),
    ("cut off", lambda: [*tape(*good())[:2], tape(*good())[2][:40]], 3, "it is no JSON"),
    ("cut off at a line", lambda: tape(*good())[:2], 2, "the header promises 2 events, and there are 1"),
    ("a blank line", lambda: [*tape(*good()), b"\n"], 4, "it is no JSON"),
    ("a list", lambda: [*tape(promised=1), b"[]\n"], 2, "it is no JSON object"),
    ("no id", lambda: changed(id=...), 3, "id is missing"),
    ("an id of 4", lambda: changed(id="8c2d7e3a-1111-4222-8333-444455556666"), 3, "id is no UUID of version 7"),
    ("an id twice", lambda: changed(id=str(COMMAND.id)), 3, "its id was on a line before"),
    ("another spec", lambda: changed(specversion="0.3"), 3, "specversion is not 1.0"),
    ("a time without zone", lambda: changed(time="2026-11-29T10:00:00"), 3, "time has no zone"),
    ("a time", lambda: changed(time="yesterday"), 3, "time is no moment"),
    ("another schema", lambda: changed(dataschema="voxbus:x:1.0"), 3, "dataschema"),
    ("a job", lambda: changed(voxbusjob="me"), 3, "voxbusjob is no UUID"),
    ("a seq", lambda: changed(voxbusseq="2"), 3, "voxbusseq is no number from 1"),
    ("an order", lambda: changed(voxbusseq=1), 3, "it comes after a later event of its job"),
    ("no data", lambda: changed(data=...), 3, "data is missing"),
    ("erased with data", lambda: changed(voxbuserased=True), 3, "the person was erased, and there is data"),
    ("a field", lambda: changed(data={"attempt_id": "x"}), 3, "data.attempt_id: Input should be a valid UUID"),
    ("a type", lambda: changed(type="a.b", dataschema="voxbus:a.b:1.0"), 3, "no contract describes a.b"),
    ("a version", lambda: changed(dataschema="voxbus:attempt.assessed:9.0"), 3, "that this release cannot read"),
]


@pytest.mark.parametrize(("lines", "number", "told"), [each[1:] for each in FAULTS], ids=[each[0] for each in FAULTS])
def test_each_fault_is_named_with_its_line(lines: Callable[[], list[bytes]], number: int, told: str) -> None:
    found = check(lines())
    assert [number for number, _ in found.faults] == [number]
    assert told in found.faults[0][1]


def test_a_fault_tells_no_value_of_the_tape() -> None:
    found: Checked = check(changed(data={**AttemptAssessed.examples()[0], "language": {"secret": "Ann"}}))
    assert found.faults == [(3, "data.language: Input should be a valid string")]
