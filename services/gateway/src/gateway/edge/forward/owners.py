"""Reaches each service that has routes, in the gateway's own process or over a port."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from chassis.errors import SettingsError
from chassis.service import Platform
from chassis.settings import PREFIX
from chassis.web.principal import principal_key
from gateway.edge.forward.hop import Hop
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.port import PortHop
from gateway.edge.forward.upstream import Upstream


def upstreams_of(
    owners: Iterable[str], urls: Mapping[str, str | None], platform: Platform, secret: str
) -> dict[str, Upstream]:
    """Returns the upstream of each owner; `urls` has the address of those that run elsewhere.

    Raises `SettingsError` for one that runs elsewhere and has no address.
    """
    return {
        owner: Upstream(principal_key(owner, secret=secret, given=None), _hop(owner, urls.get(owner), platform))
        for owner in sorted(owners)
    }


def _hop(owner: str, url: str | None, platform: Platform) -> Hop:
    if url is not None:
        return PortHop(url)
    if owner not in platform.services and not platform.single_process:
        raise SettingsError(f"{PREFIX}{owner.upper()}_URL is required: {owner} does not run in this process.")
    return InProcessHop(partial(platform.owners.get, owner), platform.watchdog.conditions)
