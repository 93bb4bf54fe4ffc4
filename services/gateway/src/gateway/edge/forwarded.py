"""Reads the header `Forwarded` (RFC 7239), in which proxies tell from whom, how and for which name a request came.

What clients put there is read in a time that grows with its length alone: it is read before any limit is counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from starlette.datastructures import Headers

#: by separator, what has to be looked at: quoted text, which may hold it, and the separator itself. A quoted text that
#: nobody closes has an empty group
_MARKS = {separator: re.compile(rf'"(?:[^"\\]|\\.)*("?)|{separator}', re.DOTALL) for separator in ",;"}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r'[^\s"]*')
_ESCAPED = re.compile(r"\\(.)")


def told(headers: Headers, name: str) -> list[str] | None:
    """Returns what each proxy tells under a name, in lower case, the nearest proxy first; None without the header.

    The text is empty of a proxy that tells nothing under the name.
    """
    lines = headers.getlist("forwarded")
    elements = [element for line in lines for element in _split(line, ",") if element.strip()]
    return [_value(element, name) for element in reversed(elements)] if lines else None


def _split(text: str, separator: str) -> Sequence[str]:
    """Splits a text where a separator stands outside quoted text; a quote that nobody closes is no quote."""
    places = [-1]
    for mark in _MARKS[separator].finditer(text):
        if mark[0] == separator:
            places.append(mark.start())
        elif not mark[1]:
            places += [place for place in range(mark.start(), len(text)) if text[place] == separator]
            break
    return [text[before + 1 : after] for before, after in pairwise([*places, len(text)])]


def _value(element: str, name: str) -> str:
    """Returns the first value of a name in an element."""
    for pair in _split(element, ";"):
        key, _, value = pair.partition("=")
        if key.strip().lower() == name:
            value = value.strip()
            if (quoted := _QUOTED.fullmatch(value)) is not None:
                return _ESCAPED.sub(r"\1", quoted[1])
            if _PLAIN.fullmatch(value):
                return value
    return ""
