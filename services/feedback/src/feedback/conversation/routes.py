"""Serves conversations: one answer as JSON, as plain text, or word by word as it is made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from chassis.handler import Deps
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, in_pieces, whole
from chassis.web.failures import problem_of
from chassis.web.problems import NOT_FOUND, UNAVAILABLE, ProblemError
from chassis.web.routes import Routes
from feedback.conversation.events import Began, Delta, Event
from feedback.conversation.kept_turns import KeepingTalks
from feedback.conversation.problems import SESSION_ENDED, TOO_MANY
from feedback.conversation.schemas import ConversationAnswer, ConversationRequest
from feedback.conversation.turn import Talks
from feedback.conversation.turn_problems import ALL, PROVIDER_FAILED, STREAM_CUT

routes = Routes("conversation")

EVENTS, TEXT = "text/event-stream", "text/plain"
#: seconds that the answer may take, all tries of the provider included
DEADLINE_S = 65
#: seconds after which a stream in which nothing happens says that it is still there
ALIVE_S = 15.0


@dataclass(frozen=True, kw_only=True)
class ConversationDeps(Deps):
    """Holds what conversations are answered with. `drained`: set when streams have to end."""

    talks: KeepingTalks | Talks
    drained: asyncio.Event


@routes.direct(
    "/api/conversation",
    access=("public",),
    deadline=DEADLINE_S,
    shows=ConversationAnswer,
    media=(TEXT, EVENTS),
    answer_headers={
        "Voxbus-Source": "Who has made the answer: a provider and its model, or our rules.",
        "Voxbus-Model": "The model that has made it; where rules have, their name, as in `Voxbus-Source`.",
        "Server-Timing": "Milliseconds that the model took (to its first word, in a stream), and that we took.",
        "X-Accel-Buffering": "`no`, of a stream: proxies pass each word on at once.",
    },
    limits=("conversation", "conversation_key"),
    problems=(*ALL, SESSION_ENDED, TOO_MANY, NOT_FOUND),
)
async def answer_conversation(body: ConversationRequest, call: Call[ConversationDeps]) -> DirectResponse:
    """Answers one message of a design session, in words to be spoken.

    With `apiKey` the named model answers, and it is the caller's key that pays. Without one a model answers at the
    expense of this installation, if who is signed in has agreed to `ai_text` with its provider and today's budget has
    room; else rules answer, and `notices` say why. Nothing of the request is kept, unless `sessionId` names a session
    of one's own: its messages are the history then, and the turn is kept once its answer is over; `heard` says how much
    of the last answer was spoken before it was interrupted. With `stream` or `Accept: text/event-stream` the answer
    comes as it is made: `start`, `delta`s, and `done` with the whole, or `error`.
    """
    events = call.deps.talks.answer(body, call.principal)
    try:
        began = await anext(events)
        assert isinstance(began, Began)
        if body.stream or EVENTS in call.accept:
            headers = {**_headers(began, began.waited, began.own), "X-Accel-Buffering": "no"}
            pieces = _stream(began, events, call.deps.drained)
            return in_pieces(pieces, EVENTS, headers, partial(_closed, pieces, events))
        clock = asyncio.get_running_loop().time
        read_from = clock()
        answer = await _whole_answer(events)
        headers = _headers(began, began.waited + clock() - read_from, began.own)
    except BaseException:
        await events.aclose()
        raise
    if TEXT in call.accept and "json" not in call.accept:
        return whole(answer.response, TEXT, headers)
    return whole(answer.model_dump_json(by_alias=True), "application/json", headers)


async def _whole_answer(events: AsyncGenerator[Event, None]) -> ConversationAnswer:
    """Returns the answer once it is whole. One that has broken off has failed: who reads no stream has seen nothing."""
    answer = None
    try:
        async with aclosing(events):
            async for event in events:
                answer = event
    except ProblemError as error:
        if error.problem is not STREAM_CUT:
            raise
        raise ProblemError(PROVIDER_FAILED) from None
    assert isinstance(answer, ConversationAnswer)
    return answer


def _headers(began: Began, model: float, own: float) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Voxbus-Source": began.source,
        "Voxbus-Model": began.model or began.source,
        "Server-Timing": f"model;dur={model * 1000:.1f}, voxbus;dur={own * 1000:.1f}",
    }


async def _stream(
    began: Began, events: AsyncGenerator[Event, None], drained: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """Yields the events of an answer that has begun; it ends with `done` or `error`, and nothing after that."""
    start = {
        "source": began.source,
        "model": began.model,
        "prompt": began.prompt,
        "sessionId": None if began.session_id is None else str(began.session_id),
        "turn": began.turn,
        "notices": list(began.notices),
    }
    said = ""
    try:
        yield _event("start", start)
        async with aclosing(_alive(events, drained)) as living:
            async for event in living:
                if event is None:
                    yield b": \n\n"
                elif isinstance(event, Delta):
                    said += event.text
                    yield _event("delta", {"text": event.text})
                elif isinstance(event, ConversationAnswer):
                    yield _event("done", event.model_dump(mode="json", by_alias=True))
    except Exception as error:
        problem = problem_of(error, "answerConversation").document().model_dump(mode="json", exclude_none=True)
        yield _event("error", {"problem": problem, "partial": said})
    finally:
        await events.aclose()


async def _closed(pieces: AsyncGenerator[bytes, None], events: AsyncGenerator[Event, None]) -> None:
    """Closes both: one that has not begun would not close the other."""
    await pieces.aclose()
    await events.aclose()


async def _alive(events: AsyncGenerator[Event, None], drained: asyncio.Event) -> AsyncGenerator[Event | None, None]:
    """Yields the events, and None where none has come for a while. Raises the problem of a process that ends."""
    ends = asyncio.ensure_future(drained.wait())
    following: asyncio.Future[Event | None] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(events, None))
            while not following.done():
                await asyncio.wait({following, ends}, timeout=ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
                if following.done():
                    break
                if ends.done():
                    raise ProblemError(UNAVAILABLE, "This server is being restarted.")
                yield None
            event = following.result()
            if event is None:
                return
            yield event
    finally:
        ends.cancel()
        if following is not None and not following.done():
            following.cancel()
        await asyncio.gather(ends, *([] if following is None else [following]), return_exceptions=True)


def _event(name: str, content: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content, ensure_ascii=False)}\n\n".encode()
