"""Makes entity tags (RFC 9110, section 8.8) and checks the two conditions on them, If-None-Match and If-Match."""

from __future__ import annotations

import hashlib
import re

from chassis.web.problems import IF_MATCH_REQUIRED, VERSION_CONFLICT, ProblemError

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
#: a list of tags as RFC 9110 defines it; a list may have empty elements (section 5.6.1.2)
_LIST = re.compile(rf"[ \t,]*{_TAG.pattern}([ \t]*,([ \t]*{_TAG.pattern})?)*[ \t]*")


def strong(version: int) -> str:
    """Returns the tag of one version of a resource."""
    return f'"{version}"'


def weak(content: bytes) -> str:
    """Returns the tag of a representation without a version, such as a page of a list."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Tells whether a client has this representation, so that the answer is 304. The comparison is weak."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in {opaque for _, opaque in _tags(if_none_match)}


class IfMatch:
    """Compares the version that a caller has read with the current one, in the transaction that changes the row."""

    def __init__(self, header: str | None, *, required: bool) -> None:
        """Takes `required`: several people edit the resource, so a caller must name the version they have read."""
        self._header = header
        self._required = required
        #: whether `check` was called; a route that does not call it has a defect
        self.checked = False

    @property
    def matters(self) -> bool:
        """Tells whether the caller sent the header or was required to."""
        return self._required or self._header is not None

    def check(self, version: int) -> None:
        """Raises 428 for a missing header, or 412 for another version or a malformed list of tags.

        Call it once the row is found.
        """
        self.checked = True
        if self._header is None:
            if self._required:
                raise ProblemError(IF_MATCH_REQUIRED)
            return
        if self._header.strip() != "*" and ("", strong(version)) not in _tags(self._header):
            raise ProblemError(VERSION_CONFLICT, headers={"ETag": strong(version)})


def _tags(header: str) -> list[tuple[str, str]]:
    """Returns the tags of a list, each as its weak mark and its opaque part; none for a malformed list."""
    if not _LIST.fullmatch(header):
        return []
    return [(found[1] or "", found[2]) for found in _TAG.finditer(header)]
