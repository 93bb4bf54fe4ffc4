"""Tells how the providers of models are, for the health of the whole."""

from __future__ import annotations

from chassis.observe.health import Condition
from feedback.models.upstreams import Upstreams


def condition(upstreams: Upstreams) -> Condition:
    """Returns `degraded` while calls are kept away from a provider, or a provider refuses our key. Calls nobody."""
    well = all(each.breaker.state == "closed" and each.key_state != "refused" for each in upstreams.values())
    return "ok" if well else "degraded"
