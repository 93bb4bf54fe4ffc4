"""Finds the words of a text and their pronunciations: the reference a reading is compared with."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.text import one_form
from speech.assess.abbreviations import SIGNS
from speech.assess.numbers import joined, whole
from speech.assess.spoken import MOST_WAYS, short_forms

# Hyphens, dashes, slashes, brackets and marks part words; commas and full stops do unless they stand inside a number.
BOUNDARY = re.compile(r"([\s\-\u2010-\u2015/_\\;:!?\"“”„«»()\[\]{}<>|*~…]+|[.,](?!\d)|(?<!\d)[.,])")
MARKS = frozenset(".,;:!?…–—()")
RUNS = re.compile(r"[a-z']+|\d+|(?<=\d)\.(?=\d)")
FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})
# What people type for an apostrophe: backtick, acute, quotation marks, modifier letters, a prime but behind a number.
APOSTROPHE = re.compile(r"[`´‘’‛ʼʻʹˈ＇ꞌ]|(?<!\d)′")
LONGEST_WORD = 40
LONGEST_INITIALS = 3


@dataclass(frozen=True)
class Word:
    """Holds a word as written, and the ways of saying it in dictionary words, the usual one first.

    A way has two words for 42, and there is none if the word's sound is unknown. `pause` tells that a punctuation mark
    follows, where one may take a breath.
    """

    written: str
    ways: tuple[tuple[str, ...], ...]
    pause: bool = False

    @property
    def spoken(self) -> tuple[str, ...]:
        """Returns the usual way of saying it."""
        return self.ways[0] if self.ways else ()


def words(text: str) -> list[Word]:
    """Returns the words of any text; punctuation, emoji and other signs without sound are none."""
    written = one_form(text)
    folded = APOSTROPHE.sub("'", written)
    found: list[Word] = []
    at = 0
    for short in short_forms(folded):
        _spelled(written[at : short.start], found)
        found.append(Word(written[short.start : short.end].strip(), tuple(tuple(way.split()) for way in short.ways)))
        at = short.end
    _spelled(written[at:], found)
    return found


def _spelled(text: str, found: list[Word]) -> None:
    """Adds the words of a text without short forms to those found before it."""
    for number, piece in enumerate(BOUNDARY.split(text)):
        if number % 2:  # the characters that separate two pieces
            if found and MARKS & set(piece):
                found[-1] = replace(found[-1], pause=True)
            continue
        written = piece if piece in SIGNS else _trimmed(piece)
        if written:
            ways = SIGNS[written] if written in SIGNS else _ways(written)
            found.append(Word(written, tuple(tuple(way.split()) for way in ways)))


def _trimmed(piece: str) -> str:
    letters = [index for index, char in enumerate(piece) if char.isalnum()]
    return piece[letters[0] : letters[-1] + 1] if letters else ""


def _ways(written: str) -> Sequence[str]:
    """Returns the ways of saying a word as it is spelled; letters beside digits are said one by one, too."""
    plain = unicodedata.normalize("NFKD", APOSTROPHE.sub("'", written)).lower()  # bold letters of a formula are letters
    decomposed = unicodedata.normalize("NFKD", plain.translate(FOLDED))
    folded = "".join(char for char in decomposed if not unicodedata.combining(char))
    if any(char.isalpha() and not char.isascii() for char in folded) or len(folded) > LONGEST_WORD:
        return ()
    runs = [run for run in (run.strip("'") for run in RUNS.findall(folded)) if run]
    mixed = any(run.isdigit() for run in runs)
    return joined(*(_ways_of_run(run, mixed=mixed) for run in runs))[:MOST_WAYS]


def _ways_of_run(run: str, *, mixed: bool) -> list[str]:
    if run == ".":
        return ["point", "dot"]
    if run.isdigit():
        return whole(run)[:3]
    return [" ".join(run), run] if mixed and len(run) <= LONGEST_INITIALS else [run]
