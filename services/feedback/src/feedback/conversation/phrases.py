"""Reads the words of the facilitator, `phrases.toml`."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

#: kinds of clauses that are counted as one in a summary
_COUNTED_AS = {"fact": "question", "order": "question"}

_NUMBERS = dict(enumerate("no one two three four five six seven eight nine ten eleven twelve".split()))


@dataclass(frozen=True)
class Topic:
    """Holds a topic of the checklist: how it is called, asked, and taken up when it is answered."""

    name: str
    title: str
    ask: Sequence[str]
    answered: Sequence[str]


@dataclass(frozen=True)
class Wording:
    """Holds all that the facilitator may say."""

    topics: Sequence[Topic]
    done: Sequence[str]
    taken: Mapping[str, Sequence[str]]
    short: Mapping[str, Sequence[str]]
    counted: Mapping[str, Sequence[str]]
    said: Mapping[str, Sequence[str]]

    @staticmethod
    def pick(phrasings: Sequence[str], turn: int) -> str:
        """Chooses the phrasing whose turn it is."""
        return phrasings[turn % len(phrasings)]

    def topic(self, name: str | None) -> Topic | None:
        """Returns the topic of that name."""
        return next((topic for topic in self.topics if topic.name == name), None)

    def place(self, name: str) -> int:
        """Returns the place of a topic in the checklist."""
        return next(i for i, topic in enumerate(self.topics) if topic.name == name)

    def asked_in(self, answer: str) -> tuple[str | None, str | None]:
        """Returns topic and words of the question that an answer ended with; `done`: one from after the list."""
        for topic in self.topics:
            for question in topic.ask:
                if answer.rstrip().endswith(question):
                    return topic.name, question
        return next((("done", question) for question in self.done if answer.rstrip().endswith(question)), (None, None))

    def is_ours(self, answer: str) -> bool:
        """Tells whether the facilitator said this: it begins or ends with words of ours."""
        if self.asked_in(answer)[0]:
            return True
        frames = [frame for frames in (*self.said.values(), *self.taken.values()) for frame in frames]
        return any(answer.startswith(frame.split("{")[0]) for frame in frames if len(frame.split("{")[0]) > 8)

    def counts(self, kinds: Counter[str]) -> str:
        """Lists in words how many of each kind there are: “two decisions and an idea”; empty where there are none."""
        summed: Counter[str] = Counter()
        for kind, count in kinds.items():
            summed[_COUNTED_AS.get(kind, kind)] += count
        return self.joined(
            [
                forms[0] if summed[kind] == 1 else forms[1].format(n=_NUMBERS.get(summed[kind], summed[kind]))
                for kind, forms in self.counted.items()
                if summed[kind]
            ]
        )

    @staticmethod
    def joined(parts: Sequence[str]) -> str:
        """Joins parts of a list as one says them: “a, b and c”."""
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


@cache
def wording() -> Wording:
    """Reads the wording once."""
    read: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("phrases.toml").read_text("utf-8"))
    topics = tuple(Topic(**row) for row in read["topic"])
    return Wording(topics, read["done"]["ask"], read["taken"], read["short"], read["counted"], read["said"])
