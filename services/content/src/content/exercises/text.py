"""Brings texts into the form in which they are compared."""

from __future__ import annotations

import re
import unicodedata

_QUOTES = dict.fromkeys(map(ord, "‘’‚‛ʼ`´"), "'") | dict.fromkeys(map(ord, "“”„‟«»"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_ARTICLES = re.compile(r"^(?:the|an|a) (?=\S)")
_OUTER = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¿…·"


def normalised(text: str) -> str:
    """Returns a text without what makes no difference: case, form of quotes and dashes, articles, outer punctuation.

    NFKC first, then case folding; spaces within are one space each.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = plain.translate(_QUOTES | _DASHES)
    plain = " ".join(plain.split()).strip(_OUTER + " ")
    return _ARTICLES.sub("", plain)
