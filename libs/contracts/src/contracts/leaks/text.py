"""Brings texts into the form in which they are compared: what was written to look like a word is that word here."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

#: letters of other scripts that look like Latin ones, after case folding
_LOOK_ALIKE = str.maketrans(
    {
        **dict(zip("авеіјкмнорсѕтухһԁɡԛԝёзгпьґ", "abeijkmhopcstyxhdgqwe3rnbr", strict=True)),
        **dict(zip("αβγεηικνορτυχωϲϳ", "abyenikvoptuxwcj", strict=True)),
        "ı": "i",
        "ɩ": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "ꜱ": "s",
        "ⅼ": "l",
        **dict.fromkeys("“”„«»", '"'),
        "’": "'",
        "‘": "'",
        "´": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "−": "-",
    }
)
#: digits and signs that stand for letters, in words that also have letters
_LEET = [str.maketrans("013457@$!", f"o{one}eastasi") for one in "li"]
#: how often a text may be escaped as HTML
_TIMES_ESCAPED = 4
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_LOWERED = str.maketrans(_RAISED, "0123456789-")
#: names of letters that are no Latin ones by any rule of Unicode, and of signs that show a letter
_LETTER_SIGN = re.compile(
    r"(?:LATIN LETTER SMALL CAPITAL|REGIONAL INDICATOR SYMBOL LETTER|LATIN (?:SMALL|CAPITAL) LETTER(?: SCRIPT| TURNED)?"
    r"|(?:NEGATIVE )?(?:SQUARED|CIRCLED) LATIN CAPITAL LETTER|COMBINING LATIN SMALL LETTER) ([A-Z])(?: WITH .*)?"
)
_ARTICLES = frozenset({"a", "an", "the"})
#: endings of one word's forms, the longest first; what is left has at least the number of letters
_ENDINGS = (
    ("ations", 4, ""), ("ation", 4, ""), ("ments", 4, ""), ("ment", 4, ""), ("ings", 4, ""), ("ing", 4, ""),
    ("ions", 4, ""), ("ion", 4, ""), ("ies", 3, "y"), ("ied", 3, "y"), ("sses", 2, "ss"), ("xes", 2, "x"),
    ("ches", 2, "ch"), ("shes", 2, "sh"), ("ed", 3, ""), ("es", 3, ""), ("s", 3, ""), ("e", 3, ""),
)  # fmt: skip
#: forms of verbs that no ending tells
_IRREGULAR = {
    form: verb
    for verb, *forms in map(
        str.split,
        (
            "begin began begun;break broke broken;bring brought;build built;buy bought;catch caught;"
            "choose chose chosen;draw drew drawn;drive drove driven;fall fell fallen;find found;"
            "forget forgot forgotten;give gave given;go went gone;grow grew grown;hear heard;hide hid hidden;"
            "hold held;keep kept;know knew known;lead led;leave left;lose lost;make made;mean meant;meet met;"
            "pay paid;ring rang rung;rise rose risen;say said;see saw seen;sell sold;send sent;"
            "speak spoke spoken;spend spent;steal stole stolen;take took taken;teach taught;tell told;"
            "think thought;throw threw thrown;understand understood;wear wore worn;win won;write wrote written"
        ).split(";"),
    )
    for form in forms
}


def plain(text: str) -> str:
    """Returns a text in small Latin letters, without invisible characters, marks, comments, tags and entities."""
    return _without_marks(as_written(text).casefold())


@lru_cache(maxsize=512)
def as_written(text: str) -> str:
    """Returns a text like `plain` that keeps its capital letters."""
    for _ in range(_TIMES_ESCAPED):
        if text == (text := html.unescape(text)):
            break
    text = re.sub(r"<!--.*?(?:-->|$)", "", text, flags=re.DOTALL)
    if not text.isascii():
        text = re.sub(f"[{''.join(_RAISED)}]+", lambda found: "^" + found[0].translate(_LOWERED), text)
        text = unicodedata.normalize("NFKC", "".join(map(_spread, text)))
        text = "".join(_latin(c) for c in text if unicodedata.category(c) != "Cf")
        text = _without_marks(text)
    text = text.replace("`", "'")
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"</?[A-Za-z][^<>]*>", "", text)


def unemphasized(text: str) -> str:
    """Returns a text without the signs that make words bold, slanted, a heading or a quotation."""
    return re.sub(r"[*_~`|]+|^\s*[#>]+\s*", lambda found: " " if "|" in found[0] else "", text, flags=re.MULTILINE)


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) not in ("Mn", "Me"))
    return "".join(map(_latin, text))


@lru_cache(maxsize=4096)
def _spread(c: str) -> str:
    """Returns a fraction's sign as a calculation, before it becomes plain digits."""
    if "VULGAR FRACTION" in unicodedata.name(c, ""):
        return f" {unicodedata.normalize('NFKC', c).replace(chr(0x2044), '/')}"
    return "/" if c == "\u2044" else c


