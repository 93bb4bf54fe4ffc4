"""Tests that the other services are told of accounts of before, and of who becomes of age or 18."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from chassis.privacy.ages import Ages
from contracts.gateway import PersonChanged
from gateway.edge.account_news import AccountNews
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, sign_up
from services.gateway.tests.integration.test_door import KEY, opened

#: on which those born on 1 December 2010 become sixteen, and eighteen two years later
DAY = datetime(2026, 12, 1, tzinfo=UTC)


async def test_each_account_of_before_and_each_birthday_is_told_of_once(bench: Bench, tmp_path: Path) -> None:
    clock = [DAY - timedelta(days=1)]
    news = AccountNews(database=bench.database, keys=bench.keys, ages=Ages(), clock=lambda: clock[0])
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY), clock=lambda: clock[0]) as door:
        house = House(door, door, bench)
        grown = await sign_up(door, birth_date="1980-01-01")
        young = await sign_up(door, birth_date="2010-12-01", country="DE", time_zone="UTC")

        async def told(person: str) -> list[tuple[str, bool]]:
            found = await house.said(PersonChanged, person)
            assert len({each.at for each in found}) == len(found)
            return [(each.age_band, each.adult) for each in found]

        await news.once()
        assert await told(grown.id) == [("of_age", True)], "what is known is not told again"
        await bench.database.fetch("UPDATE people SET told = NULL WHERE id = $1", UUID(grown.id))  # of a release before
        for _ in range(2):
            await news.once()
        assert await told(grown.id) == [("of_age", True)] * 2
        assert await told(young.id) == [("under_consent_age", False)]
        await bench.database.fetch("UPDATE people SET told = '0 of_age adult' WHERE id = $1", UUID(grown.id))
        await news.once()
        assert await told(grown.id) == [("of_age", True)] * 3, "a release that tells more"
        for years, expected in ((0, ("of_age", False)), (2, ("of_age", True))):
            clock[0] = DAY.replace(year=DAY.year + years)
            for _ in range(2):
                await news.once()
            assert (await told(young.id))[-1] == expected
        assert len(await told(young.id)) == 3
