"""Knows the name of every setting of the product, and ends the start for any other that begins with VOXBUS_.

All processes of an installation may share one environment, so each accepts the settings of the others. A service that
runs alone has not their code, which is why their names stand here; a test compares them with the classes. What a
service needs of them is known here too: it gets no more from the file `.env`, nor from a supervisor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

from chassis.errors import SettingsError
from chassis.settings import FILE, PREFIX, ServiceSettings, Settings, secrets_of

#: the file in the working directory, for development
_FILE_OF_SETTINGS = ".env"
#: settings of tests, which are theirs to name
_OF_TESTS = f"{PREFIX}TEST_"
#: what the command line reads, from the environment alone: the gateway to ask, and as whom
OF_COMMAND_LINE = ("SERVER", "TOKEN")
#: by service, the settings that each has beside those of `chassis.settings`
OF_SERVICES: Mapping[str, tuple[str, ...]] = {
    "gateway": (
        "ACCESS_MINUTES",
        "AGES",
        "CLERK_API_URL",
        "CLERK_AUTHORIZED_PARTIES",
        "CLERK_ISSUER",
        "CLERK_JWKS_URL",
        "CLERK_SECRET_KEY",
        "CLERK_SECRET_KEY_FILE",
        "CONSENT_CONFIRM_AFTER",
        "CONVERSATION_STREAMS",
        "CORS_ORIGINS",
        "FIREBASE_API_SECRET",
        "FIREBASE_API_SECRET_FILE",
        "FIREBASE_APP_ID",
        "FIREBASE_URL",
        "GATEWAYS",
        "HASH_COST",
        "ISSUERS",
        "ISSUERS_FILE",
        "MIXPANEL_TOKEN",
        "MIXPANEL_TOKEN_FILE",
        "MIXPANEL_URL",
        "PRIVACY_CONTACT",
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
        "SUPABASE_SERVICE_KEY",
        "SUPABASE_SERVICE_KEY_FILE",
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
    "speech": ("SPEECH_ENGINE", "SPEECH_WARM"),
    "feedback": (
        "AI_BREAKER",
        "AI_CALL_USD",
        "AI_CONCURRENCY",
        "AI_DAY_USD",
        "AI_PERSON_DAY_USD",
        "AI_RETIRING_DAYS",
        "AI_ROLE_DAY_USD",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_API_KEY_FILE",
        "ANTHROPIC_BASE_URL",
        "FEEDBACK_PROVIDER",
        "GEMINI_API_KEY",
        "GEMINI_API_KEY_FILE",
        "GEMINI_BASE_URL",
        "LOCAL_API_KEY",
        "LOCAL_API_KEY_FILE",
        "LOCAL_BASE_URL",
        "LOCAL_MODEL",
        "MODELS_FILE",
        "OPENAI_API_KEY",
        "OPENAI_API_KEY_FILE",
        "OPENAI_BASE_URL",
        "REALTIME_CALLER_SECONDS",
        "REALTIME_SECONDS",
        "REALTIME_TOKENS",
        "REALTIME_USD",
        "ROLE_CHILD_FEEDBACK",
        "ROLE_CONVERSATION",
        "ROLE_DESIGN_NOTES",
        "ROLE_LESSON_HINT",
        "ROLE_REALTIME",
        "ROLE_STORY_UNDERSTAND",
        "ROLE_TWEET_STYLE",
        "ROLE_TWEET_WRITER",
    ),
    "content": ("LESSONS_DIR", "XAPI_AUTH", "XAPI_AUTH_FILE", "XAPI_URL"),
    "notify": (
        "APP_URL",
        "APPRISE_SCHEMES",
        "EXPO_ACCESS_TOKEN",
        "EXPO_ACCESS_TOKEN_FILE",
        "EXPO_RECEIPT_DELAY_S",
        "EXPO_URL",
        "MAIL_FROM",
        "PUBLIC_URL",
        "PUSH_ALLOW_NETS",
        "SMTP_URL",
        "SMTP_URL_FILE",
        "VAPID_PRIVATE_KEY",
        "VAPID_PRIVATE_KEY_FILE",
        "VAPID_SUBJECT",
        "WEBHOOK_ALLOW_NETS",
        "WEBHOOK_PORTS",
    ),
}


def names_in(kind: type[BaseSettings]) -> set[str]:
    """Returns the names of a class's settings without prefix, those that give a secret as a file included."""
    return {name.upper() for name in kind.model_fields} | {f"{name.upper()}{FILE}" for name in secrets_of(kind)}


