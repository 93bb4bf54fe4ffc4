"""Tests that masked messages tell nothing and still pass their schemas."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.errors import Erased, Permanent
from chassis.message.codec import encode, opened
from chassis.message.crypto import new_key
from chassis.message.envelope import Envelope, new_id
from chassis.message.mask import masked
from contracts.base import Json, Message
from contracts.catalogue import MESSAGES
from contracts.compat import inlined
from contracts.gateway import AssessAttempt
from contracts.schema import schema
from contracts.speech import AttemptAssessed
from libs.contracts.tests.payloads import payloads

WITH_PERSONAL = sorted((m for m in MESSAGES.values() if m.personal_fields()), key=lambda m: m.type)


def _kinds(value: Any) -> Any:
    """Describes the types of a payload, and the lengths of its texts and lists."""
    if isinstance(value, dict):
        return {name: _kinds(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_kinds(each) for each in value]
    return type(value)


def _valid(message: type[Message], payload: Json) -> Json:
    valid: Json = json.loads(message.model_validate(payload).model_dump_json(exclude_unset=True))
    return valid


@pytest.mark.parametrize("message", WITH_PERSONAL, ids=lambda m: m.type)
def test_a_masked_example_passes_its_contract_and_keeps_every_type(message: type[Message]) -> None:
    for example in message.examples():
        payload = _valid(message, example)
        found = masked(message, payload)
        message.model_validate(found)
        assert _kinds(found) == _kinds(payload)
        others = payload.keys() - set(message.personal_fields())
        assert {name: found[name] for name in others} == {name: payload[name] for name in others}


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None)
def test_whatever_a_writer_writes_passes_when_it_is_masked(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from(WITH_PERSONAL))
    payload = data.draw(payloads(inlined(schema(message, ""))))
    try:
        payload = _valid(message, payload)
    except ValueError:
        return  # what no model takes need not be taken after it is masked
    found = masked(message, payload)
    message.model_validate(found)
    assert found.keys() == payload.keys()


def test_a_mask_keeps_format_and_length_and_no_word() -> None:
    payload = {
        "text": "Sally, 42 Zürich",
        "transcript": None,
        "words": [{"word": "Sally", "verdict": "omitted", "score": 93.5, "start": 12.25, "phones": [{"p": "S"}]}],
        "scores": {"overall": 67.2, "accuracy": 93.0, "fluency": 80.0, "completeness": 50.0},
        "findings": ["reading.other_text"],
    }
    found = masked(AttemptAssessed, payload)
    assert found == {
        "text": "Xxxxx, 00 Xxxxxx",
        "transcript": None,
        "words": [{"word": "Xxxxx", "verdict": "correct", "score": 50.0, "start": 10.0, "phones": [{"p": "X"}]}],
        "scores": {"overall": 50.0, "accuracy": 50.0, "fluency": 50.0, "completeness": 50.0},
        "findings": ["xxxxxxx.xxxxx_xxxx"],
    }


def test_a_pattern_is_kept() -> None:
    ref = {"key": "recordings/018f6a1e", "media_type": "audio/webm", "size": 20480, "sha256": "0f" * 32}
    found = masked(AssessAttempt, {"recording": ref})["recording"]
    assert found == {"key": "xxxxxxxxxx/000x0x0x", "media_type": "xxxxx/xxxx", "size": 10000, "sha256": "0a" * 32}


def test_what_no_contract_describes_is_masked_by_its_values() -> None:
    found = masked(None, {"url": "https://example.org/Ann?age=9", "on": True, "n": -37, "id": 1}, ["url", "on", "n"])
    assert found == {"url": "https://xxxxxxx.xxx/Xxx?xxx=0", "on": False, "n": 10, "id": 1}


def test_names_of_a_free_object_that_are_words_of_a_person_are_masked() -> None:
    found = masked(None, {"input": {"message": "Hi", "my name is Ann": 1}}, ["input"])
    assert found == {"input": {"message": "Xx", "field_1": 1}}


def _envelope(message: type[Message]) -> Envelope:
    return Envelope(id=new_id(), type=message.type, version=message.version, source="s", time=datetime.now(UTC))


def test_opening_a_body_names_what_was_encrypted() -> None:
    key, example = new_key(), AssessAttempt.examples()[0]
    envelope, body = encode(AssessAttempt.model_validate(example), _envelope(AssessAttempt), key)
    payload, personal = opened(body, envelope, key)
    assert personal == {"text", "recording"}
    assert payload["text"] == example["text"]
    with pytest.raises(Erased):
        opened(body, envelope, None)
    with pytest.raises(Permanent):
        opened(body, replace(envelope, id=new_id()), key)


@pytest.mark.parametrize("body", [b"", b"[1]", b"no", b"\xff"])
def test_a_body_that_is_no_object_cannot_be_opened(body: bytes) -> None:
    with pytest.raises(Permanent):
        opened(body, _envelope(AssessAttempt), None)
