"""Tests that a replay performs no effect, and that nobody gets past one whose result is not recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from chassis.errors import DependencyDown, Permanent, Retryable
from chassis.message.envelope import new_id
from chassis.privacy.outside import NotAllowed
from chassis.replay.effects import NotPerformed, RecordedEffects
from chassis.storage.database import Database
from contracts.base import Json


class NothingRecorded:
    """Stands in for a database without the result of an effect."""

    async def fetch(self, *_: Any) -> Sequence[Any]:
        """Returns no row."""
        return []


async def _call() -> Json:
    raise AssertionError("a replay has called somebody")


async def test_whoever_goes_on_without_a_result_is_stopped_before_the_commit() -> None:
    effects = RecordedEffects(cast(Database, NothingRecorded()), "feedback.give_feedback", new_id(), dry=False)
    effects.require()
    with pytest.raises(NotPerformed):
        await effects.once("model", _call, "give_up", as_if={"outcome": "written"})
    with pytest.raises(NotPerformed, match="model has no recorded result"):
        effects.require()


async def test_a_dry_run_goes_on_only_where_the_handler_says_as_if_what() -> None:
    effects = RecordedEffects(cast(Database, NothingRecorded()), "notify.send_mail", new_id(), dry=True)
    assert await effects.once("send", _call, "give_up", as_if={"outcome": "written"}) == {"outcome": "written"}
    effects.require()
    with pytest.raises(NotPerformed):
        await effects.once("model", _call, "give_up")


def test_handlers_know_no_kind_of_it() -> None:
    assert not issubclass(NotPerformed, NotAllowed | DependencyDown | Permanent | Retryable)
