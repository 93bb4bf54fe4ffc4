"""Keeps the tokens that providers give for a person, beside the person's key: sealed with it and destroyed with it.

They are refreshed once, however many workers of however many processes ask: each change is a write that only succeeds
if nobody has written since (`Sealed.mark`). `grant` decides; ADR 47 has its states.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Protocol
from uuid import UUID

from chassis.errors import DependencyDown, Erased, VoxbusError
from chassis.message.crypto import Key, decrypt, encrypt
from chassis.observe.logs import logger
from chassis.storage import grant as rule
from chassis.storage.grant import Grant, State, Tokens, Verdict
from chassis.storage.keys import Keys

#: seconds in which a refresh ends, its storing included; afterwards its outcome is unknown
LEASE_S = 30.0
#: seconds between two looks at a refresh of another process, and between tries to store
_LOOK_S = 0.1
_Key = tuple[UUID, str]

_log = logger(__name__)


class GrantRefused(VoxbusError):
    """Says that a provider refuses a refresh token (`invalid_grant`)."""


class ProviderAway(VoxbusError):
    """Says that a provider has not answered, or could not: a time-out, a 5xx, a 429."""


class NotConnected(VoxbusError):
    """Says that there are no tokens of a person and a provider."""


class ConnectAgain(VoxbusError):
    """Says that tokens are of no use any more: only the person can help, by connecting again."""


class Provider(Protocol):
    """Describes a provider of tokens. Each call sends at most one request, and ends long before `LEASE_S`."""

    @property
    def name(self) -> str:
        """Returns the provider's name, by which its tokens are kept."""

    async def refresh(self, refresh_token: str) -> Tokens:
        """Spends a refresh token. Raises `GrantRefused` and `ProviderAway`."""


