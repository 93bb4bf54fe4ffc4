"""Assesses a reading aloud, word by word: which words of a text were said, and how well."""

from speech.assess.hearing import Hearing
from speech.assess.lexicon import Lexicon
from speech.assess.reading import SCORER, assess, refused
from speech.assess.result import Assessment, Scores, SoundScore, Verdict, WordResult
from speech.assess.support import Support, support

__all__ = [
    "SCORER",
    "Assessment",
    "Hearing",
    "Lexicon",
    "Scores",
    "SoundScore",
    "Support",
    "Verdict",
    "WordResult",
    "assess",
    "refused",
    "support",
]
