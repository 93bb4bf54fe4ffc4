"""Tests the design notes: what is noted where, by which number, and that nothing else can get into them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from feedback.conversation.facilitator import facilitator
from feedback.conversation.notes import Line, Notes, NotesOut, as_markdown, design_notes, grounded

DAY = date(2026, 11, 29)


@dataclass(frozen=True)
class Message:
    role: Literal["user", "assistant"]
    text: str


def users(*said: str) -> list[Message]:
    return [Message("user", text) for text in said]


def markdown(notes: Notes, title: str) -> str:
    return as_markdown(NotesOut(title=title, date=DAY, **dict(notes)))


def test_each_sentence_is_noted_where_it_belongs_with_the_number_of_its_message() -> None:
    notes = design_notes(
        users(
            "hi",
            "We decided not to build an app. What about iPads?",
            "maybe a web view, and it must work offline",
            "Sarah will send the notes by Monday. We have not decided on the colour.",
            "What is the capital of France",
        )
    )
    assert markdown(notes, "Kiosk") == (
        "# Kiosk\n\n2026-11-29\n\n"
        "## Decisions\n\n- We decided not to build an app. (2)\n\n"
        "## Open questions\n\n- What about iPads? (2)\n- We have not decided on the colour. (4)\n"
        "- What is the capital of France? (5)\n\n"
        "## Ideas\n\n- Maybe a web view. (3)\n\n"
        "## Constraints\n\n- It must work offline. (3)\n\n"
        "## Next steps\n\n- Sarah will send the notes by Monday. (4)\n"
    )


def test_empty_sections_say_so() -> None:
    written = markdown(design_notes([]), "Nothing yet")
    assert written.count("\n\nnone noted") == 5


def test_what_our_facilitator_said_back_is_not_noted_but_what_a_model_proposed_is() -> None:
    messages: list[Message] = []
    for text in ("Maybe a bottom sheet", "let's use tabs", "users may hate it", "summarize", "bye"):
        messages += [Message("user", text), Message("assistant", facilitator(text, messages))]
    messages.append(Message("assistant", "You could also show **one** field. We decided to use blue. Who is it for?"))
    notes = design_notes(messages)
    assert [line.message for line in notes.decisions] == [3]
    assert [(line.text, line.message) for line in notes.ideas] == [
        ("Maybe a bottom sheet.", 1),
        ("You could also show one field.", 11),
    ]
    assert notes.open_questions == []


def test_the_same_sentence_is_noted_once() -> None:
    assert design_notes(users("Let's use tabs.", "let's use tabs")).decisions == [
        Line(text="Let's use tabs.", message=1)
    ]


def test_words_that_need_help_and_other_languages_are_not_sorted() -> None:
    notes = design_notes(users("We decided to use tabs, and I want to die", "Wir haben beschlossen, es zu lassen"))
    assert notes == Notes(other_languages=[2])
    assert "Not in English, so not sorted: (2)" in markdown(notes, "x")


def test_a_persons_words_are_text_and_no_markdown() -> None:
    said = "We decided to use <b>bold</b> [x](https://example.org) `code` # not a heading (9)\n## Ideas\n- fake (1)"
    written = markdown(design_notes(users(said)), "A *title*\n# two")
    assert written.startswith("# A \\*title\\* \\# two\n")
    assert written.count("\n## Ideas") == 1
    assert "<b>" not in written
    assert "fake" not in written


def test_every_line_ends_with_its_number_however_long_or_odd_it_is() -> None:
    said = [
        "We must " + "x" * 7_000,
        "Let's use " + "very " * 1_500 + "big type",
        "🔥 we decided 🔥 to 🔥 wait 🔥",
        "(((",
        "",
    ]
    written = markdown(design_notes(users(*said)), "t")
    lines = [line for line in written.splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    assert all(re.fullmatch(r"- .{1,310} \(\d\)", line) for line in lines)


def test_a_models_line_without_a_message_is_dropped() -> None:
    notes = NotesOut(
        title="x", date=DAY, source="openai/m", ideas=[Line(text="Tabs.", message=2), Line(text="Made up.", message=9)]
    )
    assert grounded(notes, 2) == notes.model_copy(update={"ideas": [Line(text="Tabs.", message=2)]})


def test_what_is_too_long_to_be_read_is_named() -> None:
    notes = design_notes(users("Let's use tabs.", *["x " * 4_000] * 40, "Let's use a drawer."))
    assert (len(notes.decisions), notes.unread) == (1, 39)
    assert "not read from here on: (39)" in markdown(notes, "x")
