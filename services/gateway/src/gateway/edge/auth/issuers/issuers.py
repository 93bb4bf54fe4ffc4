"""Verifies tokens of any configured issuer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.loops import every
from chassis.observe.health import Pulse
from gateway.edge.auth.issuers.keys import REST_S, Keys
from gateway.edge.auth.issuers.rule import InvalidToken, Rule
from gateway.edge.auth.issuers.verifier import is_text, look_at, verify

#: characters of a session claim
_LONGEST_SESSION = 200
_LONGEST_EMAIL = 254
#: seconds that a token is taken to live at most
_LONGEST_S = 366 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Verified:
    """Holds a token that was verified: its rule, its claims, and the part of it that was signed."""

    rule: Rule
    claims: Mapping[str, Any]
    signed: str

    @property
    def subject(self) -> str:
        """Returns the issuer's id of the person."""
        return str(self.claims["sub"])

    @property
    def session(self) -> str:
        """Returns the name of the token's session: by its claim, or the token itself where it has none."""
        claim = None if self.rule.session_claim is None else self.claims.get(self.rule.session_claim)
        if isinstance(claim, str) and 1 <= len(claim) <= _LONGEST_SESSION and is_text(claim):
            return f"session:{claim}"
        return f"token:{hashlib.sha256(self.signed.encode()).hexdigest()}"

    @property
    def names_session(self) -> bool:
        """Tells whether other tokens may have the same session."""
        return self.session.startswith("session:")

    @property
    def expires_at(self) -> datetime:
        """Returns when the token has expired for certain."""
        now = datetime.now(UTC)
        at = min(self.claims["exp"], now.timestamp() + _LONGEST_S)
        return datetime.fromtimestamp(at, UTC) + timedelta(seconds=self.rule.leeway_s)

    @property
    def issued_at(self) -> datetime | None:
        """Returns when the token was issued."""
        return _time(self.claims.get("iat"))

    @property
    def signed_in_at(self) -> datetime | None:
        """Returns when the person has signed in, if the token says so."""
        times = [_time(stated) for stated in self.rule.sign_in_times(self.claims)]
        return max((time for time in times if time is not None), default=None)

    @property
    def email(self) -> str | None:
        """Returns the address that the issuer gives for the person."""
        email = self.claims.get("email")
        if not isinstance(email, str) or len(email) > _LONGEST_EMAIL or not is_text(email):
            return None
        return email.strip().lower() or None

    @property
    def email_verified(self) -> bool:
        """Tells whether the issuer says that it has verified the address. What a person may write says nothing."""
        return self.email is not None and self.claims.get("email_verified") is True


def _time(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Joins the rule of an issuer and its keys."""

    rule: Rule
    keys: Keys


class Issuers:
    """Verifies tokens; the claim `iss` only chooses among the configured issuers."""

    def __init__(self, issuers: Sequence[Issuer]) -> None:
        """Takes our own issuer first."""
        self._issuers = {issuer.rule.issuer: issuer for issuer in issuers}

    @property
    def rules(self) -> list[Rule]:
        """Returns the rules of all issuers."""
        return [issuer.rule for issuer in self._issuers.values()]

    def name_of(self, issuer: str) -> str:
        """Returns the name of the issuer with an `iss`; the `iss` itself of one that is no longer configured."""
        found = self._issuers.get(issuer)
        return issuer if found is None else found.rule.name

    async def verify(self, token: str) -> Verified:
        """Returns the content of a token. Raises `InvalidToken`, and `KeysUnknown` when it cannot be judged."""
        look = look_at(token)
        issuer = self._issuers.get(look.issuer)
        if issuer is None or look.algorithm not in issuer.rule.algorithms:
            raise InvalidToken("issuer or algorithm")
        keys = await issuer.keys.find(look.kid, look.algorithm)
        return Verified(issuer.rule, verify(token, keys, issuer.rule), look.signed)

    async def keep_keys(self, pulse: Pulse) -> None:
        """Fetches the keys of all issuers before they are stale, until cancelled. One that is away is no outage."""

        async def refresh_all() -> None:
            await asyncio.gather(*(issuer.keys.refresh() for issuer in self._issuers.values()))

        await every(REST_S, refresh_all, pulse, jitter=0.1)

    async def aclose(self) -> None:
        """Ends what is under way."""
        for issuer in self._issuers.values():
            await issuer.keys.aclose()
