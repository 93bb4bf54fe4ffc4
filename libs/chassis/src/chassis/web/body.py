"""Reads request bodies: small JSON documents, read completely before any other work."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from chassis.errors import VoxbusError
from chassis.web.problems import TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, ProblemError, invalid
from chassis.web.strict_json import NotJson, parse


class ClientGone(VoxbusError):
    """Says that the client went away before the end of its request: nothing was begun, and no answer is needed."""


async def read_body(receive: Receive, headers: Headers, most: int) -> bytes:
    """Reads a body of at most `most` bytes. Raises `ClientGone`, 413 for a larger body, or 415 for a compressed one."""
    if declared_length(headers) > most:
        raise too_large(most)
    read = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        read += message.get("body", b"")
        if read:
            check_encoding(headers)
        if len(read) > most:
            raise too_large(most)
        if not message.get("more_body", False):
            return bytes(read)


def has_body(headers: Headers) -> bool:
    """Tells whether a request has a body that is not empty, as its head says it (RFC 9112, section 6.3)."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def check_encoding(headers: Headers) -> None:
    """Raises 415 for a body that is declared as compressed; the answer says so as RFC 9110, 15.5.16 has it."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        detail = "Send the body as it is, without Content-Encoding: compressed bodies are not read."
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, detail, headers={"Accept-Encoding": "identity"})


def check_body(body: bytes, headers: Headers, *, patch: bool, stored: bool = True) -> None:
    """Raises 415 for a body that is not declared as JSON, or 422 for one that `strict_json` does not accept."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (patch and kind == "application/merge-patch+json"):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE)
    check_json(body, stored=stored)


def check_json(body: bytes, *, stored: bool = True) -> None:
    """Raises 422 for a body that `strict_json` does not accept."""
    try:
        parse(body, stored=stored)
    except NotJson as error:
        raise invalid(("body", str(error))) from None


def replay_of(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that delivers a body once more, and then later messages."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def declared_length(headers: Headers) -> int:
    """Returns the Content-Length in bytes; 0 when the header is missing or not a number."""
    declared = headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def too_large(most: int) -> ProblemError:
    """Returns the 413 for a body of more than `most` bytes."""
    return ProblemError(TOO_LARGE, f"At most {most // 1024} KiB are accepted here.")
