"""Tests envelopes and bodies: what is written can be read, and other input is refused without repeating it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Permanent, Undecodable, UnknownVersion
from chassis.message.codec import decode, encode
from chassis.message.envelope import PREFIX, Envelope, derived_id, id_time, new_id
from contracts.base import Upcast
from contracts.common import StepStarted

TIMES = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))
ENVELOPES = st.builds(
    Envelope,
    id=st.integers(1, 9).map(lambda number: derived_id(new_id(), "step.started", "assess", number)),
    type=st.just("step.started"),
    version=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    source=st.just("speech"),
    time=TIMES,
    job_id=st.none() | st.uuids(),
    person_id=st.none() | st.uuids(),
    correlation=st.none() | st.uuids(),
    causation=st.none() | st.uuids(),
    traceparent=st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    enc=st.none() | st.just("key-1"),
    replay=st.none() | st.just("r1"),
    retry=st.integers(0, 9),
)


def started(version: tuple[int, int] = (1, 0), name: str = "step.started") -> Envelope:
    return Envelope(id=new_id(), type=name, version=version, source="speech", time=datetime.now(UTC))


@given(ENVELOPES)
def test_an_envelope_is_read_as_it_was_written(envelope: Envelope) -> None:
    assert Envelope.parse(envelope.headers()) == envelope


@pytest.mark.parametrize("missing", ["id", "type", "version", "source", "time"])
def test_headers_without_what_is_required_are_none_of_ours(missing: str) -> None:
    headers = {name: value for name, value in started().headers().items() if name != PREFIX + missing}
    with pytest.raises(Undecodable):
        Envelope.parse(headers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "e3e70682-c209-4cac-a29f-6fbed82c07cd"),  # tells no time
        ("id", "ffffffff-ffff-7fff-bfff-ffffffffffff"),  # a time that no calendar has
        ("retry", "99999999999"),
        ("retry", "-1"),
    ],
)
def test_headers_that_no_table_could_hold_are_refused_at_the_door(name: str, value: str) -> None:
    with pytest.raises(Undecodable):
        Envelope.parse({**started().headers(), PREFIX + name: value})


@given(st.integers(1, 9), st.integers(0, 9))
def test_a_derived_id_is_the_same_each_time_and_another_for_each_cause(fence: int, ordinal: int) -> None:
    cause, other = new_id(), new_id()
    found = derived_id(cause, "step.started", "assess", fence, ordinal)
    assert found == derived_id(cause, "step.started", "assess", fence, ordinal)
    others = {
        derived_id(other, "step.started", "assess", fence, ordinal),
        derived_id(cause, "step.failed", "assess", fence, ordinal),
        derived_id(cause, "step.started", "hear", fence, ordinal),
        derived_id(cause, "step.started", "assess", fence + 1, ordinal),
        derived_id(cause, "step.started", "assess", fence, ordinal + 1),
    }
    assert len(others | {found}) == 6
    assert (found.version, found.variant) == (7, UUID(int=cause.int).variant)
    assert id_time(found) == id_time(cause)


def test_a_body_is_read_by_a_consumer_of_any_minor_version() -> None:
    payload = StepStarted(step="speech.assess_attempt", tries=1)
    assert decode(StepStarted, started((1, 7)), encode(payload, started())[1]) == payload


def test_another_type_is_not_understood() -> None:
    with pytest.raises(Permanent) as refused:
        decode(StepStarted, started(name="step.failed"), encode(StepStarted(step="a", tries=1), started())[1])
    assert refused.value.problem.type == "/problems/unknown-message"


class StartedOfTomorrow(StepStarted):
    """Defines version 2, which counts tries under another name."""

    version = (2, 0)
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: lambda body: {**body, "attempt": body["tries"]}}
    attempt: int


def test_a_body_of_an_older_major_version_is_upcast() -> None:
    payload = decode(StartedOfTomorrow, started((1, 3)), encode(StepStarted(step="a", tries=7), started())[1])
    assert payload == StartedOfTomorrow(step="a", tries=7, attempt=7)


@pytest.mark.parametrize("version", [(0, 9), (3, 0)])
def test_a_major_version_without_a_way_to_this_one_waits_for_another_release(version: tuple[int, int]) -> None:
    with pytest.raises(UnknownVersion) as refused:
        decode(StartedOfTomorrow, started(version), b"secret words")
    assert refused.value.problem.type == "/problems/unknown-version"
    assert "secret" not in refused.value.problem.detail


@pytest.mark.parametrize("body", [b"secret", b"[]", b"{}", b'{"tries": "secret"}'])
def test_what_an_upcast_cannot_make_sense_of_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(Permanent) as refused:
        decode(StartedOfTomorrow, started((1, 0)), body)
    assert refused.value.problem.type == "/problems/wrong-schema"
    assert "secret" not in str(refused.value) + refused.value.problem.detail


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b'{"step": "secret words", "tries": "secret words"}'])
def test_a_wrong_body_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(Permanent) as refused:
        decode(StepStarted, started(), body)
    assert refused.value.problem.type == "/problems/wrong-schema"
    assert "secret" not in str(refused.value) + refused.value.problem.detail
