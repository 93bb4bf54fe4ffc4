"""Begins and ends what tells others about this process: traces, logs and reports of errors, each where it is set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from chassis.installation_key import derived_key, secret_key
from chassis.observe.logs import add_handler, logger
from chassis.observe.reports import Limited, reporting
from chassis.observe.traces import configure_traces
from chassis.settings import Settings

#: modules of vendors, which are imported only where a setting wants them
_OTLP, _SENTRY = "chassis.observe.otlp", "chassis.observe.sentry"
#: seconds that the end of a process waits for all receivers together: what comes after it must not be killed for them
END_S = 3.0


def tell_outside(service: str, settings: Settings) -> Callable[[], None]:
    """Begins to tell others what the settings say; returns what ends it, which waits three seconds for what is left."""
    ends: dict[str, Callable[[], None]] = {}
    with ExitStack() as stack:
        stack.callback(lambda: end_all(ends))
        traces = configure_traces(
            service,
            settings.otlp_url,
            rate=settings.trace_sample,
            slow=settings.trace_slow.total_seconds(),
            key=_sampling_key(settings),
        )
        ends["traces"] = traces.shutdown
        if settings.otlp_url and settings.otlp_logs:
            handler = import_module(_OTLP).log_handler(settings.otlp_url, service)
            add_handler(handler)
            ends["logs"] = handler.close
        if settings.sentry_dsn:
            send = import_module(_SENTRY).SentryReports(
                settings.sentry_dsn,
                service=service,
                release=f"voxbus@{release()}",
                environment=settings.environment,
            )
            ends["reports"] = send.close
            stack.enter_context(reporting(Limited(send)))
        return stack.pop_all().close


def _sampling_key(settings: Settings) -> bytes | None:
    """Returns the key by which traces are drawn; None where there is no secret: only what draws for clients must share.

    A service that runs apart draws for what begins in it.
    """
    if not settings.otlp_url or (settings.secret_key is None and settings.database_url is not None):
        return None
    return derived_key(secret_key(settings, settings.secret_key), "sampling of traces")


def end_all(ends: Mapping[str, Callable[[], None]], seconds: float | None = None) -> None:
    """Calls all `ends` side by side and waits for them; what has not ended after `seconds` (3) is named and left.

    The libraries wait for up to half a minute each for a receiver that does not answer.
    """
    threads = {name: threading.Thread(target=end, name=f"end of {name}", daemon=True) for name, end in ends.items()}
    until = time.monotonic() + (END_S if seconds is None else seconds)
    for each in threads.values():
        each.start()
    for each in threads.values():
        each.join(max(0.0, until - time.monotonic()))
    if lost := [name for name, each in threads.items() if each.is_alive()]:
        logger(__name__).warning("what was to be told outside is lost: its receiver does not answer", of=lost)


def release() -> str:
    """Returns the release that is installed; `unknown` where sources run that nobody has installed."""
    try:
        return version("voxbus-chassis")
    except PackageNotFoundError:
        return "unknown"
