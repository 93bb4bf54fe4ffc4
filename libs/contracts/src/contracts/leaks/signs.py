"""Finds a secret that has neither letters nor digits, such as `@` or `&&`, as it stands or by its name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: signs that stand in any text: they count only between spaces, quotation marks or brackets
_ORDINARY = frozenset(".,:;?!-'\"()*_`…/[]")
#: names beside those that Unicode gives
_NAMES = {
    "@": ("at sign", "at symbol", "commercial at", "curly a", "little snail"),
    "&": ("ampersand", "and sign", "and symbol"),
    "#": ("hash", "hashtag", "pound sign", "number sign"),
    "*": ("asterisk", "star"),
    "%": ("per cent sign", "percent sign", "percent", "per cent"),
    ".": ("full stop", "period", "dot", "point"),
    ",": ("comma",),
    ":": ("colon",),
    ";": ("semicolon",),
    "?": ("question mark",),
    "!": ("exclamation mark", "exclamation point"),
    "-": ("hyphen", "dash", "minus"),
    "+": ("plus",),
    "=": ("equals", "equal sign", "equality sign"),
    "<": ("less than", "smaller than", "left angle bracket"),
    ">": ("greater than", "larger than", "bigger than", "more than", "right angle bracket"),
    "/": ("slash", "stroke"),
    "\\": ("backslash",),
    "|": ("pipe", "vertical bar"),
    "_": ("underscore", "underline", "low line"),
    "^": ("caret", "hat", "circumflex"),
    "~": ("tilde",),
    "$": ("dollar",),
    "€": ("euro",),
    "£": ("pound",),
    "'": ("apostrophe", "single quote", "single quotation mark"),
    '"': ("quotation mark", "double quote", "inverted comma"),
    "`": ("backtick", "grave accent", "backquote"),
    "(": ("opening bracket", "parenthesis", "round bracket"),
    ")": ("closing bracket", "parenthesis", "round bracket"),
    "[": ("square bracket",),
    "]": ("square bracket",),
    "{": ("curly bracket", "brace"),
    "}": ("curly bracket", "brace"),
}
_COUNTS = {1: "", 2: r"(?:two|2|a pair of|double|twice (?:the|an?)?)\s+", 3: r"(?:three|3|triple)\s+"}


def is_sign(secret: str) -> bool:
    """Tells whether a plain text is made of signs alone."""
    return bool(secret.strip()) and not any(c.isalnum() for c in secret)


def place_of_sign(secret: str, text: str) -> int | None:
    """Returns where a plain text has a secret of signs, or its name; None: nowhere."""
    found = _written(re.sub(r"\s", "", secret)).search(text) or _named(re.sub(r"\s", "", secret)).search(text)
    return None if found is None else found.start()


@lru_cache(maxsize=256)
def _written(secret: str) -> re.Pattern[str]:
    signs = r"\s*".join(map(re.escape, secret))
    if not set(secret) <= _ORDINARY:
        own = f"[{re.escape(''.join(set(secret) - _ORDINARY))}]"
        return re.compile(rf"(?<!{own}){signs}(?!{own})")
    return re.compile(rf"(?:^|(?<=[\s\"'`(\[])){signs}(?=[\s\"'`)\].,!?]|$)(?<!^[.])")


@lru_cache(maxsize=256)
def _named(secret: str) -> re.Pattern[str]:
    if len(set(secret)) > 1:
        each = [rf"(?:{'|'.join(map(re.escape, _names_of(sign)))})" for sign in secret]
        return re.compile(
            r"\b" + r"(?:e?s)?\b(?:\W+(?:and|then|followed by|an?|or|sign)\b)*\W+".join(each) + r"(?:e?s)?\b"
        )
    names = "|".join(re.escape(name).replace(r"\ ", r"[\s-]+") for name in _names_of(secret[0]))
    return re.compile(rf"\b{_COUNTS.get(len(secret), '')}(?:{names})(?:e?s)?\b")


def _names_of(sign: str) -> list[str]:
    named = unicodedata.name(sign, "").casefold().replace("-", " ")
    return sorted(
        {*_NAMES.get(sign, ()), *([named] if named else []), f"{named.removesuffix(' sign')} sign"} - {" sign"},
        key=len,
        reverse=True,
    )
