"""Tells whether the sound supports what a transcriber wrote: transcribers invent words for poor sound."""

from collections.abc import Sequence
from enum import Enum

from speech.acoustic import align
from speech.assess.compare import match
from speech.assess.evidence import WARPS
from speech.assess.lexicon import Lexicon, Pronunciation
from speech.assess.text import words
from speech.assess.verdict import OTHER_TEXT_FIT, OTHER_TEXT_LIKENESS, likeness
from speech.audio import Samples


class Support(Enum):
    """Says which words the sound supports."""

    #: the transcript: it resembles the text, or its own words fit the sound
    TRANSCRIPT = "transcript"
    #: the text alone, so that the transcript is an invention
    TEXT = "text"
    #: neither
    NOTHING = "nothing"


def support(text: str, heard: str, samples: Samples, lexicon: Lexicon) -> Support:
    """Tells what the sound supports. It is aligned only where the transcript does not resemble the text."""
    written, spoken = _pronounced(text, lexicon), _pronounced(heard, lexicon)
    if not written or (spoken and likeness(match(written, spoken), len(written)) >= OTHER_TEXT_LIKENESS):
        return Support.TRANSCRIPT
    if _fits(samples, spoken):
        return Support.TRANSCRIPT
    return Support.TEXT if _fits(samples, written) else Support.NOTHING


def _pronounced(text: str, lexicon: Lexicon) -> list[Pronunciation]:
    return lexicon.text([word.ways for word in words(text) if word.ways])


def _fits(samples: Samples, said: Sequence[Pronunciation]) -> bool:
    """Tells whether words, said in this order, fit the sound no worse than readings do that were garbled."""
    variants = {f"w{number}": word.variants for number, word in enumerate(said)}
    for warp in WARPS:
        aligned = align(samples, list(variants), variants, warp)
        if aligned and sum(word.fit for word in aligned) / len(aligned) >= OTHER_TEXT_FIT:
            return True
    return False
