"""Assessment of a reading aloud: what was said of a text, how well, word by word."""

from speech.assess.lexicon import Lexicon
from speech.assess.reading import SCORER, assess, refused
from speech.assess.result import Assessment, Scores, SoundScore, Verdict, WordResult

__all__ = ["SCORER", "Assessment", "Lexicon", "Scores", "SoundScore", "Verdict", "WordResult", "assess", "refused"]
