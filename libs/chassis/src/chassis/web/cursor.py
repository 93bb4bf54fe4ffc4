"""Makes and reads cursors, which say where a list goes on: the sort key and the id of the last item shown.

A cursor is bound to the list's filters and sort by a checksum, so one of another list, or a changed one, is refused.
It hides nothing and proves nothing: whoever forges one gets a page of a list that they may read anyway, or is refused.
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
    """Returns the cursor after an item. `bound` says of which list it is: its name, filters and sort, as JSON."""
    position = json.dumps(to_jsonable_python([key, id]), separators=(",", ":")).encode()
    return _spelled(_digest(position, bound) + position)


def read_cursor(cursor: str, key: type, id: type, bound: Mapping[str, Any]) -> tuple[Any, Any]:
    """Returns sort key and id, as values of their types. Raises the 422 of what is no cursor of this list.

    Whether a column holds such a value, the database says: `read_page` makes the same 422 of its refusal.
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
    """Returns the 422 of a cursor that is none of the list."""
    return invalid(("cursor", "is not a cursor of this list, with these filters and this sort"))


def _spelled(content: bytes) -> str:
    """Returns the one spelling of a cursor that is accepted: base64 has several for the same bytes."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _digest(position: bytes, bound: Mapping[str, Any]) -> bytes:
    of = json.dumps(dict(bound), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(of + b"\0" + position).digest()[:_DIGEST]


@cache
def _adapter(key: Any, id: Any) -> TypeAdapter[tuple[Any, Any]]:
    return TypeAdapter(tuple[key | None, id])
