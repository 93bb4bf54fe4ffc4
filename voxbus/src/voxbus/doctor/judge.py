"""Decides from facts what is wrong with an installation, how bad it is, and which command mends it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

#: seconds by which the clock of this machine may differ from the database's: principals are good for 30
SKEW_S = 5.0
SKEW_BAD_S = 25.0
#: seconds that a due message may wait in an outbox
OUTBOX_S = 60.0
OUTBOX_BAD_S = 600.0
#: seconds that an object may wait to be deleted
UNDELETED_S = 3600.0
#: seconds after which what the audit of jobs found is out of date
AUDIT_S = 300.0
#: seconds after which the last backup is too old, where there was one: they are to be daily
BACKUP_S = 36 * 3600.0
#: bytes that should be free; below the second nothing is accepted
DISK, DISK_BAD = 1024**3, 64 * 1024**2

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Says what is wrong, how bad it is, and what mends it: a command, or a sentence where there is none."""

    what: str
    severity: Severity
    mends: str


@dataclass(frozen=True, slots=True)
class OutboxFact:
    """Holds the messages of one service that are due and unpublished, and the seconds that the oldest has waited."""

    due: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class UndeletedFact:
    """Holds the objects that one service has asked to be deleted, and the seconds that the oldest has waited."""

    objects: int
    oldest_s: float


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Holds what was asked; what could not be asked stays as if it were well, and its reason stands in `…_error`."""

    #: sentences about settings: unknown, wrong, or secrets that stand in an example
    settings: tuple[str, ...] = ()
    #: files with secrets that others on this machine may read
    open_secrets: tuple[str, ...] = ()
    database_error: str | None = None
    #: seconds by which the clock here is ahead of the database's
    skew_s: float = 0.0
    roles_missing: tuple[str, ...] = ()
    #: neither the secret key nor the one before it is that of the last start
    secret_changed: bool = False
    #: a restore has begun to fill the database, and has not ended
    half_restored: bool = False
    #: by service, how its tables differ from this release
    behind: Mapping[str, str] = field(default_factory=dict)
    #: by service, tables and views that are missing or may not be used
    refused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outboxes: Mapping[str, OutboxFact] = field(default_factory=dict)
    #: by handler, messages of a version that no running release of it reads
    parked: Mapping[str, int] = field(default_factory=dict)
    #: by service
    undeleted: Mapping[str, UndeletedFact] = field(default_factory=dict)
    dead_letters: int = 0
    lost_jobs: int = 0
    stuck_jobs: int = 0
    #: seconds since jobs were audited last; None: never, or nobody runs
    audited_s: float | None = None
    #: seconds since a backup was made last; None: never
    backup_s: float | None = None
    broker_error: str | None = None
    broker_unknown: str | None = None  # the version, where this release was not tested with it
    queues_missing: tuple[str, ...] = ()
    queues_changed: Mapping[str, str] = field(default_factory=dict)
    keys_error: str | None = None
    keys_lost: bool = False
    media_error: str | None = None
    ledger_error: str | None = None
    #: free bytes by folder
    disks: Mapping[str, float] = field(default_factory=dict)


def judge(facts: Facts) -> list[Finding]:
    """Returns everything that is wrong, the worst first."""
    found = [*_settings(facts), *_database(facts), *_broker(facts), *_stores(facts), *_work(facts)]
    return sorted(found, key=lambda each: each.severity != "error")


def _settings(facts: Facts) -> Iterator[Finding]:
    for sentence in facts.settings:
        yield Finding(sentence, "error", "change the setting: docs/runbook.md lists all")
    for path in facts.open_secrets:
        yield Finding(f"others on this machine may read {path}", "error", f"chmod 600 {path}")


def _database(facts: Facts) -> Iterator[Finding]:
    if facts.database_error is not None:
        yield Finding(
            facts.database_error, "error", "start the database, or correct VOXBUS_DATABASE_URL or VOXBUS_DATA_DIR"
        )
        return
    ahead = abs(facts.skew_s)
    if ahead > SKEW_S:
        way = "ahead of" if facts.skew_s > 0 else "behind"
        what = f"the clock here is {ahead:.0f} s {way} the database's"
        yield Finding(
            what, "error" if ahead > SKEW_BAD_S else "warning", "synchronize the clocks: timedatectl set-ntp true"
        )
    if facts.half_restored:
        yield Finding("a restore of the database has not ended", "error", "voxbus restore --from PLACE --force")
    for role in facts.roles_missing:
        yield Finding(f"the role {role} is missing", "error", "voxbus migrate")
    if facts.secret_changed:
        what = "the secret key is another than at the last start: everybody would have to sign in again"
        yield Finding(what, "warning", "give that one as VOXBUS_SECRET_KEY, or as VOXBUS_SECRET_KEY_PREVIOUS")
    for service, how in facts.behind.items():
        newer = "newer release" in how
        yield Finding(f"the schema {service} {how}", "error", "upgrade this release" if newer else "voxbus migrate")
    for service, things in facts.refused.items():
        for thing in things:
            yield Finding(f"{service}: {thing}", "error", "voxbus migrate")


def _broker(facts: Facts) -> Iterator[Finding]:
    if facts.broker_error is not None:
        yield Finding(facts.broker_error, "error", "start the broker, or correct VOXBUS_BUS_URL")
        return
    if facts.broker_unknown is not None:
        what = f"this release was not tested with RabbitMQ {facts.broker_unknown}"
        yield Finding(what, "warning", "use one of 3.10 to 4")
    if facts.queues_missing:
        shown = ", ".join(facts.queues_missing[:5])
        more = f" and {len(facts.queues_missing) - 5} more" if len(facts.queues_missing) > 5 else ""
        yield Finding(f"the broker lacks the queues {shown}{more}", "error", "voxbus topology apply")
    for queue, how in facts.queues_changed.items():
        mends = f"let it empty, then rabbitmqctl delete_queue {queue}; a gateway declares it again within a minute"
        yield Finding(f"the queue {queue} exists with other arguments: {how}", "error", mends)


def _stores(facts: Facts) -> Iterator[Finding]:
    if facts.keys_error is not None:
        yield Finding(facts.keys_error, "error", "start the key store, or correct VOXBUS_KEYS_URL")
    if facts.keys_lost:
        what = "the key store has no key of any person whose messages are encrypted"
        yield Finding(what, "error", "voxbus restore --keys-from PLACE, or correct VOXBUS_KEYS_URL")
    if facts.media_error is not None:
        yield Finding(f"the media store cannot be written: {facts.media_error}", "error", "correct VOXBUS_MEDIA_URL")
    if facts.ledger_error is not None:
        yield Finding(f"the erasure ledger cannot be read: {facts.ledger_error}", "error", "correct VOXBUS_ERASED_URL")
    for folder, free in facts.disks.items():
        if free < DISK:
            what = f"{free / 1024**2:.0f} MiB are free for {folder}"
            yield Finding(what, "error" if free < DISK_BAD else "warning", "free disk space")


def _work(facts: Facts) -> Iterator[Finding]:
    for service, outbox in facts.outboxes.items():
        if outbox.due and outbox.oldest_s > OUTBOX_S:
            what = f"{outbox.due} messages of {service} wait to be published, the oldest for {outbox.oldest_s:.0f} s"
            bad: Severity = "error" if outbox.oldest_s > OUTBOX_BAD_S else "warning"
            yield Finding(what, bad, f"start {service} and the broker; then voxbus topology diff")
    for handler, count in facts.parked.items():
        what = f"{count} messages of {handler} have a version that its release does not know"
        yield Finding(what, "warning", f"replace the processes of {handler.partition('.')[0]} by the newer release")
    for service, undeleted in facts.undeleted.items():
        if undeleted.objects and undeleted.oldest_s > UNDELETED_S:
            what = (
                f"{undeleted.objects} media of {service} are not deleted yet, the oldest for {undeleted.oldest_s:.0f} s"
            )
            yield Finding(what, "warning", f"start {service}; look in its log for what the media store says")
    if facts.dead_letters:
        yield Finding(f"there are {facts.dead_letters} dead letters", "warning", "voxbus dead-letters list")
    if facts.lost_jobs:
        what = f"{facts.lost_jobs} jobs are lost: in no inbox, outbox or queue"
        yield Finding(what, "error", "voxbus jobs stuck, then voxbus jobs resend ID")
    if facts.stuck_jobs:
        yield Finding(f"{facts.stuck_jobs} jobs are silent or overdue", "warning", "voxbus jobs stuck")
    if facts.backup_s is not None and facts.backup_s > BACKUP_S:
        what = f"the last backup was made {facts.backup_s / 3600:.0f} h ago"
        yield Finding(what, "warning", "voxbus backup --to PLACE; look why the daily one did not run")
    if facts.audited_s is not None and facts.audited_s > AUDIT_S:
        what = f"jobs were last audited {facts.audited_s:.0f} s ago"
        yield Finding(what, "warning", "start a gateway, or look for its loop gateway.audit in the log")
