"""Tests the law as data, ages, and the gate: the youngest and the unknown are refused, and unknown is no."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import cast, get_args
from uuid import UUID

import pytest

from chassis.errors import DependencyDown, SettingsError
from chassis.message.crypto import new_key
from chassis.message.envelope import new_id
from chassis.privacy.ages import Ages, Born, is_adult, is_possible, read_ages
from chassis.privacy.consents import Consents
from chassis.privacy.law import (
    ADULTS_ONLY,
    AGES,
    CEILING,
    FLOOR,
    METHODS,
    RECIPIENTS,
    WANT_ZERO_RETENTION,
    AgeBand,
    Method,
    Pair,
    Recipient,
    is_pair,
    may_grant,
    pairs,
)
from chassis.privacy.outside import BEGINS_WITHIN_S, NotAllowed, OutsideCalls
from chassis.privacy.recipients import Recipients
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import ConsentAnswer, StoredConsent
from chassis.stores_in_memory import KeysInMemory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
VOICE: Pair = ("assess_voice", "voxbus")


def people_with(
    *pairs_given: tuple[str, str], child: bool = True, until: datetime | None = None
) -> tuple[KeysInMemory, UUID]:
    """Returns a store in which one person has agreed to some pairs, and that person."""
    store, person = KeysInMemory(), new_id()
    store.keys[person] = new_key()
    store.now = NOW.timestamp
    for purpose, recipient in pairs_given:
        store.decided[person, purpose, recipient] = StoredConsent(person, purpose, recipient, 1, True, child, until)
    return store, person


class Away(KeysInMemory):
    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        raise OSError("the store is away")


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "unknown"),
        (date(2013, 11, 21), "under_consent_age"),  # thirteen tomorrow
        (date(2013, 11, 20), "of_age"),
        (date(1980, 1, 1), "of_age"),
    ],
)
def test_the_age_band_turns_on_the_birthday(born: date | None, band: AgeBand) -> None:
    assert Ages().band(Born(born), NOW) == band


@pytest.mark.parametrize(
    ("country", "years"), [("DE", 16), ("FR", 15), ("AT", 14), ("GB", 13), ("US", 13), ("JP", 13), (None, 13)]
)
def test_the_age_of_consent_is_that_of_the_country(country: str | None, years: int) -> None:
    birthday = date(NOW.year - years, NOW.month, NOW.day)
    assert Ages().band(Born(birthday, country), NOW) == "of_age"
    assert Ages().band(Born(birthday + timedelta(days=1), country), NOW) == "under_consent_age"


def test_a_birthday_begins_at_the_midnight_of_the_persons_time_zone() -> None:
    born = date(2013, 11, 21)
    assert Ages().of_age_at(Born(born, None, "Pacific/Auckland")) == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert Ages().band(Born(born, None, "Pacific/Auckland"), NOW) == "of_age"
    assert Ages().band(Born(born, None, "America/New_York"), NOW + timedelta(hours=12)) == "under_consent_age"


def test_who_is_born_on_a_leap_day_is_not_older_before_march() -> None:
    born = Born(date(2012, 2, 29))
    assert Ages().band(born, datetime(2025, 2, 28, 23, tzinfo=UTC)) == "under_consent_age"
    assert Ages().band(born, datetime(2025, 3, 1, tzinfo=UTC)) == "of_age"


def test_a_guardian_is_eighteen_or_older() -> None:
    assert is_adult(Born(date(2008, 11, 20), "DE"), NOW)
    assert not is_adult(Born(date(2008, 11, 21), "US"), NOW)
    assert not is_adult(Born(None), NOW)


@pytest.mark.parametrize(
    ("born", "possible"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(1906, 11, 21), True),
        (date(1906, 11, 20), False),  # 120 years ago
        (date(1, 1, 1), False),
        (date(9999, 12, 31), False),
    ],
)
def test_a_birth_date_is_that_of_somebody_who_can_be_alive(born: date, possible: bool) -> None:
    assert is_possible(born, date(2026, 11, 20)) is possible


def test_an_operator_may_change_an_age_within_the_floor() -> None:
    ages = read_ages('{"DE": 14, "JP": 15}')
    assert (ages.of_consent("DE"), ages.of_consent("JP"), ages.of_consent("FR")) == (14, 15, 15)
    for wrong in ("x", "[]", '{"DE": 12}', '{"DE": "14"}', '{"DE": true}', '{"de": 14}', '{"DEU": 14}', '{"DE": 99}'):
        with pytest.raises(SettingsError, match="VOXBUS_AGES"):
            read_ages(wrong)


def test_the_tables_are_those_of_the_order() -> None:
    assert pairs() == [(purpose, recipient) for purpose in RECIPIENTS for recipient in RECIPIENTS[purpose]]
    assert all(FLOOR <= age <= CEILING for age in AGES.values())
    assert set(METHODS) == set(get_args(Method))
    assert {r for r in get_args(Recipient) if may_grant("email_plus", r)} == {"voxbus", "in_app", "email"}
    assert (
        {r for r in get_args(Recipient) if not may_grant("signed_form", r)} == ADULTS_ONLY == {"mixpanel", "firebase"}
    )
    assert not is_pair(("assess_voice", "openai"))
    assert not is_pair(("analytics", "voxbus"))


async def test_children_need_a_consent_and_grown_ups_none_for_voxbus() -> None:
    store, person = people_with()
    consents = Consents(Keys(store))
    assert await consents.allows(person, *VOICE, of_age=True)
    assert not await consents.allows(person, *VOICE)
    store, child = people_with(VOICE)
    assert await Consents(Keys(store)).allows(child, *VOICE)


async def test_a_consent_covers_its_pair_and_no_other() -> None:
    store, person = people_with(VOICE, child=False)
    consents = Consents(Keys(store), WANT_ZERO_RETENTION)
    allowed = [pair for pair in pairs() if await consents.allows(person, *pair)]
    assert allowed == [VOICE, ("notify", "in_app")]
    outside = [pair for pair in pairs() if pair[1] not in ("voxbus", "in_app")]
    assert not any([await consents.allows(person, *pair, of_age=True) for pair in outside])


async def test_a_consent_ends_with_childhood() -> None:
    store, person = people_with(VOICE, until=NOW)
    assert not await Consents(Keys(store)).allows(person, *VOICE)
    store, person = people_with(VOICE, until=NOW + timedelta(seconds=1))
    assert await Consents(Keys(store)).allows(person, *VOICE)


@pytest.mark.parametrize(
    ("child", "agreed", "allowed"), [(True, (), False), (True, ("openai",), True), (False, (), True)]
)
async def test_a_childs_words_go_to_a_provider_only_if_it_keeps_nothing(
    child: bool, agreed: Collection[Recipient], allowed: bool
) -> None:
    store, person = people_with(("ai_text", "openai"), child=child)
    assert await Consents(Keys(store), agreed).allows(person, "ai_text", "openai") is allowed


async def test_a_store_that_does_not_answer_says_no() -> None:
    consents = Consents(Keys(Away()))
    with pytest.raises(DependencyDown):
        await consents.allows(new_id(), *VOICE)
    assert await consents.allows(new_id(), "notify", "in_app")


async def test_nothing_is_cached() -> None:
    store, person = people_with(VOICE)
    consents = Consents(Keys(store))
    assert await consents.allows(person, *VOICE)
    await store.write_consent(StoredConsent(person, *VOICE, 2, granted=False))
    assert not await consents.allows(person, *VOICE)


async def test_a_call_outside_begins_only_if_it_is_allowed_now() -> None:
    made: list[str] = []

    async def call(store: KeysInMemory, person: UUID, *pair: str) -> None:
        async with OutsideCalls(Consents(Keys(store))).beginning(person, *cast("Pair", pair or ("notify", "webhook"))):
            made.append("call")

    store, person = people_with(("notify", "webhook"))
    await call(store, person)
    await call(store, person, "notify", "in_app")
    for who, pair in ((new_id(), ()), (person, ("ai_text", "openai")), (person, ("notify", "openai"))):
        with pytest.raises(NotAllowed):
            await call(store, who, *pair)
    with pytest.raises(DependencyDown):
        await call(Away(), person)
    assert made == ["call", "call"]


async def test_where_nobody_has_to_agree_nobody_is_asked() -> None:
    store, person = people_with()
    calls, begun = OutsideCalls(Consents(Keys(store))), []
    async with calls.may_begin(None, "ai_text", "openai")():
        begun.append("for nobody")
    with pytest.raises(NotAllowed):
        async with calls.may_begin(person, "ai_text", "openai")():
            begun.append("for a person")
    assert begun == ["for nobody"]


async def test_an_error_of_the_call_itself_passes_the_gate_as_it_is() -> None:
    store, person = people_with(("notify", "webhook"))
    with pytest.raises(ZeroDivisionError):
        async with OutsideCalls(Consents(Keys(store))).beginning(person, "notify", "webhook"):
            raise ZeroDivisionError
    assert await Keys(store).is_unheld(person, "notify", "webhook", within=0)


async def test_many_people_are_asked_about_at_once() -> None:
    store, person = people_with(("notify", "webhook"), ("ai_text", "openai"))
    other = new_id()
    consents = Consents(Keys(store))
    assert await consents.allowed([person, other], "notify") == {
        person: frozenset({"in_app", "webhook"}),
        other: frozenset({"in_app"}),
    }
    assert await consents.allowed([person], "ai_text") == {person: frozenset()}  # nothing was agreed on keeping nothing
    assert await Consents(Keys(store), ["openai"]).allowed([person], "ai_text") == {person: frozenset({"openai"})}


async def test_a_consent_is_held_until_the_call_has_begun() -> None:
    store, person = people_with(("notify", "webhook"))
    keys = Keys(store)
    async with OutsideCalls(Consents(keys)).beginning(person, "notify", "webhook"):
        await store.write_consent(StoredConsent(person, "notify", "webhook", 2, granted=False))
        assert not await keys.is_unheld(person, "notify", "webhook", within=0)
        assert await keys.is_unheld(person, "notify", "email", within=0)
    assert await keys.is_unheld(person, "notify", "webhook", within=0)


class Counting(KeysInMemory):
    """Answers from another store, and counts its answers."""

    def __init__(self, store: KeysInMemory) -> None:
        super().__init__()
        self.store = store
        self.asked = 0

    async def read_consent(self, person: UUID, purpose: str, recipient: str) -> ConsentAnswer:
        self.asked += 1
        return await self.store.read_consent(person, purpose, recipient)


async def test_an_answer_that_came_too_late_is_asked_for_again() -> None:
    store, person = people_with(("notify", "webhook"))
    moments = iter([0.0, BEGINS_WITHIN_S, 1.0, 1.1])
    counting = Counting(store)
    outside = OutsideCalls(Consents(Keys(counting)), lambda: next(moments))
    async with outside.beginning(person, "notify", "webhook"):
        assert counting.asked == 2


async def test_a_store_that_answers_too_late_each_time_is_down() -> None:
    store, person = people_with(("notify", "webhook"))
    counting, moments = Counting(store), count(step=BEGINS_WITHIN_S)
    with pytest.raises(DependencyDown):
        async with OutsideCalls(Consents(Keys(counting)), lambda: next(moments)).beginning(person, "notify", "webhook"):
            pytest.fail("the answer was too old to act on")
    assert counting.asked == 3


class Noted(Recipients):
    """Notes in memory, or cannot; asks `before` what holds at that moment."""

    def __init__(self, before: Callable[[], Awaitable[None]] | None = None, *, away: bool = False) -> None:
        self.rows: list[tuple[UUID, Recipient, bool]] = []
        self._before = before
        self._away = away

    def has(self, person: UUID, recipient: Recipient, *, own_key: bool) -> bool:
        return (person, recipient, own_key) in self.rows

    async def note(self, person: UUID, recipient: Recipient, *, own_key: bool) -> None:
        if self._away:
            raise DependencyDown("the database")
        if self._before is not None:
            await self._before()
        if not self.has(person, recipient, own_key=own_key):
            self.rows.append((person, recipient, own_key))


async def test_a_recipient_is_noted_before_the_call_begins_and_once() -> None:
    store, person = people_with(("notify", "webhook"))
    noted = Noted()
    outside = OutsideCalls(Consents(Keys(store)), recipients=noted)
    for _ in range(2):
        async with outside.may_begin(person, "notify", "webhook")():
            assert noted.rows == [(person, "webhook", False)]


async def test_one_that_may_get_nothing_is_not_noted() -> None:
    store, person = people_with()
    noted = Noted()
    with pytest.raises(NotAllowed):
        async with OutsideCalls(Consents(Keys(store)), recipients=noted).may_begin(person, "notify", "webhook")():
            pytest.fail("nobody has agreed")
    assert noted.rows == []


async def test_whoever_takes_a_consent_back_does_not_wait_for_the_note_and_is_heeded() -> None:
    store, person = people_with(("notify", "webhook"))
    keys = Keys(store)

    async def taken_back() -> None:
        await store.write_consent(StoredConsent(person, "notify", "webhook", 2, granted=False))
        assert await keys.is_unheld(person, "notify", "webhook", within=0)

    outside = OutsideCalls(Consents(keys), recipients=Noted(taken_back))
    with pytest.raises(NotAllowed):
        async with outside.may_begin(person, "notify", "webhook")():
            pytest.fail("it was taken back")


async def test_a_call_that_needs_no_consent_is_noted_for_whom_it_is() -> None:
    store, person = people_with()
    noted = Noted()
    outside = OutsideCalls(Consents(Keys(store)), recipients=noted)
    async with outside.may_begin(None, "ai_text", "openai", of=person, own_key=True)():
        assert noted.rows == [(person, "openai", True)]
    async with outside.may_begin(None, "ai_text", "openai")():
        assert len(noted.rows) == 1  # nobody is signed in


@pytest.mark.parametrize("agreed", [True, False])
async def test_what_cannot_be_noted_is_not_called(agreed: bool) -> None:
    store, person = people_with(("ai_text", "openai"))
    outside = OutsideCalls(Consents(Keys(store), ["openai"]), recipients=Noted(away=True))
    with pytest.raises(DependencyDown):
        async with outside.may_begin(person if agreed else None, "ai_text", "openai", of=person)():
            pytest.fail("it could not be noted")
