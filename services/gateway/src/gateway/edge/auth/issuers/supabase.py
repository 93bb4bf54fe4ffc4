"""States what an access token of Supabase Auth must be (supabase.com/docs/guides/auth, “JWT claims reference”)."""

from __future__ import annotations

from gateway.edge.auth.issuers.rule import Rule

NAME = "supabase"
#: below the project's URL; also the path of its `iss`
PATH = "/auth/v1"
#: the algorithms of signing keys, and that of the secret of older projects
_PUBLISHED, _SECRET = frozenset({"ES256", "RS256"}), "HS256"


def supabase_rule(url: str, *, has_secret: bool) -> Rule:
    """Returns the rule of one project. An anon key is no token of a person: it has no subject."""
    return Rule(
        name=NAME,
        kind="supabase",
        issuer=url + PATH,
        algorithms=_PUBLISHED | ({_SECRET} if has_secret else set()),
        audience="authenticated",
        session_claim="session_id",
    )
