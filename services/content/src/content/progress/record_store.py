"""Sends xAPI statements to a learning record store: the only module of content that calls anybody outside.

A store keeps a statement under the id that its sender has given it, refuses the same id with other contents (409), and
takes a batch as a whole or not at all. So a batch that was lost on the way may be sent again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Literal

import httpx2

from chassis.errors import DependencyDown, Retryable, VoxbusError
from chassis.http.retry_after import wait_asked
from chassis.privacy.outside import MayBegin

VERSION = "1.0.3"
#: what became of a statement: the store has it, had it, or does not take it
Outcome = Literal["sent", "known", "refused"]
_TIMEOUT_S = 20.0
#: the events that the HTTP client reports right before it writes the first byte, and once it has
_SENDING = "http11.send_request_headers.started"
_SENT = "http11.send_request_headers.complete"
_HEADER = "X-Experience-API-Version"
#: answers that say that the statements are wrong, and not who sends them or when
_WRONG = frozenset({400, 413, 422})


class Lost(VoxbusError):
    """Says that no answer came: the store may have the statements."""


@dataclass(frozen=True, slots=True)
class Access:
    """Holds where a store is, and the name and password of HTTP Basic by which it knows this installation."""

    url: str
    name: str
    password: str


class RecordStore:
    """Sends to one store."""

    def __init__(self, access: Access) -> None:
        self._url = f"{access.url.rstrip('/')}/statements"
        self._client = httpx2.AsyncClient(
            auth=(access.name, access.password),
            headers={_HEADER: VERSION},
            timeout=_TIMEOUT_S,
            trust_env=False,
            follow_redirects=False,
        )

    async def send(self, statements: Sequence[Mapping[str, Any]], *, may_begin: MayBegin) -> list[Outcome]:
        """Sends statements in their order, and returns what became of each.

        All go in one request. Where the store does not take that, one of them is known or wrong, and each goes alone.
        Raises `NotAllowed` where the gate is shut, `DependencyDown` and `Retryable` where the store surely has none of
        what was not said to be sent, `Lost` where nobody knows.
        """
        status = await self._post(statements, may_begin)
        if status < 300:
            return ["sent"] * len(statements)
        if len(statements) == 1:
            return ["known" if status == 409 else "refused"]
        return [each for one in statements for each in await self.send([one], may_begin=may_begin)]

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def _post(self, statements: Sequence[Mapping[str, Any]], may_begin: MayBegin) -> int:
        """Sends one request; returns a status that is an answer about these statements."""
        begun = False

        async def trace(event: str, _: object) -> None:
            nonlocal begun
            if event == _SENDING:
                await beginning.enter_async_context(may_begin())
                begun = True
            elif event == _SENT:
                await beginning.aclose()

        async with AsyncExitStack() as beginning:
            try:
                response = await self._client.post(self._url, json=list(statements), extensions={"trace": trace})
            except httpx2.HTTPError:
                if begun:
                    raise Lost("the learning record store did not answer") from None
                raise DependencyDown("the learning record store") from None
        status = response.status_code
        if status < 300 or status == 409 or status in _WRONG:
            return status
        wait = wait_asked(response.headers.get("retry-after"), time.time())
        raise Retryable(f"the learning record store answered with {status}", wait)
