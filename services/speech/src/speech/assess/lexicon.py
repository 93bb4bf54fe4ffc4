"""Pronounces words by the CMU dictionary that pocketsphinx brings, and by simple rules for unlisted words.

Sounds are ARPAbet without stress, as the acoustic model names them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Sounds: TypeAlias = tuple[str, ...]

VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
VOICELESS = frozenset("P T K F TH".split())
SIBILANTS = frozenset("S Z SH ZH CH JH".split())

# Spelling to sound, longest first where one begins another; of many English spellings the most frequent sound.
SPELLINGS: tuple[tuple[str, str], ...] = tuple(
    (spelling, sounds)
    for spelling, _, sounds in (
        line.partition(" ")
        for line in (
            "tion SH AH N;sion ZH AH N;ture CH ER;augh AO;eigh EY;ough AO;^kn N;^wr R;^gn N;^y Y;igh AY;dge JH;tch CH;"
            "ch CH;sh SH;th TH;ph F;wh W;ck K;ng NG;gh ;qu K W;ee IY;ea IY;oo UW;ou AW;ow OW;oa OW;oi OY;oy OY;ai EY;"
            "ay EY;au AO;aw AO;ie IY;ei EY;ey IY;ew UW;ue UW;ar AA R;er ER;ir ER;ur ER;or AO R;le$ AH L;ce S;ci S IH;"
            "cy S IY;ge JH;y$ IY;e$ ;es$ Z;a AE;b B;c K;d D;e EH;f F;g G;h HH;i IH;j JH;k K;l L;m M;n N;o AA;p P;q K;"
            "r R;s S;t T;u AH;v V;w W;x K S;y IH;z Z"
        ).split(";")
    )
)
LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}

# Common pronunciations that the dictionary lacks, added to its own.
ALSO_SAID: Mapping[str, Sounds] = {
    "wuzzy": ("W", "AH", "Z", "IY"),
    "lorry": ("L", "AA", "R", "IY"),
}


@dataclass(frozen=True)
class Pronunciation:
    """Holds every way a word may be said. `listed` is false when the ways were guessed from the spelling."""

    variants: tuple[Sounds, ...]
    listed: bool

    @property
    def sounds(self) -> frozenset[str]:
        """Returns the sounds of the word's first, usual form."""
        return frozenset(self.variants[0])


class Lexicon:
    """Looks up pronunciations of lower-case words of letters and apostrophes in a dictionary."""

    def __init__(self, lookup: Callable[[str], tuple[Sounds, ...]]) -> None:
        self._lookup = lookup
        self.pronounce = lru_cache(maxsize=4096)(self._pronounce)

    def phrase(self, words: Iterable[str]) -> Pronunciation:
        """Returns the pronunciation of words said as one, in up to eight combinations of their variants."""
        parts = [self.pronounce(word) for word in words]
        variants: tuple[Sounds, ...] = ((),)
        for part in parts:
            variants = tuple(before + after for before in variants for after in part.variants)[:8]
        return Pronunciation(variants, all(part.listed for part in parts))

    def _pronounce(self, word: str) -> Pronunciation:
        if listed := self._lookup(word):
            also = (ALSO_SAID[word],) if word in ALSO_SAID else ()
            return Pronunciation((*listed, *also), listed=True)
        derived = self._inflected(word) or self._compound(word)
        return Pronunciation(derived or (letter_sounds(word),), listed=bool(derived))

    def _inflected(self, word: str) -> tuple[Sounds, ...]:
        """Pronounces a listed word with an ending, by rules of the plural, the past and -ing."""
        for ending in ("'s", "s'", "es", "s", "ed", "d", "ing", "in", "ly"):
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < 3:
                continue
            for base in (stem, stem + "e"):
                if variants := self._lookup(base):
                    return tuple(sounds + _ending(ending, sounds[-1]) for sounds in variants)
        return ()

    def _compound(self, word: str) -> tuple[Sounds, ...]:
        """Splits a word into two listed ones of four letters or more (or three, at the start), the longest first."""
        for cut in range(len(word) - 4, 2, -1):
            first, second = self._lookup(word[:cut]), self._lookup(word[cut:])
            if first and second:
                return (first[0] + second[0],)
        return ()


def _ending(ending: str, last: str) -> Sounds:
    if ending in ("ing", "in"):
        return ("IH", "NG" if ending == "ing" else "N")
    if ending == "ly":
        return ("L", "IY")
    if ending in ("ed", "d"):
        return ("IH", "D") if last in ("T", "D") else ("T",) if last in VOICELESS | SIBILANTS - {"Z"} else ("D",)
    return ("IH", "Z") if last in SIBILANTS else ("S",) if last in VOICELESS else ("Z",)


def letter_sounds(word: str) -> Sounds:
    """Guesses sounds from the spelling alone; at least one."""
    letters = re.sub(r"([^aeiou])\1", r"\1", word.replace("'", ""))
    magic = re.search(r"([aeiou])[^aeiouwxy]e$", letters)
    sounds: list[str] = []
    at = 0
    while at < len(letters):
        if magic and at == magic.start():
            sounds.append(LONG[letters[at]])
            at += 1
            continue
        spelling, said = next(rule for rule in SPELLINGS if _fits(rule[0], letters, at))
        sounds += said.split()
        at += len(spelling.strip("^$"))
    return tuple(sounds) or ("AH",)


def _fits(spelling: str, letters: str, at: int) -> bool:
    plain = spelling.strip("^$")
    return (
        letters.startswith(plain, at)
        and (not spelling.startswith("^") or at == 0)
        and (not spelling.endswith("$") or (at + len(plain) == len(letters) and at > 0))
    )