@lru_cache(maxsize=4096)
def _latin(c: str) -> str:
    """Returns the Latin letter that a letter or sign looks like, or itself."""
    if c.isascii():
        return c
    named = _LETTER_SIGN.fullmatch(unicodedata.name(c, ""))
    small = named[1].lower() if named else c.lower().translate(_LOOK_ALIKE)
    return small.upper() if c != c.lower() and small.isalpha() else small


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """Returns the words of a plain text, without articles, apostrophes' endings and what emphasizes parts of a word."""
    text = re.sub(r"(?<=\w)[*_~`]+(?=\w)|[*_~`]", "", text)
    text = re.sub(r"'s\b", "", text).replace("'", "")
    return tuple(word for word in re.findall(r"[^\W_]+", text) if word not in _ARTICLES)


def unmasked(found: Sequence[str]) -> list[list[str]]:
    """Returns words in which digits stand for letters as the words they look like, in each way there is."""
    masked = re.compile(r"(?=.*[^\W\d])(?=.*\d)")
    if not any(masked.match(word) for word in found):
        return []
    return [[word.translate(table) if masked.match(word) else word for word in found] for table in _LEET]


@lru_cache(maxsize=4096)
def root(word: str) -> str:
    """Returns what the forms of a word have in common: `encrypt` of `encryption`, `copy` of `copies`."""
    word = _IRREGULAR.get(word, word)
    for ending, least, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    doubled = len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdglmnprt"
    return word[:-1] if doubled else word


@lru_cache(maxsize=512)
def roots(text: str) -> tuple[str, ...]:
    """Returns the roots of a plain text's words."""
    return tuple(root(word) for word in words(text))


@lru_cache(maxsize=64)
def spelled(text: str) -> tuple[str, ...]:
    """Returns what is written letter by letter in a plain text: `cpu` of `c-p-u`, of `c. p. u.` and of `c, p and u`."""
    between = r"(?:[\s.,;:·•/|_\-*'\"]|\b(?:and|then)\b)"
    pair = r"(?<![^\W_])[^\W_](?:[.\-·•/|] ?| and )[^\W_](?![^\W_])"
    run = rf"(?<![^\W_])(?:[^\W_]{between}{{1,5}}){{2,}}[^\W_](?![^\W_])"
    found = re.findall(f"{run}|{pair}", text)
    return tuple(re.sub(r"\b(?:and|then)\b|[\W_]", "", each) for each in found)


@lru_cache(maxsize=64)
def sentences(text: str) -> tuple[str, ...]:
    """Returns the sentences and lines of a plain text. A point ends none between digits, or after a list's number."""
    text = re.sub(r"(?:^|(?<=\s))(?=\(?(?:\d{1,2}|[a-h])[.)]\s+\D)", "\n", text)
    parts = re.split(r"(?<=[.!?…])(?<!^\d\.)(?<!\s\d\.)(?<!\s\d\d\.)[\"')\]]*\s+|[;\n]+", text)
    return tuple(part for part in parts if re.search(r"\w", part))
