"""Reads JSON in the one way that all readers understand alike (RFC 8259, I-JSON of RFC 7493).

It is UTF-8 without a byte order mark, names each member once, and holds no NaN, no half of a surrogate pair and no NUL.
What another reader would understand otherwise might pass a check here and mean something else there.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

#: most objects and lists inside one another
DEEPEST = 32


class NotJson(ValueError):
    """Says in words for the client, which hold no input, what is wrong with a body."""


def parse(body: bytes, *, stored: bool = True) -> object:
    """Returns the content of a JSON document. Raises `NotJson`. `stored`: False lets a NUL through."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotJson("must be JSON in UTF-8") from None
    if text.startswith("\ufeff"):
        raise NotJson("must be JSON without a byte order mark")
    try:
        content: object = json.loads(
            text, object_pairs_hook=_each_once, parse_float=_finite, parse_constant=_refuse_constant
        )
    except NotJson:
        raise
    except RecursionError:
        raise NotJson("is nested too deeply") from None
    except ValueError:
        raise NotJson("is not valid JSON") from None
    _check(content, escaped="\\u" in text, nul="" if stored else "\0")
    return content


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise NotJson("names a member twice")
    return found


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NotJson("holds a number that is too large")
    return number


def _refuse_constant(_: str) -> NoReturn:
    raise NotJson("holds a number that JSON does not have: NaN or Infinity")


def _check(content: object, *, escaped: bool, nul: str) -> None:
    """Raises `NotJson` for too many levels, and for characters that only an escape can bring and nothing can store.

    `nul` is removed before that.
    """
    level = [content]
    for _ in range(DEEPEST + 1):
        if not level:
            return
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += [*each.keys(), *each.values()]
            elif isinstance(each, list):
                below += each
            elif escaped and isinstance(each, str) and not _storable(each.replace(nul, "") if nul else each):
                raise NotJson("holds a character that cannot be stored")
        level = below
    raise NotJson("is nested too deeply")


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
