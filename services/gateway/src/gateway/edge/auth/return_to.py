"""Checks where a sign-in at another issuer may lead back to, and says there how it has ended."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal
from urllib.parse import urlencode

Outcome = Literal["connected", "denied", "failed"]

LONGEST = 2000
#: a path that stays ours however a browser reads it, or an address without a user in it; no fragment
_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")
_ADDRESS = re.compile(r"(https?://[a-z0-9.:\[\]-]+)(?:[/?][\x21-\x7e]*)?", re.IGNORECASE)
_NEVER = re.compile(r"[\\#]")


def is_ours(return_to: str) -> bool:
    """Tells whether it is a path, and no address of a page elsewhere."""
    return return_to.startswith("/")


def may_return_to(return_to: str, origins: Collection[str]) -> bool:
    """Tells whether it is a path of ours, or an address of one of the `origins`, to the letter."""
    if len(return_to) > LONGEST or _NEVER.search(return_to):
        return False
    if _PATH.fullmatch(return_to):
        return True
    address = _ADDRESS.fullmatch(return_to)
    return address is not None and address[1].lower() in origins


def with_outcome(return_to: str, outcome: Outcome, code: str | None = None) -> str:
    """Adds how it has ended as `x`, in place of what stands there, and a code in the fragment, which no request has."""
    place, _, query = return_to.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] != "x"]
    return f"{place}?{'&'.join([*kept, f'x={outcome}'])}" + (f"#{urlencode({'code': code})}" if code else "")
