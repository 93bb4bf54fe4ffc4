"""Tells whether the sound supports what a transcriber wrote: transcribers invent words for poor sound."""

from collections.abc import Sequence
from enum import Enum

from speech.acoustic import FRAMES_PER_SECOND, Aligned, align
from speech.assess.compare import match
from speech.assess.evidence import WARPS
from speech.assess.lexicon import Lexicon, Pronunciation
from speech.assess.text import words
from speech.assess.verdict import OTHER_TEXT_FIT, OTHER_TEXT_LIKENESS, likeness
from speech.audio import RATE, Samples

#: What transcribers write for a voice in which they find no word.
FILLERS = frozenset("uh uhh um umm er erm ah oh ooh hm hmm mm mmm mm-hmm mhm uh-huh huh".split())

#: Part of the speech below which the words of a transcript are too few for it. Words that flite said alone took 0.43 to
#: 0.75 of their excerpt, which has margins; those invented for readings three times too slow at most 0.38.
FEW = 0.4


class Support(Enum):
    """Says which words the sound supports."""

    #: the transcript: it resembles the text, or its own words fit the sound
    TRANSCRIPT = "transcript"
    #: the text alone, so that the transcript is an invention
    TEXT = "text"
    #: neither
    NOTHING = "nothing"


def support(text: str, heard: str, samples: Samples, lexicon: Lexicon) -> Support:
    """Tells what the sound supports. It is aligned only where the transcript does not resemble the text.

    A transcript that does not must hold words, and enough of them: an "uh" fits any voice.
    """
    written, spoken = _pronounced(text, lexicon), _pronounced(heard, lexicon)
    if not written or (spoken and likeness(match(written, spoken), len(written)) >= OTHER_TEXT_LIKENESS):
        return Support.TRANSCRIPT
    fillers = FILLERS - {word.written.lower() for word in words(text)}
    only_fillers = all(word.written.lower() in fillers for word in words(heard))
    if not only_fillers and _share(_fitting(samples, spoken), samples) >= FEW:
        return Support.TRANSCRIPT
    return Support.TEXT if _fitting(samples, written) else Support.NOTHING


def _pronounced(text: str, lexicon: Lexicon) -> list[Pronunciation]:
    return lexicon.text([word.ways for word in words(text) if word.ways])


def _fitting(samples: Samples, said: Sequence[Pronunciation]) -> list[Aligned]:
    """Returns words aligned in this order, if they fit the sound no worse than readings do that were garbled."""
    variants = {f"w{number}": word.variants for number, word in enumerate(said)}
    for warp in WARPS:
        aligned = align(samples, list(variants), variants, warp)
        if aligned and sum(word.fit for word in aligned) / len(aligned) >= OTHER_TEXT_FIT:
            return aligned
    return []


def _share(aligned: Sequence[Aligned], samples: Samples) -> float:
    """Returns the part of the sound that is in the sounds of these words."""
    frames = sum(sound.end - sound.start for word in aligned for sound in word.sounds)
    return frames / FRAMES_PER_SECOND * RATE / samples.size
