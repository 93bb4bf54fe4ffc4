"""Lists the services of the product."""

from __future__ import annotations

#: each emits and handles messages, and has rows about people: an erasure and an export ask all of them
SERVICES = ("content", "feedback", "gateway", "notify", "speech")
