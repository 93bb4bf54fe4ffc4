"""Lets a model of role `design_notes` write the notes of a conversation, where one may be asked for its person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from pydantic import ValidationError

from chassis.errors import DependencyDown
from chassis.privacy.law import AgeBand
from chassis.storage.errors import DatabaseAway
from chassis.web.principal import Principal
from feedback.conversation.language import help_for
from feedback.conversation.notes import Line, NotesOut
from feedback.conversation.said import Said
from feedback.models.answers import Context, NoAnswer
from feedback.models.engine import Engine
from feedback.models.ledger import Ledger
from feedback.models.payment import DirectCalls
from feedback.models.shapes import DesignNotes, DesignNotesInput

ROLE = "design_notes"
#: seconds below which no model is asked: it would be paid for nothing
_LEAST_S = 2.0
_SECTIONS = ("decisions", "open_questions", "ideas", "constraints", "next_steps")


class ByModel:
    """Writes notes by a model (implements `Refine`).

    `engine` has no rules for the role: they have written already.
    """

    def __init__(self, engine: Engine, ledger: Ledger) -> None:
        self._engine = engine
        self._ledger = ledger

    async def __call__(
        self, notes: NotesOut, messages: Sequence[Said], person: Principal, within: float
    ) -> NotesOut | None:
        """Returns a model's notes with the rules' title and date; None where the rules' notes have to stand."""
        given = None if within < _LEAST_S else _given(messages)
        if given is None:
            return None
        context = Context(person=person.id, age_band=cast(AgeBand, person.age_band), within=within)
        try:
            async with asyncio.timeout(within):
                answer = await self._engine.answer(ROLE, given, context, DirectCalls(self._ledger))
        except (NoAnswer, TimeoutError, DependencyDown, DatabaseAway):  # the rules have written already
            return None
        written = cast(DesignNotes, answer.answer)
        sections = {
            name: [Line(text=each.text, message=each.message) for each in getattr(written, name)] for name in _SECTIONS
        }
        if not any(sections.values()):  # it has noted nothing that its messages say
            return None
        return notes.model_copy(update={**sections, "source": answer.source, "other_languages": [], "unread": None})


def _given(messages: Sequence[Said]) -> DesignNotesInput | None:
    """Returns what the role is asked; None for nothing, for more than it takes, and for words that no notes repeat."""
    if not messages or any(help_for(each.text) for each in messages):
        return None
    try:
        return DesignNotesInput.model_validate({"messages": [{"role": m.role, "text": m.text} for m in messages]})
    except ValidationError:
        return None
