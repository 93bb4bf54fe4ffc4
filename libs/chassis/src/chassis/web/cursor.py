"""Makes and reads cursors, which mark the place where a list goes on: the sort key and the id of the last item shown.

A checksum binds a cursor to the list's filters and sort, so the cursor of another list, or a changed one, is refused.
The checksum is not a signature: a forged cursor is refused, or gives a page of a list that the caller may read anyway.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from chassis.web.problems import ProblemError, invalid

_DIGEST = 12


def write_cursor(key: object, id: object, bound: Mapping[str, Any]) -> str:
    """Returns the cursor after an item. `bound` identifies the list: its name, filters and sort, as JSON."""
    position = json.dumps(to_jsonable_python([key, id]), separators=(",", ":")).encode()
    return _spelled(_digest(position, bound) + position)


def read_cursor(cursor: str, key: type, id: type, bound: Mapping[str, Any]) -> tuple[Any, Any]:
    """Returns sort key and id, as values of their types. Raises 422 for an invalid cursor or that of another list.

    The database may refuse a value that the column cannot hold: `read_page` answers the same 422 then.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, position = content[:_DIGEST], content[_DIGEST:]
        if digest != _digest(position, bound) or _spelled(content) != cursor:
            raise refused()
        return _adapter(key, id).validate_json(position, strict=True)
    except (binascii.Error, ValidationError, ValueError):
        raise refused() from None


def refused() -> ProblemError:
    """Returns the 422 for a cursor that is not one of the list."""
    return invalid(("cursor", "is not a cursor of this list, with these filters and this sort"))


def _spelled(content: bytes) -> str:
    """Returns the only accepted encoding of a cursor: base64 has several for the same bytes."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _digest(position: bytes, bound: Mapping[str, Any]) -> bytes:
    of = json.dumps(dict(bound), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(of + b"\0" + position).digest()[:_DIGEST]


@cache
def _adapter(key: Any, id: Any) -> TypeAdapter[tuple[Any, Any]]:
    return TypeAdapter(tuple[key | None, id])
