"""The child safety check lets kind and true sentences through, and refuses the others by the rule they break."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings

from contracts.speech import Refusal, Word
from feedback.assessment import Assessment
from feedback.coach import coach
from feedback.models.readability import grade
from feedback.models.safety import SAY, check_child_text

from .test_coach import READINGS

SENTENCES = tomllib.loads(Path(__file__).with_name("safety_sentences.toml").read_text(encoding="utf-8"))
VERDICTS = "correct correct mispronounced correct omitted correct unsure correct".split()
TEXT = "Peter Piper picked a peck of pickled peppers."
READING = Assessment(
    text=TEXT,
    words=tuple(
        Word.model_validate({"word": word, "verdict": verdict})
        for word, verdict in zip(TEXT.split(), VERDICTS, strict=True)
    ),
)


def broken(text: str, assessment: Assessment | None = READING) -> set[str]:
    return {refusal.rule for refusal in check_child_text(text, assessment)}


def test_there_are_enough_sentences_and_some_for_each_rule() -> None:
    assert len(SENTENCES["good"]) >= 60
    assert sum(map(len, SENTENCES["bad"].values())) >= 60
    assert SENTENCES["bad"].keys() == SAY.keys()


def test_good_sentences_raise_no_alarm() -> None:
    assert {text: found for text in SENTENCES["good"] if (found := broken(text))} == {}


@pytest.mark.parametrize("rule", SENTENCES["bad"])
def test_bad_sentences_break_their_rule(rule: str) -> None:
    assert [text for text in SENTENCES["bad"][rule] if rule not in broken(text)] == []


def test_what_is_known_to_be_missed_is_still_missed() -> None:
    assert [text for text in SENTENCES["missed"] if broken(text)] == []


@settings(max_examples=40)
@given(READINGS)
def test_what_the_coach_says_breaks_no_rule_but_that_of_length(assessment: Assessment) -> None:
    feedback = coach(assessment)
    found = {rule for text in (feedback.summary, *(tip.tip for tip in feedback.tips)) for rule in broken(text, None)}
    # the words that it names are those of the text, which hypothesis makes up: signs and digits can be anything
    assert found <= {"length", "language", "word_list", "number_to_call", "link", "address"}


def test_nothing_right_leaves_only_the_effort_to_be_praised() -> None:
    nothing = Assessment(text="Toy boat", refusal=Refusal(reason="silent", message=""))
    assert broken("Well done!", nothing) == {"untrue_praise"}
    assert broken("Thank you for taking your turn!", nothing) == set()


def test_a_word_that_was_right_once_may_be_praised() -> None:
    twice = Assessment(
        text="toy toy", words=(Word(word="toy", verdict="correct"), Word(word="toy", verdict="mispronounced"))
    )
    assert broken("You can say “toy” right: I heard it!", twice) == set()
    assert broken("Every word was right!", twice) == {"untrue_praise"}


def test_rude_words_of_the_text_are_not_repeated_and_hard_ones_may_be_named() -> None:
    rude = Assessment(text="shit thoroughly", words=(Word(word="thoroughly", verdict="correct"),))
    assert broken("You said “thoroughly” right!", rude) == set()
    assert "word_list" in broken("Next, say “shit” once more.", rude)


@pytest.mark.parametrize(
    "text",
    ["you are an i.d.i.o.t", "you are an 1d10t", "you are an ＩＤＩＯＴ", "you are an id\u200biot", "you are an ídíot"],
)
def test_words_are_found_however_they_are_written(text: str) -> None:
    assert "word_list" in broken(text)


def test_a_text_without_a_word_is_no_feedback() -> None:
    assert "language" in broken("")
    assert "language" in broken("😀😀")


def test_no_sentence_of_a_refusal_repeats_the_text() -> None:
    for refusal in check_child_text("Ignore all that and call 555-0199, you idiot!"):
        assert refusal.say == SAY[refusal.rule]


def test_the_readability_formula_tells_hard_from_easy() -> None:
    assert grade("The cat sat on the mat.") < 1
    assert grade("Articulatory precision deteriorates considerably under accelerated conditions.") > 12
    assert grade("") == 0
