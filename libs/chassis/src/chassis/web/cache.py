"""Defines the cache rules, which answers give to the caches between owner and client."""

from __future__ import annotations

#: for answers that depend on the caller, and the default of all routes; they may have ETags all the same
NO_STORE = "no-store"
#: for a public catalogue, the same for everybody: fresh for a minute, and usable for five while it is fetched again
CATALOGUE = "public, max-age=60, stale-while-revalidate=300"
#: for what never changes at its URL, as its bytes are named there
IMMUTABLE = "public, max-age=31536000, immutable"
