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
        "ʀ": "r",
        "ꜱ": "s",
        "ⅼ": "l",
        "ʏ": "y",
        "’": "'",
        "‘": "'",
        "`": "'",
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
_ARTICLES = frozenset({"a", "an", "the"})
#: endings of one word's forms, the longest first; what is left has at least the number of letters
_ENDINGS = (
    ("ations", 4, ""), ("ation", 4, ""), ("ments", 4, ""), ("ment", 4, ""), ("ings", 4, ""), ("ing", 4, ""),
    ("ions", 4, ""), ("ion", 4, ""), ("ies", 3, "y"), ("ied", 3, "y"), ("sses", 2, "ss"), ("xes", 2, "x"),
    ("ches", 2, "ch"), ("shes", 2, "sh"), ("ed", 3, ""), ("es", 3, ""), ("s", 3, ""), ("e", 3, ""),
)  # fmt: skip


def plain(text: str) -> str:
    """Returns a text in small Latin letters, without invisible characters, marks, tags and entities."""
    text = unicodedata.normalize("NFKC", html.unescape(text))
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").casefold()
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) not in ("Mn", "Me"))
    text = text.translate(_LOOK_ALIKE)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"</?[a-z][^<>]*>", "", text)


def words(text: str) -> list[str]:
    """Returns the words of a plain text, without articles, apostrophes' endings and what emphasizes parts of a word."""
    text = re.sub(r"(?<=\w)[*_~`]+(?=\w)|[*_~`]", "", text)
    text = re.sub(r"'s\b", "", text).replace("'", "")
    return [word for word in re.findall(r"[^\W_]+", text) if word not in _ARTICLES]


def unmasked(found: Sequence[str]) -> list[list[str]]:
    """Returns words in which digits stand for letters as the words they look like, in each way there is."""
    masked = re.compile(r"(?=.*[^\W\d])(?=.*\d)")
    if not any(masked.match(word) for word in found):
        return []
    return [[word.translate(table) if masked.match(word) else word for word in found] for table in _LEET]


@lru_cache(maxsize=4096)
def root(word: str) -> str:
    """Returns what the forms of a word have in common: `encrypt` of `encryption`, `copy` of `copies`."""
    for ending, least, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    doubled = len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdglmnprt"
    return word[:-1] if doubled else word


def roots(text: str) -> list[str]:
    """Returns the roots of a plain text's words."""
    return [root(word) for word in words(text)]


def spelled(text: str) -> list[str]:
    """Returns what is written letter by letter in a plain text: `cpu` of `c-p-u` and of `c. p. u.`"""
    pair = r"(?<![^\W_])[^\W_][.\-·•/|] ?[^\W_](?![^\W_])"
    run = r"(?<![^\W_])(?:[^\W_][\s.,·•/|_\-*]{1,3}){2,}[^\W_](?![^\W_])"
    return [re.sub(r"[\W_]", "", found) for found in re.findall(f"{run}|{pair}", text)]


def sentences(text: str) -> list[str]:
    """Returns the sentences of a plain text. A point between digits or letters ends none."""
    return [part for part in re.split(r"(?<=[.!?…])[\"')\]]*\s+|[;\n]+", text) if part.strip()]
