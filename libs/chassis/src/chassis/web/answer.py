"""Makes an HTTP response from the result of a route function, with its ETag, Location and cache rule."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from chassis.web.cache import NO_STORE
from chassis.web.context import Incoming
from chassis.web.etag import is_unchanged, strong, weak
from chassis.web.operation import Operation, Written

JSON = "application/json"
REPLAYED = "Idempotency-Replayed"


def answer_read(operation: Operation, incoming: Incoming, value: Any) -> Response:
    """Returns the answer to a GET: 304 if the caller has this version already.

    A response that the function has made itself, such as a stream of media, is returned unchanged.
    """
    if isinstance(value, Response):
        return value
    written = operation.written if operation.written and not _asks_for_json(operation.written, incoming) else None
    content = written.write(value).encode() if written else _json(operation, value)
    version = version_of(value)
    tag = weak(content) if version is None else strong(version)
    own = operation.personal and incoming.principal.id is not None
    headers = {"ETag": tag, "Cache-Control": NO_STORE if own else operation.cache}
    varies = [name for name, does in (("Accept", operation.written), ("Authorization", operation.personal)) if does]
    if varies:
        headers["Vary"] = ", ".join(varies)
    if is_unchanged(incoming.if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, written.media_type if written else JSON)


def answer_write(
    operation: Operation, incoming: Incoming, value: Any, *, status: int, replayed: bool = False
) -> Response:
    """Returns the answer to a write, or to a repeated one: the present representation."""
    headers = {"Cache-Control": NO_STORE}
    if replayed:
        headers[REPLAYED] = "true"
    if value is None:
        return Response(status_code=status, headers=headers)
    version, made = version_of(value), id_of(value)
    if version is not None:
        headers["ETag"] = strong(version)
    if status == 201 and made is not None:
        headers["Location"] = f"{incoming.path}/{made}"
    return Response(_json(operation, value), status, headers, JSON)


def _asks_for_json(written: Written, incoming: Incoming) -> bool:
    return JSON in incoming.accept and written.media_type not in incoming.accept


def id_of(value: Any) -> UUID | None:
    """Returns the id of a representation, if it has one."""
    found = getattr(value, "id", None)
    return found if isinstance(found, UUID) else None


def version_of(value: Any) -> int | None:
    """Returns the version of a representation, if it has one."""
    found = getattr(value, "version", None)
    return found if isinstance(found, int) else None


def _json(operation: Operation, value: Any) -> bytes:
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_json(value, by_alias=True)
    return _adapter(operation).dump_json(value, by_alias=True)


@cache
def _adapter(operation: Operation) -> TypeAdapter[Any]:
    return TypeAdapter(operation.answer)
