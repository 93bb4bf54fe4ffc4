"""The rule by which a job counts as lost, against every way a message may move while somebody looks for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations_with_replacement

import pytest

from chassis.message.envelope import new_id
from contracts.catalogue import ATTEMPT, JOB_KINDS, NOTIFICATION_READ
from contracts.speech import AttemptAssessed
from gateway.orphans import Missing, Route, route, routes, search, shortest_silence

SPEECH, FEEDBACK = ATTEMPT.steps
WAY = route(ATTEMPT, ())


def missing(kind: str = "attempt", *, silent: timedelta = timedelta(hours=1), types: Sequence[str] = ()) -> Missing:
    return Missing(new_id(), kind, 1, silent, frozenset(types))


class Token:
    """What moves a job, at another place each time somebody looks. `broker` is None while that does not answer."""

    def __init__(self, seen_at: Iterator[str], *, broker: bool | None = True) -> None:
        self._seen_at = seen_at
        self._broker = broker

    async def is_empty(self, queue: str) -> bool | None:
        return self._broker and next(self._seen_at) != queue

    async def still_missing(self, jobs: Sequence[Missing]) -> Sequence[Missing]:
        return () if next(self._seen_at) in ("", "recorded") else jobs


async def test_whatever_moves_on_while_it_is_looked_for_is_found() -> None:
    way: Route = ("speech.assess_attempt", "speech.dead", "gateway.record")
    places = ("", "speech.assess_attempt", "speech.dead", "", "gateway.record", "recorded")
    job = missing()
    looks = 2 * len(way)
    moves = list(combinations_with_replacement(range(1, len(places)), looks))  # it was not in the first outbox
    assert len(moves) == 210
    for move in moves:
        token = Token(iter([places[place] for place in move]))
        assert await search(way, [job], token.is_empty, token.still_missing) == (), move


async def test_what_is_nowhere_is_lost_and_only_that() -> None:
    job, other = missing(), missing()

    async def empty(queue: str) -> bool:
        return True

    async def one_of_them(jobs: Sequence[Missing]) -> Sequence[Missing]:
        return [left for left in jobs if left is job]

    assert await search(WAY, [job, other], empty, one_of_them) == [job]


@pytest.mark.parametrize("broker", [None, False])
async def test_while_the_broker_tells_nothing_or_a_queue_is_not_empty_nothing_is_lost(broker: bool | None) -> None:
    token = Token(iter(["nowhere"] * 20), broker=broker)
    assert await search(WAY, [missing()], token.is_empty, token.still_missing) == ()


def test_the_way_leads_through_the_steps_still_to_come_to_the_recorder() -> None:
    assert WAY == (
        "speech.assess_attempt",
        "speech.dead",
        "feedback.give_feedback",
        "feedback.dead",
        "gateway.record",
        "gateway.dead",
    )
    assert route(ATTEMPT, [AttemptAssessed.type]) == WAY[2:]
    assert route(NOTIFICATION_READ, ()) == ("notify.mark_read", "notify.dead", "gateway.record", "gateway.dead")


def test_a_job_may_be_silent_for_as_long_as_its_step_allows() -> None:
    patient = dataclasses.replace(
        ATTEMPT,
        steps=(
            dataclasses.replace(SPEECH, max_silence=timedelta(minutes=5)),
            dataclasses.replace(FEEDBACK, max_silence=timedelta(minutes=1)),
        ),
    )
    kinds = {"attempt": patient}
    assert shortest_silence(kinds.values()) == timedelta(minutes=1)
    waits = missing(silent=timedelta(minutes=4))
    later = missing(silent=timedelta(minutes=4), types=[AttemptAssessed.type])
    assert routes(kinds, [waits, later]) == {WAY[2:]: [later]}
    assert routes(kinds, [missing(silent=timedelta(minutes=5))]) == {}


def test_jobs_are_looked_for_by_the_way_they_take_and_unknown_kinds_are_left_alone() -> None:
    first, second, third = missing(), missing(), missing("notification_read")
    found = routes(JOB_KINDS, [first, missing("tomorrow"), third, second])
    assert found == {WAY: [first, second], route(NOTIFICATION_READ, ()): [third]}
