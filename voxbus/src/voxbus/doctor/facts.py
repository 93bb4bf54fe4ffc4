"""Asks settings, database, broker and stores what `judge` needs to know. What does not answer becomes a fact."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from chassis.bus.rabbit import RabbitBus
from chassis.delivery.statements import OUTBOX_DUE
from chassis.errors import SettingsError, VoxbusError
from chassis.look import KNOWN_BROKERS, look_at_tables
from chassis.message.envelope import new_id
from chassis.privacy.retention import retention
from chassis.settings import ServiceSettings, Settings, load
from chassis.storage.database import Database, open_database, open_pool
from chassis.storage.disk import disks_of
from chassis.storage.erasure_ledger import open_ledger
from chassis.storage.keys import keys_url, open_keys
from chassis.storage.media import open_media
from chassis.storage.statement import Repeatable
from chassis.storage.versions import migrations_behind
from gateway.edge.security_events import knows_key
from gateway.jobs import admin_jobs, audit_statements, statements
from gateway.jobs.dead_letters import LetterFilters, read_groups
from gateway.jobs.half_restored import is_half_restored
from gateway.settings import GatewaySettings, signing_key
from voxbus.doctor.judge import Facts, OutboxFact, UndeletedFact
from voxbus.local.reach import reach_database
from voxbus.services import SERVICES
from voxbus.topology import compare

T = TypeVar("T")

_NOW = Repeatable("SELECT clock_timestamp() AS now")
#: $1 roles
_ROLES = Repeatable("SELECT r FROM unnest($1::text[]) AS r WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r)")
#: parked messages are due again every two minutes
_PARKED = Repeatable("""
SELECT consumer, count(*)::int AS messages FROM inbox
 WHERE done_at IS NULL AND problem IS NOT NULL GROUP BY consumer ORDER BY consumer
""")
_LAST_BACKUP = "SELECT max(settled_at) AS at FROM operator_acts WHERE act = 'backup_made' AND outcome = 'done'"
_UNDELETED = Repeatable("""
SELECT count(*)::int AS objects, coalesce(extract(epoch FROM now() - min(requested_at)), 0)::float8 AS oldest
  FROM (SELECT requested_at FROM media_deletions WHERE deleted_at IS NULL LIMIT 100000) AS due
""")
#: files of the data directory that only their owner may read
_OWN_KEY = "secret_key"
_SECRETS = (_OWN_KEY, "keys.sqlite", "vapid_private_key")
_STUCK_MAX = 1000
#: rows of an outbox that are counted, at most
_OUTBOX_MAX = 100_000
#: seconds for the broker to answer
_BROKER_S = 5.0


async def gather(settings: Settings, facts: Facts = Facts()) -> Facts:  # noqa: B008
    """Adds to `facts` what is asked of an installation. Raises nothing of what is wrong with it."""
    facts = replace(facts, open_secrets=_open_secrets(settings.data_dir))
    try:
        async with reach_database(settings) as url:
            facts = await _of_database(url, settings, facts)
    except (VoxbusError, ConnectionError) as error:
        facts = replace(facts, database_error=str(error))
    except Exception as error:  # whatever the driver raises is the finding
        facts = replace(facts, database_error=f"The database cannot be examined: {type(error).__name__}.")
    facts = await _of_broker(settings, facts)
    if facts.database_error is not None and settings.database_url is None:
        return facts  # a look must not make an installation where there is none
    return await _of_stores(settings, facts)


async def _of_database(url: str, settings: Settings, facts: Facts) -> Facts:
    gateway = open_database(url, "gateway", size=2)
    try:
        missing = await _said(_roles, url)
        if missing:
            return replace(facts, roles_missing=tuple(missing))
        if await is_half_restored(gateway):
            return replace(facts, half_restored=True)
        began = datetime.now(UTC)
        [[now]] = await gateway.fetch(_NOW)
        half = (datetime.now(UTC) - began) / 2
        facts = replace(facts, skew_s=(began + half - now).total_seconds())
        for service in SERVICES:
            facts = await _of_service(load(ServiceSettings, service.name).database_url or url, service, facts)
        if "gateway" in facts.behind:
            return facts
        facts = await _of_jobs(gateway, facts)
        known = await _knows_secret(gateway, settings)
        return replace(facts, secret_changed=not known, keys_lost=await _lost_keys(gateway, settings))
    finally:
        await gateway.close()


async def _roles(url: str) -> list[str]:
    """Names the roles that are missing. It connects as whoever the address says, since no service's role is sure."""
    owner = open_pool(url, {}, size=1)
    try:
        return [row.r for row in await owner.fetch(_ROLES, [f"voxbus_{service.name}" for service in SERVICES])]
    finally:
        await owner.close()


