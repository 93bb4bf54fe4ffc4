"""Says how long a draining owner lets its requests run, also to processes that serve none and load no framework."""

from __future__ import annotations

#: seconds that a draining owner gives to running requests
GRACE_S = 8.0
