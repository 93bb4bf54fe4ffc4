"""Knows what a clause of English is: decision, question, idea, constraint, evidence, complaint, next step or statement.

`patterns.toml` holds the patterns. What they do not know is a `statement`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

#: what is read of a text: sentences, joints of a sentence, characters of a clause. It limits what the patterns cost
_SENTENCES = 80
_JOINTS = 8
_READ = 240
#: lists of words that are no names
_SMALL = ("specific", "people", "work", "chosen", "task", "number", "grammar")
_FILLERS = re.compile(
    r"^(?:(?:um+|uh+|er+|hmm+|so|well|okay|ok|and|but|also|like|oh|yeah|yes|alright|right|fine)\b[,.\s]*)+", re.I
)
_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]*`", re.S)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
#: emoji and other pictures, and what joins and colours them
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]")
_MARKS = re.compile(r"^\s*(?:[-*+•>#]+|\d{1,3}[.)])\s+|[*_~#|<>{}\[\]\\]+")
_SHORT = re.compile(r"\b(e\.g|i\.e|vs|mr|mrs|ms|dr|approx|etc|no|fig|st)\.(?=\s)", re.I)
_SENTENCE = re.compile(r"[^.!?…;\n。！？]+(?:\.(?=\w)[^.!?…;\n]*)*[.!?…。！？]*")
#: where a sentence without punctuation may hold two clauses
_JOINT = re.compile(
    r"(?:(?:,\s*|\s+)(?:and|but|so|then|because|also|plus)(?:\s+(?:then|also|so))*\s+|,\s+)"
    r"(?=(?:we|i|they|it|let'?s|what|how|who|should|can|could|do|does|is|are|maybe|perhaps|the|our|my|users?|people"
    r"|next|nobody|everyone|there|someone|\w+ (?:said|told|hates?|must|should|will))\b)",
    re.I,
)


@dataclass(frozen=True)
class Clause:
    """Holds a clause: its words, what it is (`kind`), the part to say back, and the topics that it answers."""

    text: str
    kind: str
    what: str
    topics: frozenset[str]


@dataclass(frozen=True)
class _Patterns:
    #: what is no question though it may be asked, and no statement though it may be said
    asked: tuple[tuple[str, re.Pattern[str]], ...]
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    topics: dict[str, tuple[frozenset[str], tuple[re.Pattern[str], ...]]]
    begins: re.Pattern[str]
    never: re.Pattern[str]
    about_us: re.Pattern[str]
    about_the_world: re.Pattern[str]
    orders: re.Pattern[str]
    small: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Reads the patterns; raises `KeyError` at a name that [words] lacks."""
    read: dict[str, Any] = tomllib.loads(resources.files(__package__).joinpath("patterns.toml").read_text("utf-8"))
    words: dict[str, str] = read["words"]

    def compiled(pattern: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"(?<!\?P)<(\w+)>", lambda name: words[name[1]], pattern), re.I)

    def table(kinds: list[dict[str, Any]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((kind["name"], compiled(each)) for kind in kinds for each in kind["patterns"])

    return _Patterns(
        asked=table(read["asked"]),
        kinds=table(read["kind"]),
        topics={
            topic["name"]: (frozenset(topic["kinds"]), tuple(map(compiled, topic["patterns"])))
            for topic in read["topic"]
        },
        small=compiled(f"(?:{'|'.join(words[name] for name in _SMALL)})"),
        **{
            name: compiled(read["question"][name])
            for name in ("begins", "never", "about_us", "about_the_world", "orders")
        },
    )


def is_small(word: str) -> bool:
    """Tells of the first word of a clause whether it is written small within a sentence: a noun or verb known here."""
    return bool(_patterns().small.fullmatch(word))


def plain(text: str) -> str:
    """Leaves out of a text what cannot be spoken: code, links, pictures, marks of Markdown; straightens quotes."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    text = _PICTURES.sub(" ", _LINK.sub(" ", _CODE.sub("\n", text)))
    lines = (re.sub(r"[ \t\r\f\v\u00a0]+", " ", _MARKS.sub("", line)).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def sentences(text: str) -> list[str]:
    """Splits a plain text into sentences, each with its closing marks."""
    shortened = _SHORT.sub(r"\1․", text)
    return [
        sentence.replace("․", ".").strip() for sentence in _SENTENCE.findall(shortened) if re.search(r"\w", sentence)
    ]


def clauses(text: str) -> Iterator[Clause]:
    """Splits a text into clauses, and says of each what it is."""
    for sentence in sentences(plain(text))[:_SENTENCES]:
        yield from _of_sentence(sentence)


def _of_sentence(sentence: str) -> list[Clause]:
    """Splits a sentence at its joints as long as both sides are something, and not the same."""
    found: list[Clause] = []
    begin = 0
    for joint in islice(_JOINT.finditer(sentence), _JOINTS):
        left = _clause(sentence[begin : joint.start()])
        right = _clause(sentence[joint.end() :])
        if "statement" in (left.kind, right.kind) or left.kind == right.kind:
            continue
        if left.kind == "question" and "?" in sentence and right.kind != "next_step":
            continue
        found.append(left)
        begin = joint.end()
    return [*found, _clause(sentence[begin:])]


def _clause(text: str) -> Clause:
    """Says what a clause is."""
    text = text.strip().strip('"').strip()
    said = _FILLERS.sub("", text) or text
    bare = said[:_READ].rstrip(" .!?…,;:\"'。！？")
    kind, what = _kind(bare, text, asked="?" in said[-3:] or "？" in said[-3:])
    topics = frozenset(
        name
        for name, (kinds, patterns) in _patterns().topics.items()
        if kind in kinds or any(pattern.search(bare) for pattern in patterns)
    )
    return Clause(said, kind, what or bare, topics)


def _kind(bare: str, whole: str, *, asked: bool) -> tuple[str, str]:
    """Returns the kind of a clause and the part to say back; sarcasm is known by the `whole`."""
    patterns = _patterns()
    for kind, pattern in patterns.asked:
        if match := pattern.match(bare) or pattern.match(whole[:_READ].rstrip(" .!?…,;:")):
            return kind, _part(match)
    if order := patterns.orders.match(bare):
        return "order", order["what"]
    if asked or (patterns.begins.match(bare) and not patterns.never.match(bare)):
        return _question(bare), ""
    for kind, pattern in patterns.kinds:
        if match := pattern.match(bare):
            return kind, _part(match)
    return "statement", ""


def _part(match: re.Match[str]) -> str:
    return (match.groupdict().get("what") or "").strip()


def _question(bare: str) -> str:
    """Tells a question about the world (`fact`) from one about the design."""
    patterns = _patterns()
    if patterns.about_the_world.search(bare):
        return "fact"
    return "question" if patterns.about_us.search(bare) or not patterns.begins.match(bare) else "fact"
