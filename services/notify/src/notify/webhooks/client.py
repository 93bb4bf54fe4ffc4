"""Calls a webhook over HTTP at a checked address, signed and in a limited time; keeps only status and Retry-After."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple
from uuid import UUID

import httpx2

from chassis.errors import Retryable, VoxbusError
from chassis.http.retry_after import wait_asked
from chassis.installation_key import webhook_key, webhook_secret
from chassis.privacy.outside import MayBegin
from notify.webhooks.ssrf import Address, Lookup, Network, NotAsked, Refused, Unresolved, checked

#: seconds for one call from the resolver to the status line
TIMEOUT_S = 10.0
_CONNECT_S = 5.0
_ADDRESSES = 3
#: octets that are read after a status line, so that the connection can be used again
_MOST_READ = 16_384
#: seconds for that
_READ_ON_S = 1.0
#: the events that the HTTP client reports right before it writes the first byte, and once it has
_SENDING = "http11.send_request_headers.started"
_SENT = "http11.send_request_headers.complete"
_PORTS = {"https": 443, "http": 80}


class Answer(NamedTuple):
    """Holds what a receiver answered: a status, and the seconds after which it wants to be asked again, if it said."""

    status: int
    wait: float | None = None


class Failed(VoxbusError):
    """Says that a call was made with an unknown outcome; the message tells the webhook's owner why."""


class NotSent(Retryable):
    """Says that a call surely never arrived."""


class Unreachable(NotSent):
    """Says that no connection came about: no address, no connection, or no TLS."""


