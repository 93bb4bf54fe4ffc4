"""Rules answer for roles with the shape of the role: true, the same for the same input, and labelled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.models.defaults import DEFAULTS
from feedback.models.defaults.ladder import hint
from feedback.models.defaults.starter import start
from feedback.models.defaults.style import describe, measure
from feedback.models.safety import check_child_text
from feedback.models.shapes import (
    INPUTS,
    OUTPUTS,
    ChildFeedbackInput,
    LessonHintInput,
    TweetStyleInput,
    TweetWriterInput,
)

TEXTS = st.text(min_size=1, max_size=300)
ANY = st.one_of(
    st.builds(
        ChildFeedbackInput,
        text=TEXTS,
        words=st.lists(
            st.fixed_dictionaries({"word": st.text(max_size=200), "verdict": st.sampled_from(["correct", "omitted"])}),
            max_size=4,
        ).map(tuple),
    ),
    st.builds(LessonHintInput, task=TEXTS, context=TEXTS, level=st.integers(1, 3)),
    st.builds(TweetStyleInput, tweets=st.lists(TEXTS, min_size=1, max_size=5).map(tuple)),
    st.builds(TweetWriterInput, topic=TEXTS, examples=st.lists(TEXTS, max_size=5).map(tuple)),
)
ROLES = {shape: role for role, shape in INPUTS.items()}


@settings(max_examples=80)
@given(ANY)
def test_whatever_comes_is_answered_in_the_shape_of_the_role(asked: object) -> None:
    role = ROLES[type(asked)]  # type: ignore[index]
    answer = DEFAULTS[role](asked)
    assert isinstance(answer, OUTPUTS[role])
    assert type(answer).model_validate_json(answer.model_dump_json()) == answer
    assert DEFAULTS[role](asked) == answer


def test_an_authored_hint_is_given_as_it_is() -> None:
    authored = ("Look here.", "Think of that.")
    said = [hint(LessonHintInput(task="x", authored=authored, level=level)).hint for level in (1, 2, 3)]
    assert said == ["Look here.", "Think of that.", "Think of that."]


@pytest.mark.parametrize(
    ("task", "named", "answer"),
    [
        ("What is the capital of Australia?", "“capital”", "Canberra"),
        ("How many kilometres are in a mile?", "“kilometres”", "mile"),
        ("Find the verb in: The dog barks loudly.", "“verb”", "barks"),
        ("Which is bigger, a byte or a bit?", "", "byte"),
        ("Is a byte eight bits or four bits?", "", "eight"),
        ("Which address is valid?\na) 10.0.0.999\nb) 10.0.0.1", "“address”", "10.0.0.1"),
        ("2 + 2 = ?", "", "4"),
        ("Wie heißt die Hauptstadt?", "“Hauptstadt”", "Wien"),
        ("", "", "x"),
    ],
)
def test_without_an_author_the_question_says_where_to_look_and_never_the_answer(
    task: str, named: str, answer: str
) -> None:
    for level in (1, 2, 3):
        said = hint(LessonHintInput(task=task or "?", context=f"The answer is {answer}.", level=level)).hint
        assert named in said
        assert f"“{answer}" not in said
        assert {each.rule for each in check_child_text(said, about=[task])} <= {"address", "language"}


def test_what_the_learner_has_answered_is_not_named() -> None:
    assert "apples" not in hint(LessonHintInput(task="How many apples are there?", given="apples")).hint


TWEETS = ("so, rain again 😀", "so what?", "so, who moved the trams? 😀", "the rain came back, trams are late 😀")


def test_a_style_is_what_was_counted() -> None:
    style = describe(TweetStyleInput(tweets=TWEETS))
    assert style.summary.startswith("4 tweets were measured: 21 characters and one sentence in the middle. 50 % ask")
    assert "Begin with a small letter." in style.do
    assert "Use emoji." in style.do
    assert "Open with “so”." in style.do
    assert "Put in links." not in style.do
    assert style.dont == ()
    assert {topic.name: topic.share for topic in style.topics} == {"rain": 0.5, "trams": 0.5}


def test_what_never_occurs_is_avoided_once_there_are_enough_tweets() -> None:
    style = describe(TweetStyleInput(tweets=TWEETS * 3))
    assert "Put in no links." in style.dont
    assert len(style.dont) <= 8


def test_measures_have_a_middle_a_spread_and_a_unit() -> None:
    found = measure(["Yes!", "No, not at all.", "A list:\n- one\n- two https://a.example #x @y"])
    assert (found["characters"].value, found["characters"].mad, found["characters"].unit) == (15, 11, "characters")
    for name in ("exclamations", "lists", "links", "hashtags", "mentions", "line_breaks"):
        assert found[name].value == pytest.approx(1 / 3), name


def test_starters_have_openings_of_the_persons_own_and_are_labelled() -> None:
    asked = TweetWriterInput(
        topic="our garden", examples=("So, what a day!", "Rain again.", "I think that trams are late")
    )
    made = start(asked)
    assert made.drafts == ("So, our garden …!", "I think that our garden …", "Our garden: …")
    assert made.label == "starter"


def test_starters_copy_nothing_and_fit() -> None:
    made = start(
        TweetWriterInput(topic="word " * 60, examples=("What do you think of x?", "Just https://evil.example"))
    )
    assert all(len(draft) <= 280 for draft in made.drafts)
    assert "evil" not in "".join(made.drafts)
    assert start(TweetWriterInput(topic="x", examples=("X: …",))).drafts[0] != "X: …"
