"""Runs a command or a service as a process, for the `__main__.py` of every service and of voxbus."""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import os
import resource
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import uvloop
from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Bus
from chassis.bus.rabbit import RabbitBus
from chassis.bus.topology import Topology
from chassis.console import notify_operator
from chassis.errors import SettingsError, VoxbusError
from chassis.known_settings import refuse_unknown, take_from_file
from chassis.observe import metrics
from chassis.observe.logs import configure_logs, log_uncaught
from chassis.observe.outside import tell_outside
from chassis.privacy.retention import retention, retention_of
from chassis.run import Process
from chassis.service import Service
from chassis.settings import ServiceSettings, Settings, load
from chassis.signals import stop_on_signals, unwound_by_signals
from chassis.storage.errors import is_outage, sqlstate
from chassis.storage.keys import keys_url, open_keys
from chassis.storage.media import open_media

#: new objects until the next collection; and collections of one generation until one of the next older generation
_GC_THRESHOLDS = (10_000, 10, 10)

#: what a database says that lacks a table, a column, a schema, a role or a right
_NOT_MIGRATED = frozenset({"42P01", "42703", "3F000", "22023", "42704", "42501", "42883"})
#: what the system says where a file may not be used, or nothing more be written
_UNUSABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT})


def main(service: Service, topology: Topology | None = None, arguments: Sequence[str] | None = None) -> int:
    """Runs one service alone until a signal, and returns the exit code. `topology` is as in `serve`."""
    parser = argparse.ArgumentParser(prog=service.name, description=f"Run the {service.name} service.")
    parser.add_argument("--log-file", type=Path, help="keep the log here too")
    options = parser.parse_args(arguments)
    return run(lambda settings: serve([service], settings, topology), lambda _: options.log_file, [service])


def run(
    work: Callable[[Settings], Coroutine[Any, Any, bool]],
    log_file: Callable[[Settings], Path | None],
    services: Sequence[Service] = (),
    *,
    makes_data_dir: bool = True,
) -> int:
    """Reads the settings, begins the log, does the work, and returns the exit code.

    The code is 0 when the work succeeded, 130 when a signal cancelled it, that of an error of ours, which is told in
    one sentence on stderr, else 1. The log goes to stderr and to the file that `log_file` names. `services` are those
    of this process, which may be none of the product's; of `.env` it takes what they need, and without any what all
    need. `makes_data_dir`: a data directory that is not there is made.
    """
    try:
        refuse_unknown([service.name for service in services])
        take_from_file(os.environ, services)
        settings = load(Settings)
        if makes_data_dir:
            _make_data_dir(settings)
        _begin_log(settings, log_file(settings))
        return 0 if uvloop.run(unwound_by_signals(work(settings))) else 1
    except (VoxbusError, ConnectionError) as error:
        notify_operator(str(error))
        return error.exit_code if isinstance(error, VoxbusError) else 1
    except DBAPIError as error:
        notify_operator(_refused(error))
        return 1
    except OSError as error:
        if error.errno not in _UNUSABLE:
            raise
        notify_operator(f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def _refused(error: DBAPIError) -> str:
    """Returns in one sentence why the database did not do what it was asked for; never its text, which has values."""
    if is_outage(error):
        return "The database does not answer any more."
    migrated = ": has voxbus migrate been run by this release?" if sqlstate(error) in _NOT_MIGRATED else "."
    return f"The database refuses it ({type(error.orig).__name__}, {sqlstate(error)}){migrated}"


def log_path(settings: Settings, name: str) -> Path:
    """Returns the log file of a process started on this machine, which `make logs` reads."""
    return settings.data_dir / "logs" / f"{name}.log"


async def serve(services: Sequence[Service], settings: Settings, topology: Topology | None = None) -> bool:
    """Runs services as one process of several, which share a broker and a migrated database.

    `topology` holds every queue of the product; only the gateway needs it. Raises `SettingsError` when the settings
    name no broker, no database or no key store.
    """
    if settings.bus_url.startswith("memory:"):
        raise SettingsError("VOXBUS_BUS_URL must name a broker (amqp://…): single services cannot meet in memory.")
    own = [load(ServiceSettings, service.name).database_url for service in services]
    database_url = settings.database_url or next(iter(own), None)
    if database_url is None or not (settings.database_url or all(own)):
        raise SettingsError("VOXBUS_DATABASE_URL is required: single services cannot share an embedded database.")
    settings = settings.model_copy(update={"database_url": database_url})
    judge_settings(services, settings)
    keys_url(settings)
    bus = await RabbitBus.connect(settings.bus_url, f"voxbus-{'-'.join(service.name for service in services)}")
    return await run_process(services, settings, bus, database_url, topology)


def judge_settings(services: Sequence[Service], settings: Settings) -> None:
    """Reads the settings of services before anything is started. Raises `SettingsError`."""
    retention_of(settings)
    for service in services:
        load(ServiceSettings, service.name)
        if service.judge is not None:
            service.judge(settings)


async def run_process(
    services: Sequence[Service],
    settings: Settings,
    bus: Bus,
    database_url: str,
    topology: Topology | None,
    *,
    single_process: bool = False,
) -> bool:
    """Runs services on a bus until a signal, then closes the bus. False when a loop has died."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bus.close)
        keys = open_keys(keys_url(settings), erases=any(service.name == "gateway" for service in services))
        stack.push_async_callback(keys.close)
        process = Process(
            services,
            settings,
            bus=bus,
            database_url=database_url,
            media=open_media(settings.media_url, settings.data_dir, retention().prefixes()),
            keys=keys,
            single_process=single_process,
            topology=topology,
        )
        stop_on_signals(process.stop)
        name = services[0].name if len(services) == 1 else "all"
        stack.push_async_callback(asyncio.to_thread, tell_outside(name, settings))

        def on_ready(address: str) -> None:
            tune_gc()
            notify_operator(ready_line(name, address))

        return await process.run(on_ready)


def ready_line(name: str, address: str) -> str:
    """Returns what an operator is told when a process is ready: where it listens, and where to begin."""
    if name == "all":
        return f"ready at {address} (to speak: {address}/try, to build on it: {address}/docs)"
    return f"{name} is ready at {address}"


def tune_gc() -> None:
    """Makes Python collect garbage rarely, and never examine the objects made so far (ADR 29).

    Python starts a collection whenever 700 more objects were made than freed, which takes a few requests. A server's
    requests leave few cycles, and the objects of its start stay: rare collections cost some megabytes and save a tenth
    of an accept's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def _begin_log(settings: Settings, file: Path | None) -> None:
    try:
        configure_logs(settings.log_format, file=file, suppressed=metrics.LOG_LINES_SUPPRESSED.inc)
    except OSError as error:
        raise SettingsError(f"The log file {file} cannot be written: {error.strerror}.") from None
    log_uncaught()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's words and keys


def _make_data_dir(settings: Settings) -> None:
    """Makes the data directory, and a file in it that vanishes at once: one that is read-only looks like any other."""
    logs = log_path(settings, "").parent
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs.mkdir(exist_ok=True, mode=0o700)
        for folder in (settings.data_dir, logs):
            with TemporaryFile(dir=folder):
                pass
    except OSError as error:
        raise SettingsError(f"VOXBUS_DATA_DIR cannot be used: {error.strerror}.") from None
