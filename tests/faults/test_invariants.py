"""Tests that the checker finds each violation, in books that are correct but for one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from contracts.catalogue import ATTEMPT
from tests.faults.client import Observed, Seen
from tests.faults.invariants import WRITES, Books, Row, check, so_far

pytestmark = pytest.mark.in_full  # it is the faults' instruments that are tested

JOB, PERSON = uuid4(), uuid4()
TYPES = ["attempt.assess", *(step.done.type for step in ATTEMPT.steps), "job.succeeded"]
TOLD = Observed({JOB: "succeeded"}, {JOB: [Seen(seq, kind) for seq, kind in enumerate(TYPES, start=1)]})


def entry(seq: int, kind: str) -> Row:
    return {"seq": seq, "type": kind, "terminal": kind.startswith("job.")}


def inbox(consumer: str, outcome: str | None = "ok") -> Row:
    done = outcome and "a time"
    return {"consumer": consumer, "id": uuid4(), "job_id": JOB, "outcome": outcome, "done_at": done}


SOUND = Books(
    jobs={JOB: {"kind": "attempt", "status": "succeeded", "last_seq": len(TYPES)}},
    log={JOB: [entry(seq, kind) for seq, kind in enumerate(TYPES, start=1)]},
    inbox=[inbox(consumer) for consumer in WRITES],
    dead_letters=0,
    unpublished=[],
    unsettled=[],
    written={table: Counter([JOB]) for table in WRITES.values()},
    folded=Counter({(PERSON, "R"): 1}),
    assessed=Counter({(PERSON, "R"): 1}),
    kept=frozenset(),
)

Spoil = Callable[[Books], Books]
SPOILT: dict[str, tuple[str, Spoil]] = {
    "I1 gone": ("lost", lambda b: replace(b, jobs={})),
    "I1 open": ("lost", lambda b: replace(b, jobs={JOB: {**b.jobs[JOB], "status": "running"}})),
    "I1 failed": ("unexpected", lambda b: replace(b, jobs={JOB: {**b.jobs[JOB], "status": "failed"}})),
    "I1 twice": ("duplicated", lambda b: replace(b, jobs={**b.jobs, UUID(int=7): b.jobs[JOB]})),
    "I2 twice": ("duplicated", lambda b: replace(b, log={JOB: [*b.log[JOB], entry(5, "job.succeeded")]})),
    "I3 never": ("lost", lambda b: replace(b, written={**b.written, "notify.notifications": Counter()})),
    "I3 twice": ("duplicated", lambda b: replace(b, inbox=[*b.inbox, inbox("feedback.give_feedback")])),
    "I3 progress": ("duplicated", lambda b: replace(b, folded=b.folded + b.folded)),
    "I4 kept": ("unexpected", lambda b: replace(b, kept=frozenset({JOB}))),
    "I5 gap": ("lost", lambda b: replace(b, log={JOB: [entry(s + (s > 2), k) for s, k in enumerate(TYPES, 1)]})),
    "I7 outbox": ("lost", lambda b: replace(b, unpublished=["speech: attempt.assessed"])),
    "I7 lease": ("lost", lambda b: replace(b, inbox=[*b.inbox, inbox("notify.mark_read", None)])),
    "I9 dead": ("unexpected", lambda b: replace(b, inbox=[*b.inbox, inbox("notify.mark_read", "dead")])),
}


def test_sound_books_are_clean() -> None:
    report = check(SOUND, TOLD, dead={}, under_way=[JOB])
    assert report.clean and report.recovered == 1, report


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_books_are_not(name: str) -> None:
    where, spoil = SPOILT[name]
    report = check(spoil(SOUND), TOLD, dead={}, under_way=[JOB])
    assert any(line.startswith(name[:2]) for line in getattr(report, where)), report


def test_nobody_may_be_told_that_a_cancelled_job_is_ready() -> None:
    observed = Observed({JOB: "cancelled"}, {})
    assert any(line.startswith("I3") for line in check(SOUND, observed, dead={}).unexpected)
    untold = replace(SOUND, written={**SOUND.written, "notify.notifications": Counter()})
    assert not any(line.startswith("I3") for line in check(untold, observed, dead={}).unexpected)


#: what is to be seen while everything is on its way
AT_ONCE = {"I1 gone", "I2 twice", "I3 twice", "I3 progress", "I5 gap"}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_for_good_is_seen_at_once_and_the_rest_only_when_all_has_settled(name: str) -> None:
    where, spoil = SPOILT[name]
    report = so_far(spoil(SOUND), TOLD)
    assert any(line.startswith(name[:2]) for line in getattr(report, where)) == (name in AT_ONCE), report
    assert report.clean != (name in AT_ONCE), report


@pytest.mark.parametrize(("numbers", "clean"), [([1, 2], True), ([1, 3], False), ([1, 2, 2], False)])
def test_a_stream_that_goes_on_may_not_have_a_gap_either(numbers: list[int], clean: bool) -> None:
    observed = Observed(TOLD.jobs, {JOB: [TOLD.streams[JOB][number - 1] for number in numbers]})
    assert so_far(SOUND, observed).clean == clean


@pytest.mark.parametrize(
    ("numbers", "where"), [([1, 2, 3], "lost"), ([1, 2, 4], "lost"), ([1, 2, 2, 3, 4], "duplicated")]
)
def test_a_stream_with_a_gap_a_repetition_or_no_end_is_seen(numbers: list[int], where: str) -> None:
    observed = Observed(TOLD.jobs, {JOB: [TOLD.streams[JOB][number - 1] for number in numbers]})
    assert any(line.startswith("I6") for line in getattr(check(SOUND, observed, dead={}), where))
