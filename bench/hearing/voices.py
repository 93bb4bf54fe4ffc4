"""Makes readings with flite's voices, and keeps them in a folder outside the repository, so that each is made once.

flite (Debian's package, BSD-like licence) takes exact pronunciations from a file, which no synthesizer of PyPI does
with voices inside its wheel. Without it there is nothing to measure.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import string
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.hearing.circumstances import SPEECH_DBFS
from bench.hearing.signals import Signal, at_level, decoded
from speech.acoustic import Dictionary
from speech.assess.lexicon import VOWELS, Sounds
from speech.assess.text import words

VOICES = ("slt", "rms", "awb", "kal16")

#: Twenty-four readings: twisters and sentences of ordinary life, chosen by hand before anything was measured.
READINGS = (
    "Peter Piper picked a peck of pickled peppers.",
    "The kitten sat on my bed and went to sleep.",
    "Red lorry, yellow lorry, red lorry, yellow lorry.",
    "On Monday we walk to school with our friends.",
    "Betty bought a bit of butter, but the butter was bitter.",
    "Please put the green book back on the shelf.",
    "Six sleek swans swam swiftly southward.",
    "My brother likes to jump in every puddle.",
    "Three twigs twined tightly.",
    "The train was late because of the snow.",
    "Fuzzy Wuzzy was a bear. Fuzzy Wuzzy had no hair.",
    "Can you help me find my other shoe?",
    "I thought a thought, but the thought was not mine.",
    "Grandma bakes bread in a very hot oven.",
    "Which witch wished which wicked wish?",
    "We saw a rabbit run under the old fence.",
    "Around the rugged rocks the ragged rascal ran.",
    "It is fun to read a story at night.",
    "Four fine fresh fish for you.",
    "Dad washed the car and I held the hose.",
    "How can a clam cram in a clean cream can?",
    "The moon is round and bright this evening.",
    "I scream, you scream, we all scream for ice cream.",
    "She gave me half of her cheese sandwich.",
)

#: Errors of children as sounds for sounds; a word is said with one of them.
SLIPS = {
    "R": "W",
    "L": "W",
    "S": "TH",
    "K": "T",
    "G": "D",
    "TH": "F",
    "DH": "D",
    "SH": "S",
    "CH": "T",
    "F": "P",
    "V": "B",
    "T": "K",
}
OTHER_WORDS = ("table", "monkey", "window", "basket", "guitar", "pencil")
KINDS = ("left out", "other word", "wrong sound")


class FliteMissing(Exception):
    """Says that the synthesizer is not installed."""


@dataclass(frozen=True)
class Spoken:
    """Holds what is given to flite: a text, and pronunciations of words that it does not know."""

    text: str
    voice: str
    lexicon: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reading:
    """Holds a text, and how it is said. `wrong` is the number of the word said otherwise, None when all are right."""

    text: str
    spoken: Spoken
    wrong: int | None = None
    kind: str = "right"


def right(readings: int, voices: int) -> Iterator[Reading]:
    """Returns readings in which every word is right."""
    for text in READINGS[:readings]:
        for voice in VOICES[:voices]:
            yield Reading(text, Spoken(text, voice))


def wrong(readings: int, voices: int) -> Iterator[Reading]:
    """Returns readings with one word left out, exchanged, or said with a wrong sound, in turns."""
    dictionary = Dictionary()
    for number, text in enumerate(READINGS[:readings]):
        for other, voice in enumerate(VOICES[:voices]):
            yield _changed(text, voice, KINDS[(number + other) % 3], dictionary)


def _changed(text: str, voice: str, kind: str, dictionary: Dictionary) -> Reading:
    drawn = random.Random(f"{text} {voice}")
    written = [word.written for word in words(text)]
    names = text.split()
    candidates = [
        number
        for number, word in enumerate(written)
        if len(word) > 3 and (kind != "wrong sound" or _slip(_said(word, dictionary)))
    ]
    at = drawn.choice(candidates)
    mark = names[at].lstrip(string.ascii_letters)
    lexicon: tuple[tuple[str, str], ...] = ()
    if kind == "left out":
        del names[at]
    elif kind == "other word":
        names[at] = drawn.choice(OTHER_WORDS) + mark
    else:
        names[at] = "voxslip" + mark
        lexicon = (("voxslip", _phones(_slip(_said(written[at], dictionary)))),)
    return Reading(text, Spoken(" ".join(names), voice, lexicon), at, kind)


def _said(word: str, dictionary: Dictionary) -> Sounds:
    found = dictionary.lookup(word.lower())
    return found[0] if found else ()


def _slip(sounds: Sounds) -> Sounds:
    """Returns the sounds with the first that children exchange exchanged; none if there is no such sound."""
    for number, sound in enumerate(sounds):
        if sound in SLIPS:
            return (*sounds[:number], SLIPS[sound], *sounds[number + 1 :])
    return ()


def _phones(sounds: Sequence[str]) -> str:
    stressed = False
    phones = []
    for sound in sounds:
        vowel = sound in VOWELS
        phones.append(sound.lower() + (("0" if stressed else "1") if vowel else ""))
        stressed = stressed or vowel
    return " ".join(phones)


def say(spoken: Spoken, cache: Path) -> Signal:
    """Returns the sound, at the usual level. Raises `FliteMissing`."""
    flite = shutil.which("flite")
    if flite is None:
        raise FliteMissing("make bench-hearing needs flite: apt-get install flite.")
    name = hashlib.sha256(repr(spoken).encode()).hexdigest()[:24]
    path = cache / f"{name}.wav"
    if not path.exists():
        command = [flite, "-voice", spoken.voice, "-t", spoken.text, "-o", str(path)]
        if spoken.lexicon:
            lexicon = cache / f"{name}.lex"
            lexicon.write_text("".join(f"{word} : {phones}\n" for word, phones in spoken.lexicon))
            command += ["-add_lex", str(lexicon)]
        subprocess.run(command, check=True, capture_output=True)
    return at_level(_trimmed(decoded(path.read_bytes())), SPEECH_DBFS)


def _trimmed(signal: Signal) -> Signal:
    """Leaves a fifth of a second of silence around what was said."""
    loud = np.flatnonzero(np.abs(signal) > 0.01 * np.abs(signal).max())
    margin = 3_200
    return signal[max(loud[0] - margin, 0) : loud[-1] + margin]
