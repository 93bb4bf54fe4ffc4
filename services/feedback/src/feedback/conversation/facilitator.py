"""Leads a design session by rules alone: takes up what was said, and asks what is still missing.

`facilitator` is a function of the message and the history before it, so the same input gets the same answer:

- at most three spoken sentences, plain words, without Markdown, and never the same question twice in a row;
- the person's own words are taken up as what they are (`clauses.py`): a decision, a question, an idea, and so on;
- then comes the next topic of the checklist that has no answer yet (`phrases.toml`), those asked least often first;
- it knows nothing of the world, has no opinion and praises nothing: it says so where it is asked;
- words of self-harm or abuse get one fixed answer, and no question (`language.py`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from feedback.conversation.asides import aside_of
from feedback.conversation.clauses import Clause, clauses, plain
from feedback.conversation.echo import is_asked, said_back
from feedback.conversation.language import help_for, other_language
from feedback.conversation.phrases import Topic, Wording, wording
from feedback.conversation.said import Said

NAME = "facilitator"
VERSION = "1"
SOURCE = f"rules/{NAME}-{VERSION}"

#: kinds in the order in which they are taken up, where a message has several; `fact` and `order` have their own answer
_WEIGHT = ("decision", "question", "complaint", "constraint", "evidence", "next_step", "idea")
#: asides whose words may stand in a message about the design, which is known by a clause of these kinds
_WIDE = {
    "opinion": frozenset(_WEIGHT) - {"question"},
    "insult": frozenset(_WEIGHT) - {"question", "complaint"},
    "who_am_i": frozenset(_WEIGHT) - {"question"},
}


@dataclass
class _Session:
    """Holds what the history shows: topics with an answer, how often each was asked, what was noted."""

    answered: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    decisions: list[str] = field(default_factory=list)
    #: the topic of the last question, `done` for one of those at the end; None where nothing was asked
    last_topic: str | None = None
    last_question: str | None = None
    is_quiet: bool = False
    turns: int = 0


@dataclass(frozen=True)
class _Heard:
    """Holds a message: its clauses, or what it says of the conversation itself (`aside`)."""

    message: str
    clauses: Sequence[Clause]
    aside: str | None


def facilitator(message: str, history: Sequence[Said] = ()) -> str:
    """Answers a message of a design session."""
    words = wording()
    session = _so_far(history, words)
    if answer := help_for(message):
        return answer
    if language := other_language(plain(message)):
        return language.says
    pending = session.last_topic
    heard = _take_in(session, message)
    taken = _taken_up(heard, session, pending, words)
    if heard.aside in ("bye", "wait") or session.is_quiet:
        return " ".join(taken)
    return " ".join([*taken, _next_question(session, words)])


#: characters that are read again of each earlier message
_READ_AGAIN = 1_000


def _so_far(history: Sequence[Said], words: Wording) -> _Session:
    """Reads the history again: nothing else is remembered between two messages."""
    session = _Session()
    for said in history:
        if said.role == "user":
            text = said.text[:_READ_AGAIN]
            if not help_for(text) and not other_language(plain(text)):
                _take_in(session, text)
            continue
        session.turns += 1
        topic, question = words.asked_in(said.text)
        if topic:
            session.last_topic, session.last_question = topic, question
            session.asked[topic] += 1
    return session


def _take_in(session: _Session, message: str) -> _Heard:
    """Notes what a message says, and which topics it answers: those it names, or else the one that was asked."""
    found = list(clauses(message))
    aside = aside_of(message)
    if aside in _WIDE and any(clause.kind in _WIDE[aside] for clause in found):
        aside = None
    if aside:
        if aside in ("quiet", "talk"):
            session.is_quiet = aside == "quiet"
        if aside in ("none", "no") and session.last_topic:
            session.answered.add(session.last_topic)
        return _Heard(message, [], aside)
    session.noted.update(clause.kind for clause in found)
    session.decisions += [clause.what for clause in found if clause.kind == "decision"]
    topics = {topic for clause in found for topic in clause.topics}
    if session.last_topic and found and not topics and all(clause.kind == "statement" for clause in found):
        topics = {session.last_topic}
    session.answered |= topics
    return _Heard(message, found, None)


def _taken_up(heard: _Heard, session: _Session, pending: str | None, words: Wording) -> list[str]:
    """Says what was understood, in one or two sentences."""
    turn = session.turns
    noted = [clause for clause in heard.clauses if clause.kind != "statement"]
    known = sorted((clause for clause in noted if clause.kind in _WEIGHT), key=lambda each: _WEIGHT.index(each.kind))
    beyond = [words.pick(words.said[each.kind], turn) for each in noted if each.kind not in _WEIGHT][:1]
    if not noted:
        return [_plain_reply(heard, session, pending, words)]
    if len(known) + len(beyond) > 2:
        listed = words.counts(Counter(clause.kind for clause in known))
        return [words.pick(words.said["many"], turn).format(list=listed), *beyond]
    taken = (
        _frame(words.taken[each.kind], words.short[each.kind], each, words, turn + i) for i, each in enumerate(known)
    )
    return [*taken, *beyond]


def _frame(frames: Sequence[str], short: Sequence[str], clause: Clause, words: Wording, turn: int) -> str:
    what = said_back(clause.what)
    if not what:
        return words.pick(short, turn)
    taken = words.pick(frames, turn).format(what=what)
    return f"{taken[:-1]}?" if clause.kind == "question" and is_asked(what) else taken


def _plain_reply(heard: _Heard, session: _Session, pending: str | None, words: Wording) -> str:
    """Takes up what is no clause of a known kind: an aside, an answer to the question before, or a statement."""
    turn = session.turns
    if heard.aside:
        return _reply_to_aside(heard.aside, session, words)
    if not heard.clauses:
        return words.pick(words.said["unclear" if re.search(r"\w", heard.message) else "empty"], turn)
    if session.is_quiet:
        return words.pick(words.said["listening"], turn)
    clause = max(heard.clauses, key=lambda each: (bool(each.topics), len(each.what)))
    own = min(clause.topics, key=words.place, default=None)
    if topic := words.topic(own):
        frames = topic.answered
    elif topic := words.topic(pending):
        frames = [frame.replace("{title}", topic.title) for frame in words.said["about"]]
    else:
        frames = words.taken["statement"]
    return _frame(frames, words.short["statement"], clause, words, turn)


def _reply_to_aside(aside: str, session: _Session, words: Wording) -> str:
    """Answers what is about the conversation; what lists something has a second phrasing for an empty list."""
    listed = {
        "decided": [back for each in session.decisions[-3:] if (back := said_back(each))],
        "summary": [counted] if (counted := words.counts(session.noted)) else [],
        "bye": [topic.title for topic in words.topics if topic.name not in session.answered],
    }
    if aside not in listed:
        return words.pick(words.said[aside], session.turns)
    frames = words.said[aside]
    return frames[0].format(list=words.joined(listed[aside])) if listed[aside] else frames[1]


def _next_question(session: _Session, words: Wording) -> str:
    """Asks the first topic without an answer that was asked least often, but not the last one again."""
    left = [topic for topic in words.topics if topic.name not in session.answered]
    left = [topic for topic in left if session.asked[topic.name] < len(topic.ask)]
    others = [topic for topic in left if topic.name != session.last_topic] or left
    if others:
        topic: Topic = min(others, key=lambda each: session.asked[each.name])
        asks, count = topic.ask, session.asked[topic.name]
    else:
        asks, count = words.done, session.asked["done"]
    question = words.pick(asks, count)
    return question if question != session.last_question else words.pick(asks, count + 1)
