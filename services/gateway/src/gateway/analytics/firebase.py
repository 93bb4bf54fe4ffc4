"""Writes events as Firebase's Analytics takes them, by the Measurement Protocol of Google Analytics 4.

After developers.google.com/analytics/devguides/collection/protocol/ga4; it was never run against Google.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.privacy.law import Recipient
from gateway.analytics.event import NAME, Event, Request

#: a value of a parameter has no more characters
_LONGEST = 100


@dataclass(frozen=True, slots=True, repr=False)
class Firebase:
    """Holds the address of the protocol, the id of an app and the secret of its data stream."""

    url: str
    app_id: str
    api_secret: str
    recipient: Recipient = "firebase"

    def request_of(self, event: Event) -> Request:
        """Returns the request; it asks for no advertising."""
        body = {
            "app_instance_id": event.who,
            "timestamp_micros": int(event.at.timestamp() * 1_000_000),
            "non_personalized_ads": True,
            "events": [{"name": NAME, "params": {"operation": event.operation[:_LONGEST], "event_id": event.id}}],
        }
        query = {"firebase_app_id": self.app_id, "api_secret": self.api_secret}
        return Request(f"{self.url}/mp/collect", query, body)
