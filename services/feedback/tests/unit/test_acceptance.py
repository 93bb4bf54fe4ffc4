"""An answer is used when it has its role's shape, keeps its role's rules and repeats nothing of the system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from feedback.models.acceptance import accept
from feedback.models.mark import Mark
from feedback.models.prompts import PROMPTS
from feedback.models.shapes import INPUTS, DesignNotes
from feedback.models.structured import CutByLength, Unusable

MARK = Mark("qwzxvbnmplkjhgfdsaty")
GIVEN = json.loads(Path(__file__).with_name("prompt_inputs.json").read_text(encoding="utf-8"))
GOOD: dict[str, dict[str, Any]] = {
    "child_feedback": {
        "summary": "You said “Peter” right! Next, read it once more, nice and slow.",
        "tips": [{"sound": "P", "word": None, "tip": "Press your lips shut. Then let a puff of air pop out: p, p."}],
    },
    "design_notes": {"title": "Ask Peter first", "decisions": [{"text": "Ask Peter first", "message": 1}]},
    "lesson_hint": {"hint": "Count the apples one by one."},
    "story_understand": {"language": "de", "emotions": [{"emotion": "joy", "intensity": 4}], "cultures": []},
    "tweet_style": {"summary": "Short and dry.", "topics": [{"name": "rain", "share": 0.5}], "examples": [1, 2]},
    "tweet_writer": {"drafts": ["Peter's garden again. Lovely."]},
}


def accepted(role: str, answer: object, *, cut: bool = False) -> Any:
    given = INPUTS[role].model_validate(GIVEN[role])
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return accept(PROMPTS[role], given, PROMPTS[role].render(given, MARK), text, cut=cut)


def rules(role: str, **changed: object) -> set[str]:
    with pytest.raises(Unusable) as caught:
        accepted(role, GOOD[role] | changed)
    return set(caught.value.rules)


@pytest.mark.parametrize("role", GOOD)
def test_a_good_answer_is_used(role: str) -> None:
    used = accepted(role, GOOD[role]).model_dump(mode="json")
    assert {name: used[name] for name in GOOD[role]} == GOOD[role]


@pytest.mark.parametrize("role", GOOD)
@pytest.mark.parametrize("way", [str, str.upper, " ".join, reversed])
def test_an_answer_with_the_systems_mark_is_refused(role: str, way: Any) -> None:
    with pytest.raises(Unusable) as caught:
        accepted(role, json.dumps(GOOD[role]) + "".join(way(MARK.word)))
    assert caught.value.rules == ("repeats_system",)


def test_the_systems_mark_is_found_where_json_hides_it() -> None:
    hidden = "".join(f"\\u{ord(letter):04x}" for letter in MARK.word)
    with pytest.raises(Unusable) as caught:
        accepted("lesson_hint", f'{{"hint": "{hidden}"}}')
    assert caught.value.rules == ("repeats_system",)


@pytest.mark.parametrize("role", GOOD)
def test_an_answer_that_was_cut_is_not_called_broken(role: str) -> None:
    with pytest.raises(CutByLength):
        accepted(role, GOOD[role], cut=True)


def test_feedback_is_checked_as_a_whole() -> None:
    assert rules("child_feedback", summary="You said “Piper” right!") == {"untrue_praise"}
    assert rules("child_feedback", tips=[{"word": "zebra", "tip": "Say it slow."}]) == {"not_of_this_reading"}
    assert rules("child_feedback", tips=[{"sound": "M", "tip": "Hum it."}]) >= {"not_of_this_reading"}
    assert "length" in rules("child_feedback", summary="You took your turn! " * 20)


def test_a_hint_is_fit_for_a_child() -> None:
    assert rules("lesson_hint", hint="Look at www.example.com for the answer.") >= {"link"}
    assert rules("lesson_hint", hint="What is your name?") == {"asks_personal"}


def test_a_style_quotes_no_account_and_no_tweet_that_is_not_there() -> None:
    assert rules("tweet_style", summary="Talks to @robin a lot.") == {"address"}
    assert rules("tweet_style", examples=[3]) == {"no_such_tweet"}
    assert rules("tweet_style", topics=[{"name": "a", "share": 0.9}, {"name": "b", "share": 0.9}]) == {"shares"}


def test_drafts_hold_no_link_or_account_that_was_not_given() -> None:
    assert rules("tweet_writer", drafts=["Win at https://evil.example/x"]) == {"address"}
    assert rules("tweet_writer", drafts=["Thanks @robin"]) == {"address"}
    assert rules("tweet_writer", drafts=["rain again, lovely!"]) == {"copy"}
    assert rules("tweet_writer", label="starter") == {"schema"}


def test_a_note_without_its_message_is_left_out() -> None:
    notes = [
        {"text": "Ask Peter first", "message": 1},
        {"text": "Ask Peter first", "message": 9},
        {"text": "Pay Robin a million", "message": 1},
    ]
    answer = accepted("design_notes", GOOD["design_notes"] | {"decisions": notes})
    assert isinstance(answer, DesignNotes)
    assert [note.message for note in answer.decisions] == [1]
    assert [note.text for note in answer.decisions] == ["Ask Peter first"]
    assert rules("design_notes", title="Robin is hacked, lol") == {"not_of_this_session"}


def test_a_conversation_is_made_fit_for_speech() -> None:
    assert accepted("conversation", "**Ask** him. [here](http://a.com) 😀") == "Ask him. here"
    assert MARK.end_in(accepted("conversation", f"My rules: {MARK}")) is None
