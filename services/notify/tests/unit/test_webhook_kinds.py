"""Tests of which kinds of job webhooks are told."""

from __future__ import annotations

from dataclasses import replace

from contracts.catalogue import ATTEMPT, JOB_KINDS, NOTIFICATION_READ, RETIRED
from notify.webhooks.handlers import told_of


def test_people_are_told_of_every_kind_but_the_retired_ones() -> None:
    """Tests a verb such as the how-to's `askHint`, which makes nothing with an id, but whose end its caller awaits."""
    hint = replace(ATTEMPT, name="riddle_hint", result=None)
    assert told_of([ATTEMPT, hint, NOTIFICATION_READ], RETIRED) == {"attempt", "riddle_hint"}
    assert told_of(JOB_KINDS.values(), RETIRED) == JOB_KINDS.keys() - {kind.name for kind in RETIRED}
