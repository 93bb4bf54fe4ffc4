"""Has OpenAI make short-lived keys for sessions of its Realtime API, with which a client speaks to it directly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chassis.errors import VoxbusError
from chassis.privacy.outside import MayBegin
from feedback.conversation.realtime.issued import Issued
from feedback.models.errors import ProviderError
from feedback.models.providers.client import Sending, failure_of, open_client
from feedback.models.secret import Secret

#: seconds to connect, and for the whole call
_CONNECT_S, _WHOLE_S = 3.0, 15.0
_PREFIX, _LONGEST = "ek_", 4096


class OpenAISecrets:
    """Asks one address for keys."""

    def __init__(self, base_url: str) -> None:
        """Takes the address that a client takes as base, http or https."""
        self._client = open_client(base_url, _CONNECT_S, _WHOLE_S)
        self._url = base_url.replace("http", "ws", 1).rstrip("/") + "/realtime?"

    async def issue(self, session: Mapping[str, Any], seconds: int, key: Secret, may_begin: MayBegin) -> Issued:
        """See `Issuer`."""
        asked = {"expires_after": {"anchor": "created_at", "seconds": seconds}, "session": session}
        sending, failure, answer = Sending(may_begin), None, None
        try:
            async with asyncio.timeout(_WHOLE_S), sending:
                # a copy of the client (`with_options`) would ask in a thread, each time, what machine this is
                options: Any = {"headers": {"Authorization": f"Bearer {key.reveal()}"}}
                path = "/realtime/client_secrets"
                answer = await self._client.post(path, body=asked, cast_to=object, options=options)
        except VoxbusError:
            raise
        except Exception as error:  # the client's own, and what broken answers make it raise
            failure = failure_of(error, sending)
        if failure is not None:
            raise failure
        return self._read(answer, str(session.get("model", "")))

    def _read(self, answer: object, model: str) -> Issued:
        value, expires_at = (answer.get("value"), answer.get("expires_at")) if isinstance(answer, dict) else (None, 0)
        is_key = isinstance(value, str) and value.startswith(_PREFIX) and value.isascii() and len(value) <= _LONGEST
        if not is_key or not isinstance(expires_at, int):
            raise ProviderError("failed", code="unreadable")
        return Issued(str(value), expires_at, self._url + urlencode({"model": model}))

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.close()
