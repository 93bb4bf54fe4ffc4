"""Finds the words of a text and their pronunciations: the reference a reading is compared with."""

import re
import unicodedata
from dataclasses import dataclass, replace

from chassis.text import one_form

# Hyphens, dashes, slashes, brackets and marks part words; commas and full stops do unless they stand inside a number.
BOUNDARY = re.compile(r"([\s\-\u2010-\u2015/_\\;:!?\"“”„«»()\[\]{}<>|*~…]+|[.,](?!\d)|(?<!\d)[.,])")
MARKS = frozenset(".,;:!?…–—()")
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
RUNS = re.compile(r"[a-z']+|\d+|(?<=\d)\.(?=\d)")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
SPOKEN_SIGNS = {"&": "and", "%": "percent", "@": "at", "+": "plus", "=": "equals"}
UNFOLDED = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
ORDINALS["twelve"] = "twelfth"
LARGEST_NUMBER = 999_999
LONGEST_WORD = 40


@dataclass(frozen=True)
class Word:
    """Holds a word as written, and the dictionary words that say it: two for 42, none if its sound is unknown.

    `pause` tells that a punctuation mark follows, where one may take a breath.
    """

    written: str
    spoken: tuple[str, ...]
    pause: bool = False


def words(text: str) -> list[Word]:
    """Returns the words of any text; punctuation, emoji and other signs without sound are none."""
    found: list[Word] = []
    for number, piece in enumerate(BOUNDARY.split(one_form(text))):
        if number % 2:  # the characters that separate two pieces
            if found and MARKS & set(piece):
                found[-1] = replace(found[-1], pause=True)
            continue
        written = piece if piece in SPOKEN_SIGNS else _trimmed(piece)
        if written:
            found.append(Word(written, _spoken(written)))
    return found


def _trimmed(piece: str) -> str:
    letters = [index for index, char in enumerate(piece) if char.isalnum()]
    return piece[letters[0] : letters[-1] + 1] if letters else ""


def _spoken(written: str) -> tuple[str, ...]:
    if written in SPOKEN_SIGNS:
        return (SPOKEN_SIGNS[written],)
    decomposed = unicodedata.normalize("NFKD", written.lower().translate(UNFOLDED))
    folded = "".join(char for char in decomposed if not unicodedata.combining(char))
    if any(char.isalpha() and not char.isascii() for char in folded) or len(folded) > LONGEST_WORD:
        return ()
    if ordinal := ORDINAL.fullmatch(folded):
        *before, last = number_words(ordinal[1])
        return (*before, ORDINALS.get(last) or re.sub("y$", "ie", last) + "th")
    said: list[str] = []
    for run in RUNS.findall(THOUSANDS.sub("", folded)):
        said += number_words(run) if run.isdigit() else ["point" if run == "." else run.strip("'")]
    return tuple(part for part in said if part)


def number_words(digits: str) -> list[str]:
    """Returns the English words of a whole number; digit by digit beyond 999 999 and after a leading zero."""
    value = int(digits)
    if value > LARGEST_NUMBER or (digits[0] == "0" and len(digits) > 1):
        return [ONES[int(digit)] for digit in digits]
    if value < 20:
        return [ONES[value]]
    if value < 100:
        return [TENS[value // 10]] + ([ONES[value % 10]] if value % 10 else [])
    size, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    rest = number_words(str(value % size)) if value % size else []
    return [*number_words(str(value // size)), name, *rest]
