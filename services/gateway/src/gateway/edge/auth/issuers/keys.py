"""Keeps the keys of issuers: those of the settings, and those that an issuer publishes, each set for its issuer alone.

Published keys are fetched in the background before they are stale, and at most once in `REST_S` for one issuer, whoever
asks for an unknown key how often. An issuer that is away keeps the keys it had for a day.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from chassis.errors import VoxbusError
from chassis.observe import metrics
from chassis.observe.logs import logger
from gateway.edge.auth.issuers.http import Away
from gateway.edge.auth.issuers.rule import Rule
from gateway.edge.auth.issuers.verifier import BadKeys, Key, keys_of

#: least seconds between two requests to one issuer
REST_S = 30.0
#: seconds after which keys are fetched again, and after which they are stale
DUE_S, KEPT_S = 480.0, 600.0
#: seconds for which keys of an issuer that is away are good
LONGEST_S = 24 * 3600.0
#: an unknown id of any other form is no reason to fetch
_ID = re.compile(r"[\w.:=+~-]{1,200}", re.ASCII)

#: returns the document at a URL, or raises `Away`
Fetch = Callable[[str], Awaitable[bytes]]

_log = logger(__name__)


class KeysUnknown(VoxbusError):
    """Says that no token of an issuer can be judged: it is away and its keys are not known, or too old."""


class Keys(Protocol):
    """Finds the keys that may have signed a token of one issuer."""

    async def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        """Returns the keys with an id and for an algorithm, perhaps none. Raises `KeysUnknown`."""

    async def refresh(self) -> None:
        """Fetches the keys if they are due. The loop of the gateway calls it often enough."""

    async def aclose(self) -> None:
        """Ends what is under way."""


class OwnKeys:
    """Holds keys of our settings, which have no ids."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = keys

    async def find(self, _: str | None, algorithm: str) -> Sequence[Key]:
        """See `Keys`."""
        return [key for key in self._keys if key.algorithm == algorithm]

    async def refresh(self) -> None:
        """See `Keys`."""

    async def aclose(self) -> None:
        """See `Keys`."""


class PublishedKeys:
    """Keeps the key set that one issuer publishes at a URL of our settings."""

    def __init__(self, rule: Rule, url: str, fetch: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._rule = rule
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Key] | None = None
        self._fetched_at = 0.0
        self._begun_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        """See `Keys`. Waits only for an unknown key, and only while it is being fetched."""
        if kid is None:
            return ()
        self._forget_old()
        key = None if self._keys is None else self._keys.get(kid)
        if key is None and _ID.fullmatch(kid):
            if (fetching := self._begin()) is not None:
                await asyncio.wait([fetching])  # which does not cancel it when this caller goes away
            key = None if self._keys is None else self._keys.get(kid)
        elif self._age() >= KEPT_S:
            self._begin()
        if self._keys is None:
            raise KeysUnknown(self._rule.name)
        return (key,) if key is not None and key.algorithm == algorithm else ()

    async def refresh(self) -> None:
        """See `Keys`."""
        if (self._keys is None or self._age() >= DUE_S) and (fetching := self._begin()) is not None:
            await asyncio.wait([fetching])

    async def aclose(self) -> None:
        """See `Keys`."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _forget_old(self) -> None:
        if self._keys is not None and self._age() > LONGEST_S:
            self._keys = None

    def _begin(self) -> asyncio.Task[None] | None:
        """Returns the request that is under way, or begins one; None while the issuer has its rest."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if self._begun_at is not None and self._clock() - self._begun_at < REST_S:
            return None
        self._begun_at = self._clock()
        self._fetching = asyncio.create_task(self._fetch_keys())
        return self._fetching

    async def _fetch_keys(self) -> None:
        try:
            document = json.loads(await self._fetch(self._url))
            self._keys = keys_of(document, self._rule.algorithms)
        except (Away, BadKeys, ValueError, RecursionError) as error:
            metrics.ISSUER_KEYS.labels(self._rule.name, "failed").inc()
            _log.warning("keys of an issuer not fetched", issuer=self._rule.name, error=type(error).__name__)
            return
        self._fetched_at = self._clock()
        metrics.ISSUER_KEYS.labels(self._rule.name, "fetched").inc()


class SecretAndPublishedKeys:
    """Joins a secret and a published set: an issuer that is changing from the one to the other uses both."""

    def __init__(self, secret: OwnKeys, published: PublishedKeys) -> None:
        self._secret = secret
        self._published = published

    async def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        """See `Keys`. Each key is for its own algorithm, so the algorithm decides which of the two it is."""
        return await self._secret.find(kid, algorithm) or await self._published.find(kid, algorithm)

    async def refresh(self) -> None:
        """See `Keys`."""
        await self._published.refresh()

    async def aclose(self) -> None:
        """See `Keys`."""
        await self._published.aclose()
