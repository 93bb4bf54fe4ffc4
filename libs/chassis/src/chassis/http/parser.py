"""Parses requests with h11, once their heads are checked."""

from __future__ import annotations

from typing import Any

import h11

from chassis.http.head import HeadLimits, check_head, host_and_path
from chassis.web.problems import ProblemError


class CheckedConnection(h11.Connection):
    """Parses as h11 does, after `check_head` has seen the head. Whether a head has begun is in `begun`."""

    def __init__(self, limits: HeadLimits) -> None:
        super().__init__(h11.SERVER, limits.size)
        self._limits = limits
        self.begun = False
        self.refusal: ProblemError | None = None
        #: what had arrived of a head that was refused
        self.refused = b""

    def next_event(self) -> Any:
        if self.their_state is h11.IDLE:
            head, _ = self.trailing_data
            self.begun = bool(head)
            try:
                check_head(head, self._limits)
                event = super().next_event()
                return _in_origin_form(event) if isinstance(event, h11.Request) else event
            except ProblemError as problem:
                self.refusal, self.refused = problem, head
                raise h11.RemoteProtocolError(str(problem)) from None
            except h11.RemoteProtocolError:
                self.refused = head
                raise
        return super().next_event()

    @property
    def is_unread(self) -> bool:
        """Tells whether the client is still sending, or has sent what is not read."""
        return self.their_state in (h11.SEND_BODY, h11.ERROR) or bool(self.trailing_data[0])

    @property
    def is_partial(self) -> bool:
        """Tells whether the client has sent a part of a request and not the rest."""
        return self.their_state is h11.SEND_BODY or (self.their_state is h11.IDLE and self.begun)


def _in_origin_form(request: h11.Request) -> h11.Request:
    """Returns a request whose URL is a path; the host of a URL that was written out takes the place of `Host`."""
    host, path = host_and_path(request.target)
    if host is None:
        return request
    fields = [(b"host", host), *(field for field in request.headers if field[0] != b"host")]
    return h11.Request(method=request.method, target=path, headers=fields, http_version=request.http_version)
