"""A principal is valid for one request of one service, for half a minute, and not with a changed byte."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest

from chassis.errors import SettingsError
from chassis.installation_key import derived_key
from chassis.message.envelope import new_id
from chassis.web.principal import (
    ANONYMOUS,
    Principal,
    PrincipalRefused,
    SignedRequest,
    body_digest,
    principal_key,
    sign,
    verify,
)

NOW = 1_800_000_000.0
SECRET = "a secret of more than thirty-two characters"
KEY = principal_key("toys", secret=SECRET, given=None)
ADA = Principal(
    id=new_id(),
    roles=frozenset({"learner", "author"}),
    issuer="own",
    session="018f",
    age_band="of_age",
    acting_for=new_id(),
)
REQUEST = SignedRequest(
    service="toys", operation="editToy", id=new_id(), method="PATCH", target="/toys/1?a=%C3%BC", body=body_digest(b"{}")
)


@pytest.mark.parametrize("principal", [ADA, ANONYMOUS])
def test_what_was_signed_is_read_back(principal: Principal) -> None:
    assert verify(KEY, sign(KEY, principal, REQUEST, NOW), NOW) == (principal, REQUEST)


def test_a_body_that_is_empty_has_no_digest() -> None:
    assert body_digest(b"") == ""
    assert len(body_digest(b"{}")) == 64


@pytest.mark.parametrize(("later", "good"), [(0, True), (59, True), (61, False), (-29, True), (-31, False)])
def test_a_signature_holds_for_30_seconds_give_or_take_30_of_the_clocks(later: int, good: bool) -> None:
    header = sign(KEY, ADA, REQUEST, NOW)
    if good:
        verify(KEY, header, NOW + later)
    else:
        with pytest.raises(PrincipalRefused, match="expired"):
            verify(KEY, header, NOW + later)


@pytest.mark.parametrize(("service", "secret"), [("notify", SECRET), ("toys", SECRET * 2)])
def test_another_services_key_and_another_secret_refuse_it(service: str, secret: str) -> None:
    header = sign(KEY, ADA, REQUEST, NOW)
    with pytest.raises(PrincipalRefused, match="signature"):
        verify(principal_key(service, secret=secret, given=None), header, NOW)


def test_a_gateway_that_still_signs_with_the_key_before_it_was_turned_is_heard() -> None:
    header, turned = sign(KEY, ADA, REQUEST, NOW), principal_key("toys", secret=SECRET * 2, given=None)
    assert verify(turned, header, NOW, previous=KEY) == (ADA, REQUEST)
    assert verify(turned, sign(turned, ADA, REQUEST, NOW), NOW, previous=KEY) == (ADA, REQUEST)
    with pytest.raises(PrincipalRefused, match="signature"):
        verify(turned, header, NOW, previous=principal_key("notify", secret=SECRET, given=None))


def test_no_byte_can_be_changed() -> None:
    header = sign(KEY, ADA, REQUEST, NOW)
    for place in range(0, len(header), 7):
        changed = header[:place] + ("A" if header[place] != "A" else "B") + header[place + 1 :]
        with pytest.raises(PrincipalRefused):
            verify(KEY, changed, NOW)


@pytest.mark.parametrize("header", ["", ".", "a.b", "a", "ü.ü", "e30.e30", "\u2028.x"])
def test_rubbish_is_refused(header: str) -> None:
    with pytest.raises(PrincipalRefused):
        verify(KEY, header, NOW)


def test_the_key_of_a_service_alone_is_given() -> None:
    raw = derived_key(SECRET, "principal toys")
    given = base64.urlsafe_b64encode(raw).decode()
    assert principal_key("toys", secret=None, given=given) == KEY
    assert principal_key("toys", secret="another", given=given.rstrip("=")) == KEY


@pytest.mark.parametrize(
    "wrong",
    [{"given": "short"}, {"given": base64.urlsafe_b64encode(b"k" * 31).decode()}, {"given": "ü" * 43}, {"given": None}],
)
def test_a_wrong_or_missing_key_ends_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="VOXBUS_PRINCIPAL_KEY"):
        principal_key("toys", secret=None, **wrong)


def test_two_requests_have_two_signatures() -> None:
    other = dataclasses.replace(REQUEST, operation="readToy")
    assert sign(KEY, ADA, REQUEST, NOW) != sign(KEY, ADA, other, NOW)
