"""Tests what an analytics is told, over HTTP to a receiver on loopback, and of whom it is told nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from chassis.errors import SettingsError
from chassis.privacy.consents import Consents
from chassis.privacy.law import Pair, Purpose, Recipient, may_grant
from chassis.privacy.outside import OutsideCalls
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import until
from chassis.web.principal import Principal
from gateway.analytics.event import Vendor
from gateway.analytics.firebase import Firebase
from gateway.analytics.mixpanel import Mixpanel
from gateway.analytics.sender import Analytics
from gateway.edge.analytics import may_be_counted
from gateway.parts.outside import vendors_of
from gateway.settings import GatewaySettings
from tests.receiver import Receiver, receiving

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
KEY = "k" * 32


class Agreed(Consents):
    """Knows who has agreed to what; of others the answer is no."""

    def __init__(self, *pairs: tuple[UUID, Pair]) -> None:
        super().__init__(Keys(KeysInMemory()))
        self.pairs = pairs

    @asynccontextmanager
    async def holding(self, person: UUID, purpose: Purpose, recipient: Recipient) -> AsyncIterator[bool]:
        """Answers at once."""
        yield (person, (purpose, recipient)) in self.pairs


async def told(vendors: list[Vendor], consents: Consents, receiver: Receiver, people: list[UUID], number: int) -> None:
    analytics = Analytics(vendors, OutsideCalls(consents), KEY, lambda: AT)
    running = asyncio.create_task(analytics.run())
    for person in people:
        analytics(person, "GET /twisters/{id}")

    async def enough() -> bool:
        return len(receiver.requests) >= number and analytics._waiting.empty()

    await until(enough)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_each_recipient_is_told_in_its_format_of_those_who_agreed_to_it_by_a_pseudonym_of_its_own() -> None:
    robin, alex, nobody = uuid4(), uuid4(), uuid4()
    consents = Agreed(
        (robin, ("analytics", "mixpanel")), (robin, ("analytics", "firebase")), (alex, ("analytics", "firebase"))
    )
    async with receiving() as receiver:
        address = f"http://127.0.0.1:{receiver.port}"
        vendors: list[Vendor] = [Mixpanel(address, "token"), Firebase(address, "1:2:web:3", "hush")]
        await told(vendors, consents, receiver, [nobody, robin, alex], 3)
    mixpanel, firebase, of_alex = receiver.requests
    assert (urlsplit(mixpanel.path).path, parse_qs(urlsplit(mixpanel.path).query)) == ("/track", {"ip": ["0"]})
    [event] = json.loads(mixpanel.body)
    assert event["event"] == "operation_used"
    assert event["properties"] | {"$insert_id": "", "distinct_id": ""} == {
        "token": "token",
        "time": int(AT.timestamp()),
        "distinct_id": "",
        "$insert_id": "",
        "operation": "GET /twisters/{id}",
    }
    assert urlsplit(firebase.path).path == "/mp/collect"
    assert parse_qs(urlsplit(firebase.path).query) == {"firebase_app_id": ["1:2:web:3"], "api_secret": ["hush"]}
    body = json.loads(firebase.body)
    [named] = body["events"]
    assert (named["name"], named["params"]["operation"]) == ("operation_used", "GET /twisters/{id}")
    assert body["non_personalized_ads"] and body["timestamp_micros"] == int(AT.timestamp()) * 1_000_000
    names = {event["properties"]["distinct_id"], body["app_instance_id"], json.loads(of_alex.body)["app_instance_id"]}
    assert len(names) == 3 and all(len(bytes.fromhex(each)) == 16 for each in names)
    for request in receiver.requests:
        for person in (robin, alex, nobody):
            assert str(person).encode() not in request.body + request.path.encode() + str(request.headers).encode()


async def test_a_recipient_that_is_down_loses_its_events_and_the_next_are_told() -> None:
    robin = uuid4()
    async with receiving(Receiver(answers=[503, "drop"])) as receiver:
        vendor = Mixpanel(f"http://127.0.0.1:{receiver.port}", "token")
        await told([vendor], Agreed((robin, ("analytics", "mixpanel"))), receiver, [robin] * 3, 3)
    assert len(receiver.requests) == 3


def test_what_comes_too_fast_is_dropped_and_nobody_waits() -> None:
    analytics = Analytics([], OutsideCalls(Agreed()), KEY)
    for _ in range(2_000):
        analytics(uuid4(), "GET /me")


@pytest.mark.parametrize("band", ["unknown", "under_consent_age"])
def test_a_child_is_never_counted(band: str) -> None:
    assert not may_be_counted(Principal(id=uuid4(), age_band=band))
    assert not may_be_counted(None) and not may_be_counted(Principal(age_band="of_age"))


@pytest.mark.parametrize("recipient", ["mixpanel", "firebase"])
@pytest.mark.parametrize("method", ["email_plus", "signed_form", "payment_card"])
def test_no_guardian_may_agree_to_an_analytics_of_a_child(method: Any, recipient: Any) -> None:
    assert not may_grant(method, recipient)


@pytest.mark.parametrize("given", [{"firebase_app_id": "1:2:web:3"}, {"firebase_api_secret": "hush"}])
def test_half_of_what_firebase_wants_ends_the_start(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="given together") as raised:
        vendors_of(GatewaySettings.model_validate(given))
    assert "hush" not in str(raised.value)


def test_without_a_setting_nobody_is_told() -> None:
    assert vendors_of(GatewaySettings()) == []
