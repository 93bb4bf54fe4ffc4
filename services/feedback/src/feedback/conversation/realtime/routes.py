"""Serves the WebSocket of spoken conversations."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.handler import Deps
from chassis.web.routes import Routes
from chassis.web.stream import StreamCall, StreamSocket
from feedback.conversation.realtime.problems import ALL
from feedback.conversation.realtime.relays import Relays

routes = Routes("conversation")


@dataclass(frozen=True, kw_only=True)
class RealtimeDeps(Deps):
    """Holds the sessions of this replica."""

    relays: Relays


@routes.stream("/api/conversation/realtime", access=("public",), problems=ALL)
async def converse_aloud(call: StreamCall, socket: StreamSocket) -> None:
    """Speaks OpenAI's Realtime events both ways, with a provider's key of the caller or with ours.

    `?model=` names the model. Events of our own have types that begin with `voxbus.`.
    """
    deps = call.deps
    assert isinstance(deps, RealtimeDeps)
    await deps.relays.serve(call, socket)
