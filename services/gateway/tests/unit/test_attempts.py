"""Tests how an attempt looks at each moment, and what a client may ask of a POST."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import Row

from chassis.web.idempotency import canonical
from chassis.web.problems import ProblemError
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from gateway.edge.attempts.schemas import AttemptStatus, Published, compose
from gateway.edge.job_requests import idempotency, seconds_to_wait
from gateway.jobs.reading import JobHead

COMMAND = AssessAttempt.model_validate(AssessAttempt.examples()[0])
MOMENT = datetime(2026, 11, 20, 10, tzinfo=UTC)
NEXT = UUID("018f6a1e-0000-7000-8000-000000000004")


class _Values:
    """Represents a row of a view, by name."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def row(**values: Any) -> Row[Any]:
    return cast("Row[Any]", _Values(**values))


HEARD, UNHEARD = (row(**example) for example in AttemptAssessed.examples())
GIVEN = row(**FeedbackGiven.examples()[0])


def head(status: str) -> JobHead:
    return JobHead(COMMAND.attempt_id, "attempt", status, MOMENT, None, 1)


@pytest.mark.parametrize(
    ("job", "assessment", "expected"),
    [
        ("accepted", None, "pending"),
        ("running", None, "pending"),
        ("running", HEARD, "assessed"),
        ("succeeded", HEARD, "assessed"),
        ("succeeded", UNHEARD, "not_heard"),
        ("failed", None, "failed"),
        ("failed", HEARD, "failed"),
        ("cancelled", HEARD, "cancelled"),
    ],
)
def test_the_status_follows_job_and_assessment(job: str, assessment: Row[Any] | None, expected: AttemptStatus) -> None:
    assert compose(head(job), COMMAND, Published(assessment)).status == expected


def test_an_attempt_is_there_from_the_first_moment() -> None:
    attempt = compose(head("accepted"), COMMAND, Published()).model_dump(mode="json")
    assert attempt == {
        "id": str(COMMAND.attempt_id),
        "twister_id": None,
        "text": COMMAND.text,
        "language": "en",
        "status": "pending",
        "transcript": None,
        "scores": None,
        "words": [],
        "refusal": None,
        "feedback": None,
        "engine": None,
        "recording": {"kept": False, "deleted_at": None},
        "created_at": "2026-11-20T10:00:00Z",
    }


def test_each_part_comes_as_it_is_published() -> None:
    published = Published(HEARD, GIVEN, None, row(deleted_at=MOMENT))
    attempt = compose(head("succeeded"), COMMAND, published).model_dump(mode="json")
    assert attempt["feedback"]["next_twister_id"] is None
    assert attempt["feedback"]["tips"] == [{"sound": "R", "tip": "Curl your tongue back a little."}]
    assert attempt["words"][1]["verdict"] == "omitted"
    assert attempt["recording"]["deleted_at"] == "2026-11-20T10:00:00Z"
    folded = compose(head("succeeded"), COMMAND, Published(HEARD, GIVEN, row(twister_id=NEXT)))
    assert folded.feedback is not None
    assert folded.feedback.next_twister_id == NEXT


def test_a_cancelled_attempt_withholds_feedback() -> None:
    assert compose(head("cancelled"), COMMAND, Published(HEARD, GIVEN)).feedback is None


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, None),
        ("wait=5", 5),
        ("respond-async, Wait = 10", 10),
        ('wait="7"; foo', 7),
        ("wait=900", 30),
        ("wait=soon", None),
        ("wait", None),
        ("await=5", None),
        ("wait=-1", None),
    ],
)
def test_a_preference_is_read_or_ignored(prefer: str | None, seconds: int | None) -> None:
    assert seconds_to_wait(prefer) == seconds


def test_the_fingerprint_follows_the_content_and_not_its_order() -> None:
    one, same = (idempotency("r", "k", canonical(each)) for each in (b'{"a": "1", "b": null}', b'{"b":null,"a":"1"}'))
    other = idempotency("r", "k", canonical(b'{"a": "1", "b": ""}'))
    assert one == same != other
    assert idempotency("r", None, b"") is None
    assert idempotency("r", "x" * 255, b"") is not None


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "ключ"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ProblemError):
        idempotency("r", key, b"")
