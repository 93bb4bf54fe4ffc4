"""Opens streams to an owner in another process, as WebSockets over its port."""

from __future__ import annotations

import logging

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from gateway.edge.forward.hop import HopAnswer, HopEnded, HopRequest, HopSocket, NoAnswer, NotSent
from gateway.edge.forward.in_process_socket import LOST, nothing, pieces_of

#: messages of an owner that are read ahead
_AHEAD = 2
#: seconds that a close may take
_CLOSING_S = 1.0
#: a close that says nothing, and the one that may be sent for it
_NO_CODE, _NORMAL = 1005, 1000

#: says nothing at all: the client of WebSockets logs whole heads, which hold keys
_SILENT = logging.Logger("a stream", logging.CRITICAL + 1)


async def open_socket(url: str, request: HopRequest, within: float) -> HopSocket | HopAnswer:
    """Opens a stream at an owner's address. See `Hop.open`."""
    target = request.path + (b"?" + request.query if request.query else b"")
    try:
        socket = await connect(
            url.replace("http", "ws", 1).rstrip("/") + target.decode("latin-1"),
            additional_headers=[(name.decode(), value.decode("latin-1")) for name, value in request.headers],
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=within,
            close_timeout=_CLOSING_S,
            max_size=None,  # an owner is one of us
            max_queue=_AHEAD,
            logger=_SILENT,
        )
    except InvalidStatus as refused:
        answer = refused.response
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.raw_items()]
        return HopAnswer(answer.status_code, headers, pieces_of(bytes(answer.body or b"")), nothing)
    except (TimeoutError, InvalidHandshake) as error:
        raise NoAnswer(type(error).__name__, late=isinstance(error, TimeoutError)) from None
    except OSError as error:
        raise NotSent(type(error).__name__) from None
    return PortSocket(socket)


class PortSocket:
    """Holds one WebSocket to an owner."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def receive(self) -> str:
        """See `HopSocket`."""
        try:
            return await self._socket.recv(decode=True)
        except ConnectionClosed:
            raise self._ended() from None

    async def send(self, text: str) -> None:
        """See `HopSocket`."""
        try:
            await self._socket.send(text)
        except ConnectionClosed:
            raise self._ended() from None

    async def close(self, code: int) -> None:
        """See `HopSocket`."""
        if code == LOST:
            self._socket.transport.abort()
        else:
            await self._socket.close(_NORMAL if code == _NO_CODE else code)

    def _ended(self) -> HopEnded:
        return HopEnded(self._socket.close_code or LOST)
