"""Brings a text that a person wrote into one form: what cannot be seen makes no difference, and nothing seen is lost.

Every text field of every product passes through here, at the gateway and at the owner alike; lengths are counted in
code points afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: most marks on one character: more has no meaning in any language, and makes normalising slow (UAX 15, Stream-Safe)
MOST_MARKS = 30

_LINES = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SPACES_BUT_TABS = re.compile(_SPACES.pattern.replace("\t", ""))
#: what no text can hold: control characters, halves of characters (lone surrogates), and numbers that are none
_REFUSED = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)

_JOINERS = "\u200c\u200d"
_PRESENTATION = "\ufe0e\ufe0f"
#: Unicode's Default_Ignorable_Code_Point, and the marks of interlinear notes
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: the tags that make a flag of a region of a black flag
_FLAG = re.compile("(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
#: scripts whose letters stand alone: nothing joins or parts them, and no mark tells where a word ends
_PLAIN_SCRIPTS = frozenset(
    "LATIN GREEK CYRILLIC ARMENIAN GEORGIAN HEBREW HANGUL CJK HIRAGANA KATAKANA BOPOMOFO CHEROKEE ETHIOPIC DIGIT "
    "FULLWIDTH HALFWIDTH MODIFIER".split()
)
#: scripts that write no space between words: there an unseen one may stand
_UNSPACED_SCRIPTS = frozenset("THAI LAO KHMER MYANMAR TIBETAN TAI BALINESE JAVANESE".split())
#: kinds of characters that emoji are made of
_PICTURES = ("So", "Sm")
_TURNING = "\u061c\u200e\u200f"


def one_form(text: str, *, tabs: bool = False) -> str:
    """Returns the text in NFC, with one kind of space and of line break, without what shows nothing and means nothing.

    Spaces around it are dropped. What joins emoji, or joins and parts letters in scripts that need it, stays; tabs
    become spaces unless they are to stay.
    """
    text = (_SPACES_BUT_TABS if tabs else _SPACES).sub(" ", _LINES.sub("\n", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _without_unseen(text))
    return text.strip(" \n\t")


def checked(text: str, *, tabs: bool = False) -> str:
    """Returns the text in one form. Raises ValueError, in words for the writer, for one that no field can hold."""
    if _REFUSED.search(text):
        raise ValueError("must hold no control characters")
    if not text.isascii() and _most_marks(text) > MOST_MARKS:
        raise ValueError(f"must have at most {MOST_MARKS} marks on one character")
    return one_form(text, tabs=tabs)


def checked_line(text: str) -> str:
    """Does the same for a text of one line. Unicode's separators become spaces; line breaks and tabs are refused."""
    text = text.strip().replace("\u2028", " ").replace("\u2029", " ")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must be one line, without control characters")
    return checked(text)


def _most_marks(text: str) -> int:
    most = marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        most = max(most, marks)
    return most


def _without_unseen(text: str) -> str:
    if not _UNSEEN.search(text):
        return text
    flags = {at for flag in _FLAG.finditer(text) for at in range(*flag.span())}
    turned = any(one.isalpha() and unicodedata.bidirectional(one) in ("R", "AL") for one in text)
    kept: list[str] = []
    for at, character in enumerate(text):
        if at in flags or not _UNSEEN.match(character) or _means(character, kept, text, at, turned=turned):
            kept.append(character)
    return "".join(kept)


def _means(character: str, kept: list[str], text: str, at: int, *, turned: bool) -> bool:
    """Tells whether a character that is not seen changes what is seen. `kept` is what stays of the text before it."""
    before = kept[-1] if kept else ""
    if character in _JOINERS:
        return before not in ("", *_JOINERS) and _joins(kept, text, at, character)
    if character in _TURNING:
        return turned and before != character
    if character == "\u200b":
        return before != character and _script(_base(kept[: -MOST_MARKS - 2 : -1])) in _UNSPACED_SCRIPTS
    if character == "\u034f":  # parts marks, which Hebrew needs
        return before != character and _script(_base(kept[: -MOST_MARKS - 2 : -1])) == "HEBREW"
    if unicodedata.category(character) == "Mn":
        return _selects(character, before)
    return character in "\u115f\u1160\u180e" and _script(before) == _script(character)


def _joins(kept: list[str], text: str, at: int, joiner: str) -> bool:
    before, after = _base(kept[: -MOST_MARKS - 2 : -1]), _base(text[at + 1 : at + 1 + MOST_MARKS])
    if joiner == "\u200d" and is_picture(before) and is_picture(after):
        return True
    letters = [one for one in (before, after) if one.isalpha()]
    return any(_script(one) not in _PLAIN_SCRIPTS for one in letters)


def _selects(selector: str, before: str) -> bool:
    """Tells whether a variation selector stands after a character of which there may be several pictures or forms."""
    if not before or _UNSEEN.match(before):
        return False
    if selector in _PRESENTATION:
        return before in "0123456789#*" or (not before.isascii() and unicodedata.category(before)[0] in "SPC")
    if selector in "\u17b4\u17b5\u180b\u180c\u180d\u180f":
        return _script(before) == _script(selector)
    return unicodedata.category(before) in ("Lo", "Sm", "So", "Po")


def _base(characters: Iterable[str]) -> str:
    """Returns the first of the characters that is no mark, no tone of skin and not unseen; an empty text if none is."""
    for one in characters:
        if unicodedata.category(one)[0] != "M" and not "\U0001f3fb" <= one <= "\U0001f3ff" and not _UNSEEN.match(one):
            return one
    return ""


def is_picture(character: str) -> bool:
    """Tells whether a character may be part of an emoji, also one newer than this Python's tables."""
    return "\U0001f000" <= character <= "\U0001fbff" or bool(character and unicodedata.category(character) in _PICTURES)


def _script(character: str) -> str:
    """Returns the first word of a character's name, which is its script for letters."""
    return unicodedata.name(character, "").partition(" ")[0] if character else ""
