"""Tests the parser of lessons: what it makes of a good file, and that each mistake is named with line and rule."""

from __future__ import annotations

from typing import Any

import pytest

from content.exercises.exercise import FillBlank, FreeText, exercise_of
from content.exercises.solution import solution_of
from content.lessons.findings import MOST_SHOWN, Finding
from content.lessons.fix import differences
from content.lessons.lesson import Lesson
from content.lessons.parse import parse
from content.lessons.rules import unscored
from services.content.tests.unit.lesson_file import LESSON, changed


def told(source: str) -> list[tuple[int, str]]:
    """Returns the lines and rules of all problems."""
    return [(each.line, each.rule) for each in parse(source).problems]


def test_a_good_file_is_a_lesson() -> None:
    parsed = parse(LESSON)
    assert (parsed.problems, parsed.warnings()) == ((), [])
    lesson = parsed.lesson
    assert lesson is not None
    assert (lesson.key, lesson.sequence, lesson.language) == ("internet/ip-addresses", 2, "en")
    assert [each.type for each in lesson.exercises] == ["multiple_choice", "free_text", "ordering"]
    assert solution_of(lesson.exercises[1]) == {"text": "byte"}
    assert lesson.text.startswith("Every device")


def test_the_file_may_be_written_on_windows() -> None:
    parsed = parse("\ufeff" + LESSON.replace("\n", "\r\n"))
    assert parsed.problems == ()
    assert parsed.lesson == parse(LESSON).lesson


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("key: internet/ip-addresses", "key: Internet/ip", 2, "key"),
        ("key: internet/ip-addresses", "key: cloud/ip", 2, "key"),
        ("topic: internet", "topic: The Internet", 4, "topic"),
        ("sequence: 2", "sequence: two", 5, "field"),
        ("sequence: 2", "sequence: 2.5", 5, "field"),
        ("difficulty: beginner", "difficulty: easy", 6, "field"),
        ("minutes: 3", "minutes: 3\nsize: 3", 8, "field"),
        ("summary: What", "summery: What", 8, "field"),
        ("minutes: 3", "minutes: 3\nrequires: [internet/ip-addresses]", 8, "requires"),
        ("minutes: 3", "minutes: 3\nkey: internet/other", 8, "duplicate-key"),
        ('url: "https:', 'url: "http:', 9, "field"),
        ("id: parts", "id: which-is-v4", 17, "exercise-id"),
        ("type: free_text", "type: essay", 18, "field"),
        ("correct: true}", "correct: true}, {text: 10.0.0.1, correct: true}", 14, "options"),
        ("correct: true}", "why: It fits.}", 14, "options"),
        (", why: Each part ends at 255.", "", 14, "why"),
        ("text: 300.1.1.1", "text: All of the above", 14, "all-of-the-above"),
        ("text: 300.1.1.1", "text: “192.0.2.17”.", 14, "options"),
        ("It is a word of computing., ", "", 23, "hints"),
        ("It is a word of computing.", "Four bits are a nibble.", 23, "hints"),
        ("    explanation: Eight bits are one byte.\n", "", 17, "explanation"),
        ("accepted: [byte, an octet]", "accepted: []", 20, "field"),
        ("accepted: [byte, an octet]", "accepted: [8]", 20, "field"),
        ("accepted: [byte, an octet]", "accepted: [octet, Bite]", 20, "accepted"),
        ("[bit, byte, kilobyte]", "[bit, byte]", 28, "field"),
        ("[bit, byte, kilobyte]", "[bit, byte, The BIT]", 28, "items"),
        ("{{exercise: order}}", "The end.", 25, "placement"),
        ("{{exercise: parts}}", "{{exercise: parts}}\n\n{{exercise: parts}}", 17, "placement"),
        ("{{exercise: parts}}", "{{exercise: parts}}\n\n{{exercise: nowhere}}", 40, "placement"),
        ("{{exercise: parts}}", "A byte has eight bits.\n{{exercise: parts}}", 39, "answer-near"),
        ("It is a number.", "It is <b>a</b> number.", 32, "raw-html"),
        ("It is a number.", "It is a number.\n\n<script>alert(1)</script>", 34, "raw-html"),
        ("(https://www", "(http://www", 36, "link"),
        ("(https://www.rfc-editor.org/rfc/rfc791)", "(javascript:alert(1))", 36, "link"),
        ("(https://www.rfc-editor.org/rfc/rfc791)", "(/lessons)", 36, "link"),
        ("It is a number.", "![A house](https://example.org/house.png)", 32, "picture"),
        ("It is a number.", "![A house](media:house.png)", 32, "picture"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, rule: str) -> None:
    assert (line, rule) in told(changed(old, new))
    assert {each for _, each in told(changed(old, new))} <= {rule, "placement", "leak"}


def test_a_place_within_a_line_is_a_mistake() -> None:
    assert told(changed("{{exercise: parts}}", "Now {{exercise: parts}} follows.")) == [
        (17, "placement"),
        (38, "placement"),
    ]


def test_a_place_within_code_is_a_text() -> None:
    shown = changed(
        "{{exercise: parts}}", "{{exercise: parts}}\n\n```\n{{exercise: parts}}\n```\n\n    {{exercise: order}}"
    )
    assert told(shown) == []


def test_all_mistakes_are_told_at_once() -> None:
    source = LESSON.replace("sequence: 2", "sequence: 0").replace("type: free_text", "type: essay")
    source = source.replace("[bit, byte, kilobyte]", "[bit]")
    assert told(source) == [(5, "field"), (18, "field"), (28, "field")]
    source = LESSON.replace(", why: Each part ends at 255.", "").replace("kilobyte]", "byte]").replace("(https", "(ftp")
    assert told(source) == [(14, "why"), (28, "items"), (36, "link")]


