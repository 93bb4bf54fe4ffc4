"""Decides whether an answer is used: by its shape, by its role's rules, and by what it repeats of the system."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

from pydantic import BaseModel

from contracts.speech import Word
from feedback.assessment import Assessment
from feedback.models.note_truth import holds
from feedback.models.prompts import Prompt, Rendered
from feedback.models.readability import words
from feedback.models.safety import SAY, Refusal, check_child_text
from feedback.models.safety_text import plain_words
from feedback.models.safety_truth import has_sound
from feedback.models.shapes import (
    OUTPUTS,
    ChildFeedback,
    ChildFeedbackInput,
    DesignNotes,
    DesignNotesInput,
    LessonHint,
    LessonHintInput,
    Note,
    TweetDrafts,
    TweetStyle,
    TweetStyleInput,
    TweetWriterInput,
)
from feedback.models.spoken import Spoken, addresses
from feedback.models.structured import Unusable, parse
from feedback.sounds import name

#: the part of a title's letters, at least, that the session has as well, three in a row
_GROUNDED = 0.5
#: rules of texts for children that a hint keeps as well, and the most words that it has
_OF_HINTS, _MOST_WORDS_OF_HINT = frozenset({"link", "address", "asks_personal", "blame", "word_list"}), 90
_LABELS = re.compile(r"(?<!\w)[@#]\w+")
_REPEATS = Refusal("repeats_system", "It repeated what only the system says. Answer from the material alone.")


def accept(prompt: Prompt, given: BaseModel, sent: Rendered, text: str, *, cut: bool) -> BaseModel | str:
    """Returns the object of an answer, or for a role that answers with text what can be said of it.

    `cut` tells that the answer ended at the limit of tokens. Raises `CutByLength` or `Unusable`. A conversation that
    streams goes through `Spoken` instead, piece by piece, to the same words.
    """
    shape = OUTPUTS.get(prompt.role)
    if shape is None:
        spoken = Spoken(sent.mark)
        return spoken.add(text) + spoken.end()
    answer: BaseModel = parse(text, shape, cut=cut)
    if any(sent.mark.end_in(each) is not None for each in (text, " ".join(_strings(answer.model_dump())))):
        _refuse([_REPEATS])
    if prompt.role == "design_notes":
        answer = _grounded(cast(DesignNotes, answer), cast(DesignNotesInput, given))
    rules = _RULES.get(prompt.role)
    _refuse(rules(given, answer) if rules else [])
    return answer


def _refuse(broken: Iterable[Refusal]) -> None:
    found = list(broken)
    if found:
        raise Unusable([each.say for each in found], [each.rule for each in found])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in _strings(each))
    elif isinstance(value, (list, tuple)):
        yield from (text for each in value for text in _strings(each))


def _child_feedback(given: ChildFeedbackInput, answer: ChildFeedback) -> list[Refusal]:
    words = tuple(Word(word=word.word, verdict=word.verdict) for word in given.words)
    assessment = Assessment(text=given.text, words=words, refusal=given.refusal)
    broken = check_child_text(" ".join([answer.summary, *(tip.tip for tip in answer.tips)]), assessment)
    own = {part for word in (given.text, *(word.word for word in words)) for part in plain_words(word)}
    named = {part for tip in answer.tips if tip.word for part in plain_words(tip.word) or ["?"]}
    sounds = [name(tip.sound) for tip in answer.tips if tip.sound]
    if not named <= own or not all(has_sound(sound, own) for sound in sounds):
        broken.append(Refusal("not_of_this_reading", SAY["not_of_this_reading"]))
    return broken


def _lesson_hint(given: LessonHintInput, answer: LessonHint) -> Iterator[Refusal]:
    """Yields what a hint breaks. No child reads one of a model, so it may be harder and longer than what they read."""
    about = [given.task, given.context, *given.authored]
    yield from (each for each in check_child_text(answer.hint, about=about) if each.rule in _OF_HINTS)
    if len(words(answer.hint)) > _MOST_WORDS_OF_HINT:
        yield Refusal("length", f"Use at most {_MOST_WORDS_OF_HINT - 20} words.")


def _tweet_style(given: TweetStyleInput, answer: TweetStyle) -> Iterator[Refusal]:
    text = " ".join(_strings(answer.model_dump()))
    if addresses(text) or _LABELS.search(text):
        yield Refusal("address", "Quote no link, no address and no account.")
    if any(number > len(given.tweets) for number in answer.examples):
        yield Refusal("no_such_tweet", "Name in `examples` only numbers of tweets that were given.")
    if sum(topic.share for topic in answer.topics) > 1.001:
        yield Refusal("shares", "The shares of `topics` add up to 1 at most.")


def _tweet_writer(given: TweetWriterInput, answer: TweetDrafts) -> Iterator[Refusal]:
    drafts = " ".join(answer.drafts)
    labels, asked_for = (set(map(str.casefold, _LABELS.findall(text))) for text in (drafts, given.topic))
    if not addresses(drafts) <= addresses(given.topic) or not labels <= asked_for:
        yield Refusal("address", "Put in no link, account or hashtag that `topic` does not hold.")
    if {_folded(draft) for draft in answer.drafts} & {_folded(example) for example in given.examples}:
        yield Refusal("copy", "Copy no example.")


def _design_notes(given: DesignNotesInput, answer: DesignNotes) -> Iterator[Refusal]:
    if not _share(answer.title, " ".join(said.text for said in given.messages)) >= _GROUNDED:
        yield Refusal("not_of_this_session", "Make the title from words of the session.")


def _grounded(answer: DesignNotes, given: DesignNotesInput) -> DesignNotes:
    """Leaves out the notes that name no message, or one that does not say it; of a model's words all but ideas."""

    def is_true(note: Note, section: str) -> bool:
        named = given.messages[note.message - 1 : note.message]
        if not named or (named[0].role == "assistant" and section != "ideas"):
            return False
        return holds(note.text, named[0].text, section)

    lists = {name: notes for name, notes in answer if isinstance(notes, tuple)}
    true = {name: tuple(note for note in notes if is_true(note, name)) for name, notes in lists.items()}
    return answer.model_copy(update=true)


def _share(text: str, source: str) -> float:
    """Returns the part of a text's letters, three in a row, that a source has too; in whatever language."""
    ours, theirs = _threes(text), _threes(source)
    return len(ours & theirs) / len(ours) if ours else 1.0


def _threes(text: str) -> set[str]:
    folded = _folded(text)
    return {folded[at : at + 3] for at in range(max(1, len(folded) - 2))} if folded else set()


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


#: by role the rules that its answers keep besides their shape
_RULES: Mapping[str, Callable[[Any, Any], Iterable[Refusal]]] = MappingProxyType(
    {
        "child_feedback": _child_feedback,
        "design_notes": _design_notes,
        "lesson_hint": _lesson_hint,
        "tweet_style": _tweet_style,
        "tweet_writer": _tweet_writer,
    }
)
