"""Makes the application of a port that clients do not call: health, and the routes of the process's one service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.routing import Router
from starlette.types import ASGIApp

from chassis.errors import SettingsError
from chassis.observe.health import Watchdog, health_routes
from chassis.settings import Network


def internal_app(owners: Mapping[str, ASGIApp], watchdog: Watchdog, observers: Sequence[Network]) -> ASGIApp:
    """Returns the application of a port without a gateway. `observers` are told metrics and reasons.

    Raises `SettingsError` when several services have routes: a request does not say which of them it is for.
    """
    if len(owners) > 1:
        raise SettingsError(f"Run each of {', '.join(sorted(owners))} alone, or with the gateway: each serves routes.")
    routes = health_routes(watchdog, observers)
    return Router(routes, redirect_slashes=False, default=next(iter(owners.values()), None))
