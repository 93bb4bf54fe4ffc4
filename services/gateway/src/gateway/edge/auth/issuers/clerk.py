"""States what a session token of Clerk must be (clerk.com/docs, “Session tokens”), which lives for a minute."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.edge.auth.issuers.rule import Claims, Rule

NAME = "clerk"
_MINUTE_S = 60
#: the age of a factor that was never verified, or that the person does not have
_NEVER = -1


def clerk_rule(issuer: str, authorized_parties: Sequence[str]) -> Rule:
    """Returns the rule of one instance. `authorized_parties` are the origins whose pages may use its tokens."""
    return Rule(
        name=NAME,
        kind="clerk",
        issuer=issuer,
        algorithms=frozenset({"RS256"}),
        authorized_parties=frozenset(authorized_parties),
        session_claim="sid",
        accepts=_is_of_a_session,
        sign_in_times=_sign_in_times,
    )


def _is_of_a_session(claims: Claims) -> bool:
    """Refuses a token that was made for another audience, and one of a session with open tasks (`sts`)."""
    return "aud" not in claims and claims.get("sts", "active") == "active"


def _sign_in_times(claims: Claims) -> Sequence[int | float]:
    """Returns when the person last proved who they are, as `fva` says it (“factor verification age”).

    It holds the minutes since the first and since the second factor were verified, counted when the token was issued.
    As in Clerk's own check for sensitive actions (“strict”) the second counts where there is one. Begun minutes are
    taken as whole ones. Whoever acts for the person (`act`) has proven nothing.
    """
    ages, issued_at = claims.get("fva"), claims.get("iat")
    if "act" in claims or not isinstance(issued_at, int | float) or not isinstance(ages, list):
        return ()
    if [type(age) for age in ages] != [int, int]:
        return ()
    first, second = ages
    age = first if second == _NEVER else second
    return (issued_at - _MINUTE_S * (age + 1),) if age > _NEVER else ()
