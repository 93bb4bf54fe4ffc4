"""Makes short-lived keys by a client that is imported when it is first needed: OpenAI's takes 0.7 s and 25 MB."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from chassis.privacy.outside import MayBegin
from feedback.conversation.realtime.issued import Issued, Issuer
from feedback.models.secret import Secret

_CLIENT = "feedback.conversation.realtime.openai_secrets"


class _Client(Issuer, Protocol):
    """Describes what the module named above has."""

    async def aclose(self) -> None: ...


class LateSecrets:
    """Asks one address. The first call waits for the client, and imports it beside the event loop."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._client: _Client | None = None
        self._opening = asyncio.Lock()

    async def issue(self, session: Mapping[str, Any], seconds: int, key: Secret, may_begin: MayBegin) -> Issued:
        """See `Issuer`."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._made)
        return await self._client.issue(session, seconds, key, may_begin)

    async def aclose(self) -> None:
        """Closes its connections, if there are any."""
        if self._client is not None:
            await self._client.aclose()

    def _made(self) -> _Client:
        made: _Client = import_module(_CLIENT).OpenAISecrets(self._base_url)
        return made
