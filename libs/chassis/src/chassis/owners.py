"""Makes the application that serves a service's routes, from the service's `Platform`."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.handler import Deps
from chassis.installation_key import secret_key
from chassis.service import Platform
from chassis.web.context import OwnerContext
from chassis.web.owner import Owner, owner_app
from chassis.web.principal import principal_key
from chassis.web.routes import Routes


def owner_of(service: str, routes: Sequence[Routes], platform: Platform, deps: Deps) -> Owner:
    """Returns the application that goes into `Parts.app`. Raises `SettingsError` when there is no key for principals.

    The service declares the pool `routes`, so its requests do not wait for the connections of its handlers. A service
    that runs apart from the gateway may be given only its own key (VOXBUS_PRINCIPAL_KEY), not the secret.
    """
    previous = platform.settings.secret_key_previous
    context = OwnerContext(
        service=service,
        database=platform.pools["routes"],
        keys=platform.keys,
        outbox=platform.relay,
        key=key_of(service, platform),
        previous_key=None if previous is None else principal_key(service, secret=previous, given=None),
        deps=deps,
    )
    return owner_app(routes, context)


def key_of(service: str, platform: Platform) -> bytes:
    """Returns the key that the service shares with the gateway alone, however it was told it."""
    given = None if platform.single_process else platform.settings.principal_key
    secret = None if given is not None else secret_key(platform.settings, platform.settings.secret_key)
    return principal_key(service, secret=secret, given=given)
