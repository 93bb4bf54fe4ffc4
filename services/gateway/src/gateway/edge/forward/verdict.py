"""Decides what an owner's answer means for the client, and whether its request is sent again.

Only an owner's own answer counts: a response that is not a problem document may come from a balancer, which knows
nothing of the write. A plain 404 or 405 alone leaves no doubt: it says that nobody there has such a route.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Literal

from chassis.observe.logs import logger
from chassis.web.answer import REPLAYED
from chassis.web.problems import BUSY, IDEMPOTENCY_CONFLICT, MEDIA_TYPE, NOT_WRITTEN, OUTCOME_UNKNOWN, UNAVAILABLE
from gateway.edge.forward.hop import HopAnswer, NoAnswer
from gateway.edge.forward.routes import Route

#: seconds for the rest of a problem document whose head has arrived
_REST_S = 0.5
#: bytes of a problem document that the gateway reads
_PROBLEM_BYTES = 64 * 1024
#: statuses that a balancer between gateway and owner may answer itself
_IN_BETWEEN = (502, 503, 504)
#: problems by which an owner says that it does not know this gateway, or this operation
_REFUSES_GATEWAY = (421, 501)
#: refusals that are no problem documents, and yet say that nothing was done
_NOT_THERE = (404, 405)

_log = logger(__name__)


async def verdict(route: Route, answer: HopAnswer, in_doubt: bool) -> HopAnswer | Literal["again", "nothing"]:
    """Returns the answer if it is the client's, “again” if the outcome is unknown, else “nothing”.

    `in_doubt`: the request was sent before, with an unknown outcome.
    """
    is_problem = _is_problem(answer)
    if answer.status in _REFUSES_GATEWAY and is_problem:
        await answer.close()
        _log.error(
            "an owner refuses the gateway", service=route.service, operation=route.operation, status=answer.status
        )
        return "nothing"
    if not is_problem and (400 <= answer.status < 500 or answer.status in _REFUSES_GATEWAY):
        await answer.close()
        _log.warning("a refusal did not come from the owner", operation=route.operation, status=answer.status)
        return "again" if route.writes and answer.status not in _NOT_THERE else "nothing"
    if not route.writes:
        if answer.status not in _IN_BETWEEN or is_problem:
            return answer
        await answer.close()
        return "again"
    if in_doubt:
        return await _of_a_resend(answer)
    if answer.status == UNAVAILABLE.status:
        return await _of_a_refusal(answer)
    if answer.status in _IN_BETWEEN:
        await answer.close()
        return "again"
    return answer


async def _of_a_refusal(answer: HopAnswer) -> HopAnswer | Literal["again"]:
    """Returns a 503 of the owner itself: not written, or another request with the same key is at work."""
    if _has(answer, NOT_WRITTEN):
        return answer
    body = await _read(answer)
    if _type_of(body) == BUSY.type:
        return HopAnswer(answer.status, answer.headers, _once(body), answer.close)
    await answer.close()
    return "again"


async def _of_a_resend(answer: HopAnswer) -> HopAnswer | Literal["again", "nothing"]:
    """Returns an answer that holds whatever becomes of the first try."""
    if _is_final(answer):
        return answer
    if answer.status == IDEMPOTENCY_CONFLICT.status:
        body = await _read(answer)
        if _type_of(body) == IDEMPOTENCY_CONFLICT.type:
            return HopAnswer(answer.status, answer.headers, _once(body), answer.close)
    await answer.close()
    return "again" if answer.status == OUTCOME_UNKNOWN.status else "nothing"


def _is_final(answer: HopAnswer) -> bool:
    """Tells whether an answer also holds if an earlier try comes late: the write is done, or the caller is erased."""
    return 200 <= answer.status < 300 or answer.status == 401 or _has(answer, REPLAYED)


def _is_problem(answer: HopAnswer) -> bool:
    """Tells whether an answer is declared as a problem document, also without a body, as for a HEAD."""
    return (b"content-type", MEDIA_TYPE.encode()) in {(name.lower(), value) for name, value in answer.headers}


def _has(answer: HopAnswer, name: str) -> bool:
    return name.lower().encode() in {given.lower() for given, _ in answer.headers}


async def _read(answer: HopAnswer) -> bytes:
    """Reads a problem document; None if it is too large or ends early."""
    read = bytearray()
    try:
        async with asyncio.timeout(_REST_S):
            async for piece in answer.pieces:
                read += piece
                if len(read) > _PROBLEM_BYTES:
                    return b""
    except (NoAnswer, TimeoutError):
        return b""
    return bytes(read)


def _type_of(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document.get("type") if isinstance(document, dict) else None


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
