"""Tests which bodies are read."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from chassis.web.body import has_body, read_body
from chassis.web.problems import ProblemError


def sends(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    return receive


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
async def test_a_compressed_body_is_told_to_come_as_it_is(encoding: str) -> None:
    with pytest.raises(ProblemError) as caught:
        await read_body(sends(b"\x1f\x8b"), Headers({"content-encoding": encoding}), 100)
    document = caught.value.document()
    assert (document.status, caught.value.response().headers["accept-encoding"]) == (415, "identity")
    assert "without Content-Encoding" in (document.detail or "")


@pytest.mark.parametrize(("encoding", "body"), [("identity", b"{}"), ("", b"{}"), ("gzip", b"")])
async def test_a_body_that_is_not_compressed_is_read_whatever_is_declared(encoding: str, body: bytes) -> None:
    assert await read_body(sends(body), Headers({"content-encoding": encoding}), 100) == body


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"content-length": "0"}, False),
        ({"content-length": "2"}, True),
        ({"transfer-encoding": "chunked"}, True),
        ({"content-type": "application/json"}, False),
    ],
)
def test_the_head_says_whether_there_is_a_body(headers: dict[str, str], *, expected: bool) -> None:
    assert has_body(Headers(headers)) == expected