@pytest.mark.parametrize(
    ("source", "line", "rule"),
    [
        ("", 1, "front-matter"),
        ("key: a/b\n", 1, "front-matter"),
        ("---\nkey: a/b\n", 1, "front-matter"),
        ("---\n---\n", 2, "front-matter"),
        ("---\n- a\n---\n", 2, "front-matter"),
        ("---\nkey: [a\n---\n", 3, "yaml"),
        ("---\nkey: \x07\n---\n", 2, "yaml"),
        ("---\na: &x [1]\nb: *x\n---\n", 2, "alias"),
        ("---\na: !!python/object/apply:os.system ['true']\n---\n", 2, "tag"),
        ("---\na: !x b\n---\n", 2, "tag"),
        ("---\n? [a, b]\n: c\n---\n", 2, "yaml"),
        (f"---\na: {'[' * 13}{']' * 13}\n---\n", 2, "too-deep"),
        (f"---\na: {'[' * 100_000}\n---\n", 2, "too-deep"),
        (f"---\na:\n{' - 1' + chr(10)}b: [{'1,' * 120_000}]\n---\n", 4, "too-many"),
        (f"---\na: b\n---\n{'x' * 262_144}", 1, "too-large"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(source: str, line: int, rule: str) -> None:
    assert told(source) == [(line, rule)]


def test_many_mistakes_are_counted() -> None:
    found = parse("---\n" + "".join(f"k{number}: 1\n" for number in range(2_000)) + "---\n").problems
    assert (len(found), found[-1].rule, found[-1].message) == (MOST_SHOWN + 1, "more", "1,908 more are not shown.")


def test_an_alias_bomb_never_grows() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert told("---\n" + "\n".join(rows) + "\n---\n") == [(2, "alias")]


def test_words_that_older_yaml_takes_for_something_else_are_texts() -> None:
    parsed = parse(changed("accepted: [byte, an octet]", "accepted: [yes, no, 12:30, 0x1F, 2026-11-29]"))
    assert parsed.problems == ()
    assert parsed.lesson is not None
    assert parsed.lesson.exercises[1].model_dump()["accepted"] == ("yes", "no", "12:30", "0x1F", "2026-11-29")


def test_fewer_exercises_or_types_are_too_few() -> None:
    start = LESSON.index("  - id: order")
    two = LESSON[:start] + LESSON[LESSON.index("---\nEvery") :].replace("{{exercise: order}}", "")
    assert told(two) == [(10, "exercises")]


def test_warnings_stop_nothing() -> None:
    parsed = parse(changed("minutes: 3", "minutes: 30"))
    assert (parsed.problems, [each.rule for each in parsed.warnings()]) == ((), ["minutes"])
    hard = "Notwithstanding institutional interoperability considerations, organisational infrastructure necessitates "
    parsed = parse(changed("It is a number.", hard * 6 + "administration."))
    assert (parsed.problems, [each.rule for each in parsed.warnings()]) == ((), ["readability"])


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("Look at how large each part is.", "It is 192.0.2.17 of course.", 15),
        ("It is a word of computing.", "The word is byte.", 23),
        ("Think of sizes.", "The bit comes before the byte.", 29),
    ],
)
def test_a_hint_must_not_give_the_answer_away(old: str, new: str, line: int) -> None:
    assert told(changed(old, new)) == [(line, "leak")]


def test_a_hint_that_leaks_is_a_problem() -> None:
    parsed = parse(
        LESSON, leaks=lambda exercise, hint: "It tells." if exercise.id == "parts" and "nibble" in hint else None
    )
    assert parsed.problems == (Finding(path="exercises[1].hints[2]", line=23, rule="leak", message="It tells."),)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (["bit", "byte"], ["Bit.", "byte"], False),
        (["bit", "byte"], ["a bit", "nibble"], False),
        (["bit", "byte"], ["byte", "bit"], True),
        (["bit", "byte"], ["byte", "nibble"], True),
    ],
)
def test_a_fix_moves_no_text_to_another_place(old: list[str], new: list[str], told: bool) -> None:
    def lesson(texts: list[str]) -> Lesson:
        made = parse(LESSON).lesson
        assert made is not None
        items = [{"id": f"{n}", "text": text} for n, text in enumerate(texts)]
        ordering = {"id": "o", "type": "ordering", "prompt": "p", "hints": ["a", "b", "c"], "explanation": "e"}
        return made.model_copy(update={"exercises": (exercise_of({**ordering, "items": items}),)})

    assert bool([*differences(lesson(old), lesson(new))]) is told


def test_an_accepted_answer_that_its_own_scorer_does_not_take_is_named() -> None:
    about: Any = {"id": "x", "prompt": "x", "hints": ["1", "2", "3"], "explanation": "x"}
    short = FreeText(**about, accepted=("byte", "eight bits"), max_length=4)
    assert [path for path, *_ in unscored(short)] == [("accepted", 1)]
    assert not [*unscored(FreeText(**about, accepted=("byte", "eight bits")))]
    blanks = FillBlank(**about, text="{1} {2}", blanks=(("one", "1"), ("two" * 700,)))
    assert [path for path, *_ in unscored(blanks)] == [("blanks", 0, 0), ("blanks", 0, 1), ("blanks", 1, 0)]
