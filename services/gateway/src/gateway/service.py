"""Describes the gateway as a service; only this module and `gateway.parts` construct what it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chassis.delivery.retention import Retires
from chassis.failpoints import failpoint
from chassis.installation_key import derived_key
from chassis.loops import every, rest
from chassis.observe.logs import logger
from chassis.privacy.ages import Ages, read_ages
from chassis.service import Components, Platform, Service
from chassis.settings import PREFIX, Settings, load
from chassis.storage.erasure_ledger import ErasureLedger, open_ledger
from chassis.web.upload import UPLOADS
from contracts.services import SERVICES
from contracts.views import ASSESSMENTS_1, ATTEMPT_NEXT_1, NEXT, PROGRESS, VIEWS, dead_letters_of, open_of
from gateway.consents.kept_recordings import FOLDER as KEPT_FOLDER
from gateway.consents.notices import Notices
from gateway.edge.account_news import AccountNews
from gateway.edge.auth.issuers.settings import issuer_settings
from gateway.edge.certificates import CertificateKey
from gateway.edge.coming_of_age import ComingOfAge
from gateway.edge.consent_mails import GatewayDeps, confirm_consents
from gateway.edge.consent_upkeep import ConsentUpkeep
from gateway.edge.content_acts import note_content_acts
from gateway.edge.context import now
from gateway.edge.forgotten_passwords import ForgottenPasswords
from gateway.edge.limits.policies import read_policies
from gateway.edge.mail import Mails
from gateway.edge.outside import Outside
from gateway.edge.reconcile import StillOnTheirWay, reconcile
from gateway.edge.security_events import note_secret_key
from gateway.edge.webhooks_before import give_to_webhooks_before
from gateway.exports.declared import EXPORT
from gateway.exports.handlers import ExportDeps, begin_export, collect_export, make_export
from gateway.jobs.activity import Activity, moment_of
from gateway.jobs.archives import Archives
from gateway.jobs.end_jobs import OVERDUE
from gateway.jobs.erase_person import apply_ledger, erase_rows, refuse_lost_keys
from gateway.jobs.erasures import Erasures, confirm_erasure
from gateway.jobs.event_log.recorder import QUEUE
from gateway.jobs.half_restored import refuse_half_restored
from gateway.jobs.inactivity import Inactivity
from gateway.jobs.probes import Probes
from gateway.jobs.receipts import keep_receipts
from gateway.jobs.recordings import RECORDINGS
from gateway.jobs.retires import KeptRecordings, LogWeeks, Recordings, UploadedFiles
from gateway.jobs.tombstones import Tombstones
from gateway.operate.database_figures import DatabaseFigures
from gateway.parts.http import application
from gateway.parts.jobs import Jobs, jobs_of, loops_of
from gateway.parts.outside import open_outside
from gateway.settings import GatewaySettings, public_url, signing_key
from gateway.tables import METADATA

#: the views that this release reads, and the services that publish them
READ = tuple(view for view in VIEWS if view not in (ASSESSMENTS_1, ATTEMPT_NEXT_1, NEXT, PROGRESS))
PUBLISH = sorted({view.name.split("_")[0] for view in READ})

_log = logger(__name__)

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def _judge(settings: Settings) -> None:
    own = load(GatewaySettings)
    public_url(settings, own)
    read_policies(own.rate_limits)
    read_ages(own.ages)
    issuer_settings()


@dataclass(frozen=True, kw_only=True)
class _Deps(GatewayDeps, ExportDeps):
    """Holds what the handlers use besides their unit."""


@asynccontextmanager
async def _open(platform: Platform) -> AsyncIterator[Components]:
    own = load(GatewaySettings)
    key = signing_key(platform.settings, own)
    jobs = jobs_of(platform)
    await refuse_half_restored(platform.database)
    await refuse_lost_keys(platform.database, platform.keys)
    ledger = open_ledger(platform.settings)
    await ledger.check()
    await apply_ledger(platform.database, platform.keys, ledger)
    await note_secret_key(platform.database, key)
    notices = Notices(own.privacy_contact)
    if not notices.is_complete:
        _log.warning("the notice to guardians is incomplete", missing=f"{PREFIX}PRIVACY_CONTACT")
    await give_to_webhooks_before(platform.database, platform.keys, read_ages(own.ages), notices, now)
    with suppress(StillOnTheirWay):  # the upkeep looks again
        await reconcile(platform.database, platform.keys, notices)
    await jobs.sweep.make_partitions()  # before any row goes to the default partition
    mails, reset_asked = Mails(platform.keys, public_url(platform.settings, own)), asyncio.Event()
    forgotten = ForgottenPasswords(platform.database, mails)
    async with open_outside(platform, own, key) as outside:
        loops = loops_of(platform, jobs)
        loops["issuers"] = partial(outside.signs_in.issuers.keep_keys, platform.watchdog.pulse("gateway.issuers"))
        loops["health"] = partial(outside.conditions.run, platform.watchdog.pulse("gateway.health"))
        loops["forgotten"] = partial(forgotten.run, platform.watchdog.pulse("gateway.forgotten"), reset_asked)
        ages = read_ages(own.ages)
        birthdays = ComingOfAge(database=platform.database, keys=platform.keys, mails=mails, ages=ages, clock=now)
        upkeep = ConsentUpkeep(platform.database, platform.keys, notices, birthdays)
        loops["consents"] = partial(upkeep.run, platform.watchdog.pulse("gateway.consents"))
        erasures = await _erasures(platform, own, key, ledger, jobs, outside.signs_in.issuers_told)
        loops["sagas"] = partial(erasures.run, platform.watchdog.pulse("gateway.sagas"))
        figures = DatabaseFigures(platform.database)
        loops["figures_of_database"] = partial(figures.run, platform.watchdog.pulse("gateway.figures_of_database"))
        loops["activity"] = partial(_follow_activity, platform, read_ages(own.ages), mails, erasures)
        loops["ended"] = partial(jobs.permits.follow, platform.bus)
        app = application(platform, own, key, jobs, outside, mails, reset_asked, erasures, notices)
        kept = platform.retention.classes["export"].keep
        deps = _Deps(
            database=platform.database,
            mails=mails,
            notices=notices,
            keys=platform.keys,
            media=platform.media,
            kept=kept,
        )
        retires: dict[str, Retires] = {
            RECORDINGS: Recordings(platform.database, platform.media),
            KEPT_FOLDER: KeptRecordings(platform.database, platform.media, platform.consents),
            UPLOADS: UploadedFiles(platform.media),
            "log": LogWeeks(platform.database),
            "exports": Archives(platform.database, platform.media, kept),
            "erasures.jsonl": Tombstones(platform.database, platform.keys, ledger),
        }
        yield Components(deps=deps, public_app=app, loops=loops, retires=retires, tell_outside=erasures.tell_outside)


async def _follow_activity(platform: Platform, ages: Ages, mails: Mails, erasures: Erasures) -> None:
    """Notes who is active, warns and at last erases those who are not, and tells what accounts say by now."""
    moment = partial(moment_of, platform.database)
    activity = Activity(platform.database, platform.keys, ages, moment)
    inactivity = Inactivity(
        platform.database,
        platform.retention.classes["account"],
        mails.tell_inactive,
        erasures.erase,
        moment,
    )

    probes = Probes(platform.database, platform.retention.classes["probe"], erasures.erase, moment)

    seconds, pulse = platform.settings.retention_every.total_seconds(), platform.watchdog.pulse("gateway.activity")
    news = AccountNews(database=platform.database, keys=platform.keys, ages=ages, clock=now, beat=pulse.beat)

    async def all_of_them() -> None:
        await activity.note()
        await inactivity.once()
        await probes.once()
        await news.once()

    await rest(min(seconds, 30.0), pulse)  # the services' workers begin later, and know then who is active
    await every(seconds, all_of_them, pulse, again=30.0, jitter=0.1)


async def _erasures(
    platform: Platform, own: GatewaySettings, key: str, ledger: ErasureLedger, jobs: Jobs, told: Outside
) -> Erasures:
    certificates = CertificateKey(key)
    await certificates.publish(platform.database)
    return Erasures(
        platform.database,
        platform.keys,
        ledger,
        platform.bus,
        receipts=derived_key(key, "receipts of erasures"),
        sign=certificates.sign,
        issuer=public_url(platform.settings, own),
        end_streams=jobs.permits.end_streams,
        keep_grants=told.keep_grants,
        tell=told.tell,
        failpoint=failpoint(platform.settings.crash_at, "gateway.erase"),
        backups_kept=platform.settings.backups_kept,
    )


SERVICE = Service(
    name="gateway",
    metadata=METADATA,
    migrations=_MIGRATIONS,
    open=_open,
    judge=_judge,
    handlers=(
        confirm_erasure,
        confirm_consents,
        keep_receipts,
        note_content_acts,
        begin_export,
        collect_export,
        make_export,
    ),
    on_path=True,
    queues=(QUEUE,),
    pools=("routes", "recorder"),
    erase=erase_rows,
    erases_first=True,
    export=EXPORT,
    reads=tuple(
        view.name
        for view in (*READ, *(open_of(name) for name in ("gateway", *PUBLISH)), *map(dead_letters_of, SERVICES))
    ),
    problems=(OVERDUE,),
)
