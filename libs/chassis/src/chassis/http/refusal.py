"""Makes the answers of the server itself, in place of the application's: problem documents that end the connection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus

from starlette.responses import Response

from chassis.http.applications import Shared
from chassis.observe.logs import logger
from chassis.observe.request_spans import refusing
from chassis.web.problems import ProblemError

_CLOSE = (b"connection", b"close")
_ORIGIN = re.compile(rb"\r\norigin:[ \t]*([!-~]{1,300})[ \t]*(?=\r\n)", re.IGNORECASE)

_log = logger(__name__)

#: fields of a head, or of an answer
Fields = Sequence[tuple[bytes, bytes]]


def origin_of(head: bytes) -> str | None:
    """Returns the origin that a head names, as far as it has arrived; none if it names two."""
    found = _ORIGIN.findall(head)
    return found[0].decode() if len(found) == 1 else None


def origin_in(fields: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Returns the origin of a request whose head was read; h11 has checked its fields."""
    found = [value for name, value in fields if name == b"origin"]
    return found[0].decode("latin-1") if len(found) == 1 else None


def response_of(problem: ProblemError, app: object, origin: str | None) -> Response:
    """Returns an answer with a request id, which no span of the application has made, and logs it."""
    with refusing() as told:
        response = problem.response()
        response.headers.update(told)
        if origin is not None and isinstance(app, Shared):
            response.headers.update(app.headers_for(origin))
        _log.info("request refused", status=response.status_code, problem=problem.problem.name)
    return response


def rendered(response: Response, fields: Fields, *, has_body: bool = True) -> bytes:
    """Returns the last answer of a connection as bytes, beside what the connection has answered so far."""
    status = response.status_code
    headers = [*fields, *(each for each in response.raw_headers if each != _CLOSE), _CLOSE]
    line = b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode())
    head = b"\r\n".join([line, *(b"%b: %b" % field for field in headers), b"", b""])
    return head + bytes(response.body) if has_body else head
