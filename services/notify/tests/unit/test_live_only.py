"""Tests that nobody is told anything because of a replay."""

from __future__ import annotations

from notify.service import SERVICE

#: what only keeps notify's own rows as they should be
KEEPS = {"note_person", "note_learner", "follow_address", "mark_read", "create_webhook", "delete_webhook"}


def test_every_handler_that_tells_people_something_takes_only_what_is_live() -> None:
    assert {handler.name for handler in SERVICE.handlers if not handler.live_only} == KEEPS
