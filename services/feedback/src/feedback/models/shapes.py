"""Defines what each role is given and what it answers. Their JSON Schemas are committed beside the prompts.

Orders that own a product add optional fields. What rules answer has the same shapes as what models answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.speech import Finding, Percent, Refusal, Scores, Verdict

Text = Annotated[str, Field(min_length=1, max_length=8_000)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Tweet = Annotated[str, Field(min_length=1, max_length=4_000)]
Draft = Annotated[str, Field(min_length=1, max_length=280)]
#: as a story has it: a country in small letters, or a people
Culture = Annotated[str, Field(pattern=r"^([a-z]{2}|x-[a-z0-9-]{2,40})$")]
Short = Annotated[str, Field(min_length=1, max_length=80)]
#: a language tag such as `en` or `pt-BR`
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]


class Shape(BaseModel):
    """Takes the fields it names and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(Shape):
    """Holds one message of a conversation."""

    role: Literal["user", "assistant"]
    text: Text


class ConversationInput(Shape):
    """Holds what a person says now, and what was said before, oldest first."""

    message: Text
    history: Annotated[tuple[Said, ...], Field(max_length=40)] = ()


class ReadWord(BaseModel):
    """Holds of an assessed word what feedback needs; its times and phones are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    word: Annotated[str, Field(max_length=200)]
    verdict: Verdict
    heard: Annotated[str, Field(max_length=200)] | None = None
    score: Percent | None = None


class ChildFeedbackInput(Shape):
    """Holds an assessed reading, as in `attempt.assessed`: nothing of whom it is about."""

    text: Text
    words: Annotated[tuple[ReadWord, ...], Field(max_length=500)] = ()
    scores: Scores | None = None
    refusal: Refusal | None = None
    findings: Annotated[tuple[Finding, ...], Field(max_length=50)] = ()


class LessonHintInput(Shape):
    """Holds a task, the hints its author wrote, and what the learner has given as an answer. Never the right answer.

    `why` says what is wrong with the options that the learner has chosen, in the author's words.
    """

    task: Text
    context: Annotated[str, Field(max_length=8_000)] = ""
    authored: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    why: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    given: Annotated[str, Field(max_length=2_000)] | None = None
    level: Annotated[int, Field(ge=1, le=3)] = 1


class TweetStyleInput(Shape):
    """Holds a person's own tweets."""

    tweets: Annotated[tuple[Tweet, ...], Field(min_length=1, max_length=400)]


class TweetWriterInput(Shape):
    """Holds what to write about, in which style, with some tweets of the person's own."""

    topic: Line
    style: Annotated[str, Field(max_length=4_000)] = ""
    examples: Annotated[tuple[Tweet, ...], Field(max_length=50)] = ()


class StoryUnderstandInput(Shape):
    """Holds a story in any language; `language` is the author's word for which."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    language: Language | None = None


class DesignNotesInput(Shape):
    """Holds the messages of a design session, oldest first; the first has the number 1."""

    messages: Annotated[tuple[Said, ...], Field(max_length=1_000)]


class TryThis(Shape):
    """Suggests one thing to try, about a sound (ARPAbet) or a word, or about neither."""

    sound: Annotated[str, Field(pattern=r"^[A-Z]{1,2}$")] | None = None
    word: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    tip: Annotated[str, Field(min_length=1, max_length=1_000)]


class ChildFeedback(Shape):
    """Says what went right and what comes next, and at most two things to try."""

    summary: Annotated[str, Field(min_length=1, max_length=2_000)]
    tips: Annotated[tuple[TryThis, ...], Field(max_length=2)] = ()


class LessonHint(Shape):
    """Holds one hint."""

    hint: Annotated[str, Field(min_length=1, max_length=600)]


class Topic(Shape):
    """Names a topic and the share of the tweets that are about it."""

    name: Short
    share: Annotated[float, Field(ge=0, le=1)]


class TweetStyle(Shape):
    """Describes how somebody writes; `examples` are numbers of tweets of the input, the first is 1."""

    summary: Annotated[str, Field(min_length=1, max_length=600)]
    do: Annotated[tuple[Line, ...], Field(max_length=8)] = ()
    dont: Annotated[tuple[Line, ...], Field(max_length=8)] = ()
    topics: Annotated[tuple[Topic, ...], Field(max_length=8)] = ()
    examples: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=5)] = ()


class TweetDrafts(Shape):
    """Holds drafts of tweets."""

    drafts: Annotated[tuple[Draft, ...], Field(min_length=1, max_length=5)]


class TweetStarters(TweetDrafts):
    """Holds what rules begin, which is labelled and never called a tweet in somebody's style."""

    label: Literal["starter"] = "starter"


class Feeling(Shape):
    """Names an emotion by its id and how strong it is; which ids there are, order “Stories” closes."""

    emotion: Annotated[str, Field(pattern=r"^[a-z]{2,20}(_[a-z]{2,20})*$")]
    intensity: Annotated[int, Field(ge=1, le=5)]


class StoryUnderstanding(Shape):
    """Says in which language a story is told, which emotions it tells of and from which cultures it is."""

    language: Language
    emotions: Annotated[tuple[Feeling, ...], Field(max_length=5)] = ()
    cultures: Annotated[tuple[Culture, ...], Field(max_length=3)] = ()


class Note(Shape):
    """Holds a line of notes and the number of the message that it comes from."""

    text: Line
    message: Annotated[int, Field(ge=1)]


Notes = Annotated[tuple[Note, ...], Field(max_length=100)]


class DesignNotes(Shape):
    """Holds the notes of a design session."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    decisions: Notes = ()
    open_questions: Notes = ()
    ideas: Notes = ()
    constraints: Notes = ()
    next_steps: Notes = ()


INPUTS: Mapping[str, type[Shape]] = MappingProxyType(
    {
        "child_feedback": ChildFeedbackInput,
        "conversation": ConversationInput,
        "design_notes": DesignNotesInput,
        "lesson_hint": LessonHintInput,
        "story_understand": StoryUnderstandInput,
        "tweet_style": TweetStyleInput,
        "tweet_writer": TweetWriterInput,
    }
)
#: roles that answer with an object; the others answer with text
OUTPUTS: Mapping[str, type[Shape]] = MappingProxyType(
    {
        "child_feedback": ChildFeedback,
        "design_notes": DesignNotes,
        "lesson_hint": LessonHint,
        "story_understand": StoryUnderstanding,
        "tweet_style": TweetStyle,
        "tweet_writer": TweetDrafts,
    }
)


#: what servers that hold models to a schema do not know (OpenAI's structured outputs); our own validation holds it
_NOT_SENT = ("default", "minLength", "maxLength")


def input_schema(role: str) -> dict[str, Any]:
    """Returns the JSON Schema of what a role is given, without what is for people who read the code."""
    bare: dict[str, Any] = _bare(INPUTS[role].model_json_schema())
    return bare


def answer_schema(role: str) -> dict[str, Any] | None:
    """Returns the JSON Schema that a model is sent for its answer; None for a role that answers with text.

    It is written as servers want it that hold models to it: every field is required, and none has a default.
    """
    shape = OUTPUTS.get(role)
    return None if shape is None else _strict(_bare(shape.model_json_schema()))


def _bare(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    for_people = [name for name in ("title", "description") if isinstance(schema.get(name), str)]
    return {name: _bare(each) for name, each in schema.items() if name not in for_people}


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    sent = {name: _strict(each) for name, each in schema.items() if name not in _NOT_SENT}
    if isinstance(properties := sent.get("properties"), dict):
        sent["required"] = list(properties)
    return sent
