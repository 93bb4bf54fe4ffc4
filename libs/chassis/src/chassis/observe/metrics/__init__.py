"""Defines every metric, by family. Dashboards and alerts may use only these.

`exposition` writes them for a scrape. Native histograms are not among them: a scraper gets those only by protobuf,
which prometheus_client does not write.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import start_http_server
from prometheus_client.exposition import choose_encoder

from chassis.observe.metrics.delivery import *  # noqa: F403
from chassis.observe.metrics.edge import *  # noqa: F403
from chassis.observe.metrics.families import DECLARED as DECLARED
from chassis.observe.metrics.families import FOLDED as FOLDED
from chassis.observe.metrics.families import REGISTRY as REGISTRY
from chassis.observe.metrics.families import Counter as Counter
from chassis.observe.metrics.families import Gauge as Gauge
from chassis.observe.metrics.families import Histogram as Histogram
from chassis.observe.metrics.families import name_of as name_of
from chassis.observe.metrics.jobs import *  # noqa: F403
from chassis.observe.metrics.models import *  # noqa: F403
from chassis.observe.metrics.privacy import *  # noqa: F403
from chassis.observe.metrics.process import *  # noqa: F403
from chassis.observe.metrics.products import *  # noqa: F403
from chassis.observe.metrics.storage import *  # noqa: F403


def serve_families(names: Iterable[str], port: int, host: str) -> None:
    """Serves some samples alone at a port, from a thread, for a process that is no service. Raises OSError."""
    start_http_server(port, host, REGISTRY.restricted_registry(names))


def exposition(accept: str = "") -> tuple[bytes, str]:
    """Returns all metrics, and their content type, in the best of the formats that a scraper takes (`Accept`).

    In OpenMetrics (`application/openmetrics-text`) buckets have exemplars; Prometheus' text has none.
    """
    encode, content_type = choose_encoder(accept)
    return encode(REGISTRY), content_type
