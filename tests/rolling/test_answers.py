"""Tests which answers a rolling change may give."""

from __future__ import annotations

import pytest
from httpx2 import Request, Response

from tests.rolling.answers import Answers

GET = Request("GET", "http://127.0.0.1/twisters")


@pytest.mark.parametrize(
    ("status", "headers", "refused"),
    [
        (200, {}, []),
        (404, {}, []),
        (503, {"Retry-After": "5"}, []),
        (503, {}, ["503 to GET /twisters"]),
        (503, {"Retry-After": "soon"}, ["503 to GET /twisters"]),
        (500, {"Retry-After": "5"}, ["500 to GET /twisters"]),
        (502, {}, ["502 to GET /twisters"]),
        (504, {"Retry-After": "5"}, ["504 to GET /twisters"]),
    ],
)
async def test_only_a_503_that_says_when_to_come_again_may_refuse(
    status: int, headers: dict[str, str], refused: list[str]
) -> None:
    answers = Answers()
    await answers.note(Response(status, headers=headers, request=GET))
    assert answers.refused == refused
    assert answers.statuses == {status: 1}
