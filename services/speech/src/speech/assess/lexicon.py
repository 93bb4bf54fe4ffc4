"""Pronounces words by the CMU dictionary that pocketsphinx brings, and by simple rules for unlisted words.

Sounds are ARPAbet without stress, as the acoustic model names them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from speech.assess.names import ALSO_SAID

Sounds: TypeAlias = tuple[str, ...]

VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
SOUNDS = VOWELS | frozenset("B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split())
VOICELESS = frozenset("P T K F TH".split())
SIBILANTS = frozenset("S Z SH ZH CH JH".split())

# Spelling to sound, longest first where one begins another; of many English spellings the most frequent sound.
SPELLINGS: tuple[tuple[str, str], ...] = tuple(
    (spelling, sounds)
    for spelling, _, sounds in (
        line.partition(" ")
        for line in (
            "tion SH AH N;sion ZH AH N;ture CH ER;augh AO;eigh EY;ough AO;^kn N;^wr R;^gn N;^ps S;^pt T;que$ K;^y Y;"
            "igh AY;dge JH;tch CH;ch CH;sh SH;th TH;ph F;wh W;ck K;ng NG;gh ;qu K W;ee IY;ea IY;oo UW;ou AW;ow OW;"
            "oa OW;oi OY;oy OY;ai EY;ay EY;au AO;aw AO;ie IY;ei EY;ey IY;ew UW;ue UW;ar AA R;er ER;ir ER;ur ER;"
            "or AO R;le$ AH L;ce$ S;ce S EH;ci S IH;cy S IY;ge$ JH;ge JH EH;y$ IY;e$ ;es$ Z;a$ AH;o$ OW;i$ IY;u$ UW;"
            "a AE;b B;c K;d D;e EH;f F;g G;h HH;i IH;j JH;k K;l L;m M;n N;o AA;p P;q K;r R;s S;t T;u AH;v V;w W;"
            "x K S;y IH;z Z"
        ).split(";")
    )
)
LONG = {"a": "EY", "e": "IY", "i": "AY", "o": "OW", "u": "UW"}

# What a contraction adds behind a vowel, and behind another sound; every one of them counts.
CONTRACTED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "n't": (("N T", "AH N T"), ("AH N T", "AH N")),
    "'ve": (("V", "AH V"), ("AH V",)),
    "'ll": (("L", "AH L"), ("AH L", "L")),
    "'re": (("ER", "R"), ("ER",)),
    "'d": (("D",), ("D", "AH D", "IH D")),
    "'m": (("M",), ("AH M", "M")),
}
#: what Britain spells otherwise than the dictionary, which lists most but not all of its spellings
BRITISH = tuple(
    (pair.split()[0], pair.split()[1])
    for pair in (
        r"our or;([tb])re(s|d|)$ \1er\2;is(e|ed|es|ing|er|ers|ations?)$ iz\1;ys(e|ed|es|ing|er|ers)$ yz\1;^oe e;"
        r"foet fet;([hnp])ae([deimo]) \1e\2;ll(ed|ing|er|ers|ery)$ l\1;([^l]l)(s|ful|ment|ments|)$ \1l\2;^sc sk;"
        r"gramme gram"
    ).split(";")
)
#: letters of a word without vowels that may be said one by one
MOST_SPELLED = 5
#: most pronunciations of a word that is said in several ways, and of all such words of a text together
MOST_VARIANTS = 16
MOST_IN_A_TEXT = 160
#: most guesses of how an unlisted word is said
MOST_GUESSES = 6
# Letters that may have another sound than the most frequent one, which `letter_sounds` gives.
OTHER_SOUNDS = tuple(
    (pair.split()[0], pair.split()[1])
    for pair in ("AE EY;AE AA;EH IY;IH AY;IH IY;AA OW;AH UW;CH K;G JH;JH G;JH HH;TH T;S Z;IY EY;AY IY").split(";")
)


@dataclass(frozen=True)
class Pronunciation:
    """Holds every way a word may be said. `listed` is false when the ways were guessed from the spelling.

    `usual` has the usual pronunciation of each way of saying what is written; `longest` is the number of words of the
    longest way.
    """

    variants: tuple[Sounds, ...]
    listed: bool
    usual: tuple[Sounds, ...] = ()
    longest: int = 1

    @property
    def sounds(self) -> frozenset[str]:
        """Returns the sounds of the word's usual form; of a word with several ways, those that each of them has."""
        return frozenset.intersection(*map(frozenset, self.usual or self.variants[:1]))


