"""Tests that what people are told leads to pages which show it, because a mail or a push is opened in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, get_args
from uuid import UUID

import pytest

from chassis.time_zones import zone_of
from contracts.learning import LeagueClosed, LearnerAwarded, ReportAnswered
from gateway.edge.pages import PAGES
from notify.notifications.pages import Pages
from notify.notifications.people import Person
from notify.notifications.reminders import Due, Reminder
from notify.notifications.texts import answer_text, award_text, league_text, reminder_text
from notify.notifications.wanted import Wanted

ROOT = Path(__file__).parents[2]


def links() -> dict[str, str | None]:
    """Returns where each text leads."""
    person = Person(
        UUID(int=0), Wanted(zone=zone_of("Europe/Berlin"), minor=False, adult=True), cast("Any", SimpleNamespace(run=3))
    )
    due = cast("Due", SimpleNamespace(ends=datetime.now(UTC)))
    found: dict[str, Any] = {each: reminder_text(each, person, due) for each in get_args(Reminder)}
    for event, text in ((LearnerAwarded, award_text), (LeagueClosed, league_text), (ReportAnswered, answer_text)):
        for number, example in enumerate(event.examples()):
            found[f"{event.type} {number}"] = cast("Any", text)(event.model_validate(example))
    return {name: Pages().at(view) for name, (_, _, view) in found.items()}


@pytest.mark.parametrize("name", links())
def test_a_link_is_a_view_of_a_page(name: str) -> None:
    link = links()[name]
    assert link is not None
    page, _, view = link.partition("#/")
    assert page in PAGES
    script = (ROOT / "services/gateway/src/gateway/static/lessons.js").read_text(encoding="utf-8")
    [views] = re.findall(r"const VIEWS = \{(.*?)\}", script)
    assert view.partition("/")[0] in {each.partition(":")[0].strip().strip('"') for each in views.split(",")}
