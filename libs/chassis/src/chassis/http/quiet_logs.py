"""Logs what uvicorn says of requests and WebSockets, without the lines that a client can cause at will."""

from __future__ import annotations

import logging

#: the second: it says so of each handshake that an application has refused with an answer
_CAUSED_AT_WILL = ("Invalid UTF-8", "ASGI callable returned without completing handshake")

of_requests = logging.getLogger("uvicorn.error.requests")
of_requests.setLevel(logging.ERROR)
of_sockets = logging.getLogger("uvicorn.error.sockets")
of_sockets.addFilter(lambda record: not str(record.msg).startswith(_CAUSED_AT_WILL))