class WebhookClient:
    """Calls the URLs of webhooks."""

    def __init__(
        self,
        key: str,
        allowed: Sequence[Network] = (),
        *,
        ports: Collection[int] = (),
        lookup: Lookup,
        previous: str | None = None,
        timeout: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
        keeps: int = 0,
    ) -> None:
        """Takes `key`, the installation's secret key, and `allowed`, the private networks that are permitted.

        `ports` are those that calls may go to elsewhere; none named: any.

        `lookup` resolves names. `previous` is the secret key before it was turned: calls are signed with both, since a
        webhook's owner may have the secret that was derived from it. To how many hosts connections are kept open is
        `keeps`.
        """
        self._key = key
        self._previous = previous
        self._allowed = allowed
        self._ports = ports
        self._lookup = lookup
        self._timeout = timeout
        self._clock = clock
        self._tls = httpx2.create_ssl_context()
        self._keeps = keeps
        self._kept: dict[str, httpx2.AsyncClient] = {}

    def secret(self, webhook_id: UUID) -> str:
        """Returns the key of a webhook's signatures in the form that its owner gets."""
        return webhook_secret(self._key, webhook_id)

    async def check(self, url: str, lookup: Lookup | None = None) -> list[Address]:
        """Returns the addresses of a URL's host, from another `lookup` if given. Raises `Refused` or `Unresolved`."""
        return await self._addresses(_target(url), lookup or self._lookup)

    async def _addresses(self, target: httpx2.URL, ask: Lookup) -> list[Address]:
        host, port = target.raw_host.decode(), _port(target)
        return await checked(target.scheme, host, port, self._allowed, ask, ports=self._ports)

    async def aclose(self) -> None:
        """Closes the connections that are kept."""
        for client in self._kept.values():
            await client.aclose()

    async def send(self, webhook_id: UUID, url: str, message_id: str, body: bytes, *, may_begin: MayBegin) -> Answer:
        """POSTs a signed body once; see `post`."""
        return await self.post(url, self.signed(webhook_id, message_id, body), body, may_begin=may_begin)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, may_begin: MayBegin) -> Answer:
        """POSTs a body once. Raises `NotSent`, `Failed`, or what `may_begin` raises; follows no redirect.

        `may_begin` is open while the first byte is sent.
        """
        connected = asyncio.Event()
        try:
            async with asyncio.timeout(self._timeout):
                target = _target(url)
                addresses = await self._addresses(target, self._lookup)
                return await self._send(addresses, target, headers, body, connected, may_begin)
        except TimeoutError:
            raise Failed("no answer in time") if connected.is_set() else Unreachable("no connection in time") from None
        except (Refused, NotAsked) as error:
            raise NotSent(str(error)) from None
        except Unresolved as error:
            raise Unreachable(str(error)) from None

    async def _send(
        self,
        addresses: Sequence[Address],
        target: httpx2.URL,
        headers: Mapping[str, str],
        body: bytes,
        connected: asyncio.Event,
        may_begin: MayBegin,
    ) -> Answer:
        """Calls the first of the addresses that can be reached. Sets `connected` before the first byte is sent."""

        async def trace(event: str, _: object) -> None:
            if event == _SENDING:
                await beginning.enter_async_context(may_begin())
                connected.set()
            elif event == _SENT:
                await beginning.aclose()

        async with AsyncExitStack() as beginning, self._client(target.netloc.decode()) as client:
            for address in addresses[:_ADDRESSES]:
                try:
                    async with client.stream(
                        "POST",
                        target.copy_with(host=str(address)),
                        content=body,
                        headers={"Host": target.netloc.decode(), **headers},
                        extensions={"sni_hostname": target.raw_host.decode(), "trace": trace},
                    ) as response:
                        asked = wait_asked(response.headers.get("retry-after"), self._clock())
                        answer = Answer(response.status_code, asked)
                        if client in self._kept.values():
                            await _read_on(response)
                        return answer
                except (httpx2.ConnectError, httpx2.ConnectTimeout):
                    continue
                except httpx2.HTTPError:
                    raise Failed("the connection broke") from None
        raise Unreachable("no connection")

    @asynccontextmanager
    async def _client(self, host: str) -> AsyncIterator[httpx2.AsyncClient]:
        """Opens the client of one host: connections to an address are shared by no other name that leads there."""
        if host not in self._kept:
            timeout = httpx2.Timeout(self._timeout, connect=_CONNECT_S)
            made = httpx2.AsyncClient(verify=self._tls, timeout=timeout, trust_env=False)
            if len(self._kept) >= self._keeps:
                async with made:
                    yield made
                return
            self._kept[host] = made
        yield self._kept[host]

    def signed(self, webhook_id: UUID, message_id: str, body: bytes) -> dict[str, str]:
        """Returns the headers of a signed body."""
        sent_at = int(self._clock())
        keys = [self._key] if self._previous is None else [self._key, self._previous]
        signatures = [signature(webhook_key(key, webhook_id), message_id, sent_at, body) for key in keys]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Voxbus",
            "webhook-id": message_id,
            "webhook-timestamp": str(sent_at),
            "webhook-signature": " ".join(signatures),
        }


def signature(key: bytes, message_id: str, sent_at: int, body: bytes) -> str:
    """Signs as Standard Webhooks 1.0, symmetric: `v1,` and base64 of HMAC-SHA256 over id, timestamp and body."""
    signed = hmac.digest(key, b".".join((message_id.encode(), str(sent_at).encode(), body)), hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


async def _read_on(response: httpx2.Response) -> None:
    """Reads what little follows a status line: a connection with something unread in it cannot be used again."""
    read = 0
    with suppress(httpx2.HTTPError, TimeoutError):  # the answer is known
        async with asyncio.timeout(_READ_ON_S):
            async for part in response.aiter_raw():
                read += len(part)
                if read > _MOST_READ:
                    return


def host_of(url: str) -> str:
    """Returns the name and port of a URL, by which calls to one host are counted; nothing for what `send` refuses."""
    try:
        target = _target(url)
    except Refused:
        return ""
    return f"{target.raw_host.decode()}:{_port(target)}"


def _target(url: str) -> httpx2.URL:
    try:
        target = httpx2.URL(url)
    except httpx2.InvalidURL:
        raise Refused("it is not a URL") from None
    if target.scheme not in _PORTS or not target.host or target.userinfo:
        raise Refused("it must be https://, a host and a path")
    return target


def _port(target: httpx2.URL) -> int:
    return target.port or _PORTS[target.scheme]
