"""The coach says what is true, kindly, in words a child of eight can read."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.speech import (
    OTHER_TEXT,
    SOUND_BLOCKED,
    SOUND_HELD,
    SOUND_REPEATED,
    AttemptAssessed,
    Refusal,
    RefusalReason,
    Verdict,
    Word,
)
from feedback.assessment import Assessment, Feedback
from feedback.coach import coach
from feedback.models.readability import grade
from feedback.sounds import MOUTH

UNKIND_WORDS = """
    wrong bad badly fail failed failure mistake mistakes error errors incorrect poor poorly weak problem problems
    stutter stuttering stammer lisp impediment disorder disability defect diagnosis therapy therapist normal abnormal
    lazy careless silly stupid dumb ugly terrible awful worse worst never cannot should must disappoint disappointing
    unfortunately sadly
"""
UNKIND = frozenset(UNKIND_WORDS.split())
WORDS = ["Red", "lorry,", "yellow", "thin", "the", "She", "shells.", "knife", "ear", "don't", "écoute"]
PRAISE = re.compile(r"\b(right|well done|hooray)\b", flags=re.IGNORECASE)
ALL_RIGHT = re.compile(r"\b(every|each) (word|one) (was )?right", flags=re.IGNORECASE)
# the quotation marks set a named word apart in these tests
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="“”"), max_size=6)
READINGS = st.builds(
    Assessment,
    text=TEXT,
    words=st.lists(
        st.builds(
            Word,
            word=st.sampled_from(WORDS) | TEXT,
            verdict=st.sampled_from(get_args(Verdict)),
            heard=st.none() | st.sampled_from(WORDS) | TEXT,
            score=st.none() | st.floats(0, 100),
        ),
        max_size=10,
    ).map(tuple),
    findings=st.sampled_from([(), (), (OTHER_TEXT,), ("reading.unheard_of",), (SOUND_BLOCKED, SOUND_REPEATED)]),
)


def read(*verdicts: tuple[str, str] | tuple[str, str, str]) -> Feedback:
    """Returns feedback on a reading given as (word, verdict) or (word, verdict, heard)."""
    words = tuple(
        Word.model_validate({"word": word, "verdict": verdict, "heard": heard[0] if heard else None})
        for word, verdict, *heard in verdicts
    )
    return coach(Assessment(text=" ".join(word.word for word in words), words=words))


def refused(reason: str) -> Feedback:
    return coach(Assessment(text="Toy boat", refusal=Refusal.model_validate({"reason": reason, "message": ""})))


def quoted(text: str) -> set[str]:
    return set(re.findall("“(.*?)”", text, flags=re.DOTALL))


def named_in(text: str, words: list[Word]) -> bool:
    return all(any(name in word.word for word in words) for name in quoted(text))


def everything(feedback: Feedback) -> list[str]:
    return [feedback.summary, *(tip.tip for tip in feedback.tips)]


def test_all_right_is_praised_and_nothing_is_made_up() -> None:
    feedback = read(("Red", "correct"), ("lorry", "correct"))
    assert ALL_RIGHT.search(feedback.summary)
    assert "Next" in feedback.summary
    assert feedback.tips == ()
    assert feedback.source == "coach/2"


def test_praise_names_a_word_that_was_right_and_the_tip_the_one_to_try() -> None:
    feedback = read(("Red", "mispronounced", "wed"), ("lorry", "correct", "lorry"))
    assert quoted(feedback.summary) == {"lorry"}
    [tip] = feedback.tips
    assert (tip.sound, tip.word) == ("R", None)
    assert MOUTH["R"] in tip.tip
    assert quoted(tip.tip) == {"Red"}


def test_the_tip_is_for_the_sound_that_most_words_were_missing() -> None:
    feedback = read(
        ("thin", "mispronounced", "fin"), ("red", "mispronounced", "wed"), ("rock", "mispronounced", "wock")
    )
    assert [tip.sound for tip in feedback.tips] == ["R"]


def test_a_first_sound_that_was_heard_gets_no_mouth_tip() -> None:
    [tip] = read(("lorry", "mispronounced", "lolly")).tips
    assert (tip.sound, tip.word) == (None, "lorry")


def test_nothing_right_gets_praise_for_the_effort_alone() -> None:
    feedback = read(("Red", "mispronounced"), ("lorry", "omitted"))
    assert re.search(r"\b(turn|gave it a go)\b", feedback.summary)
    assert not PRAISE.search(feedback.summary)


def test_a_word_right_once_and_missed_once_is_praised_as_just_that() -> None:
    feedback = read(("lorry", "correct"), ("lorry", "omitted"))
    assert "You can say “lorry” right" in feedback.summary
    assert [tip.word for tip in feedback.tips] == ["lorry"]


def test_a_word_that_was_left_out_is_mentioned_beside_another_fault() -> None:
    feedback = read(
        ("Peter", "correct"),
        ("picked", "repeated"),
        ("picked", "correct"),
        ("peck", "mispronounced", "basket"),
        ("of", "correct"),
        ("pickled", "omitted"),
        ("peppers", "correct"),
    )
    assert [tip.word for tip in feedback.tips] == ["peck", "pickled"]
    assert "other word" in feedback.tips[0].tip
    assert "got away" in feedback.tips[1].tip


def test_what_concerns_more_words_comes_first() -> None:
    feedback = read(
        ("Red", "mispronounced", "wed"), ("lorry", "omitted"), ("a", "correct"), ("big", "omitted"), ("b", "correct")
    )
    assert [(tip.sound, tip.word) for tip in feedback.tips] == [(None, "lorry"), ("R", None)]
    assert quoted(feedback.tips[0].tip) == {"lorry", "big"}


def test_an_end_that_was_not_read_is_called_that() -> None:
    [tip] = read(("Red", "correct"), ("lorry", "omitted"), ("um", "inserted"), ("yellow", "omitted")).tips
    assert tip.tip.startswith("The end got away, from “lorry” on.")
    [tip] = read(("Red", "correct"), ("lorry", "correct"), ("yellow", "omitted")).tips
    assert tip.tip.startswith("“yellow” got away")


@pytest.mark.parametrize(
    ("word", "heard", "sound", "says"),
    [
        ("three", "free", "TH", "th sound"),
        ("Rabbit,", "wabbit", "R", "r sound"),
        ("quick", "wick", "K", "k sound"),
        ("yellow", "lellow", "Y", "y sound"),
        ("peck", "basket", None, "other word"),
        ("she", "we", "SH", "sh sound"),
        ("world", "word", None, "Listen to the end"),
        ("lorry", "lolly", None, "small bits"),
        ("apple", "pear", None, "other word"),
        ("peck", None, None, "small bits"),
    ],
)
def test_a_tip_is_about_what_was_said_otherwise(word: str, heard: str | None, sound: str | None, says: str) -> None:
    said = (word, "mispronounced") if heard is None else (word, "mispronounced", heard)
    [tip] = read(said, ("big", "correct")).tips
    assert tip.sound == sound
    assert says in tip.tip


def test_another_text_is_said_kindly_and_not_gone_through_by_word() -> None:
    missed = [Word(word=word, verdict="omitted") for word in ("Red", "lorry")]
    words = (*missed, Word(word="a", verdict="correct"))
    feedback = coach(Assessment(text="Red lorry a", words=words, findings=(OTHER_TEXT,)))
    assert feedback.tips == ()
    assert "this text" in feedback.summary or "not this one" in feedback.summary
    assert "ears" in feedback.summary
    assert not PRAISE.search(feedback.summary)


def test_no_sentence_points_at_what_was_not_said_before() -> None:
    attempts = [read((f"word{number}", "mispronounced"), ("Red", "correct")) for number in range(40)]
    assert not [attempt.summary for attempt in attempts if re.search(r"\b(that|these|those|them)\b,", attempt.summary)]


def test_repetition_is_apart_and_costs_nothing() -> None:
    feedback = read(("Red", "repeated"), ("Red", "correct"), ("lorry", "correct"))
    plain = read(("Red", "correct"), ("lorry", "correct"))
    assert feedback.tips == plain.tips == ()
    assert re.search(r"fine|take your time", feedback.summary, flags=re.IGNORECASE)
    assert ALL_RIGHT.search(feedback.summary)


@pytest.mark.parametrize("finding", [SOUND_REPEATED, SOUND_HELD, SOUND_BLOCKED])
def test_a_stutter_is_apart_and_costs_nothing(finding: str) -> None:
    words = tuple(Word(word=word, verdict="correct") for word in ("Red", "lorry"))
    feedback = coach(Assessment(text="Red lorry", words=words, findings=(finding,)))
    assert feedback.tips == ()
    assert "fine" in feedback.summary
    assert ALL_RIGHT.search(feedback.summary)
    again = (Word(word="Red", verdict="repeated"), *words)
    assert coach(Assessment(text="Red lorry", words=again, findings=(finding,))).summary.count("fine") == 1


def test_fillers_are_not_mentioned() -> None:
    feedback = read(("um", "inserted", "um"), ("Red", "correct"))
    assert feedback.tips == ()
    assert "um" not in quoted(feedback.summary)


def test_unsure_is_down_to_the_ears_of_the_coach() -> None:
    feedback = read(("Red", "unsure"), ("lorry", "correct"))
    assert "ears" in feedback.summary
    assert "once more" in feedback.tips[0].tip
    assert quoted(feedback.summary) == {"Red", "lorry"}
    assert not ALL_RIGHT.search(feedback.summary)


@pytest.mark.parametrize("reason", get_args(RefusalReason))
def test_a_recording_that_was_not_heard_gets_help_to_record_again(reason: str) -> None:
    feedback = refused(reason)
    assert feedback.tips == ()
    assert re.search("mic|record", feedback.summary)
    assert "right" not in feedback.summary


def test_what_was_heard_is_not_repeated() -> None:
    feedback = read(("shells", "mispronounced", "rudeword"), ("Red", "correct"))
    assert "rudeword" not in " ".join(everything(feedback))


def test_phrasing_varies_between_attempts_but_not_within_one() -> None:
    attempts = [[(f"word{number}", "correct"), ("Red", "correct")] for number in range(20)]
    assert len({read(*attempt).summary for attempt in attempts}) > 3
    assert read(*attempts[0]) == read(*attempts[0])


@pytest.mark.parametrize("example", AttemptAssessed.examples())
def test_takes_what_speech_says(example: dict[str, object]) -> None:
    assert coach(Assessment.of(AttemptAssessed.model_validate(example))).summary


@given(READINGS)
def test_never_contradicts_the_assessment(assessment: Assessment) -> None:
    feedback = coach(assessment)
    spoken = [word for word in assessment.words if any(map(str.isalnum, word.word))]
    verdicts = {word.verdict for word in spoken}
    flawed = verdicts & {"mispronounced", "omitted", "unsure"}
    if OTHER_TEXT in assessment.findings:
        assert not feedback.tips
        assert not PRAISE.search(feedback.summary)
        assert not quoted(feedback.summary)
        return
    assert bool(ALL_RIGHT.search(feedback.summary)) == ("correct" in verdicts and not flawed)
    if "correct" not in verdicts:
        assert not PRAISE.search(feedback.summary)
    assert named_in(feedback.summary, [word for word in spoken if word.verdict in {"correct", "unsure"}])
    assert ("ears" in feedback.summary) == ("unsure" in verdicts)
    assert len(feedback.tips) == (max(1, len(flawed - {"unsure"})) if flawed else 0)
    for tip in feedback.tips:
        assert named_in(tip.tip, [word for word in spoken if word.verdict in flawed])
    assert coach(assessment) == feedback


@given(READINGS)
def test_is_kind_and_easy_to_read(assessment: Assessment) -> None:
    for text in everything(coach(assessment)):
        assert_for_children(text)


@pytest.mark.parametrize("text", [*MOUTH.values(), *(refused(reason).summary for reason in get_args(RefusalReason))])
def test_help_is_kind_and_easy_to_read(text: str) -> None:
    assert_for_children(text)


def assert_for_children(text: str) -> None:
    # the words of the twister are not ours to choose: a plain one stands in for each
    ours = re.sub("“.*?”", "it", text, flags=re.DOTALL)
    assert not set(re.findall("[a-z]+", ours.lower())) & UNKIND, text
    assert grade(ours) <= 5, text
