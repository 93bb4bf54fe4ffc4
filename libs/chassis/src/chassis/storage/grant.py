"""Decides what becomes of a grant, the tokens by which a provider lets us act for a person. It has no clock, no store.

A refresh token is good for one use, and at some providers a spent one that is presented again ends everything that the
person has granted. So whoever refreshes takes the refresh token out first: who dies then takes it along, and nobody can
send it again. All times are in seconds since 1970, by the clock of the key store.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

#: seconds for which an access token that is given is good at least, unless it cannot be refreshed now
MARGIN_S = 60.0
#: seconds between two refusals that count as two, and between tries while the provider is away
_REST_S = 60.0
#: tries without an answer after which a provider is asked once in `_REST_S`
_PAUSED = 5

#: `unknown`: a refresh was begun and its end is not known. It and `refused` end when the person connects again.
State = Literal["none", "connected", "refreshing", "paused", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Holds what a provider gives; `lifetime` in seconds, of the access token. Without a refresh token it ends then."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    lifetime: float
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """Holds what is kept of a grant.

    `taken_until`: the refresh token is with a worker, which stores the outcome by then. `silent`: tries running that
    had no answer, the last at `tried_at`. `refused_at`: when the newest refresh token was refused.
    """

    access_token: str = field(repr=False)
    expires_at: float
    refresh_token: str | None = field(repr=False)
    scopes: tuple[str, ...] = ()
    taken_until: float | None = None
    silent: int = 0
    tried_at: float = 0.0
    refused_at: float | None = None


class Verdict(Enum):
    """Says what whoever needs an access token does."""

    GIVE = "the access token is good"
    TAKE = "refresh"
    WAIT = "another one is refreshing"
    REST = "the provider was asked a moment ago, in vain"
    CONNECT_AGAIN = "only the person can help"


def state_of(grant: Grant, now: float) -> State:
    """Returns the state of a grant."""
    if grant.taken_until is not None:
        return "refreshing" if now < grant.taken_until else "unknown"
    if grant.refresh_token is None and (grant.refused_at is not None or now >= grant.expires_at):
        return "refused"
    return "paused" if grant.silent >= _PAUSED else "connected"


def judge(grant: Grant, now: float) -> Verdict:
    """Returns what to do for an access token."""
    state = state_of(grant, now)
    if state in ("unknown", "refused"):
        return Verdict.CONNECT_AGAIN
    if now < grant.expires_at - MARGIN_S:
        return Verdict.GIVE
    if state != "refreshing" and grant.refresh_token is not None and now >= rests_until(grant):
        return Verdict.TAKE
    if now < grant.expires_at:
        return Verdict.GIVE
    return Verdict.WAIT if state == "refreshing" else Verdict.REST


def rests_until(grant: Grant) -> float:
    """Returns when the provider may be asked again."""
    refused = 0.0 if grant.refused_at is None else grant.refused_at + _REST_S
    pause = 0.0 if not grant.silent else _REST_S if grant.silent >= _PAUSED else 2.0**grant.silent
    return max(refused, grant.tried_at + pause)


def granted(tokens: Tokens, now: float) -> Grant:
    """Returns a new grant."""
    return Grant(tokens.access_token, now + tokens.lifetime, tokens.refresh_token, tokens.scopes)


def taken(grant: Grant, until: float) -> Grant:
    """Returns what is stored before the provider is asked: the refresh token is no longer in it."""
    return replace(grant, refresh_token=None, taken_until=until)


def refreshed(before: Grant, tokens: Tokens, now: float) -> Grant:
    """Returns what follows from new tokens. A refresh token that is not replaced stays good (RFC 6749)."""
    new = granted(tokens, now)
    return replace(new, refresh_token=new.refresh_token or before.refresh_token, scopes=new.scopes or before.scopes)


def unanswered(before: Grant, now: float) -> Grant:
    """Returns what follows from a time-out, a 5xx or a 429, none of which revokes anything."""
    return replace(before, silent=before.silent + 1, tried_at=now)


def refused(before: Grant, now: float) -> Grant:
    """Returns what follows from a refusal of the newest refresh token: the second one, a minute later, is final."""
    if before.refused_at is None:
        return replace(before, refused_at=now, silent=0)
    return replace(before, access_token="", refresh_token=None, refused_at=now)
