"""Finds the sound a word begins with by its spelling, and tells how a mouth makes each sound."""

from __future__ import annotations

import re
from types import MappingProxyType

#: first letters -> sound (ARPAbet); the longest match counts, None where spelling does not tell
_SPELLINGS: dict[str, str | None] = {
    **{letter: letter.upper() for letter in "bdfgklmnprstvwz"},
    **dict.fromkeys(["c", "chr", "q"], "K"),
    **dict.fromkeys(["h", "who"], "HH"),
    **dict.fromkeys(["kn", "gn", "pn"], "N"),
    **dict.fromkeys(["wr", "rh"], "R"),
    **dict.fromkeys(["ce", "ci", "cy", "ps"], "S"),
    **dict.fromkeys(["sh", "sure", "sugar"], "SH"),
    **dict.fromkeys(["ya", "ye", "yi", "yo", "yu"], "Y"),
    "ch": "CH",
    "j": "JH",
    "ph": "F",
    "th": "TH",
    **dict.fromkeys(["ge", "gi", "gy", "cz", "pf", "pt", "sch", "ts", "hour", "honest", "hono", "heir"], None),
}
_LONGEST = max(map(len, _SPELLINGS))
_VOICED_TH = frozenset(["the", "this", "that", "these", "those", "they", "them", "their", "there", "then", "than"])

#: how to make a sound, in words for a child
MOUTH = MappingProxyType(
    {
        "R": "Pull your tongue back and lift its sides to your top back teeth. Then growl like a bear: rrr.",
        "L": "Put the tip of your tongue just behind your top teeth. Keep it there and sing: la.",
        "S": "Close your teeth and keep your tongue behind them. Let the air hiss like a snake: sss.",
        "Z": "Close your teeth and keep your tongue behind them. Turn on your voice and buzz like a bee: zzz.",
        "SH": "Push your lips out and pull your tongue back a bit. Blow as if you hush a baby: sh.",
        "CH": "Push your lips out and put your tongue up behind your teeth. Let it go like a train: ch, ch.",
        "JH": "Push your lips out and put your tongue up behind your teeth. Let it go with your voice on: j, j.",
        "TH": "Put the tip of your tongue between your teeth. Now blow softly over it: th.",
        "DH": "Put the tip of your tongue between your teeth. Turn on your voice till it tickles: th.",
        "K": "Keep the tip of your tongue down and lift the back of it. Let the air pop out at the back: k, k.",
        "G": "Keep the tip of your tongue down and lift the back of it. Let it pop with your voice on: g, g.",
        "F": "Put your top teeth on your bottom lip. Now blow: fff.",
        "V": "Put your top teeth on your bottom lip. Turn on your voice and hum: vvv.",
        "P": "Press your lips shut. Then let a puff of air pop out: p, p.",
        "B": "Press your lips shut. Then let them pop with your voice on: b, b.",
        "T": "Put the tip of your tongue behind your top teeth. Tap and let out a puff: t, t.",
        "D": "Put the tip of your tongue behind your top teeth. Tap with your voice on: d, d.",
        "M": "Close your lips and hum through your nose: mmm.",
        "N": "Put the tip of your tongue behind your top teeth. Now hum through your nose: nnn.",
        "W": "Make your lips small and round, as if you blow out a candle. Then open them: w, w.",
        "Y": "Smile and lift the middle of your tongue, as you start to say yes: y, y.",
        "HH": "Open your mouth and breathe out, as if to fog up a window: h, h.",
    }
)
_NAMES = {"HH": "h", "JH": "j", "DH": "th"}


def onset(word: str) -> str | None:
    """Returns the consonant an English word begins with (ARPAbet); None for a vowel or unclear letters."""
    found = re.match(r"\W*([a-z]+)", word.casefold())
    letters = found[1] if found else ""
    if letters in _VOICED_TH:
        return "DH"
    for length in range(min(_LONGEST, len(letters)), 0, -1):
        if letters[:length] in _SPELLINGS:
            return _SPELLINGS[letters[:length]]
    return None


def behind_onset(word: str) -> str:
    """Returns the letters of a word behind those consonants that it begins with."""
    return re.sub(r"^\W*([^\Waeiouy]+|qu|y(?=[aeiou]))?", "", word.casefold())


def name(sound: str) -> str:
    """Returns the name that a child knows for a sound: `th`, `h`."""
    return _NAMES.get(sound, sound.lower())