class Lexicon:
    """Looks up pronunciations of lower-case words of letters and apostrophes in a dictionary."""

    def __init__(self, lookup: Callable[[str], tuple[Sounds, ...]]) -> None:
        self._lookup = lookup
        self.pronounce = lru_cache(maxsize=4096)(self._pronounce)

    def text(self, words: Sequence[Sequence[Sequence[str]]]) -> list[Pronunciation]:
        """Returns the pronunciations of words that are said in one or more ways each."""
        several = sum(len(ways) > 1 for ways in words)
        most = min(MOST_VARIANTS, max(2, MOST_IN_A_TEXT // max(1, several)))
        return [self.phrase(ways[0]) if len(ways) == 1 else self._several(ways, most) for ways in words]

    def _several(self, ways: Sequence[Sequence[str]], most: int) -> Pronunciation:
        """Returns the usual pronunciations of all ways, then the others of each; ways of unlisted words come last."""
        phrases = sorted((self.phrase(way) for way in ways), key=lambda phrase: not phrase.listed)
        listed = [phrase for phrase in phrases if phrase.listed] or phrases
        depth = max(len(phrase.variants) for phrase in listed)
        variants = [phrase.variants[at] for at in range(depth) for phrase in listed if at < len(phrase.variants)]
        kept = tuple(dict.fromkeys(variants))[:most]
        usual = tuple(phrase.variants[0] for phrase in listed if phrase.variants[0] in kept)
        return Pronunciation(kept, listed[0].listed, usual, max(map(len, ways)))

    def phrase(self, words: Iterable[str]) -> Pronunciation:
        """Returns the pronunciation of words said as one, in up to eight combinations of their variants."""
        parts = [self.pronounce(word) for word in words]
        variants: tuple[Sounds, ...] = ((),)
        for part in parts:
            variants = tuple(before + after for before in variants for after in part.variants)[:8]
        return Pronunciation(variants, all(part.listed for part in parts), longest=max(1, len(parts)))

    def _pronounce(self, word: str) -> Pronunciation:
        known = (*self._lookup(word), *ALSO_SAID.get(word, ()))
        if known := tuple(dict.fromkeys(known)):
            return Pronunciation(known, listed=True)
        if contracted := self._contracted(word):
            return contracted
        if derived := self._inflected(word) or self._respelled(word) or self._compound(word):
            return Pronunciation(derived, listed=True)
        return Pronunciation(guesses(word) + self._letter_by_letter(word), listed=False)

    def _contracted(self, word: str) -> Pronunciation | None:
        """Pronounces a word with a contraction behind it (who'd've), by rules."""
        ending = next((each for each in CONTRACTED if word.endswith(each) and len(word) > len(each)), None)
        if ending is None:
            return None
        base = self.pronounce(word.removesuffix(ending))
        behind_vowel, behind_other = CONTRACTED[ending]
        variants = [
            sounds + tuple(added.split())
            for sounds in base.variants[:3]
            for added in (behind_vowel if sounds[-1] in VOWELS else behind_other)
        ]
        return Pronunciation(tuple(variants), base.listed)

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

    def _respelled(self, word: str) -> tuple[Sounds, ...]:
        """Pronounces a word that is spelled as in Britain, by its American spelling."""
        others = dict.fromkeys(re.sub(british, american, word) for british, american in BRITISH)
        found = ((self._lookup(other) or self._inflected(other)) for other in others if other != word)
        return next((sounds for sounds in found if sounds), ())

    def _letter_by_letter(self, word: str) -> tuple[Sounds, ...]:
        """Spells a short word without vowels (rpm)."""
        if len(word) > MOST_SPELLED or re.search("[aeiouy']", word):
            return ()
        letters = [self._lookup(letter) for letter in word]
        return (sum((ways[0] for ways in letters), ()),) if all(letters) else ()

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


def guesses(word: str) -> tuple[Sounds, ...]:
    """Guesses several ways of saying an unlisted word: the most likely, then with one sound exchanged."""
    first = letter_sounds(word)
    others = (
        (*first[:at], other, *first[at + 1 :])
        for at, sound in enumerate(first)
        for usual, other in OTHER_SOUNDS
        if sound == usual
    )
    return tuple(dict.fromkeys((first, *others)))[:MOST_GUESSES]


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
