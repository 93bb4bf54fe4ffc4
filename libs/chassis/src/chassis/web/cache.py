"""Defines the cache rules: what an answer says to caches between owner and client."""

from __future__ import annotations

#: what depends on who asks, and everything that a route does not declare otherwise; ETags notwithstanding
NO_STORE = "no-store"
#: a public catalogue, the same for everybody: stale for a minute at most, for five while it is fetched anew
CATALOGUE = "public, max-age=60, stale-while-revalidate=300"
