"""Runs a collector on loopback that takes spans and logs by OTLP over HTTP, and prints a trace as a tree.

`python -m tests.otlp_receiver PORT` listens until it is interrupted, then prints each trace of a client's request.
"""

from __future__ import annotations

import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

_KINDS = {number: name.removeprefix("SPAN_KIND_").lower() for name, number in Span.SpanKind.items()}

Value = str | int | float | bool


@dataclass(frozen=True)
class SentSpan:
    """Holds one span as it was sent; times in nanoseconds. `service` is that of its process."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Value]
    links: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, dict[str, Value]], ...]
    failed: bool
    began: int
    ended: int


@dataclass
class Collector:
    """Keeps what it was sent, and reads it when it is asked: the bodies, by path."""

    port: int = 0
    bodies: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    #: the spans of the bodies that were read before: whoever waits for a span asks many times
    _spans: list[SentSpan] = field(default_factory=list)
    _read: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spans(self) -> list[SentSpan]:
        """Returns all spans so far, by the time at which they began."""
        new = self.bodies["/v1/traces"][self._read :]
        for body in new:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = str(_values(resource.resource.attributes).get("service.name"))
                self._spans += [_span(service, each) for scope in resource.scope_spans for each in scope.spans]
        self._read += len(new)
        return sorted(self._spans, key=lambda each: each.began)

    def trace(self, trace_id: str) -> list[SentSpan]:
        """Returns the spans of one trace."""
        return [each for each in self.spans() if each.trace_id == trace_id]

    def logs(self) -> list[tuple[str, dict[str, Value]]]:
        """Returns the events of all log lines so far, with their fields."""
        return [
            (line.body.string_value, _values(line.attributes) | {"trace_id": line.trace_id.hex()})
            for body in list(self.bodies["/v1/logs"])
            for resource in ExportLogsServiceRequest.FromString(body).resource_logs
            for scope in resource.scope_logs
            for line in scope.log_records
        ]


def _span(service: str, sent: Span) -> SentSpan:
    return SentSpan(
        service,
        sent.name,
        _KINDS[sent.kind],
        sent.trace_id.hex(),
        sent.span_id.hex(),
        sent.parent_span_id.hex(),
        _values(sent.attributes),
        tuple((link.trace_id.hex(), link.span_id.hex()) for link in sent.links),
        tuple((event.name, _values(event.attributes)) for event in sent.events),
        sent.status.code == Status.STATUS_CODE_ERROR,
        sent.start_time_unix_nano,
        sent.end_time_unix_nano,
    )


def _values(given: Sequence[KeyValue]) -> dict[str, Value]:
    return {each.key: _value(each.value) for each in given}


def _value(given: AnyValue) -> Value:
    kind = given.WhichOneof("value")
    value: Value = getattr(given, kind) if kind else ""
    return value


def children(spans: Sequence[SentSpan]) -> dict[str, list[SentSpan]]:
    """Returns the spans of a trace by their parent's id; those whose parent was not sent, as a client's, under ``."""
    ids = {each.span_id for each in spans}
    found: dict[str, list[SentSpan]] = defaultdict(list)
    for each in spans:
        found[each.parent_id if each.parent_id in ids else ""].append(each)
    return found


def tree(spans: Sequence[SentSpan]) -> Iterator[str]:
    """Yields the lines of a trace's tree: when each span began, how long it took, its kind and what it is linked to."""
    below, ids = children(spans), {each.span_id: each.name for each in spans}
    first = min((each.began for each in spans), default=0)

    def lines(parent: str, indent: str) -> Iterator[str]:
        for each in below[parent]:
            took, at = (each.ended - each.began) / 1e6, (each.began - first) / 1e6
            more = "  FAILED" if each.failed else ""
            more += "".join(f"  -> {ids.get(link, 'another trace')} {link[:4]}" for _, link in each.links)
            more += "".join(f"  {each.attributes[name]}" for name in ("voxbus.event",) if name in each.attributes)
            yield f"{f'{indent}{each.name}':<64} {each.kind:<8} {at:8.1f} +{took:.1f} ms  {each.span_id[:4]}{more}"
            yield from lines(each.span_id, f"{indent}   ")

    yield from lines("", "")


@contextmanager
def collecting(port: int = 0, delay: float = 0.0) -> Iterator[Collector]:
    """Listens in threads; `delay` is how many seconds each answer takes."""
    collector, stopped = Collector(), Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.bodies[self.path].append(body)
            stopped.wait(delay)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    collector.port = server.server_port
    serving = Thread(target=server.serve_forever)
    serving.start()
    try:
        yield collector
    finally:
        stopped.set()
        server.shutdown()
        serving.join()
        server.server_close()


def main(port: int) -> None:
    """Prints each trace that begins with a request, once it is interrupted."""
    with collecting(port) as collector:
        with suppress(KeyboardInterrupt):
            Event().wait()
        spans = collector.spans()
        for trace_id in dict.fromkeys(each.trace_id for each in spans if each.kind == "server"):
            print(f"\n{trace_id}", *tree(collector.trace(trace_id)), sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
