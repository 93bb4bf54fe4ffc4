"""Takes tokens, keys, passwords and addresses out of text: the second line of defence, after not writing them at all.

It knows the secrets that this process has read, and the shapes of those that it has not.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

REMOVED = "[removed]"
ADDRESS = "[address]"
#: a shorter secret might be a part of ordinary words
_SHORTEST = 8
#: a text of letters and digits alone that is shorter than this has none of the shapes below
_SHORTEST_KEY = 18
#: longest first, since one may be a part of another
_secrets: list[str] = []

_WORDS = r"(?:pass(?:word|wd|phrase)|secret|token|ticket|api[_-]?key|private[_-]?key|authorization|cookie)"
#: names whose values are removed whole
_PRIVATE = re.compile(rf"{_WORDS}|e-?mail|(?:^|_)(?:ip|address)$", re.IGNORECASE)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # user and password in a URL
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{REMOVED}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {REMOVED}"),
    # JSON Web Tokens
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w.-]+"), REMOVED),
    # keys of vendors and of webhooks
    (re.compile(r"(?<![\w-])(?:sk|pk|rk|whsec|gh[a-z]|xox[a-z]|AIza|AKIA)[-_]?[\w+/=-]{16,}"), REMOVED),
    # a name and its value
    (
        re.compile(rf"""(?i)((?<![\w-])[\w-]{{0,40}}?{_WORDS}[\w-]*["']?\s*[:=]\s*["']?)[^\s"'&,;)}}\]]+"""),
        rf"\1{REMOVED}",
    ),
    # random characters, in base64url with letters of both cases and digits, or 32 bytes and more in hexadecimal
    (re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{32,}"), REMOVED),
    (re.compile(r"(?<!\w)[0-9a-fA-F]{64,}(?!\w)"), REMOVED),
    # e-mail addresses
    (re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), ADDRESS),
)
_VENDOR_KEY = _PATTERNS[3][0]
#: names and routes of ours, ids, and times as a log line has them: nothing below fits these but the key of a vendor
_PLAIN = re.compile(r"[a-z_./{}-]{,31}|[0-9a-f-]{,63}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{,6})?Z")
_NETWORK_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3})(?!\w)"
)


def hide(secret: str) -> None:
    """Hides a secret, or the password of a URL, in all that this process logs from now on."""
    try:
        password = urlsplit(secret).password if "://" in secret else secret
    except ValueError:  # it only looks like a URL
        password = secret
    if password is not None:
        found = {each for each in (password, unquote(password)) if len(each) >= _SHORTEST and not _is_word(each)}
        _secrets[:] = sorted(found.union(_secrets), key=len, reverse=True)


def redacted(text: str) -> str:
    """Returns the text without secrets and addresses; addresses of this machine stay."""
    for secret in _secrets:
        text = text.replace(secret, REMOVED)
    if len(text) < _SHORTEST_KEY and text.isalnum():  # no pattern fits: most names and words of a log line end here
        return text
    if _PLAIN.fullmatch(text) and not _VENDOR_KEY.search(text):
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return _NETWORK_ADDRESS.sub(_unless_local, text)


def _is_word(secret: str) -> bool:
    """Tells whether a secret is a name of secrets such as “password”: without the name, its value would be shown."""
    return re.fullmatch(_WORDS, secret, re.IGNORECASE) is not None


def redacted_value(value: object, name: str = "") -> object:
    """Returns a value of a log line without secrets and addresses; `name` is what the line calls it.

    An error becomes its type, because its text may say anything.
    """
    match value:
        case None | bool() | int() | float() | uuid.UUID() | datetime.date():
            return value
        case _ if _PRIVATE.search(name):
            return REMOVED
        case str() | PurePath():
            return redacted(str(value))
        case BaseException():
            return f"{type(value).__module__}.{type(value).__qualname__}"
        case Mapping():
            return {redacted(str(key)): redacted_value(each, str(key)) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted_value(each, name) for each in value]
        case _:
            return redacted(repr(value))


def _unless_local(found: re.Match[str]) -> str:
    try:
        address = ip_address(found[0])
    except ValueError:
        return found[0]
    return found[0] if address.is_loopback or address.is_unspecified else ADDRESS
