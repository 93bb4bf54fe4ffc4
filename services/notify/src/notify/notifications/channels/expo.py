"""Delivers notifications to apps made with React Native by Expo's push service, in batches.

Whatever has come while requests run goes out with the next one. An answer that is lost is unknown, and not asked for
again: Expo knows no repeated request. A ticket says only that Expo took it; its receipt says how it went.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

from chassis.errors import DependencyDown, Retryable, VoxbusError
from chassis.handler import Rule
from chassis.http.retry_after import wait_asked
from chassis.privacy.law import Recipient
from chassis.privacy.outside import BEGINS_WITHIN_S, MayBegin
from notify.notifications.channels.channel import Channel, Ended, Field, NoTarget, NotSetUp, Target, Told
from notify.notifications.channels.tools import Tools

KIND = "expo"
#: messages of a request, receipts of a request, and requests at a time
MESSAGES, RECEIPTS, AT_ONCE = 100, 1000, 6
_TIMEOUT_S = 20.0
_SENDING = "http11.send_request_headers.started"
_TOKEN = re.compile(r"Expo(nent)?PushToken\[[A-Za-z0-9_-]{1,200}\]")
_MOST_BODY = 900
#: tokens of other projects that are kept in mind
_MOST_OTHERS = 10_000
#: seconds to slow down for, where Expo does not say for how long
_SLOWER_S = 30.0


class _Lost(VoxbusError):
    """Says that no answer came."""


class _Stale(VoxbusError):
    """Says that the gate was asked too long ago to begin now."""


@dataclass
class _Waiting:
    """Holds a message that waits for a request, and the answer to it."""

    message: Mapping[str, Any]
    may_begin: MayBegin
    answer: asyncio.Future[Ended] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Expo(Channel):
    """Sends to Expo."""

    recipient: Recipient = "push"
    field: Field = "token"
    is_device = True

    def __init__(self, tools: Tools, clock: Callable[[], float] = time.monotonic) -> None:
        if tools.expo_url is None:
            raise NotSetUp
        headers = {"Accept": "application/json", "Content-Type": "application/json", "Content-Encoding": "gzip"}
        if tools.expo_token is not None:
            headers["Authorization"] = f"Bearer {tools.expo_token}"
        self._url, self._headers, self._clock = tools.expo_url.rstrip("/"), headers, clock
        self._client = httpx2.AsyncClient(
            timeout=_TIMEOUT_S, trust_env=False, limits=httpx2.Limits(max_connections=AT_ONCE)
        )
        self._waiting: list[_Waiting] = []
        #: what goes out in requests of its own
        self._parts: list[list[_Waiting]] = []
        #: tokens of other projects than most
        self._others: set[str] = set()
        self._requests: set[asyncio.Task[None]] = set()

    def rule(self, told: Told) -> Rule:
        """Returns `give_up`: Expo would show a repeated message twice."""
        return "give_up"

    def target(self, given: object) -> Target:
        """Reads a token."""
        if not isinstance(given, str) or not _TOKEN.fullmatch(given):
            raise NoTarget("must be a token such as ExponentPushToken[…]")
        return {"token": given}

    def key(self, target: Target) -> str:
        """Returns the token."""
        return target["token"]

    def label(self, target: Target) -> str:
        """Returns the same for all: nothing else is known of a device."""
        return "Expo"

    def lane(self, target: Target) -> str:
        """Returns the person's own lane: how much goes out at a time is what batches decide."""
        return f"{KIND} {target['token']}"

    async def deliver(self, told: Told, target: Target, *, may_begin: MayBegin) -> Ended:
        """Sends it with whatever else waits."""
        waiting = _Waiting(_message(told, target, told.ttl(datetime.now(UTC))), may_begin)
        if target["token"] in self._others:
            self._parts.append([waiting])
        else:
            self._waiting.append(waiting)
        self._begin()
        return await waiting.answer

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Ended]:
        """Asks how messages went, at most `RECEIPTS` of them; one without a receipt yet is left out."""
        try:
            status, answer, _ = await self._post("/push/getReceipts", {"ids": list(tickets)}, None)
        except _Lost:
            return {}
        found = answer.get("data") if status == 200 else None
        if not isinstance(found, dict):
            return {}
        return {ticket: _received(receipt) for ticket, receipt in found.items() if ticket in set(tickets)}

    async def aclose(self) -> None:
        """Ends what is under way."""
        for task in self._requests:
            task.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        await self._client.aclose()

    def _begin(self) -> None:
        if len(self._requests) < AT_ONCE:
            task = asyncio.create_task(self._empty())
            self._requests.add(task)
            task.add_done_callback(self._requests.discard)

    def _next(self) -> list[_Waiting]:
        """Takes the messages of the next request; none where nothing waits."""
        if self._waiting:
            batch, self._waiting = self._waiting[:MESSAGES], self._waiting[MESSAGES:]
            return batch
        return self._parts.pop(0) if self._parts else []

    async def _empty(self) -> None:
        """Sends what waits, a batch at a time."""
        while batch := self._next():
            try:
                await self._send(batch)
            except BaseException as error:
                _fail(batch, error if isinstance(error, Exception) else Retryable("the process ends"))
                if not isinstance(error, Exception):
                    raise

    async def _send(self, batch: Sequence[_Waiting]) -> None:
        """Sends the messages of a batch whose people agree, and gives each its answer."""
        while True:
            asked_at = self._clock()
            await asyncio.gather(*(_ask(each) for each in batch))
            batch = [each for each in batch if not each.answer.done()]
            if not batch:
                return
            try:
                answered = await self._post("/push/send", [each.message for each in batch], asked_at)
                break
            except _Stale:
                continue
        status, answer, wait = answered
        if status == 400 and len(batch) > 1:
            self._part(batch, answer)
            return
        if status == 429 or status >= 500:
            _fail(batch, Retryable(f"answered with {status}", wait))
            return
        tickets = answer.get("data") if status == 200 else None
        if not isinstance(tickets, list) or len(tickets) != len(batch):
            tickets = [{"status": "error"}] * len(batch)
        for each, ticket in zip(batch, tickets, strict=True):
            _settle(each, ticket)

    def _part(self, batch: Sequence[_Waiting], answer: Mapping[str, Any]) -> None:
        """Lets a batch that was refused as a whole go out in parts: no request may mix tokens of several projects.

        Expo names the tokens by project. The most are of ours; the others go alone from now on. Without names a batch
        goes in halves.
        """
        named = [[each for each in batch if each.message["to"] in tokens] for tokens in _by_project(answer)]
        parts = sorted((part for part in named if part), key=len, reverse=True)
        if parts and len(parts[0]) < len(batch):
            if len(self._others) > _MOST_OTHERS:
                self._others.clear()
            self._others.update(each.message["to"] for part in parts[1:] for each in part)
            taken = {id(each) for part in parts for each in part}
            parts.append([each for each in batch if id(each) not in taken])
        else:
            parts = [list(batch[: len(batch) // 2]), list(batch[len(batch) // 2 :])]
        for part in parts:
            if part:
                self._parts.append(part)
                self._begin()

    async def _post(self, path: str, content: Any, asked_at: float | None) -> tuple[int, Any, float | None]:
        """Sends JSON, and returns status, JSON and the seconds to wait. `asked_at`: when the gate was asked."""
        begun = False

        async def trace(event: str, _: object) -> None:
            nonlocal begun
            if event == _SENDING:
                if asked_at is not None and self._clock() - asked_at >= BEGINS_WITHIN_S:
                    raise _Stale
                begun = True

        body = gzip.compress(json.dumps(content).encode())
        try:
            url, extensions = f"{self._url}{path}", {"trace": trace}
            response = await self._client.post(url, content=body, headers=self._headers, extensions=extensions)
        except httpx2.HTTPError:
            if begun:
                raise _Lost from None
            raise DependencyDown("Expo's push service") from None
        try:
            answer = response.json()
        except ValueError:
            answer = {}
        wait = wait_asked(response.headers.get("retry-after"), time.time())
        return response.status_code, answer if isinstance(answer, dict) else {}, wait


def _by_project(answer: Mapping[str, Any]) -> list[set[str]]:
    """Returns the tokens of each project that a refused request has mixed; none where the answer does not say."""
    errors = answer.get("errors")
    for error in errors if isinstance(errors, list) else []:
        details = error.get("details") if isinstance(error, dict) else None
        if isinstance(details, dict) and error.get("code") == "PUSH_TOO_MANY_EXPERIENCE_IDS":
            return [set(map(str, tokens)) for tokens in details.values() if isinstance(tokens, list)]
    return []


def _message(told: Told, target: Target, ttl: int) -> Mapping[str, Any]:
    body = told.body if len(told.body) <= _MOST_BODY else told.body[:_MOST_BODY] + "…"
    data = {"id": str(told.id), "type": told.type, "link": told.link}
    shown = {"to": target["token"], "title": told.title, "body": body, "data": data, "ttl": ttl}
    return {**shown, "priority": "high" if told.urgent else "default"}


async def _ask(waiting: _Waiting) -> None:
    """Asks the gate for one message of a batch.

    A whole batch cannot be held: each hold takes a connection of the key store. A request begins within
    `BEGINS_WITHIN_S` of the question, which whoever takes a consent back waits for.
    """
    try:
        async with waiting.may_begin():
            return
    except Exception as error:
        if not waiting.answer.done():
            waiting.answer.set_exception(error)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for each in batch:
        if each.answer.done():
            continue
        if isinstance(error, _Lost):
            each.answer.set_result(Ended("unknown", "unknown-outcome"))
        else:
            each.answer.set_exception(error)


def _settle(waiting: _Waiting, ticket: Any) -> None:
    if waiting.answer.done():  # whoever waited has gone
        return
    ticket = ticket if isinstance(ticket, dict) else {}
    if ticket.get("status") == "ok" and isinstance(ticket.get("id"), str):
        waiting.answer.set_result(Ended("sent", None, ticket["id"]))
    elif _error(ticket) == "MessageRateExceeded":
        waiting.answer.set_exception(Retryable("slower", _SLOWER_S))
    else:
        waiting.answer.set_result(_failed(_error(ticket)))


def _received(receipt: Any) -> Ended:
    if isinstance(receipt, dict) and receipt.get("status") == "ok":
        return Ended("confirmed")
    return _failed(_error(receipt if isinstance(receipt, dict) else {}))


def _failed(error: str) -> Ended:
    """Returns what an error means: a device that is not registered any more is gone, another is no channel's fault."""
    return Ended("gone", "channel-gone") if error == "DeviceNotRegistered" else Ended("failed", "refused")


def _error(answer: Mapping[str, Any]) -> str:
    details = answer.get("details")
    return str(details.get("error", "")) if isinstance(details, dict) else ""
