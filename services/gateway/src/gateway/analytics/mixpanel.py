"""Writes events as Mixpanel's Ingestion API takes them (developer.mixpanel.com/reference/track-event).

It was never run against Mixpanel.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.privacy.law import Recipient
from gateway.analytics.event import NAME, Event, Request


@dataclass(frozen=True, slots=True, repr=False)
class Mixpanel:
    """Holds the address of an ingestion server and the token of a project."""

    url: str
    token: str
    recipient: Recipient = "mixpanel"

    def request_of(self, event: Event) -> Request:
        """Returns the request; `ip=0`: the address of our server says nothing about where somebody is."""
        properties = {
            "token": self.token,
            "time": int(event.at.timestamp()),
            "distinct_id": event.who,
            "$insert_id": event.id,
            "operation": event.operation,
        }
        return Request(f"{self.url}/track", {"ip": "0"}, [{"event": NAME, "properties": properties}])
