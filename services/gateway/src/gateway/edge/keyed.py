"""Lets clients repeat the gateway's own writes under an `Idempotency-Key`.

An operation takes `write: Keyed` and changes what it changes in `write.transaction`, or gives `write` to what does. The
rest follows from its declaration: `Own` looks first whether the request was done before, and answers it again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel, SecretStr, WithJsonSchema
from starlette.responses import Response

from chassis.web.answer import REPLAYED
from chassis.web.idempotency import KEY_SCHEMA, Replayed, check_key
from chassis.web.keyed import KeyedWrite
from chassis.web.problems import NOT_FOUND, ProblemError, not_found
from gateway.edge.callers import REPEATS, Caller
from gateway.edge.context import Ctx, GatewayContext

KeyHeader = Annotated[
    Annotated[str, WithJsonSchema(KEY_SCHEMA)] | None,
    Header(
        alias="Idempotency-Key",
        description="1–255 visible characters. The same key and content is done once, for 24 hours.",
    ),
]


class KeyedRequest(KeyedWrite):
    """Does the write of one request, or answers it again where it was done before. Anonymous callers have no keys."""

    def __init__(
        self, ctx: GatewayContext, request: Request, response: Response, person: UUID | None, key: str | None
    ) -> None:
        """Takes FastAPI's `response`, whose headers the answer gets."""
        super().__init__()
        self._ctx = ctx
        self._request = request
        self._response = response
        self._person = person
        self._key = key
        self._has_password = False

    async def answer(
        self,
        values: Mapping[str, Any],
        work: Callable[..., Awaitable[Any]],
        again: Callable[[UUID | None], Awaitable[Any]],
        *,
        rereads_person: bool,
        reads_form: bool,
    ) -> Any:
        """Returns what `work` does with the values of a request that are judged valid, or what `again` reads anew.

        `rereads_person`: `again` shows the person in the path, whom a former guardian may not see any more.
        `reads_form`: `work` reads a form, and says by `asks` what it asks for.
        """
        if self._person is None or self._key is None:
            return await work(**values)
        self._has_password = _has_secret(values.values())
        is_former = self._request.scope.get(REPEATS, False)
        try:
            if not reads_form:
                await self.asks(await self._request.body())
            if is_former:
                raise not_found()
            try:
                value = await work(**values)
            except ProblemError:
                if not self.is_claimed:  # another request with the key may have been at work, which has done it now
                    await self._look()
                raise
            if not self.is_claimed:
                raise RuntimeError(f"{self._route} did not write in the transaction that claims its key")
            return value
        except Replayed as record:
            if is_former and rereads_person:
                raise ProblemError(NOT_FOUND, headers={REPLAYED: "true"}) from None
            return await self._again(record, again)

    async def asks(self, content: bytes) -> None:
        """Says what the request asks for, besides its path and query, and looks whether that was done before.

        An operation that reads a form says it of the fields and of the SHA-256 of each file: a boundary differs each
        time. For all others `answer` says it.
        """
        if self._person is None or self._key is None:
            return
        status: int = self._request.scope["route"].status_code or 200
        self._claim = await self._ctx.records.claim(
            self._person,
            self._route,
            self._key,
            _target(self._request),
            content,
            status=status,
            has_password=self._has_password,
        )
        await self._look()

    async def _look(self) -> None:
        """Raises `Replayed`, or the 422 for other content, where there is a record. A form that is none asks nothing.

        Who guesses at content with a password guesses at the password, and is slowed down as at a log-in.
        """
        found = None if self._claim is None else await self._claim.find(self._ctx.database)
        if found is None:
            return
        if self._has_password:
            await self._ctx.logins.begin(self._request.scope, str(self._person))
            if isinstance(found, Replayed):
                await self._ctx.logins.succeeded(self._request.scope, str(self._person))
        raise found

    async def _again(self, record: Replayed, again: Callable[[UUID | None], Awaitable[Any]]) -> Any:
        self._response.headers[REPLAYED] = "true"
        self._response.status_code = record.status
        try:
            value = await again(record.resource_id)
        except ProblemError as problem:
            problem.headers[REPLAYED] = "true"
            raise
        if isinstance(value, Response):
            value.headers[REPLAYED] = "true"
        return value

    @property
    def _route(self) -> str:
        return f"{self._request.method} {self._request.scope['route'].path}"


def _has_secret(values: Any) -> bool:
    """Tells whether a request has a body with a secret that people may have thought of."""
    bodies = [each for each in values if isinstance(each, BaseModel)]
    return any(isinstance(getattr(body, name), SecretStr) for body in bodies for name in type(body).model_fields)


def _target(request: Request) -> str:
    """Returns path and query as they were sent."""
    raw: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


async def _keyed(request: Request, response: Response, caller: Caller, ctx: Ctx, key: KeyHeader = None) -> KeyedRequest:
    check_key(key)
    return KeyedRequest(ctx, request, response, caller.id, key)


async def _judged(key: KeyHeader = None) -> None:
    check_key(key)


#: the key of an operation that keeps no record, so that it matters to nobody; 422 for one that is none
JudgedKey = Annotated[None, Depends(_judged)]
#: the write of an operation that a client may repeat
Keyed = Annotated[KeyedRequest, Depends(_keyed)]
