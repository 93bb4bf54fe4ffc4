"""promtool finds nothing wrong with the rules, every case comes out as it should, and broken rules are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.observability import make_rules
from tests.observability import promtool
from tests.prometheus import needs_promtool

pytestmark = [pytest.mark.in_full, needs_promtool]
RULES = sorted(make_rules.RULES.glob("*.yml"))


def test_the_rules_are_well_made() -> None:
    told = promtool.check_rules(*RULES)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_fires_where_it_should_and_nowhere_else() -> None:
    told = promtool.try_rules()
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("right", "broken", "alert"),
    [
        ("max by (handler) (voxbus_dead_letters)", "max by (handler) (voxbus_dead_letter)", "DeadLetters"),
        ("max by (loop) (voxbus_paused)", 'max by (loop) (voxbus_paused{loop="relay"})', "ConsumerPausedLong"),
        (
            "(increase(voxbus_leases_expired_total[15m])) > 3",
            "(delta(voxbus_leases_expired_total[15m])) < -3",
            "LeaseExp",
        ),
        ("severity: page", "severity: ticket", "JobsOrphaned"),
    ],
)
def test_a_rule_that_is_broken_is_found(tmp_path: Path, right: str, broken: str, alert: str) -> None:
    """Gives promtool a copy in which an alert can never fire, fires after a restart, or is called by another name."""
    for path in RULES:
        text = path.read_text(encoding="utf-8")
        if path.name == "alerts.yml":
            assert right in text
            text = text.replace(right, broken)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    told = promtool.try_rules(tmp_path, only="alerts.yml")
    assert told.returncode != 0
    assert alert in told.stdout + told.stderr
