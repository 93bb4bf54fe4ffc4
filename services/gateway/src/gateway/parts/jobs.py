"""Constructs what records, follows and ends jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from chassis.failpoints import failpoint
from chassis.service import Platform
from gateway.edge.auth.sessions import Sessions
from gateway.edge.streams.hub import Hub
from gateway.edge.streams.permits import Permits
from gateway.jobs.audit import Audit
from gateway.jobs.end_jobs import Endings
from gateway.jobs.event_log.recorder import QUEUE, Recorder
from gateway.jobs.fair_dispatch import Dispatcher
from gateway.jobs.maintenance import Sweep, watch_deadlines
from gateway.jobs.topology import TopologyKeeper


@dataclass(frozen=True, slots=True)
class Jobs:
    """Holds what records, follows and ends jobs, whoever asks for it."""

    endings: Endings
    hub: Hub
    permits: Permits
    dispatcher: Dispatcher
    recorder: Recorder
    audit: Audit
    sweep: Sweep


def jobs_of(platform: Platform) -> Jobs:
    crash_at = platform.settings.crash_at
    dispatcher = Dispatcher(
        platform.database,
        platform.relay,
        platform.watchdog.pulse("gateway.turns"),
        failpoint=failpoint(crash_at, "gateway.turns"),
    )
    return Jobs(
        endings=Endings(platform.database, platform.relay, platform.bus),
        hub=Hub(
            platform.database,
            platform.bus,
            platform.watchdog.pulse("gateway.hub"),
            platform.stopping,
            keys=platform.keys,
        ),
        # not with the pool for requests: streams end in time also while requests wait for a connection
        permits=Permits(Sessions(platform.database).alive, platform.watchdog.pulse("gateway.permits")),
        dispatcher=dispatcher,
        recorder=Recorder(
            platform.pools["recorder"],
            platform.relay,
            platform.bus,
            platform.watchdog.pulse("gateway.recorder"),
            platform.stopping,
            failpoint(crash_at, QUEUE.name),
            dispatcher.place_freed,
        ),
        audit=Audit(platform.database, platform.bus, [queue.service for queue in platform.topology.queues]),
        sweep=Sweep(platform.database),
    )


def loops_of(platform: Platform, jobs: Jobs) -> dict[str, Callable[[], Awaitable[None]]]:
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "recorder": jobs.recorder.run,
        "hub": jobs.hub.run,
        "permits": jobs.permits.run,
        "deadlines": partial(watch_deadlines, jobs.endings, platform.watchdog.pulse("gateway.deadlines")),
        "sweep": partial(jobs.sweep.run, platform.watchdog),
        "turns": jobs.dispatcher.run,
        "audit": partial(jobs.audit.run, platform.watchdog.pulse("gateway.audit")),
    }
    # on the memory bus no queue can be lost, and the noted ones would look lost on another bus later
    if not platform.single_process:
        keeper = TopologyKeeper(platform.database, platform.bus, platform.topology)
        loops["topology"] = partial(keeper.run, platform.watchdog.pulse("gateway.topology"))
    return loops
