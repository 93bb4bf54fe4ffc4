"""Makes the application of a port that clients do not call: health, and the routes of the process's one service."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.routing import Router
from starlette.types import ASGIApp

from chassis.errors import SettingsError
from chassis.observe.health import Watchdog, health_routes


def internal_app(owners: Mapping[str, ASGIApp], watchdog: Watchdog) -> ASGIApp:
    """Returns the application of a port without a gateway.

    Raises `SettingsError` when several services have routes: a request does not say which of them it is for.
    """
    if len(owners) > 1:
        raise SettingsError(f"Run each of {', '.join(sorted(owners))} alone, or with the gateway: each serves routes.")
    return Router(health_routes(watchdog), redirect_slashes=False, default=next(iter(owners.values()), None))
