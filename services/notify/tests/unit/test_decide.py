"""Tests what is decided about notifications: the order of the rules, and each rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.time_zones import zone_of
from notify.notifications.decide import RULES, Choice, History, Notice, Reason, Verdict, Way, decide
from notify.notifications.quiet import QuietHours
from notify.notifications.wanted import IN_APP, TYPES, AtTime, OfType, Wanted

EVERY_DAY = frozenset(range(7))
NIGHT = QuietHours(time(22), time(7), EVERY_DAY)
EVENING = AtTime(time(18), EVERY_DAY)
#: 23:30 in Berlin
NOW = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 30, 6, tzinfo=UTC)
GROWN = Wanted(zone=zone_of("Europe/Berlin"), minor=False, adult=True)
MAIL, PUSH = Way("email"), Way("web_push")
BADGE = Notice("badge")


def said(verdict: Verdict) -> dict[str, tuple[str, str]]:
    return {each.channel: (each.choice, each.reason) for each in verdict.decisions}


#: what makes each rule apply, in the order of the rules: each holds with all those after it
APPLIES: list[tuple[str, Any]] = [
    ("erased", lambda notice, wanted, history: (notice, wanted, replace(history, erased=True))),
    ("type", lambda n, w, h: (n, replace(w, types={n.type: OfType(enabled=False)}), h)),
    ("minor", lambda n, w, h: (n, w, replace(h, ways=[replace(way, allowed=False) for way in h.ways]))),
    ("already", lambda n, w, h: (n, w, replace(h, already="already-done"))),
    ("key", lambda n, w, h: (n, w, replace(h, duplicate=True))),
    ("channel", lambda n, w, h: (n, w, replace(h, ways=[replace(way, gone=True) for way in h.ways]))),
    ("cap", lambda n, w, h: (n, w, replace(h, pushes=w.push_per_day))),
    ("digest", lambda n, w, h: (n, replace(w, digest=EVENING), h)),
    ("quiet_hours", lambda n, w, h: (n, replace(w, quiet=NIGHT), h)),
]


@settings(deadline=None)
@given(st.sets(st.sampled_from(range(len(APPLIES)))))
def test_the_first_rule_that_applies_decides(chosen: set[int]) -> None:
    notice, wanted, history = BADGE, GROWN, History(ways=[PUSH])
    for number in chosen:
        notice, wanted, history = APPLIES[number][1](notice, wanted, history)
    names = [APPLIES[number][0] for number in sorted(chosen)]
    whole = [name for name in names if name in ("erased", "type", "already", "key")]
    expected = next((name for name in names if name in whole or not whole), "send")
    if "minor" in names and not whole:
        expected = "minor"
    elif whole:
        expected = whole[0]
    assert decide(NOW, notice, wanted, history).outside[0].rule == expected
    assert expected in RULES


@pytest.mark.parametrize(
    ("notice", "wanted", "history", "reason"),
    [
        (BADGE, GROWN, History(erased=True), "cancelled"),
        (BADGE, replace(GROWN, types={"badge": OfType(enabled=False)}), History(), "type-off"),
        (Notice("streak_at_risk"), replace(GROWN, adult=False), History(), "minor"),
        (BADGE, GROWN, History(already="already-done"), "already-done"),
        (BADGE, GROWN, History(already="superseded"), "superseded"),
        (Notice("daily_reminder", stale_at=NOW), GROWN, History(), "too-late"),
        (BADGE, GROWN, History(duplicate=True), "duplicate"),
    ],
)
def test_what_is_dropped_is_dropped_on_every_channel(
    notice: Notice, wanted: Wanted, history: History, reason: str
) -> None:
    verdict = decide(NOW, notice, wanted, replace(history, ways=[MAIL, PUSH]))
    assert said(verdict) == dict.fromkeys([IN_APP, "email", "web_push"], ("drop", reason))
    assert (verdict.choice, verdict.deliver_at, verdict.reasons) == ("drop", None, [reason])


def test_quiet_hours_defer_what_goes_outside_and_never_the_application() -> None:
    verdict = decide(NOW, BADGE, replace(GROWN, quiet=NIGHT), History(ways=[MAIL]))
    assert said(verdict) == {IN_APP: ("send", "sent"), "email": ("defer", "quiet-hours")}
    assert (verdict.choice, verdict.deliver_at, verdict.reasons) == ("defer", MORNING, ["quiet-hours"])
    alone = decide(NOW, BADGE, replace(GROWN, quiet=NIGHT), History())
    assert (alone.choice, alone.deliver_at, alone.reasons) == ("send", NOW, ["sent"])


def test_what_has_lost_its_sense_by_then_is_dropped() -> None:
    reminder = Notice("daily_reminder", stale_at=MORNING)  # a day that ends when the quiet hours do
    verdict = decide(NOW, reminder, replace(GROWN, quiet=NIGHT), History(ways=[MAIL]))
    assert said(verdict) == {IN_APP: ("send", "sent"), "email": ("drop", "too-late")}
    later = replace(reminder, stale_at=MORNING + timedelta(seconds=1))
    assert said(decide(NOW, later, replace(GROWN, quiet=NIGHT), History(ways=[MAIL])))["email"][0] == "defer"


@pytest.mark.parametrize(
    ("notice", "urgent_before", "passes"),
    [
        (Notice("account", urgent=True), 9, True),
        (Notice("custom", urgent=True), 2, True),
        (Notice("custom", urgent=True), 3, False),
        (Notice("badge", urgent=True), 0, False),
        (Notice("account"), 0, False),
        (Notice("custom"), 0, False),
    ],
)
def test_only_what_may_be_urgent_passes_everywhere(notice: Notice, urgent_before: int, passes: bool) -> None:
    wanted = replace(GROWN, quiet=NIGHT, push_per_day=0)
    verdict = decide(NOW, notice, wanted, History(urgent=urgent_before, ways=[MAIL, PUSH]))
    kept = {IN_APP: ("send", "sent"), "email": ("defer", "quiet-hours"), "web_push": ("drop", "cap-reached")}
    assert said(verdict) == (dict.fromkeys(kept, ("send", "sent")) if passes else kept)
    assert (verdict.in_app.rule == "urgent") is passes


def test_the_cap_counts_pushes_and_nothing_else() -> None:
    verdict = decide(NOW, BADGE, GROWN, History(pushes=6, ways=[MAIL, PUSH]))
    assert said(verdict)["email"] == ("send", "sent")
    assert said(verdict)["web_push"] == ("drop", "cap-reached")
    assert said(decide(NOW, BADGE, GROWN, History(pushes=5, ways=[PUSH])))["web_push"] == ("send", "sent")


def test_a_digest_holds_what_can_wait_until_its_time() -> None:
    wanted = replace(GROWN, digest=EVENING)
    verdict = decide(NOW, BADGE, wanted, History(ways=[MAIL]))
    assert (verdict.choice, verdict.deliver_at) == ("defer", datetime(2026, 11, 30, 17, tzinfo=UTC))
    assert verdict.reasons == ["digest"]
    for type_ in ("custom", "daily_reminder", "streak_at_risk", "account", "digest"):
        assert decide(NOW, Notice(type_), wanted, History(ways=[MAIL])).choice == "send"


def test_a_minor_is_told_in_the_application_unless_a_guardian_agreed() -> None:
    child = replace(GROWN, minor=True)
    verdict = decide(NOW, BADGE, child, History(ways=[replace(MAIL, allowed=False), PUSH]))
    assert said(verdict) == {IN_APP: ("send", "sent"), "email": ("drop", "minor"), "web_push": ("send", "sent")}
    grown = decide(NOW, BADGE, GROWN, History(ways=[replace(MAIL, allowed=False)]))
    assert said(grown)["email"] == ("drop", "no-consent")


def test_channels_are_those_of_the_type_or_those_asked_for() -> None:
    wanted = replace(GROWN, types={"custom": OfType(channels=("in_app", "email"))})
    history = History(ways=[MAIL, PUSH])
    assert set(said(decide(NOW, Notice("custom"), wanted, history))) == {IN_APP, "email"}
    asked = Notice("custom", kinds=frozenset({"web_push"}))
    assert set(said(decide(NOW, asked, wanted, history))) == {IN_APP, "web_push"}
    assert set(said(decide(NOW, Notice("custom", kinds=frozenset()), wanted, history))) == {IN_APP}


@settings(deadline=None)
@given(
    type_=st.sampled_from(TYPES),
    urgent=st.booleans(),
    stale=st.none() | st.integers(-100, 5000),
    quiet=st.none() | st.just(NIGHT),
    digest=st.none() | st.just(EVENING),
    minor=st.booleans(),
    adult=st.booleans(),
    history=st.builds(
        History,
        already=st.none() | st.just("already-done"),
        duplicate=st.booleans(),
        pushes=st.integers(0, 9),
        urgent=st.integers(0, 5),
        ways=st.lists(st.builds(Way, st.sampled_from(["email", "expo"]), st.booleans(), st.booleans()), max_size=2),
    ),
    minutes=st.integers(0, 3 * 24 * 60),
)
def test_whatever_is_decided_keeps_what_is_promised(
    type_: str,
    urgent: bool,
    stale: int | None,
    quiet: QuietHours | None,
    digest: AtTime | None,
    minor: bool,
    adult: bool,
    history: History,
    minutes: int,
) -> None:
    now = NOW + timedelta(minutes=minutes)
    notice = Notice(type_, urgent, None if stale is None else now + timedelta(minutes=stale))
    verdict = decide(now, notice, replace(GROWN, quiet=quiet, digest=digest, minor=minor, adult=adult), history)
    assert verdict.in_app.choice != "defer"
    for each in verdict.decisions:
        assert each.choice in get_args(Choice) and each.reason in get_args(Reason) and each.rule in RULES
        assert (each.deliver_at is None) == (each.choice == "drop")
        if each.choice == "send":
            assert each.deliver_at == now and (notice.stale_at is None or now < notice.stale_at)
        if each.choice == "defer":
            assert each.deliver_at is not None and each.deliver_at > now
            assert notice.stale_at is None or each.deliver_at < notice.stale_at
    if not adult and type_ == "streak_at_risk":
        assert verdict.choice == "drop"
