"""Gives a verdict on each word, and prefers missed errors to false alarms.

A word counts as mispronounced only where the transcript differs and the sound does not fit either. Where the two
disagree the word is correct or, if the sound fits poorly, unsure. Spelling never matters: homophones are the same word.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from speech.assess.compare import OTHER_WORD, Match, distance
from speech.assess.doubt import CERTAIN, Doubt
from speech.assess.evidence import Evidence, Spot
from speech.assess.lexicon import Pronunciation
from speech.assess.result import WordResult

# Fits (see `speech.acoustic.Sound`) are judged against the words of the same recording that the transcript confirms, so
# that a small voice or a poor microphone does not count as a mistake; the reference stays within the range measured in
# clear speech.
USUAL_FIT = -38.0
POOREST_REFERENCE, BEST_REFERENCE = -65.0, -30.0
CONFIRMED_WORDS = 3

GOOD = -20.0
POOR = -35.0
WRONG = -65.0

# Readings of the text that the transcriber garbled fit better than -66 in our measurements, readings of another text
# worse than -72.
OTHER_TEXT_FIT = -69.0
OTHER_TEXT_LIKENESS = 0.55

# Of the words of a text, the share that another text has by chance, and how many words are said instead.
RIGHT_OF_OTHER_TEXT = 1 / 3
OTHERS_OF_OTHER_TEXT = 1 / 2

MISPRONOUNCED_AT_MOST = 60.0
#: Distance up to which a heard word is probably the written one.
NEAR = 0.35

#: Distance below which one heard word holds the several written ones in whose place it stands ("an aim" as "name").
MERGED = 0.15

#: Distance below which several heard words are what is written as one ("kilometers in hour" as "km/h"): about one sound
#: of a dozen, and the small words of such a form are said weakly. "Nine dollars" is 0.18 from "$5".
SAID_IN_SEVERAL = 0.06

#: Part of the usual length of a sound below which a word that only the aligner finds twice was not said twice. Of 44
#: words that flite said twice one was shorter; a burst that was taken for a "peck" had 0.48.
HURRIED = 0.6

#: Number of sounds of a word that is too short to be accepted by its sound alone.
SHORT = 2


@dataclass(frozen=True)
class Reading:
    """Holds text, transcript and recording side by side, all with the same numbers."""

    written: Sequence[str]
    text: Sequence[Pronunciation]
    heard_words: Sequence[str]
    heard: Sequence[Pronunciation]
    matches: Sequence[Match]
    evidence: Evidence
    #: what the recording cannot prove
    doubt: Doubt = CERTAIN

    @property
    def reference(self) -> float:
        """Returns the fit of a well spoken word in this recording."""
        confirmed = [self.evidence.said.get(number) for one in self.matches for number in _same(one)]
        fits = sorted(spot.fit for spot in confirmed if spot is not None and spot.fit is not None)
        usual = fits[len(fits) // 2] if len(fits) >= CONFIRMED_WORDS else USUAL_FIT
        return min(max(usual, POOREST_REFERENCE), BEST_REFERENCE)

    @property
    def of_other_text(self) -> bool:
        """Tells whether another text was read than the given one."""
        if self.doubt.missing:
            return False
        if not self.evidence.said:
            return True
        fit = self.evidence.fit
        return likeness(self.matches, len(self.text)) < OTHER_TEXT_LIKENESS and (fit is None or fit < OTHER_TEXT_FIT)

    def disproves(self, number: int) -> bool:
        """Tells whether the recording is clear, and has no sound that fits this word of the text."""
        spot = self.evidence.said.get(number)
        return not self.doubt.absent and (spot is None or spot.fit is None or spot.fit - self.reference < GOOD)

    def believes(self, attempt: tuple[int, Spot]) -> bool:
        """Tells whether an earlier try at a word was real.

        Noise can sound like "of", and the end of a word like the whole word in a hurry: unless the transcript or a
        neighbour has it twice too, the word is long enough to tell, and both times took their time. In poor sound only
        the transcript can tell.
        """
        number, spot = attempt
        if spot.fit is not None and spot.fit - self.reference < POOR:
            return False
        tried = {other for other, _ in self.evidence.tries}
        said, written = (
            sum(distance(word.variants, self.text[number].variants) == 0 for word in side)
            for side in (self.heard, self.text)
        )
        if said > written or self.doubt.absent:
            return said > written
        if {number - 1, number + 1} & tried:
            return True
        hurried = HURRIED * (self.evidence.usual_sound or 0.0)
        both = (spot, self.evidence.said[number])
        return len(self.text[number].variants[0]) > SHORT and all(one.sound >= hurried for one in both)


def of_other_text(results: Sequence[WordResult]) -> bool:
    """Tells whether judged words are those of another text: none was said, or hardly one is right, but others were."""
    text = [result for result in results if result.verdict not in ("inserted", "repeated")]
    right = sum(result.verdict == "correct" for result in text)
    others = sum(result.verdict == "inserted" for result in results)
    if all(result.verdict == "omitted" for result in text):
        return others > 0
    return right < RIGHT_OF_OTHER_TEXT * len(text) and others > right and others >= OTHERS_OF_OTHER_TEXT * len(text)


def likeness(matches: Sequence[Match], length: int) -> float:
    """Returns how much of a text of so many words a transcript has, 0 to 1."""
    return sum((one.t_end - one.t_start) * (1 - one.distance) for one in matches) / length


def _same(one: Match) -> range:
    """Returns the words of the text whose sounds the transcript has."""
    return range(one.t_start, one.t_end) if one.distance == 0 and one.h_end > one.h_start else range(0)


def score(fit: float, reference: float) -> float:
    """Returns 0-100 for a fit: 97 at the reference, 50 at fifty below it, along a logistic curve."""
    return round(100 / (1 + math.exp(-(fit - reference + 50) / 14)), 1)


@dataclass(frozen=True)
class Judged:
    """Holds a result, and which word of the text it is about: None for one that was said besides it."""

    number: int | None
    result: WordResult


def judge(reading: Reading) -> list[Judged]:
    """Judges all words of the text in order, with words said besides the text at their places."""
    if reading.of_other_text and reading.heard_words:
        text = [
            Judged(number, WordResult(word, "omitted", confidence=0.8)) for number, word in enumerate(reading.written)
        ]
        return text + [Judged(None, WordResult(word, "inserted", word, confidence=0.6)) for word in reading.heard_words]
    placed: list[tuple[int, float, Judged]] = []
    for index, one in enumerate(reading.matches):
        for number in range(one.t_start, one.t_end):
            placed.append((number, math.inf, Judged(number, _word(reading, number, index))))
        if one.t_start == one.t_end and index in reading.evidence.chosen:
            spot = reading.evidence.chosen[index]
            placed.append((one.t_start, spot.start, Judged(None, _besides(reading, index, spot))))
    for number, spot in filter(reading.believes, reading.evidence.tries):
        placed.append((number, spot.start, Judged(None, _try(reading, number, spot))))
    placed.sort(key=lambda item: item[:2])
    return [judged for _, _, judged in placed]


def _word(reading: Reading, number: int, index: int) -> WordResult:
    one, spot = reading.matches[index], reading.evidence.said.get(number)
    heard = " ".join(reading.heard_words[one.h_start : one.h_end]) or None
    if spot is None:
        return _unsaid(reading, number, one, heard)
    result = WordResult(reading.written[number], "unsure", heard=heard, start=spot.start, end=spot.end)
    if spot.fit is None:
        return replace(result, verdict="correct", confidence=0.5) if one.distance == 0 else result
    points, off = score(spot.fit, reading.reference), spot.fit - reading.reference
    result = replace(result, score=points)
    if one.distance == 0:
        return replace(result, verdict="correct", confidence=0.95 if off > GOOD else 0.8 if off > WRONG else 0.6)
    if index in reading.evidence.chosen:
        result = replace(result, score=min(points, MISPRONOUNCED_AT_MOST, round(100 * (1 - one.distance), 1)))
        if not reading.text[number].listed or not _tells(reading, number, one):
            return replace(result, confidence=0.4)
        return replace(result, verdict="mispronounced", confidence=0.8 if off < POOR else 0.65)
    merged = one.t_end - one.t_start > 1 and one.distance < MERGED
    proved = _tells(reading, number, one) and not merged and (heard is not None or not reading.doubt.absent)
    certain = reading.text[number].listed and bool(reading.heard_words) and proved
    return _disputed(result, off, certain=certain)


def _tells(reading: Reading, number: int, one: Match) -> bool:
    """Tells whether the heard words can be told from the written ones: by a sound that is good, and not by one alone.

    Of what is said in several words hardly anything but a small word may differ.
    """
    if reading.text[number].longest > 1 and one.h_end - one.h_start > 1 and one.distance < SAID_IN_SEVERAL:
        return False
    return not reading.doubt.similar or one.distance >= OTHER_WORD


def _unsaid(reading: Reading, number: int, one: Match, heard: str | None) -> WordResult:
    """Judges a word that the recording does not hold: omitted, unless the transcript has a similar word.

    What is said in several words (1984) was said if the transcript has one of its ways: readers pause within. A word
    that is not listed is not missed where something else was heard: only its sound was guessed. Sound of which nothing
    could be transcribed is too poor for the aligner alone to say that a word is missing, and so is muffled sound.
    """
    if not reading.heard_words or reading.doubt.missing:
        return WordResult(reading.written[number], "unsure", confidence=0.3)
    word, written = reading.text[number], reading.written[number]
    if heard is not None and one.t_end - one.t_start == 1:
        if one.distance == 0 and word.longest > 1:
            return WordResult(written, "correct", heard=heard, confidence=0.5)
        if one.distance < NEAR or not word.listed:
            return WordResult(written, "unsure", heard=heard, confidence=0.4)
    return WordResult(written, "omitted", confidence=0.9)


def _disputed(result: WordResult, off: float, *, certain: bool) -> WordResult:
    """Judges a word that the recording seems to hold but the transcript lacks.

    It is never wrong unless it is `certain`: its sounds are known, and the recording is clear enough to tell them.
    """
    if off > GOOD:
        return replace(result, verdict="correct", confidence=0.7)
    if off > POOR or not certain:
        return replace(result, verdict="unsure", confidence=0.5)
    if result.heard is None:
        return WordResult(result.word, "omitted", confidence=0.6)
    points = min(result.score or 0.0, MISPRONOUNCED_AT_MOST)
    return replace(result, verdict="mispronounced", score=points, confidence=0.6)


def _try(reading: Reading, number: int, spot: Spot) -> WordResult:
    points = None if spot.fit is None else score(spot.fit, reading.reference)
    return WordResult(reading.written[number], "repeated", None, spot.start, spot.end, points, confidence=0.7)


def _besides(reading: Reading, index: int, spot: Spot) -> WordResult:
    """Judges a word that the text does not have: a repeated neighbour, or another word."""
    one = reading.matches[index]
    heard = reading.heard_words[one.h_start]
    for number in (one.t_start - 1, one.t_start):
        if 0 <= number < len(reading.text):
            apart = distance(reading.text[number].variants, reading.heard[one.h_start].variants)
            if apart == 0:
                return WordResult(reading.written[number], "repeated", heard, spot.start, spot.end, confidence=0.7)
    return WordResult(heard, "inserted", heard, spot.start, spot.end, confidence=0.6)
