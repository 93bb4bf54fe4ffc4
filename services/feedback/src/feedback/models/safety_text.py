"""Prepares a text for the rules of `safety`: plain letters, its words, what stands between quotation marks."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from feedback.models.readability import words

_DATA = tomllib.loads(Path(__file__).with_name("safety_words.toml").read_text(encoding="utf-8"))
_STRAIGHT = str.maketrans(
    {**dict.fromkeys("“”„«»‟❝❞＂", '"'), **dict.fromkeys("‘’‚‛`´＇ʼ", "'"), **dict.fromkeys("‐‑‒–—―", "-")}
)
_QUOTED = re.compile(r'"([^"]*)"|(?<!\w)\'([^\']+)\'(?!\w)')
#: signs that are written for the letters they look like
_LOOKALIKES = str.maketrans("0134578@$!|", "oieastbasil")
_SPELLED_OUT = re.compile(r"(?<!\w)(?:\w[\s.*_-]){2,}\w(?!\w)")


class WordList:
    """Finds words and phrases of the reviewed lists in a text."""

    def __init__(self, name: str) -> None:
        data = _DATA[name]
        single = [re.escape(word).replace(r"\*", r"\w*") for word in data["words"].split()]
        joined = [
            r"\W+".join(map(re.escape, phrase.split())) for phrase in data["phrases"].split(",") if phrase.strip()
        ]
        self._pattern = re.compile(rf"(?<![\w'])(?:{'|'.join([*single, *joined])})(?!\w)")

    def finds(self, text: str) -> bool:
        """Tells whether a text in small letters has a word or phrase of the list."""
        return self._pattern.search(text) is not None


_COMMON = frozenset(_DATA["common"]["words"].split())
#: the part of a text's words, at least, that are common, and that are common or of what the text is about
_COMMON_AT_LEAST, _KNOWN = 0.3, 0.5
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "'s")


def is_common(word: str) -> bool:
    """Tells whether a word in small letters, or what it is a form of, is one that a child of 8 knows."""
    forms = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending))
    return word in _COMMON or any(form in _COMMON or f"{form}e" in _COMMON for form in forms)


class Text:
    """Holds a text for a child in the forms in which rules look at it, and the words that it may name."""

    def __init__(self, text: str, own_words: Iterable[str] = (), about: Iterable[str] = ()) -> None:
        self.text = text
        #: the words of the text that the child has read
        self.own = frozenset(part for word in own_words for part in plain_words(word))
        #: the words of other texts that the child has before it, which a person wrote who may
        self.about = frozenset(part for each in about for part in plain_words(each))

    @cached_property
    def plain(self) -> str:
        """Returns the text in small letters, without accents and signs that do not show, with straight quotes."""
        return _plain(self.text)

    @cached_property
    def written_out(self) -> str:
        """Returns the plain text with look-alikes as letters, and with letters that stand apart joined."""
        joined = _SPELLED_OUT.sub(lambda found: re.sub(r"[\W_]", "", found[0]), self.plain)
        return f"{self.plain}\n{joined}\n{joined.translate(_LOOKALIKES)}"

    @cached_property
    def quoted(self) -> list[str]:
        """Returns what stands between quotation marks, in small letters."""
        return [one or other for one, other in _QUOTED.findall(self.plain)]

    @cached_property
    def bare(self) -> str:
        """Returns the plain text with “it” for the words of the child's text that stand between quotation marks.

        They are not for the writer to choose, and may be hard.
        """

        def named(found: re.Match[str]) -> str:
            inside = plain_words(found[1] or found[2] or "")
            return "it" if inside and (self.own | self.about).issuperset(inside) else found[0].replace('"', " ")

        return _QUOTED.sub(named, self.plain)

    def may_name(self, word: str) -> bool:
        """Tells whether a word is of the texts before the child or a common one."""
        return word in self.own or word in self.about or is_common(word)

    @cached_property
    def is_plain_english(self) -> bool:
        """Tells whether most words are common ones; the child's own count between quotation marks alone."""
        found = plain_words(self.bare)
        common = sum(map(is_common, found))
        known = sum(is_common(word) or word in self.about for word in found)
        letters = set().union(*self.about) if self.about else set()
        foreign = any(each.isalpha() and not "a" <= each <= "z" and each not in letters for each in self.bare)
        return bool(found) and not foreign and known >= _KNOWN * len(found) and common >= _COMMON_AT_LEAST * len(found)


def plain_words(text: str) -> list[str]:
    """Returns the words of a text in the form of `Text.plain`."""
    return words(_plain(text))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (each for each in decomposed if unicodedata.category(each) not in ("Cf", "Mn", "Me"))
    return "".join(kept).translate(_STRAIGHT).casefold()
