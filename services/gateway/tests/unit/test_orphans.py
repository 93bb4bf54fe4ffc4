"""Tests the rule by which a job counts as lost, against every way a message may move during the search."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations_with_replacement

import pytest

from chassis.message.envelope import new_id
from contracts.catalogue import ATTEMPT, JOB_KINDS, NOTIFICATION_READ
from contracts.speech import AttemptAssessed
from gateway.jobs.orphans import Route, SilentJob, find_orphans, queue_route, queue_routes, shortest_max_silence

SPEECH, FEEDBACK = ATTEMPT.steps
WAY = queue_route(ATTEMPT, ())


def silent_job(
    kind: str = "attempt", *, silent: timedelta = timedelta(hours=1), types: Sequence[str] = ()
) -> SilentJob:
    return SilentJob(new_id(), kind, 1, silent, frozenset(types))


class Token:
    """Fakes a job's message that is in another queue at each look. `broker` is None while it does not answer."""

    def __init__(self, seen_at: Iterator[str], *, broker: bool | None = True) -> None:
        self._seen_at = seen_at
        self._broker = broker

    async def is_empty(self, queue: str) -> bool | None:
        return self._broker and next(self._seen_at) != queue

    async def still_missing(self, jobs: Sequence[SilentJob]) -> Sequence[SilentJob]:
        return () if next(self._seen_at) in ("", "recorded") else jobs


async def test_whatever_moves_on_while_it_is_looked_for_is_found() -> None:
    way: Route = ("speech.assess_attempt", "speech.dead", "gateway.record")
    places = ("", "speech.assess_attempt", "speech.dead", "", "gateway.record", "recorded")
    job = silent_job()
    looks = 2 * len(way)
    moves = list(combinations_with_replacement(range(1, len(places)), looks))  # it was not in the first outbox
    assert len(moves) == 210
    for move in moves:
        token = Token(iter([places[place] for place in move]))
        assert await find_orphans(way, [job], token.is_empty, token.still_missing) == (), move


async def test_what_is_nowhere_is_lost_and_only_that() -> None:
    job, other = silent_job(), silent_job()

    async def empty(queue: str) -> bool:
        return True

    async def one_of_them(jobs: Sequence[SilentJob]) -> Sequence[SilentJob]:
        return [left for left in jobs if left is job]

    assert await find_orphans(WAY, [job, other], empty, one_of_them) == [job]


@pytest.mark.parametrize("broker", [None, False])
async def test_while_the_broker_tells_nothing_or_a_queue_is_not_empty_nothing_is_lost(broker: bool | None) -> None:
    token = Token(iter(["nowhere"] * 20), broker=broker)
    assert await find_orphans(WAY, [silent_job()], token.is_empty, token.still_missing) == ()


def test_the_way_leads_through_the_steps_still_to_come_to_the_recorder() -> None:
    assert WAY == (
        "speech.assess_attempt",
        "speech.dead",
        "feedback.give_feedback",
        "feedback.dead",
        "gateway.record",
        "gateway.dead",
    )
    assert queue_route(ATTEMPT, [AttemptAssessed.type]) == WAY[2:]
    assert queue_route(NOTIFICATION_READ, ()) == ("notify.mark_read", "notify.dead", "gateway.record", "gateway.dead")


def test_a_job_may_be_silent_for_as_long_as_its_step_allows() -> None:
    patient = dataclasses.replace(
        ATTEMPT,
        steps=(
            dataclasses.replace(SPEECH, max_silence=timedelta(minutes=5)),
            dataclasses.replace(FEEDBACK, max_silence=timedelta(minutes=1)),
        ),
    )
    kinds = {"attempt": patient}
    assert shortest_max_silence(kinds.values()) == timedelta(minutes=1)
    waits = silent_job(silent=timedelta(minutes=4))
    later = silent_job(silent=timedelta(minutes=4), types=[AttemptAssessed.type])
    assert queue_routes(kinds, [waits, later]) == {WAY[2:]: [later]}
    assert queue_routes(kinds, [silent_job(silent=timedelta(minutes=5))]) == {}


def test_jobs_are_looked_for_by_the_way_they_take_and_unknown_kinds_are_left_alone() -> None:
    first, second, third = silent_job(), silent_job(), silent_job("notification_read")
    found = queue_routes(JOB_KINDS, [first, silent_job("tomorrow"), third, second])
    assert found == {WAY: [first, second], queue_route(NOTIFICATION_READ, ()): [third]}
