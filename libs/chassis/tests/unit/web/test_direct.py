"""Tests direct operations: they write nothing, end with their client, and repeat nothing of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.web.call import Call
from chassis.web.context import Outbox, OwnerContext
from chassis.web.direct import all_ended, body_alone, in_pieces, until_gone
from chassis.web.document import fragment_of
from chassis.web.owner import owner_app
from chassis.web.routes import Routes
from chassis.web.testing import Caller, in_process
from chassis.web.validation import Input

KEY = b"k" * 32


class Asked(Input):
    """Asks for a word."""

    word: str
    count: int = 1


class Shown(BaseModel):
    """Shows a word."""

    word: str


routes = Routes("toys")


@routes.direct(
    "/say",
    access=("public",),
    deadline=65,
    shows=Shown,
    media=("text/plain",),
    answer_headers={"Voxbus-Source": "Who said it."},
    limits=("conversation",),
)
async def say(body: Asked, call: Call[Any]) -> Response:
    """Says a word."""
    return PlainTextResponse(f"{body.word} {call.accept} {call.left() > 60}")


@pytest.fixture
def call() -> Caller:
    context = OwnerContext(
        service="toys",
        database=cast(Database, None),
        keys=Keys(KeysInMemory()),
        outbox=cast(Outbox, None),
        key=KEY,
    )
    return Caller(
        exchange=in_process(owner_app([routes], context)), service="toys", key=KEY, operations=routes.operations
    )


async def test_it_has_the_time_that_it_declares(call: Caller) -> None:
    answer = await call("POST", "/say", {"word": "red"}, headers={"accept": "text/plain"}, patience=65_000)
    assert answer.body == b"red text/plain True"


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ({"word": "a", "sk-secret": 1}, "/say"),
        ({"word": "a", "count": "sk-secret"}, "/say"),
        ({"word": ["sk-secret"]}, "/say"),
        ({"sk-secret": {"sk-secret": "sk-secret"}}, "/say"),
        ({"word": "a"}, "/say?sk-secret=sk-secret"),
        (b'{"word": "sk-secret", "word": "sk-secret"}', "/say"),
        (b'{"word": sk-secret', "/say"),
        (b'"sk-secret"', "/say"),
        (b'{"word": "sk-secret\xff"}', "/say"),
    ],
)
async def test_no_refusal_repeats_a_name_or_a_value(call: Caller, content: Any, target: str) -> None:
    answer = await call("POST", target, content)
    assert answer.status == 422
    assert b"secret" not in answer.body


async def test_an_unknown_name_is_null(call: Caller) -> None:
    answer = await call("POST", "/say", {"word": "a", "sk-secret": 1})
    assert answer.json()["errors"] == [{"field": None, "message": "unknown field"}]


def test_the_document_says_what_the_gateway_has_to_know() -> None:
    described = fragment_of("toys", [routes])["paths"]["/say"]["post"]
    assert described["x-direct"] is True
    assert described["x-deadline"] == 65
    assert described["x-limits"] == ["conversation"]
    assert described["parameters"] == []
    assert set(described["responses"]["200"]["content"]) == {"application/json", "text/plain"}
    assert "Voxbus-Source" in described["responses"]["200"]["headers"]
    assert "504" not in described["responses"]


async def test_it_ends_when_its_client_goes_away() -> None:
    begun, ended, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    answering = asyncio.ensure_future(until_gone(receive, answer()))
    await begun.wait()
    gone.set()
    await answering
    assert ended.is_set()


@pytest.mark.parametrize("takes", [0, 1])
async def test_what_its_pieces_are_made_of_is_closed_when_a_client_goes_that_takes_none(takes: int) -> None:
    waits, closed, gone = asyncio.Event(), list[str](), asyncio.Event()

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"a"
        finally:
            closed.append("pieces")

    made = pieces()

    async def close() -> None:
        await made.aclose()
        closed.append("close")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body" or not takes:
            waits.set()
            await asyncio.Event().wait()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    answer = in_pieces(made, "text/plain", {}, close)
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    answering = asyncio.ensure_future(until_gone(receive, answer(scope, receive, send)))
    await waits.wait()
    gone.set()
    await answering
    assert closed == ["pieces", "close"][1 - takes :]


async def test_a_process_waits_for_what_is_being_answered() -> None:
    release = asyncio.Event()
    answering = asyncio.ensure_future(until_gone(body_alone(b""), _wait(release)))
    ending = asyncio.ensure_future(all_ended())
    await asyncio.sleep(0)
    assert not ending.done()
    release.set()
    await answering
    await ending


async def test_what_fails_fails_for_who_asked() -> None:
    async def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        await until_gone(body_alone(b""), fail())


async def _wait(release: asyncio.Event) -> None:
    await release.wait()
