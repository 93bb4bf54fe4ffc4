"""Reads the header `Forwarded` (RFC 7239), in which proxies tell from whom, how and for which name a request came."""

from __future__ import annotations

import re

from starlette.datastructures import Headers

#: an element is pairs, whose quoted values may hold commas and semicolons
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
_PAIR = re.compile(r'(?:^|;)\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,\s"]*))\s*(?=;|$)')
_ESCAPED = re.compile(r"\\(.)")


def told(headers: Headers, name: str) -> list[str] | None:
    """Returns what each proxy tells under a name, in lower case, the nearest proxy first; None without the header.

    The text is empty of a proxy that tells nothing under the name.
    """
    lines = headers.getlist("forwarded")
    return [_value(each, name) for each in reversed(_ELEMENT.findall(",".join(lines)))] if lines else None


def _value(element: str, name: str) -> str:
    """Returns the first value of a name in an element."""
    for key, quoted, plain in _PAIR.findall(element):
        if key.lower() == name:
            return _ESCAPED.sub(r"\1", quoted) or plain
    return ""
