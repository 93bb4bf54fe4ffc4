"""Opens the client of the vendor for one address: it sends what it is given, once, and logs nothing."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from contextvars import ContextVar
from typing import Any

import openai

from chassis.privacy.outside import MayBegin
from feedback.models.errors import ProviderError
from feedback.models.providers.refusals import error_of_status

#: the events that the HTTP client reports right before it writes the first byte, and once it has
_SENDING = "http11.send_request_headers.started"
_SENT = "http11.send_request_headers.complete"
#: what a server gets that wants no key; the client insists on one
NO_KEY = "none"


def open_client(base_url: str, connect: float, whole: float) -> openai.AsyncOpenAI:
    """Returns a client with a pool of connections, which limits a call in seconds, to connect and as a whole."""
    _cut_off_loggers()
    timeout = openai.Timeout(whole, connect=connect, pool=connect)
    return _Client(
        api_key=NO_KEY,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=base_url,
        timeout=timeout,
        max_retries=0,
        http_client=_Http(timeout=timeout, trust_env=False, follow_redirects=False),
    )


def failure_of(error: Exception, sending: Sending) -> ProviderError:
    """Says in our own words what an error of the client means for a call that is answered as a whole."""
    if isinstance(error, openai.APIStatusError):
        return error_of_status(error.status_code, error.response.headers, error.body)
    if isinstance(error, TimeoutError):
        return ProviderError("timeout", phase="whole")
    if isinstance(error, openai.APIConnectionError) and not sending.begun:
        return ProviderError("unreachable")
    return ProviderError("failed", code="broken")


class Sending:
    """Opens `may_begin` while the first byte of a call is sent, as the HTTP client's trace tells it."""

    def __init__(self, may_begin: MayBegin) -> None:
        self._may_begin = may_begin
        self._beginning = AsyncExitStack()
        self.begun = False

    async def trace(self, event: str, _: object) -> None:
        if event == _SENDING:
            await self._beginning.enter_async_context(self._may_begin())
            self.begun = True
        elif event == _SENT:
            await self._beginning.aclose()

    async def __aenter__(self) -> Sending:
        self._token = _sending.set(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        _sending.reset(self._token)
        await self._beginning.aclose()


_sending: ContextVar[Sending | None] = ContextVar("_sending", default=None)


class _Http(openai.DefaultAsyncHttpxClient):
    """Tells the call that a request belongs to when its first byte is sent."""

    async def send(self, request: Any, **options: Any) -> Any:
        if (call := _sending.get()) is not None:
            request.extensions["trace"] = call.trace
        return await super().send(request, **options)


class _Client(openai.AsyncOpenAI):
    """Sends what we give it, and nothing that its library reads from the environment or finds out about the machine."""

    @property
    def default_headers(self) -> dict[str, str | openai.Omit]:
        return {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "Voxbus"}


def _cut_off_loggers() -> None:
    """Lets the client's loggers write nothing: at the level that OPENAI_LOG sets they would write bodies and URLs."""
    for name in ("openai", "openai.agents"):
        log = logging.getLogger(name)
        log.handlers[:] = [logging.NullHandler()]
        log.propagate = False
        log.setLevel(logging.CRITICAL + 1)
