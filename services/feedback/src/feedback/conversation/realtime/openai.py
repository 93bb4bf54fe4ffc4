"""Connects to OpenAI's Realtime API (GA), whose events `openai_frames` reads and writes.

A provider's own words of an error go no further than these two files: they may repeat a key or what a person has said.
"""

from __future__ import annotations

import contextlib
import json
import logging
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.conversation.realtime.meanings import Command, Frame
from feedback.conversation.realtime.openai_frames import decoded, encoded
from feedback.models.errors import ProviderError
from feedback.models.providers.refusals import error_of_status
from feedback.models.secret import Secret

#: seconds to connect, and for a close
_CONNECT_S, _CLOSING_S = 10.0, 0.8
#: bytes of one event, and events that are read ahead
_MOST_BYTES, _AHEAD = 16 * 1024 * 1024, 4
#: the close by which the provider says that it does not take the key
_REFUSED_CLOSE, _REFUSED_REASON = 3000, "invalid_api_key"

#: says nothing at all: the client of WebSockets logs whole heads, which hold keys, and what is said
_SILENT = logging.Logger("realtime", logging.CRITICAL + 1)


class OpenAIRealtime:
    """Opens sessions of OpenAI's Realtime API, or of a server that speaks it."""

    name = "openai"
    recipient: Recipient = "openai"

    def __init__(self, base_url: str) -> None:
        """Takes the address that a client takes as base, http or https."""
        self._url = base_url.replace("http", "ws", 1).rstrip("/") + "/realtime?"

    async def connect(self, model: str, key: Secret, may_begin: MayBegin) -> OpenAIConnection:
        """See `RealtimeProvider`. It is tried once."""
        try:
            async with may_begin():
                socket = await connect(
                    self._url + urlencode({"model": model}),
                    additional_headers={"Authorization": f"Bearer {key.reveal()}"},
                    user_agent_header="voxbus",
                    compression=None,
                    proxy=None,
                    open_timeout=_CONNECT_S,
                    close_timeout=_CLOSING_S,
                    max_size=_MOST_BYTES,
                    max_queue=_AHEAD,
                    logger=_SILENT,
                )
        except InvalidStatus as refused:
            raise _refusal(refused) from None
        except TimeoutError:
            raise ProviderError("timeout", phase="first_token") from None
        except (OSError, InvalidHandshake):
            raise ProviderError("unreachable") from None
        return OpenAIConnection(socket, key)


class OpenAIConnection:
    """Holds one session. Its key is known here so that nothing that repeats it gets out."""

    def __init__(self, socket: ClientConnection, key: Secret) -> None:
        self._socket = socket
        self._key = key

    @property
    def refuses_key(self) -> bool:
        """See `Connection`."""
        return self._socket.close_code == _REFUSED_CLOSE and _REFUSED_REASON in (self._socket.close_reason or "")

    async def receive(self) -> Frame | None:
        """See `Connection`."""
        try:
            while True:
                text = await self._socket.recv()
                frame = decoded(text, self._key.reveal()) if isinstance(text, str) else None
                if frame is not None:
                    return frame
        except ConnectionClosed:
            return None

    async def send(self, text: str) -> None:
        """See `Connection`."""
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(text)

    async def ask(self, command: Command) -> None:
        """See `Connection`."""
        await self.send(encoded(command))

    async def close(self) -> None:
        """See `Connection`."""
        await self._socket.close()


def _refusal(refused: InvalidStatus) -> ProviderError:
    answer = refused.response
    try:
        body = json.loads(answer.body or b"null")
    except ValueError:
        body = None
    headers = {name.lower(): value for name, value in answer.headers.raw_items()}
    return error_of_status(answer.status_code, headers, body)
