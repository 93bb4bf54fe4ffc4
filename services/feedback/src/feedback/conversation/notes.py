"""Writes design notes of a conversation by rules: decisions, open questions, ideas, constraints, next steps.

Every line comes from one sentence of one message, and ends with that message's number: all messages
are counted, from 1.
What a person said is sorted by `clauses.py`. Of what a model said only ideas are noted, since only people decide; what
our own facilitator said is left out, since it only says back what people said.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from feedback.conversation.asides import aside_of
from feedback.conversation.clauses import clauses, plain
from feedback.conversation.echo import is_asked
from feedback.conversation.language import help_for, other_language
from feedback.conversation.phrases import wording
from feedback.conversation.said import Said

NAME = "notes"
VERSION = "1"
SOURCE = f"rules/{NAME}-{VERSION}"

#: characters that are read of a conversation; of what comes later the notes say that it was not read
_READ_IN_ALL = 300_000
#: characters of a line, without its number
_LINE = 300
#: by the kind of a clause, the section where it is noted
_SECTIONS = {
    "decision": "decisions",
    "question": "open_questions",
    "fact": "open_questions",
    "order": "open_questions",
    "idea": "ideas",
    "constraint": "constraints",
    "next_step": "next_steps",
}
_TITLES = {
    "decisions": "Decisions",
    "open_questions": "Open questions",
    "ideas": "Ideas",
    "constraints": "Constraints",
    "next_steps": "Next steps",
}
_NOT_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&])")


class Line(BaseModel):
    """Holds a line of the notes, and the number of the message that it comes from, counted from 1."""

    text: Annotated[str, Field(min_length=1, max_length=_LINE)]
    message: Annotated[int, Field(ge=1)]


class Notes(BaseModel):
    """Holds the notes of a conversation.

    `other_languages` are the numbers of messages that were not understood; `unread` is the number of the first message
    that was not read, as the conversation was too long; null: all were.
    """

    decisions: list[Line] = []
    open_questions: list[Line] = []
    ideas: list[Line] = []
    constraints: list[Line] = []
    next_steps: list[Line] = []
    other_languages: list[int] = []
    unread: int | None = None


class NotesOut(Notes):
    """Shows the notes of a conversation. `source`: who wrote them; `message` of a line is counted from 1."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Kiosk at the station",
                    "date": "2026-11-20",
                    "source": SOURCE,
                    "decisions": [{"text": "We decided to drop the tour.", "message": 1}],
                    "open_questions": [],
                    "ideas": [],
                    "constraints": [],
                    "next_steps": [],
                    "other_languages": [],
                    "unread": None,
                }
            ]
        }
    )

    title: str
    date: datetime.date
    source: str = SOURCE


def design_notes(messages: Sequence[Said]) -> Notes:
    """Sorts what was said in a conversation; the same sentence said twice is noted once, where it was said first."""
    notes = Notes()
    seen: set[tuple[str, str]] = set()
    left = _READ_IN_ALL
    for number, said in enumerate(messages, start=1):
        left -= len(said.text)
        if left < 0:
            notes.unread = number
            break
        if help_for(said.text):
            continue
        if other_language(plain(said.text)):
            notes.other_languages += [number] if said.role == "user" else []
            continue
        for section, text in _lines(said):
            once = (section, re.sub(r"\W+", " ", text).strip().lower())
            if once not in seen:
                seen.add(once)
                getattr(notes, section).append(Line(text=text, message=number))
    return notes


def grounded(notes: NotesOut, messages: int) -> NotesOut:
    """Drops from notes that a model wrote each line whose message is not there."""
    there = range(1, messages + 1)
    sections = {name: [line for line in getattr(notes, name) if line.message in there] for name in _TITLES}
    return notes.model_copy(update=sections)


def _lines(said: Said) -> list[tuple[str, str]]:
    """Returns section and text of each clause of a message that is noted."""
    if said.role == "assistant":
        if wording().is_ours(said.text):
            return []
        return [("ideas", _line(clause.text)) for clause in clauses(said.text) if clause.kind == "idea"]
    found = [clause for clause in clauses(said.text) if clause.kind in _SECTIONS]
    if all(clause.kind in ("question", "fact", "order") for clause in found) and aside_of(said.text):
        return []
    return [
        (section, _line(clause.text, section == "open_questions" and is_asked(clause.text)))
        for clause in found
        for section in (_SECTIONS[clause.kind],)
    ]


def _line(text: str, asked: bool = False) -> str:
    """Brings a clause into one line, with a capital and a full stop, or a question mark."""
    text = " ".join(text.split()).strip(" ,;:-")
    if len(text) > _LINE - 2:
        text = f"{text[: _LINE - 2].rsplit(' ', 1)[0][: _LINE - 2]} …"
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".!?…" else f"{text}{'?' if asked else '.'}"


def as_markdown(notes: NotesOut) -> str:
    """Writes the notes as Markdown. Nothing in a line can be Markdown of its own: a person's words are text."""
    parts = [f"# {_text(notes.title)}", notes.date.isoformat()]
    if notes.other_languages:
        numbers = " ".join(f"({number})" for number in notes.other_languages)
        parts.append(f"Not in English, so not sorted: {numbers}")
    if notes.unread is not None:
        parts.append(f"Too long to be read whole; not read from here on: ({notes.unread})")
    for name, heading in _TITLES.items():
        lines = [f"- {_text(line.text)} ({line.message})" for line in getattr(notes, name)]
        parts.append("\n".join([f"## {heading}", "", *(lines or ["none noted"])]))
    return "\n\n".join(parts) + "\n"


def _text(words: str) -> str:
    return _NOT_MARKDOWN.sub(r"\\\1", " ".join(words.split()))
