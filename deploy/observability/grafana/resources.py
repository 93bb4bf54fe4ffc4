"""The row of the services' dashboard that says what processes use up: utilization and saturation."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.panel import Panel
from deploy.observability.grafana.promql import greatest_of, of, quantile, rate, share, total

_COLLECTED = rate("python_gc_collections_total", "component, instance", 'generation="2"')
USED_UP = [
    Panel(
        "Event loop",
        "Seconds by which a sleep of the loop ended too late, for the worst hundredth. Everything in the process waits "
        "that long: work that belongs into a thread or a child stands in the loop.",
        "s",
        [(quantile(0.99, "voxbus_event_loop_lag_seconds", "component, instance"), "{{component}} {{instance}}")],
        headings.EVENT_LOOP_LAG,
        warn=0.1,
        bad=1,
    ),
    Panel(
        "Database pools",
        "Share of a pool's connections that are used, by service and pool, of the replica that uses most of its own. "
        "At 1 requests and handlers wait there.",
        "percentunit",
        [
            (
                greatest_of(
                    share(
                        total("voxbus_pool_connections", "instance, service, pool", 'state="used"'),
                        total("voxbus_pool_connections", "instance, service, pool", 'state="max"'),
                    ),
                    "service, pool",
                ),
                "{{service}} {{pool}}",
            )
        ],
        headings.POOL_EXHAUSTED,
        leads="voxbus-stores",
        warn=0.8,
        bad=1,
        most=1,
    ),
    Panel(
        "Wait for a connection",
        "Seconds that work waits for a connection of its pool, for the slowest twentieth.",
        "s",
        [(quantile(0.95, "voxbus_pool_wait_seconds", "service, pool"), "{{service}} {{pool}}")],
        headings.POOL_EXHAUSTED,
        leads="voxbus-stores",
        warn=0.1,
        bad=1,
    ),
    Panel(
        "Processor",
        "Cores that each process uses, without its children. It explains the event loop's lag; by itself it is no "
        "fault.",
        "short",
        [(rate("process_cpu_seconds_total", "component, instance"), "{{component}} {{instance}}")],
        headings.WHAT_TO_DO,
        decimals=2,
    ),
    Panel(
        "Memory",
        "Resident bytes of each process. docs/capacity.md says what is usual.",
        "bytes",
        [(total("process_resident_memory_bytes", "component, instance"), "{{component}} {{instance}}")],
        headings.WHAT_TO_DO,
        warn=1e9,
    ),
    Panel(
        "Open files",
        "Share of the files that a process may open. At 1 connections are refused.",
        "percentunit",
        [
            (
                share(
                    total("process_open_fds", "component, instance"), total("process_max_fds", "component, instance")
                ),
                "{{component}} {{instance}}",
            )
        ],
        headings.CONNECTIONS_REFUSED,
        warn=0.7,
        bad=0.9,
    ),
    Panel(
        "Children that ended",
        "Child processes of slots a minute that ended before their time, by kind and reason: a recording that breaks "
        "the decoder, a limit, a machine without memory.",
        "short",
        [
            (
                f"60 * {rate('voxbus_child_processes_ended_total', 'kind, reason')}",
                "{{kind}} {{reason}}",
            )
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        warn=1,
    ),
    Panel(
        "Garbage collection",
        "Collections of the oldest generation a minute. Many of them cost time in which nothing else is done.",
        "short",
        [
            (
                f"60 * {_COLLECTED}",
                "{{component}} {{instance}}",
            )
        ],
        headings.WHAT_TO_DO,
        warn=60,
    ),
    Panel(
        "Free on disks",
        "Free bytes of the disks that processes write to. Below 64 MiB nothing is taken any more.",
        "bytes",
        [(f"min by (folder, component) ({of('voxbus_disk_free_bytes')})", "{{component}} {{folder}}")],
        headings.DISK_NEARLY_FULL,
        warn=5e9,
        bad=1e9,
        low=True,
    ),
]
