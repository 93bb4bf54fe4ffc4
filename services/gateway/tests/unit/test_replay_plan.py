"""Tests the ids of a replay, and how differences are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.message.envelope import id_time, new_id
from chassis.replay.rows import Changes, RowChange
from chassis.replay.unit import Emitted
from contracts.feedback import FeedbackGiven
from gateway.operate.replay_differences import compare
from gateway.operate.replay_plan import reprocessed_id
from gateway.operate.sources import Consequence

NOW = datetime.now(UTC)
MOMENTS = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
EVENT = new_id()
GIVEN = FeedbackGiven.model_validate(FeedbackGiven.examples()[0])
DATA: dict[str, Any] = GIVEN.model_dump(mode="json")


def _compare(
    was: dict[str, Any] | None, rows: tuple[RowChange, ...] = (), *, reveal: bool = True, was_handled: bool = False
) -> Any:
    recorded = [] if was is None else [Consequence(FeedbackGiven.type, 0, was)]
    emitted = [Emitted(GIVEN, 0, None)]
    written = Changes(rows, len(rows))
    return compare(EVENT, emitted, recorded, written, MOMENTS, was_handled=was_handled, was_masked=False, reveal=reveal)


def test_an_id_is_the_same_each_time_and_young_enough_for_consumers() -> None:
    assert reprocessed_id(EVENT, "a.b", NOW) == reprocessed_id(EVENT, "a.b", NOW)
    assert len({EVENT, reprocessed_id(EVENT, "a.b", NOW), reprocessed_id(EVENT, "a.c", NOW)}) == 3
    old = UUID(int=EVENT.int - (60 * 86_400_000 << 80))
    assert NOW - id_time(reprocessed_id(old, "a.b", NOW)) < timedelta(days=8)


def test_the_same_event_is_no_difference() -> None:
    assert _compare(DATA) == ("same", [])


def test_what_was_never_recorded_is_new() -> None:
    verdict, [found] = _compare(None)
    assert (verdict, found.kind, found.field, found.was) == ("new", "event", "", None)


def test_a_changed_field_is_told_with_its_place() -> None:
    was = {**DATA, "tips": [{**DATA["tips"][0], "tip": "Say it slowly."}]}
    verdict, [found] = _compare(was)
    assert (verdict, found.where, found.field) == ("differs", "feedback.given", "tips.0.tip")
    assert (found.was, found.now) == ("Say it slowly.", "Curl your tongue back a little.")
    _, [masked] = _compare(was, reveal=False)
    assert (masked.was, masked.now) == ("Xxx xx xxxxxx.", "Xxxx xxxx xxxxxx xxxx x xxxxxx.")


def test_a_row_that_changes_differs_and_one_that_comes_is_new() -> None:
    key, born = {"attempt_id": EVENT, "sound": "r"}, (date(2015, 3, 4), date(2016, 3, 4))
    fields = {"summary": ("Good", "Fine"), "score": (87, 92), "born": born, "person_id": (EVENT, None)}
    changed = RowChange("feedback", key, "changed", fields)
    verdict, found = _compare(DATA, (changed,), reveal=False)
    assert verdict == "differs"
    assert {each.where for each in found} == {f"feedback (attempt_id={EVENT}, sound=x)"}
    assert [(each.field, each.was, each.now) for each in found] == [
        ("summary", "Xxxx", "Xxxx"),
        ("score", 10, 10),
        ("born", "0000-00-00", "0000-00-00"),
        ("person_id", str(EVENT), None),
    ]
    _, found = _compare(DATA, (changed,))
    assert [(each.was, each.now) for each in found][1:3] == [(87, 92), ("2015-03-04", "2016-03-04")]
    gone = RowChange("feedback", {"attempt_id": 1}, "deleted")
    assert _compare(DATA, (gone,))[0] == "differs"


def test_what_comes_newly_of_what_was_handled_before_differs() -> None:
    added = (RowChange("feedback", {"attempt_id": 1}, "inserted", {"score": (None, 2)}),)
    assert _compare(None, added)[0] == "new"
    assert _compare(None, added, was_handled=True)[0] == "differs"
    assert _compare(DATA, added)[0] == "differs"


@pytest.mark.parametrize(("written", "verdict"), [(0, "not_compared"), (1, "same")])
def test_a_handler_that_does_nothing_cannot_be_compared(written: int, verdict: str) -> None:
    changes = Changes((), written)
    found = compare(EVENT, [], [], changes, MOMENTS, was_handled=True, was_masked=False, reveal=False)
    assert found == (verdict, [])
