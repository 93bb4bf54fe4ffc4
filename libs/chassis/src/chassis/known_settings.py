"""Knows the name of every setting of the product, and ends the start for any other that begins with VOXBUS_.

All processes of an installation may share one environment, so each accepts the settings of the others. A service that
runs alone has not their code, which is why their names stand here; a test compares them with the classes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

from chassis.errors import SettingsError
from chassis.settings import FILE, PREFIX, ServiceSettings, Settings, secrets_of

#: settings of tests, which are theirs to name
_OF_TESTS = f"{PREFIX}TEST_"
#: the services of the product, and the settings that each has beside those of `chassis.settings`
OF_SERVICES: Mapping[str, tuple[str, ...]] = {
    "gateway": (
        "ACCESS_MINUTES",
        "CLERK_AUTHORIZED_PARTIES",
        "CLERK_ISSUER",
        "CLERK_JWKS_URL",
        "CORS_ORIGINS",
        "GATEWAYS",
        "ISSUERS",
        "ISSUERS_FILE",
        "PUBLIC_URL",
        "RATE_LIMITS",
        "REDIS_URL",
        "REDIS_URL_FILE",
        "REFRESH_GRACE",
        "STREAMS_PER_PERSON",
        "SUPABASE_JWT_SECRET",
        "SUPABASE_JWT_SECRET_FILE",
        "SUPABASE_KEY",
        "SUPABASE_KEY_FILE",
        "SUPABASE_URL",
        "UPLOADS_AT_ONCE",
        "UPLOADS_BYTES",
        "WAITING_BYTES",
        "X_API_URL",
        "X_AUTHORIZE_URL",
        "X_CLIENT_ID",
        "X_CLIENT_SECRET",
        "X_CLIENT_SECRET_FILE",
    ),
    "speech": ("SPEECH_ENGINE",),
    "feedback": ("FEEDBACK_PROVIDER",),
    "content": (),
    "notify": ("MAIL_FROM", "SMTP_URL", "SMTP_URL_FILE", "WEBHOOK_ALLOW_NETS"),
}


def names_in(kind: type[BaseSettings]) -> set[str]:
    """Returns the names of a class's settings without prefix, those that give a secret as a file included."""
    return {name.upper() for name in kind.model_fields} | {f"{name.upper()}{FILE}" for name in secrets_of(kind)}


def known_settings(services: Collection[str] = ()) -> frozenset[str]:
    """Returns the name of each setting; `services` are further ones, such as those of a test."""
    own = names_in(Settings)
    for service in {*OF_SERVICES, *services}:
        own |= {f"{service.upper()}_{name}" for name in names_in(ServiceSettings)}
    return frozenset(PREFIX + name for name in own.union(*OF_SERVICES.values()))


def refuse_unknown(services: Collection[str] = ()) -> None:
    """Raises `SettingsError` if the environment or `.env` has a setting that nothing reads, such as a misspelt one.

    The sentence names the variable and the nearest setting; never its value, which may be a secret.
    """
    known = known_settings(services)
    given = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings).env_vars}
    for name in sorted(each.upper() for each in given):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OF_TESTS):
            by_rest = {each.removeprefix(PREFIX): each for each in sorted(known)}
            [nearest] = get_close_matches(name.removeprefix(PREFIX), by_rest, n=1, cutoff=0)
            raise SettingsError(f"{name} is no setting; the nearest one is {by_rest[nearest]}.")
