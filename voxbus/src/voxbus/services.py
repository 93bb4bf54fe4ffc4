"""Lists all five services: this package is the only one that imports them all."""

from __future__ import annotations

from chassis.bus.topology import Topology
from chassis.service import Service
from content.service import SERVICE as CONTENT
from feedback.service import SERVICE as FEEDBACK
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from speech.service import SERVICE as SPEECH

SERVICES: tuple[Service, ...] = (GATEWAY, SPEECH, FEEDBACK, CONTENT, NOTIFY)


def topology() -> Topology:
    """Returns every queue of the product."""
    found = Topology(())
    for service in SERVICES:
        found += service.topology()
    return found
