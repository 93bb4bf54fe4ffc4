"""Knows where the views are that people are led to: pages of this installation, or of a frontend of one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: the pages of the gateway
OWN = "/try/lessons#/{view}"
_VIEW = "{view}"
_ADDRESS = re.compile(r"https?://[^\s{}/?#@]+([/?#][!-z|~]*)?|/([^\s{}/][!-z|~]*)?", re.ASCII)


def template_of(text: str) -> str:
    """Returns an address with the place for a view, `{view}`, which is at the end unless it stands there.

    Raises ValueError for what is neither an http address nor a path.
    """
    template = text if _VIEW in text else f"{text.rstrip('/')}/{_VIEW}"
    if not _ADDRESS.fullmatch(text.replace(_VIEW, "", 1)):
        raise ValueError("must be https://host/… or /…, with {view} once at most")
    return template


@dataclass(frozen=True, slots=True)
class Pages:
    """Holds the address of views: the first one is ``, others are `progress`, `reviews` and `lesson/<id>`."""

    template: str = OWN

    def at(self, view: str | None) -> str | None:
        """Returns where a view is; None for no view. Of the first view nothing is left behind the address."""
        if view is None:
            return None
        address = self.template.replace(_VIEW, view)
        return address if view else address.rstrip("/#") or "/"
