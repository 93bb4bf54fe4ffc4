"""Sends reports of errors to Sentry, or to what takes its envelopes; imported only where a DSN is given.

The SDK is used as a sender alone: no integration of its own looks at the process, and what it adds to a report is
taken out again but for a closed list. Personal data are off by its default (its own name for that is deprecated).
"""

from __future__ import annotations

from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import HttpTransport

from chassis.observe import metrics
from chassis.observe.reports import ErrorReport
from chassis.redact import redacted

#: seconds that what waits has at the end of the process
FLUSH_S = 2.0
#: what remains of an event, and of its parts
_KEPT = frozenset(
    {"event_id", "timestamp", "platform", "level", "logger", "logentry", "exception", "tags", "contexts"}
    | {"fingerprint", "release", "environment", "sdk"}
)
_CONTEXTS = frozenset({"trace", "job"})
_SDK = frozenset({"name", "version"})


class _Counted(HttpTransport):
    """Counts what the receiver has taken, and what the SDK drops: a full queue, a limit, a refusal, no answer."""

    def _handle_response(self, response: Any, envelope: Envelope | None) -> None:
        super()._handle_response(response, envelope)
        if 200 <= response.status < 300:
            metrics.ERROR_REPORTS.labels("sent").inc()

    def on_dropped_event(self, _reason: str) -> None:
        metrics.ERROR_REPORTS.labels("failed").inc()


class SentryReports:
    """Sends reports in a thread of the SDK, which keeps a hundred at most and drops more: nobody waits for it."""

    def __init__(self, dsn: str, *, service: str, release: str, environment: str) -> None:
        self._service = service
        self._client = sentry_sdk.Client(
            dsn=dsn,
            transport=_Counted,
            release=release,
            environment=environment,
            server_name="",
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[],
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            auto_session_tracking=False,
            send_client_reports=False,
            traces_sample_rate=None,
            trace_propagation_targets=[],
            before_send=_scrubbed,
            shutdown_timeout=FLUSH_S,
        )

    def __call__(self, report: ErrorReport) -> None:
        """Sends one report, later, when it is counted, too."""
        if self._client.capture_event(self._event(report)) is None:
            metrics.ERROR_REPORTS.labels("failed").inc()

    def close(self) -> None:
        """Waits for what is to be sent, for two seconds at most."""
        self._client.close(timeout=FLUSH_S)

    def _event(self, report: ErrorReport) -> Any:
        kind, _, place = report.exception.partition(" at ")
        ids = {"trace": report.trace, "problem": report.problem}
        traced = {"trace_id": report.trace, "span_id": report.trace[:16]} if report.trace else None
        contexts = {"trace": traced, "job": {"id": report.job} if report.job else None}
        return {
            "platform": "python",
            "level": "error",
            "logger": report.logger,
            "logentry": {"formatted": report.what or "an error was logged"},
            "exception": {"values": [{"type": kind, "value": place}]},
            "tags": {"service": self._service} | {name: value for name, value in ids.items() if value is not None},
            # not a tag: nobody is to look for what a job's person had
            "contexts": {name: value for name, value in contexts.items() if value is not None},
            "fingerprint": list(report.group),
        }


def _scrubbed(event: Any, _hint: object) -> Any:
    """Returns what of an event may leave: the names of a closed list, each text without what looks like a secret."""
    kept: dict[str, Any] = {name: _redacted(value) for name, value in event.items() if name in _KEPT}
    kept["contexts"] = {name: value for name, value in kept.get("contexts", {}).items() if name in _CONTEXTS}
    kept["sdk"] = {name: value for name, value in kept.get("sdk", {}).items() if name in _SDK}
    return kept


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {name: _redacted(each) for name, each in value.items()}
    return [_redacted(each) for each in value] if isinstance(value, list) else value
