"""Lists the rules that answer for a role where no model may, or none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from feedback.conversation.facilitator import facilitator
from feedback.conversation.notes import design_notes
from feedback.models.defaults import DEFAULTS
from feedback.models.shapes import ConversationInput, DesignNotes, DesignNotesInput, Note

_TITLE = "Design session"
#: lines of one section, as the shape takes them
_LINES = 100


def _conversation(given: ConversationInput) -> str:
    return facilitator(given.message, given.history)


def _notes(given: DesignNotesInput) -> DesignNotes:
    found = design_notes(given.messages)
    sections = {
        name: tuple(Note(text=line.text, message=line.message) for line in getattr(found, name)[:_LINES])
        for name in ("decisions", "open_questions", "ideas", "constraints", "next_steps")
    }
    return DesignNotes(title=_TITLE, **sections)


#: by role the rules that answer it
RULES: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {**DEFAULTS, "conversation": _conversation, "design_notes": _notes}
)
