"""Describes the gateway's own operations, once for all tests of a process that ask for it."""

from functools import cache
from typing import Any

from gateway.edge.app import own_document


@cache
def own() -> dict[str, Any]:
    """Returns the description, which is not to be changed: to make it takes more than a second."""
    return own_document()
