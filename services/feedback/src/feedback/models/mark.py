"""Makes the word of a call that sets material apart from orders, and finds it in answers.

The word is new for each call and stands in what the system says. Nobody who wrote material can know it, so nothing in
the material can end the material; and an answer that has it repeats what the system said.
"""

from __future__ import annotations

import codecs
import secrets
import string
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cached_property

_LETTERS = 20
#: letters of a mark after which the rest of it is expected
_BEGUN = 4


class Mark:
    """Holds the word of one call: letters alone, so that it reads as one token and no punctuation can part it."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __str__(self) -> str:
        return self.word

    @classmethod
    def fresh(cls, material: str, word: Callable[[], str] | None = None) -> Mark:
        """Draws words until one is not in the material, which is the first but for a chance of one in 2**94."""
        draw = word or _word
        mark = cls(draw())
        while mark.end_in(material) is not None:
            mark = cls(draw())
        return mark

    @cached_property
    def _written(self) -> tuple[str, ...]:
        """Returns the ways of writing the word that are looked for, as small letters and digits."""
        plain = self.word.encode()
        ways = [self.word, self.word[::-1], codecs.encode(self.word, "rot13"), plain.hex(), *_in_base64(plain)]
        return tuple(dict.fromkeys(_kept(way) for way in ways))

    def end_in(self, text: str) -> int | None:
        """Returns the index of the last character of the first place where the text has the word, else None.

        Found are also the word with anything between its letters, in capitals, backwards, in ROT13, hex and base64.
        """
        return Watch(self).add(text)

    @property
    def written(self) -> tuple[str, ...]:
        """Returns the ways of writing the word, as small letters and digits."""
        return self._written


class Watch:
    """Looks for a mark in a text that comes in pieces.

    `begins` is the index in the whole text at which the mark that was found begins, or at which one may have begun.
    """

    def __init__(self, mark: Mark) -> None:
        self._ways = mark.written
        self._longest = max(map(len, self._ways))
        #: the last letters and digits, and where they stand in the whole text
        self._kept, self._places = "", list[int]()
        self._length = 0
        self.begins: int | None = None

    def add(self, text: str) -> int | None:
        """Returns the index, in the whole text, at which the mark is complete for the first time; None: not yet."""
        found = [
            (letter, self._length + at) for at, each in enumerate(text) if each.isalnum() for letter in each.lower()
        ]
        self._length += len(text)
        self._kept += "".join(letter for letter, _ in found)
        self._places += [at for _, at in found]
        found_at = [(at + len(way), at) for way in self._ways if (at := self._kept.find(way)) >= 0]
        place = self._places[min(found_at)[0] - 1] if found_at else None
        begun = max((self._begun(way) for way in self._ways), default=0)
        first = min(found_at)[1] if found_at else len(self._kept) - begun if begun else None
        self.begins = None if first is None else self._places[first]
        self._kept, self._places = self._kept[-self._longest :], self._places[-self._longest :]
        return place

    def _begun(self, way: str) -> int:
        """Returns how many letters at the end may be the beginning of a mark: enough that a word is seldom one."""
        longest = min(len(way) - 1, len(self._kept))
        return next((n for n in range(longest, _BEGUN - 1, -1) if self._kept.endswith(way[:n])), 0)


def _word() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))


def _kept(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _in_base64(plain: bytes) -> Iterator[str]:
    """Yields what base64 makes of the word wherever it stands in what was encoded, without the uncertain ends."""
    for before in range(3):
        encoded = b64encode(b"\0" * before + plain).decode().rstrip("=")
        yield encoded[-(-before * 8 // 6) : len(encoded) - (1 if (before + len(plain)) % 3 else 0)]
