"""States what a token of one issuer must be. Whatever a token says about how to check it is no part of a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chassis.errors import VoxbusError

Claims = Mapping[str, Any]
Kind = Literal["own", "supabase", "clerk", "other"]
#: seconds by which the clocks of an issuer and of a gateway may differ
LEEWAY_S = 30


class InvalidToken(VoxbusError):
    """Says that a token was not issued by a configured issuer for this installation, or has expired."""


def _anything(_: Claims) -> bool:
    return True


def _stated_times(claims: Claims) -> Sequence[object]:
    """Returns `auth_time` (OpenID Connect), and when each method of `amr` was used (Supabase)."""
    methods = claims.get("amr")
    used = [each.get("timestamp") for each in methods if isinstance(each, dict)] if isinstance(methods, list) else []
    return [claims.get("auth_time"), *used]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Pins what tokens of one issuer must be.

    `issuer` is their `iss`, to the letter. `algorithms` are those that its keys may have. `audience` stands in their
    `aud`, alone if `sole_audience`; None: not looked at. `authorized_parties` are the values of `azp`; None: not looked
    at. `session_claim` names their session. `accepts` is a condition of one vendor's tokens. `sign_in_times` returns
    when the person signed in, in seconds since 1970, as the token says it: the newest counts, and what is no time does
    not.
    """

    name: str
    kind: Kind
    issuer: str
    algorithms: frozenset[str]
    audience: str | None = None
    sole_audience: bool = False
    authorized_parties: frozenset[str] | None = None
    session_claim: str | None = None
    leeway_s: float = LEEWAY_S
    #: whether a time of issue that is to come is refused
    checks_issue_time: bool = True
    accepts: Callable[[Claims], bool] = _anything
    sign_in_times: Callable[[Claims], Sequence[object]] = _stated_times
