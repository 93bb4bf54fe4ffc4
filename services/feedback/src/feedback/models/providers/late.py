"""Asks a provider by a client that is imported when it is first needed: OpenAI's takes 0.7 s and 25 MB."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import date
from importlib import import_module
from typing import Protocol

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.models.providers import CLIENT
from feedback.models.request import ChatProvider, ModelRequest, Piece
from feedback.models.secret import Secret


class Client(ChatProvider, Protocol):
    """Describes the provider that `CLIENT` names."""

    async def ends(self, key: Secret | None) -> Mapping[str, date | None]: ...

    async def aclose(self) -> None: ...


class LateProvider:
    """Asks one provider. The first call waits for the client, and imports it beside the event loop."""

    def __init__(self, name: str, recipient: Recipient, base_url: str) -> None:
        self.name = name
        self.recipient = recipient
        self._base_url = base_url
        self._client: Client | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> Client:
        """Returns the client, which the first call makes."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._made)
        return self._client

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        """See `ChatProvider`."""
        client = self._client or await self.open()
        async with aclosing(client.stream(request, key, may_begin)) as pieces:
            async for piece in pieces:
                yield piece

    async def ends(self, key: Secret | None) -> Mapping[str, date | None]:
        """Returns the days on which the provider's models end; see `CompatibleProvider.ends`."""
        return await (await self.open()).ends(key)

    async def aclose(self) -> None:
        """Closes its connections, if there are any."""
        if self._client is not None:
            await self._client.aclose()

    def _made(self) -> Client:
        module, _, kind = CLIENT.partition(":")
        made: Client = getattr(import_module(module), kind)(self.name, self.recipient, self._base_url)
        return made
