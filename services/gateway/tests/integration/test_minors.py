"""Tests that an analytics learns nothing of children, and a report of an error nothing of whose request it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chassis.message.envelope import new_id
from chassis.observe.reports import ErrorReport, reporting
from chassis.privacy.law import ADULTS_ONLY
from gateway.consents.notices import VERSIONS
from gateway.jobs.probes import PROBE_DOMAIN
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, Robin, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened, send
from services.gateway.tests.integration.test_guardians import Family, accept, guardian, invited

CANARY, ADDRESS = "kanarienvogel", "203.0.113.77"


class Broken:
    """Implements a store of recordings that fails with the words of what it was given."""

    def __getattr__(self, name: str) -> Any:
        def failing(*given: object, **_: object) -> Any:
            raise RuntimeError(f"{CANARY} {given}")

        return failing


async def family_of(house: House) -> tuple[Family, Robin]:
    child = await sign_up(house.one, birth_date="2018-04-05")
    parent = await guardian(house)
    assert (await accept(house, await invited(house, child), parent)).status_code == 201
    family = Family(house, child, parent)
    assert (await family.give()).status_code == 200
    return family, child


async def test_of_people_of_age_alone_an_analytics_learns_which_operations_they_use(
    bench: Bench, tmp_path: Path
) -> None:
    told: list[str] = []
    async with opened(
        bench, tmp_path, GatewaySettings(secret_key=KEY), analytics=lambda _, operation: told.append(operation)
    ) as door:
        house = House(door, door, bench)
        family, child = await family_of(house)
        of_the_guardian = list(told)
        unknown = await sign_up(door)
        for who in (child, unknown):
            await door.get("/me", headers=who.headers)
            await send(door, who.headers)
            await door.get("/attempts", headers=who.headers)
            await door.patch("/me", json={"username": "Alex"}, headers=who.headers)
            await door.get("/me", headers=who.headers | {"Authorization": "Bearer x"})
        assert told == of_the_guardian
        assert of_the_guardian == [
            "POST /guardian/invitations/accept",
            "PUT /guardian/children/{id}/consents/{purpose}/{recipient}",
        ]
        await door.get("/me", headers=family.guardian.headers)
        assert told[len(of_the_guardian) :] == ["GET /me"]


async def test_only_adults_can_agree_to_an_analytics_and_nobody_for_a_child(bench: Bench, tmp_path: Path) -> None:
    path, body = "/me/consents/analytics/mixpanel", {"notice_version": VERSIONS[-1].version}
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as door:
        family, child = await family_of(House(door, door, bench))
        adult, young = [await sign_up(door, birth_date=each) for each in ("1990-04-05", "2010-04-05")]
        answers = [await door.put(path, json=body, headers=who.headers) for who in (adult, young, child)]
        for_child = await family.give("analytics/mixpanel")
    assert [each.status_code for each in answers] == [200, 403, 403]
    assert [problem(each)[1] for each in answers[1:]] == ["not-of-age", "guardian-decides"]
    assert "guardian" not in answers[1].json()["detail"]  # it is no guardian who has asked
    assert problem(for_child) == (409, "method-too-weak")


async def test_a_probe_cannot_agree_to_an_analytics_so_it_is_counted_nowhere(bench: Bench, tmp_path: Path) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as door:
        born = {"birth_date": "1990-04-05", "country": "DE"}
        probe = await sign_up(door, email=f"probe-{new_id().hex}@{PROBE_DOMAIN}", **born)
        for recipient in sorted(ADULTS_ONLY):
            path, body = f"/me/consents/analytics/{recipient}", {"notice_version": VERSIONS[-1].version}
            assert problem(await door.put(path, json=body, headers=probe.headers)) == (403, "not-of-age")
        assert not [
            each
            for each in (await door.get("/me/consents", headers=probe.headers)).json()["items"]
            if each["purpose"] == "analytics"
        ]


async def test_a_childs_error_is_reported_without_a_trace_of_the_request(bench: Bench, tmp_path: Path) -> None:
    reports: list[ErrorReport] = []
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own) as door:
        _, child = await family_of(House(door, door, bench))
    broken: Any = Broken()
    async with opened(bench, tmp_path, own, media=broken) as door:
        headers = child.headers | {"User-Agent": f"Mozilla/5.0 ({CANARY})", "X-Forwarded-For": ADDRESS}
        with reporting(reports.append):
            answer = await door.post(
                "/attempts",
                headers=headers,
                files={"recording": (f"{CANARY}.webm", b"\x1aE\xdf\xa3" + CANARY.encode(), "audio/webm")},
                data={"text": f"Red {CANARY}"},
            )
    assert answer.status_code == 500
    [report] = reports
    assert "RuntimeError at test_minors.py" in report.exception
    assert report.trace is not None and answer.headers["x-request-id"] == report.trace
    for word in (CANARY, ADDRESS, "Mozilla", child.id, child.email, child.headers["Authorization"]):
        assert word not in json.dumps(report.__class__.__name__ + str(report))