async def _of_service(url: str, service: Any, facts: Facts) -> Facts:
    database = open_database(url, service.name, size=1)
    try:
        behind = await migrations_behind(database, service.name, service.migrations)
        if behind is not None:
            return replace(facts, behind={**facts.behind, service.name: behind})
        wrong = await look_at_tables(database, service)
        if wrong:
            told = tuple(f"{what} {finding.reason}" for what, finding in wrong.items())
            return replace(facts, refused={**facts.refused, service.name: told})
        [row] = await database.fetch(OUTBOX_DUE, _OUTBOX_MAX)
        [media] = await database.fetch(_UNDELETED)
        parked = {each.consumer: each.messages for each in await database.fetch(_PARKED)}
        return replace(
            facts,
            outboxes={**facts.outboxes, service.name: OutboxFact(row.due, row.oldest)},
            undeleted={**facts.undeleted, service.name: UndeletedFact(media.objects, media.oldest)},
            parked={**facts.parked, **parked},
        )
    finally:
        await database.close()


async def _of_jobs(gateway: Database, facts: Facts) -> Facts:
    groups = await read_groups(gateway, LetterFilters())
    stuck = await admin_jobs.stuck_jobs(gateway, _STUCK_MAX)
    audited = await gateway.fetch(audit_statements.READ)
    backups = await gateway.fetch(_LAST_BACKUP)
    return replace(
        facts,
        dead_letters=sum(row.letters for row in groups),
        lost_jobs=sum(row.lost for row in stuck),
        stuck_jobs=sum(not row.lost for row in stuck),
        audited_s=_age(audited[0].done_at if audited else None, facts),
        backup_s=_age(backups[0].at, facts),
    )


def _age(at: datetime | None, facts: Facts) -> float | None:
    """Returns the seconds since a moment by the database's clock."""
    return None if at is None else (datetime.now(UTC) - at).total_seconds() - facts.skew_s


async def _knows_secret(gateway: Database, settings: Settings) -> bool:
    """Tells whether the secret key or the one before it is that of the last start; also where none is given."""
    own, file = load(GatewaySettings), settings.data_dir / _OWN_KEY
    keys = [key for key in (own.secret_key, settings.secret_key_previous) if key is not None]
    if own.secret_key is None and settings.database_url is None and file.exists():
        keys.append(signing_key(settings, own))
    return not keys or await knows_key(gateway, keys)


async def _lost_keys(gateway: Database, settings: Settings) -> bool:
    persons = [row.id for row in await gateway.fetch(statements.ENCRYPTED_FOR)]
    if not persons:
        return False
    keys = open_keys(keys_url(settings), erases=True)
    try:
        return not await keys.find(persons) and not await keys.erased() & set(persons)
    except VoxbusError:  # it is asked once more among the stores
        return False
    finally:
        await keys.close()


async def _of_broker(settings: Settings, facts: Facts) -> Facts:
    if settings.bus_url.startswith("memory:"):
        return facts
    try:
        bus = await RabbitBus.connect(settings.bus_url, "voxbus-doctor", wait=_BROKER_S)
    except (VoxbusError, ConnectionError) as error:
        return replace(facts, broker_error=str(error))
    try:
        missing, changed = await compare(bus)
        version = bus.version
        unknown = version if version is not None and not KNOWN_BROKERS.match(version) else None
        return replace(facts, queues_missing=missing, queues_changed=changed, broker_unknown=unknown)
    except VoxbusError as error:
        return replace(facts, broker_error=f"The broker went away: {error}")
    finally:
        await bus.close()


async def _of_stores(settings: Settings, facts: Facts) -> Facts:
    folder: Path | None = None
    try:
        media = open_media(settings.media_url, settings.data_dir, retention().prefixes())
        folder, media_error = media.folder, await _failure(lambda: _write_media(media))
    except SettingsError as error:
        media_error = str(error)
    folders = disks_of(settings, folder)
    return replace(
        facts,
        keys_error=await _failure(lambda: _ask_keys(settings)),
        media_error=media_error,
        ledger_error=await _failure(lambda: open_ledger(settings).read()),
        disks=folders.free(),
    )


async def _ask_keys(settings: Settings) -> None:
    keys = open_keys(keys_url(settings))
    try:
        await keys.find([new_id()])
    finally:
        await keys.close()


async def _write_media(media: Any) -> None:
    """Writes an object and deletes it again; nobody knows its name."""
    ref = await media.write(f"recordings/{new_id()}", b"a look whether this store can be written", "audio/webm")
    await media.delete([ref.key])


async def _failure(work: Callable[[], Awaitable[object]]) -> str | None:
    """Returns why something failed, without what it may say of anybody; None where it works."""
    try:
        await work()
    except VoxbusError as error:
        return str(error) or type(error).__name__
    except Exception as error:  # whatever a store's library raises is the finding
        return f"{type(error).__name__}"
    return None


async def _said(ask: Callable[[str], Awaitable[T]], url: str) -> T:
    return await ask(url)


def _open_secrets(data_dir: Path) -> tuple[str, ...]:
    found = []
    for name in _SECRETS:
        try:
            mode = (data_dir / name).stat().st_mode
        except OSError:
            continue
        if mode & 0o077:
            found.append(str(data_dir / name))
    return tuple(found)
