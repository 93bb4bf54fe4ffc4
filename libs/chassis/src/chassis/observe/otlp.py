"""Sends spans and log lines to an OpenTelemetry collector; imported only where one is named."""

from __future__ import annotations

import json
import logging

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import set_span_in_context

from chassis.observe.current_span import current_span

_NUMBERS = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
    "critical": SeverityNumber.FATAL,
}

#: loggers of what exports, and of the HTTP library that it uses: of their lines each would make a further one
_OWN = ("opentelemetry", "urllib3", "requests")


def exporter(url: str) -> SpanProcessor:
    """Makes the processor that sends finished spans to the collector at `url`, in batches, each within 5 seconds."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=5))


def log_handler(url: str, service: str) -> logging.Handler:
    """Makes the handler that sends log lines there, as they are written: without errors' texts and secrets."""
    provider = LoggerProvider(Resource.create({"service.name": f"voxbus-{service}"}), shutdown_on_exit=False)
    sender = OTLPLogExporter(endpoint=f"{url.rstrip('/')}/v1/logs", timeout=5)
    provider.add_log_record_processor(BatchLogRecordProcessor(sender))
    return _OtlpLogs(provider)


class _OtlpLogs(logging.Handler):
    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider
        self._logger = provider.get_logger("voxbus")

    def emit(self, record: logging.LogRecord) -> None:
        """Implements `logging.Handler`. What the exporter and its HTTP library say is not sent: it would never end."""
        if record.name.partition(".")[0] in _OWN:
            return
        try:
            self._send(record)
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Drops a line that cannot be sent; the base class would print a traceback with the line's arguments."""

    def _send(self, record: logging.LogRecord) -> None:
        fields = json.loads(self.format(record))
        level = fields.pop("level", "info")
        fields.pop("timestamp", None)
        attributes = {name: str(value) for name, value in fields.items() if name != "event" and value is not None}
        self._logger.emit(
            LogRecord(
                timestamp=int(record.created * 1e9),
                context=set_span_in_context(current_span()),
                severity_text=level,
                severity_number=_NUMBERS.get(level, SeverityNumber.INFO),
                body=str(fields.get("event")),
                attributes=attributes,
            )
        )

    def close(self) -> None:
        """Sends what waits, and ends."""
        logging.getLogger().removeHandler(self)
        self._provider.shutdown()
        super().close()
