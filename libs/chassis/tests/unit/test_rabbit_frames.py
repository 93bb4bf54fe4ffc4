"""Tests the frames of a publish beside those that the library writes."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.base import Frame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.common import FieldTable
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from chassis.bus.rabbit import frames

MOST = 7


def written(exchange: str, key: str, headers: dict[str, str], message_id: str, body: bytes) -> bytes:
    """Returns what the library writes."""
    properties = Basic.Properties(headers=cast(FieldTable, headers), delivery_mode=2, message_id=message_id)
    content: list[Frame | ContentHeader | ContentBody] = [
        Basic.Publish(exchange=exchange, routing_key=key, mandatory=True),
        ContentHeader(properties=properties, body_size=len(body)),
        *(ContentBody(body[start : start + MOST]) for start in range(0, len(body), MOST)),
    ]
    return b"".join(marshal(frame, 3) for frame in content)


@given(
    headers=st.dictionaries(st.text(min_size=1, max_size=25), st.text(max_size=300), min_size=1, max_size=12),
    body=st.binary(max_size=40),
)
def test_the_frames_are_those_of_the_library(headers: dict[str, str], body: bytes) -> None:
    own = frames.publish(3, "events", "attempt.assessed", headers, "abc-1", body, MOST)
    assert own == written("events", "attempt.assessed", headers, "abc-1", body)


def test_a_header_whose_name_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        frames.publish(3, "events", "key", {"x" * 129: ""}, "abc-1", b"", MOST)
