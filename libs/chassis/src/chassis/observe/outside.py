"""Begins and ends what tells others about this process: traces, logs and reports of errors, each where it is set."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import version

from chassis.observe.logs import add_handler
from chassis.observe.reports import Limited, reporting
from chassis.observe.traces import configure_traces
from chassis.settings import Settings

#: modules of vendors, which are imported only where a setting wants them
_OTLP, _SENTRY = "chassis.observe.otlp", "chassis.observe.sentry"


def tell_outside(service: str, settings: Settings) -> Callable[[], None]:
    """Begins to tell others what the settings say; returns what ends it, which waits some seconds for what is left."""
    with ExitStack() as stack:
        traces = configure_traces(
            service, settings.otlp_url, rate=settings.trace_sample, slow=settings.trace_slow.total_seconds()
        )
        stack.callback(traces.shutdown)
        if settings.otlp_url and settings.otlp_logs:
            handler = import_module(_OTLP).log_handler(settings.otlp_url, service)
            add_handler(handler)
            stack.callback(handler.close)
        if settings.sentry_dsn:
            send = import_module(_SENTRY).SentryReports(
                settings.sentry_dsn,
                service=service,
                release=f"voxbus@{version('voxbus-chassis')}",
                environment=settings.environment,
            )
            stack.callback(send.close)
            stack.enter_context(reporting(Limited(send)))
        return stack.pop_all().close
