"""Tests that streams show what REST shows, in the same shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import Row

from contracts.base import Message
from contracts.catalogue import JOB_KINDS, MESSAGES, RETIRED
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import OTHER_TEXT, AttemptAssessed
from gateway.edge.attempts.schemas import Published, compose
from gateway.edge.openapi import read_document
from gateway.edge.schemas import JOB_ID
from gateway.edge.streams.shapes import shape
from gateway.jobs.reading import JobHead

DOCUMENT = read_document().document
SCHEMAS = DOCUMENT["components"]["schemas"]
UNION = {**SCHEMAS["JobEvent"], "components": DOCUMENT["components"]}
STREAMED = [
    *(kind.command for kind in JOB_KINDS.values() if kind not in RETIRED),
    *(step.done for kind in JOB_KINDS.values() if kind not in RETIRED for step in kind.steps),
    *(MESSAGES[kind] for kind in ("step.started", "step.failed", "job.succeeded", "job.failed", "job.cancelled")),
]


def stored(message: type[Message], example: int = 0) -> dict[str, Any]:
    """Returns a payload as the log holds it."""
    payload: dict[str, Any] = message.model_validate(message.examples()[example]).model_dump(mode="json")
    return payload


def row(payload: dict[str, Any]) -> Row[Any]:
    return cast("Row[Any]", SimpleNamespace(**payload))


@pytest.mark.parametrize("example", [0, 1])
def test_a_stream_shows_an_attempt_as_rest_does(example: int) -> None:
    assessed, given = stored(AttemptAssessed, example), stored(FeedbackGiven)
    job = JobHead(UUID(JOB_ID), "attempt", "succeeded", datetime(2026, 11, 20, tzinfo=UTC), None, 5)
    command = AssessAttempt.model_validate(AssessAttempt.examples()[0])
    shown = json.loads(
        compose(job, command, Published(assessment=row(assessed), feedback=row(given))).model_dump_json()
    )
    assert shape(AttemptAssessed, assessed) == {name: shown[name] for name in ("words", "scores", "refusal")}
    assert "findings" not in shown
    assert shape(FeedbackGiven, given) == {name: shown["feedback"][name] for name in ("summary", "tips")}
    assert shape(FeedbackGiven, given)["tips"] == [{"sound": "R", "tip": "Curl your tongue back a little."}]


def test_findings_are_shown_where_there_are_any() -> None:
    assessed = {**stored(AttemptAssessed), "findings": [OTHER_TEXT]}
    job = JobHead(UUID(JOB_ID), "attempt", "succeeded", datetime(2026, 11, 20, tzinfo=UTC), None, 5)
    command = AssessAttempt.model_validate(AssessAttempt.examples()[0])
    attempt = compose(job, command, Published(assessment=row(assessed))).model_dump(mode="json")
    assert attempt["findings"] == shape(AttemptAssessed, assessed)["findings"] == [OTHER_TEXT]
    event = {"type": "attempt.assessed", "job_id": JOB_ID, "seq": 1, "time": "2026-11-20T10:00:00Z"}
    Draft202012Validator(UNION).validate({**event, "data": shape(AttemptAssessed, assessed)})


def test_every_event_of_a_job_is_in_the_union_and_its_example_fits() -> None:
    assert UNION["discriminator"]["propertyName"] == "type"
    known = {name: ref.rpartition("/")[2] for name, ref in UNION["discriminator"]["mapping"].items()}
    assert known.keys() == {message.stream_type() for message in STREAMED} | {"progress", "job.end"}
    for name, schema in known.items():
        [example] = SCHEMAS[schema]["examples"]
        assert example["type"] == name
        Draft202012Validator(UNION).validate(example)


@pytest.mark.parametrize("message", STREAMED)
def test_what_is_shown_fits_its_schema(message: type[Message]) -> None:
    for number in range(len(message.examples())):
        data = shape(message, stored(message, number))
        assert data.keys() == set(message.public_fields) - {"findings"}
        event = {"type": message.stream_type(), "job_id": JOB_ID, "seq": 1, "time": "2026-11-20T10:00:00Z"}
        Draft202012Validator(UNION).validate({**event, "data": data})


def test_a_payload_that_does_not_fit_is_shown_as_it_is() -> None:
    assert shape(FeedbackGiven, {"summary": "Well done.", "tips": ["Slowly."], "source": "coach/0"}) == {
        "summary": "Well done.",
        "tips": ["Slowly."],
    }


def test_an_event_stream_is_described_by_its_events() -> None:
    [content] = DOCUMENT["paths"]["/jobs/{id}/events"]["get"]["responses"]["200"]["content"].items()
    assert content == ("text/event-stream", {"schema": {"$ref": "#/components/schemas/JobEvent"}})