def known_settings(services: Collection[str] = ()) -> frozenset[str]:
    """Returns the name of each setting; `services` are further ones, such as those of a test."""
    own = names_in(Settings)
    for service in {*OF_SERVICES, *services}:
        own |= {f"{service.upper()}_{name}" for name in names_in(ServiceSettings)}
    return frozenset(PREFIX + name for name in own.union(OF_COMMAND_LINE, *OF_SERVICES.values()))


class Needs(Protocol):
    """Describes a service for settings."""

    @property
    def name(self) -> str:
        """Returns the name of the service."""

    @property
    def routes(self) -> Sequence[object]:
        """Returns what it serves to the gateway."""


def needed(environment: Mapping[str, str], service: Needs) -> dict[str, str]:
    """Returns of an environment what a service may need: no settings of others, nor a secret that it does not use.

    The gateway keeps the addresses of the others. Only it and services with routes use the secret key. The address of
    the database that all may share is not for a service that has one of its own.
    """
    is_gateway = service.name == "gateway"
    foreign = {name for other, names in OF_SERVICES.items() if other != service.name for name in names}
    foreign -= set(OF_SERVICES.get(service.name, ()))  # several read it
    foreign |= _given("DIRECT_DATABASE_URL")  # for migrations alone
    if not service.routes:
        foreign |= _given("PRINCIPAL_KEY")
        if not is_gateway:
            foreign |= _given("SECRET_KEY") | _given("SECRET_KEY_PREVIOUS")
    upper = {name.upper() for name, value in environment.items() if value}
    if any(f"{PREFIX}{name}" in upper for name in _given(f"{service.name.upper()}_DATABASE_URL")):
        foreign |= _given("DATABASE_URL")
    others = tuple(f"{other.upper()}_" for other in OF_SERVICES if other != service.name)

    def is_needed(name: str) -> bool:
        own = name.upper().removeprefix(PREFIX)
        address = is_gateway and own.endswith("_URL") and not own.endswith("_DATABASE_URL")
        return not name.upper().startswith(PREFIX) or (own not in foreign and (address or not own.startswith(others)))

    return {name: value for name, value in environment.items() if is_needed(name)}


def _given(name: str) -> set[str]:
    return {name, f"{name}{FILE}"}


def take_from_file(environment: MutableMapping[str, str], services: Sequence[Needs] = ()) -> None:
    """Takes into the environment what `.env` has for these services, or for all if there are none; nothing else stays.

    What the environment has goes before the file, also a secret that one of them names as a file.
    """
    here = {name.upper() for name, value in environment.items() if value}
    file = {
        name: value
        for name, value in _in_file().items()
        if not {name, name.removesuffix(FILE), f"{name}{FILE}"} & here and name.startswith(PREFIX)
    }
    whole = {**environment, **file}
    for service in services:
        taken = needed(whole, service)
        environment.update({name: value for name, value in file.items() if name in taken})
    if not services:
        environment.update(file)


def _in_file() -> dict[str, str]:
    found = DotEnvSettingsSource(Settings, env_file=_FILE_OF_SETTINGS).env_vars
    return {name.upper(): value for name, value in found.items() if value}


def refuse_unknown(services: Collection[str] = ()) -> None:
    """Raises `SettingsError` if the environment or `.env` has a setting that nothing reads, such as a misspelt one.

    The sentence names the variable and the nearest setting; never its value, which may be a secret.
    """
    known = known_settings(services)
    for name in sorted({*(each.upper() for each in EnvSettingsSource(Settings).env_vars), *_in_file()}):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OF_TESTS):
            by_rest = {each.removeprefix(PREFIX): each for each in sorted(known)}
            [nearest] = get_close_matches(name.removeprefix(PREFIX), by_rest, n=1, cutoff=0)
            raise SettingsError(f"{name} is no setting; the nearest one is {by_rest[nearest]}.")
