"""States what a session token of Clerk must be (clerk.com/docs, “Session tokens”), which lives for a minute."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.edge.auth.issuers.rule import Claims, Rule

NAME = "clerk"


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
    )


def _is_of_a_session(claims: Claims) -> bool:
    """Refuses a token that was made for another audience, and one of a session with open tasks (`sts`)."""
    return "aud" not in claims and claims.get("sts", "active") == "active"