class Vault:
    """Keeps tokens for named persons. Each method raises `DependencyDown` when the key store does not answer."""

    def __init__(
        self, keys: Keys, *, lease: float = LEASE_S, failpoint: Callable[[str], None] = lambda _here: None
    ) -> None:
        """Takes the key store, and the seconds that a refresh may take."""
        self._keys = keys
        self._lease = lease
        self._failpoint = failpoint
        self._asked: dict[_Key, asyncio.Task[str]] = {}

    async def keep(self, person: UUID, provider: str, tokens: Tokens) -> None:
        """Keeps the tokens of a new connection, in place of all that was kept. Raises `Erased`."""
        while True:
            found = await self._keys.read_sealed(person, provider)
            if await self._write(person, provider, rule.granted(tokens, found.now), found.mark):
                return

    async def state(self, person: UUID, provider: str) -> State:
        """Returns how a person's connection with a provider stands."""
        grant, _, now = await self._read(person, provider)
        return "none" if grant is None else rule.state_of(grant, now)

    async def access_token(self, person: UUID, provider: Provider) -> str:
        """Returns an access token, refreshed if need be. Concurrent callers of a process share the work.

        Raises `NotConnected`, `ConnectAgain`, and `DependencyDown` also when the provider does not answer.
        """
        key = (person, provider.name)
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(person, provider))
            task.add_done_callback(lambda done: self._forget(key, done))
        # whoever is cancelled leaves the task alone: it may hold the only copy of new tokens
        return await asyncio.shield(task)

    async def take_out(self, person: UUID, provider: str) -> Tokens | None:
        """Destroys what is kept, and returns it for the provider to revoke; None where nothing was."""
        tokens = await self.read_tokens(person, provider)
        await self._keys.delete_sealed(person, provider)
        return tokens

    async def read_tokens(self, person: UUID, provider: str) -> Tokens | None:
        """Returns what is kept, as it is; None where nothing is."""
        grant, _, now = await self._read(person, provider)
        if grant is None or not grant.access_token:
            return None
        return Tokens(grant.access_token, grant.refresh_token, grant.expires_at - now, grant.scopes)

    async def aclose(self) -> None:
        """Waits for refreshes under way, so that their tokens are stored."""
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def _forget(self, key: _Key, done: asyncio.Task[str]) -> None:
        self._asked.pop(key, None)
        if not done.cancelled():
            done.exception()  # or a task whose callers have gone would be reported

    async def _ask(self, person: UUID, provider: Provider) -> str:
        tried = False
        while True:
            grant, mark, now = await self._read(person, provider.name)
            if grant is None:
                raise NotConnected(provider.name)
            verdict = rule.judge(grant, now)
            if verdict is Verdict.GIVE:
                return grant.access_token
            if verdict is Verdict.CONNECT_AGAIN:
                raise ConnectAgain(rule.state_of(grant, now))
            if verdict is Verdict.REST or tried:
                raise DependencyDown(provider.name, max(1.0, rule.rests_until(grant) - now))
            if verdict is Verdict.WAIT:
                await asyncio.sleep(_LOOK_S)
            else:
                tried = await self._refresh(person, provider, grant, mark, now)

    async def _refresh(self, person: UUID, provider: Provider, grant: Grant, mark: UUID | None, now: float) -> bool:
        """Refreshes, unless another one has begun to; tells whether the provider was asked.

        Only who has stored that the refresh token is taken may send it. Any other error leaves it taken: nobody knows
        what the provider has done.
        """
        assert grant.refresh_token is not None
        until = now + self._lease
        mine = await self._write(person, provider.name, rule.taken(grant, until), mark)
        if mine is None:
            return False
        self._failpoint("intended")
        try:
            tokens = await provider.refresh(grant.refresh_token)
        except ProviderAway:
            await self._settle(person, provider.name, mine, lambda at: rule.unanswered(grant, at))
        except GrantRefused:
            await self._settle(person, provider.name, mine, lambda at: rule.refused(grant, at))
        else:
            self._failpoint("called")
            await self._settle(person, provider.name, mine, lambda at: rule.refreshed(grant, tokens, at))
        self._failpoint("recorded")
        return True

    async def _settle(self, person: UUID, provider: str, mine: UUID, outcome: Callable[[float], Grant]) -> None:
        """Stores the outcome of a refresh, also late, unless the person has connected anew or is gone.

        The store may be away for a moment, and the new tokens are nowhere else.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._lease
        while True:
            try:
                found = await self._keys.read_sealed(person, provider)
                if found.mark != mine:
                    return
                await self._write(person, provider, outcome(found.now), mine)
                return
            except Erased:
                return
            except DependencyDown:
                if loop.time() >= deadline:
                    _log.error("the outcome of a refresh could not be stored", provider=provider)
                    raise
            await asyncio.sleep(_LOOK_S)

    async def _read(self, person: UUID, provider: str) -> tuple[Grant | None, UUID | None, float]:
        found = await self._keys.read_sealed(person, provider)
        if found.content is None:
            return None, None, found.now
        key = (await self._keys.find([person])).get(person)
        if key is None:  # erased since
            return None, None, found.now
        return _opened(decrypt(key, found.content, _bound_to(person, provider))), found.mark, found.now

    async def _write(self, person: UUID, provider: str, grant: Grant, known: UUID | None) -> UUID | None:
        """Stores a grant in place of the one with the mark `known`; returns its mark, or None if somebody was faster.

        Raises `Erased`.
        """
        key: Key | None = (await self._keys.make([person])).get(person)
        if key is None:
            raise Erased(str(person), [person])
        sealed = encrypt(key, json.dumps(asdict(grant)).encode(), _bound_to(person, provider))
        return await self._keys.replace_sealed(person, provider, sealed, known)


def _bound_to(person: UUID, provider: str) -> bytes:
    return b"grant\0" + person.bytes + provider.encode()


_NAMES = frozenset(field.name for field in fields(Grant))


def _opened(content: bytes) -> Grant:
    """Reads a grant; what a newer release has added is left out."""
    known = {name: value for name, value in json.loads(content).items() if name in _NAMES}
    return Grant(**known | {"scopes": tuple(known.get("scopes", ()))})
