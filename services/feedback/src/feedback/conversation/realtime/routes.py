"""Serves spoken conversations: the WebSocket of those that we relay, and keys for those that go to the provider."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.handler import Deps
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, whole
from chassis.web.problems import CONSENT_REQUIRED, invalid, unauthorized
from chassis.web.routes import Routes
from chassis.web.stream import StreamCall, StreamSocket
from feedback.conversation.realtime.problems import ALL, OF_STREAM, TOO_MANY_SECRETS
from feedback.conversation.realtime.relays import Relays
from feedback.conversation.realtime.schemas import ClientSecret, OpenAISecretRequest, SecretRequest
from feedback.conversation.realtime.secrets import ClientSecrets
from feedback.models.secret import Secret

routes = Routes("conversation")

#: seconds that the provider may take for a key
_DEADLINE_S = 20
_LIMITS = ("conversation", "conversation_key")
_CREATED = 201


@dataclass(frozen=True, kw_only=True)
class RealtimeDeps(Deps):
    """Holds the sessions of this replica, and who gives out keys."""

    relays: Relays
    client_secrets: ClientSecrets


@routes.stream("/api/conversation/realtime", access=("public",), problems=OF_STREAM)
async def converse_aloud(call: StreamCall, socket: StreamSocket) -> None:
    """Speaks OpenAI's Realtime events both ways, with a provider's key of the caller or with ours.

    `?model=` names the model, `&session_id=` a session of one's own in which what is said is kept. Events of our own
    have types that begin with `voxbus.`.
    """
    deps = call.deps
    assert isinstance(deps, RealtimeDeps)
    await deps.relays.serve(call, socket)


@routes.direct(
    "/api/conversation/client-secret",
    access=("public",),
    status=_CREATED,
    deadline=_DEADLINE_S,
    shows=ClientSecret,
    limits=_LIMITS,
    problems=(*ALL, CONSENT_REQUIRED, TOO_MANY_SECRETS),
)
async def create_client_secret(body: SecretRequest, call: Call[RealtimeDeps]) -> DirectResponse:
    """Makes a short-lived key of the provider, with which a client speaks to it without us in between.

    With `apiKey` it is made with the caller's key. Without one whoever is signed in and agrees to `ai_voice` gets it
    with ours: five a day, for a minute at most, and each counts as a whole session, since nobody sees what it costs.
    We keep no such key.
    """
    return await _give(body, call)


@routes.direct(
    "/api/conversation/realtime/client_secrets",
    access=("public",),
    status=_CREATED,
    deadline=_DEADLINE_S,
    shows=ClientSecret,
    limits=_LIMITS,
    problems=(*ALL, CONSENT_REQUIRED, TOO_MANY_SECRETS),
)
async def create_realtime_client_secret(body: OpenAISecretRequest, call: Call[RealtimeDeps]) -> DirectResponse:
    """Does the same for OpenAI's clients, whose base URL is `…/api/conversation`; here a Bearer may be a key.

    One that begins with `sk-` is the caller's key of the provider, and no token of ours.
    """
    return await _give(body, call)


async def _give(body: SecretRequest, call: Call[RealtimeDeps]) -> DirectResponse:
    sent = call.provider_key
    if sent is not None and body.api_key is not None:
        raise invalid((None, "a key comes in the header or in the body, not in both"))
    key = body.api_key if sent is None else Secret(sent)
    if key is None and call.principal.id is None:
        raise unauthorized()
    made = await call.deps.client_secrets.give(body, key, call.principal, str(call.id))
    return whole(made.model_dump_json(), "application/json", {"Cache-Control": "no-store"}, _CREATED)
