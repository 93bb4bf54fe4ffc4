"""Each fact that is broken is found, with how bad it is and what mends it; where all is well nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import Settings
from voxbus.doctor.facts import _of_stores
from voxbus.doctor.judge import Facts, OutboxFact, UndeletedFact, judge

WELL = Facts(
    skew_s=1,
    outboxes={"speech": OutboxFact(3, 2)},
    undeleted={"speech": UndeletedFact(2, 60)},
    audited_s=20,
    backup_s=30 * 3600.0,
    disks={"data": 5e9},
)

BROKEN: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "unknown setting": ({"settings": ("VOXBUS_PROT is unknown.",)}, "error", "VOXBUS_PROT", "runbook"),
    "open secret": ({"open_secrets": ("/d/secret_key",)}, "error", "may read", "chmod 600 /d/secret_key"),
    "no database": ({"database_error": "The database at h:1 does not answer."}, "error", "h:1", "VOXBUS_DATABASE_URL"),
    "clock": ({"skew_s": 8.0}, "warning", "8 s ahead", "timedatectl"),
    "clock far behind": ({"skew_s": -40.0}, "error", "40 s behind", "timedatectl"),
    "no role": ({"roles_missing": ("voxbus_speech",)}, "error", "voxbus_speech", "voxbus migrate"),
    "another secret": ({"secret_changed": True}, "warning", "sign in again", "VOXBUS_SECRET_KEY_PREVIOUS"),
    "half restored": ({"half_restored": True}, "error", "has not ended", "voxbus restore --from PLACE --force"),
    "not migrated": ({"behind": {"speech": "is at 0001, this release at 0002"}}, "error", "0002", "voxbus migrate"),
    "newer": ({"behind": {"speech": "is at 9, which a newer release has made"}}, "error", "newer", "upgrade"),
    "no right": ({"refused": {"speech": ("table speech.inbox is missing",)}}, "error", "inbox", "voxbus migrate"),
    "no broker": ({"broker_error": "no RabbitMQ answered at h:2"}, "error", "h:2", "VOXBUS_BUS_URL"),
    "unknown broker": ({"broker_unknown": "5.0.0"}, "warning", "5.0.0", "3.10"),
    "no queue": ({"queues_missing": tuple("abcdefg")}, "error", "a, b, c, d, e and 2 more", "topology apply"),
    "another queue": ({"queues_changed": {"a.b": "x-max-length"}}, "error", "a.b", "delete_queue a.b"),
    "no keys": ({"keys_error": "The key store does not answer."}, "error", "key store", "VOXBUS_KEYS_URL"),
    "lost keys": ({"keys_lost": True}, "error", "no key of any person", "--keys-from"),
    "media": ({"media_error": "PermissionError"}, "error", "PermissionError", "VOXBUS_MEDIA_URL"),
    "ledger": ({"ledger_error": "not a line"}, "error", "not a line", "VOXBUS_ERASED_URL"),
    "little room": ({"disks": {"data": 500 * 2**20}}, "warning", "500 MiB", "disk"),
    "no room": ({"disks": {"data": 2**20}}, "error", "1 MiB", "disk"),
    "old outbox": ({"outboxes": {"speech": OutboxFact(7, 90)}}, "warning", "7 messages of speech", "topology diff"),
    "stuck outbox": ({"outboxes": {"speech": OutboxFact(7, 900)}}, "error", "900 s", "topology diff"),
    "parked": ({"parked": {"speech.assess_attempt": 3}}, "warning", "3 messages of speech.assess_attempt", "newer"),
    "undeleted": ({"undeleted": {"speech": UndeletedFact(2, 4000)}}, "warning", "2 media of speech", "start speech"),
    "dead letters": ({"dead_letters": 4}, "warning", "4 dead letters", "voxbus dead-letters list"),
    "lost jobs": ({"lost_jobs": 2}, "error", "2 jobs are lost", "voxbus jobs resend"),
    "stuck jobs": ({"stuck_jobs": 2}, "warning", "silent or overdue", "voxbus jobs stuck"),
    "old backup": ({"backup_s": 40 * 3600.0}, "warning", "40 h ago", "voxbus backup"),
    "no audit": ({"audited_s": 4000.0}, "warning", "4000 s ago", "gateway.audit"),
}


def test_an_installation_that_is_well_gives_nothing() -> None:
    assert judge(WELL) == judge(Facts()) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_with_what_mends_it(name: str) -> None:
    broken, severity, what, mends = BROKEN[name]
    [finding] = judge(replace(WELL, **broken))
    assert finding.severity == severity
    assert what in finding.what and mends in finding.mends


def test_the_worst_comes_first_and_nothing_is_said_of_what_could_not_be_asked() -> None:
    found = judge(replace(WELL, dead_letters=1, lost_jobs=1, database_error="away", behind={"a": "x"}))
    assert [each.severity for each in found] == ["error", "error", "warning"]
    assert not any("schema" in each.what for each in found)


def test_every_fact_has_a_row_here() -> None:
    asked = {name for changes, *_ in BROKEN.values() for name in changes}
    assert asked == set(Facts.__dataclass_fields__)


async def test_a_media_store_that_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    keys = f"file://{tmp_path}/keys.sqlite"
    settings = Settings(media_url="file:///proc/nothing", data_dir=tmp_path, keys_url=keys)
    facts = await _of_stores(settings, Facts())
    assert facts.media_error is not None and "VOXBUS_MEDIA_URL cannot be used" in facts.media_error
