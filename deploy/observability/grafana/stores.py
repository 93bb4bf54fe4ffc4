"""The dashboard of Postgres, RabbitMQ, disks and backups."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, QUARTER, Panel
from deploy.observability.grafana.promql import known, of, share

_FIRST = [
    Panel(
        "Connections to Postgres",
        "Share of the server's connections that are taken. At 1 nobody gets another.",
        "percentunit",
        [
            (
                share(
                    'sum(max by (state) (voxbus_database_connections{state!="max"}))',
                    'max(voxbus_database_connections{state="max"})',
                ),
                "taken",
            )
        ],
        headings.POOL_EXHAUSTED,
        leads="voxbus-services",
        warn=0.8,
        bad=0.95,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Alarms of the broker",
        "1 while the broker takes nothing because memory, disk or files run out. Messages wait in the outboxes.",
        "short",
        [
            ("max(rabbitmq_alarms_memory_used_watermark)", "memory"),
            ("max(rabbitmq_alarms_free_disk_space_watermark)", "disk"),
            ("max(rabbitmq_alarms_file_descriptor_limit)", "files"),
        ],
        headings.BROKER_ALARM,
        leads="voxbus-bus",
        bad=1,
        kind="stat",
        width=HALF,
    ),
    Panel(
        "Since the last backup",
        "Seconds since a backup was completed. Nothing: there has been none yet.",
        "s",
        [("time() - max(voxbus_backup_timestamp_seconds > 0)", "since")],
        headings.BACKUP_MISSED,
        warn=93600,
        bad=180000,
        kind="stat",
        width=QUARTER,
    ),
]

_POSTGRES = [
    Panel(
        "Connections by state",
        "Connections to the database by what they do. idle_in_transaction that stays: somebody forgot to end.",
        "short",
        [(known("voxbus_database_connections", "state", 'state!="max"'), "{{state}}")],
        headings.DATABASE,
        kind="stacked",
    ),
    Panel(
        "Statements that wait for a lock",
        "Statements that wait for a lock of another.",
        "short",
        [(known("voxbus_database_locks_waiting"), "waiting")],
        headings.WHAT_TO_DO,
        warn=5,
        bad=20,
    ),
    Panel(
        "Longest transaction",
        "Seconds for which the oldest transaction has been open. It keeps dead rows alive, and erasures waiting.",
        "s",
        [(known("voxbus_database_longest_transaction_seconds"), "longest")],
        headings.DATABASE,
        warn=300,
        bad=3600,
    ),
    Panel(
        "Size of the database",
        "Bytes of the database. It grows with what is kept; a jump is worth a look at the tables.",
        "bytes",
        [(known("voxbus_database_size_bytes"), "database")],
        headings.DATABASE,
    ),
    Panel(
        "Greatest tables",
        "Bytes of the ten greatest tables with their indexes; partitions count with their table.",
        "bytes",
        [("topk(10, max by (schema, table) (voxbus_database_table_bytes))", "{{schema}}.{{table}}")],
        headings.DATABASE,
        kind="bars",
    ),
    Panel(
        "Dead rows",
        "Rows that are deleted and still in the tables' files, of the ten tables with most. Autovacuum removes them.",
        "short",
        [("topk(10, max by (schema, table) (voxbus_database_dead_rows))", "{{schema}}.{{table}}")],
        headings.DATABASE,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Read from memory",
        "Share of blocks that were found in the server's memory. It is low after a start, and when memory is too "
        "small.",
        "percentunit",
        [(known("voxbus_database_cache_hit_ratio"), "found")],
        headings.DATABASE,
        warn=0.95,
        bad=0.8,
        low=True,
        most=1,
    ),
    Panel(
        "Age of the oldest transaction id",
        "Transactions since the oldest row that is not frozen. At 2 billion the server stops writing; autovacuum "
        "freezes from 200 million on.",
        "short",
        [(known("voxbus_database_oldest_xid_age"), "age")],
        headings.DATABASE,
        warn=1e9,
        bad=1.6e9,
    ),
    Panel(
        "Behind the server",
        "Bytes of the log that a replication slot keeps the server from deleting, by slot.",
        "bytes",
        [(known("voxbus_database_replication_lag_bytes", "slot"), "{{slot}}")],
        headings.DATABASE,
        warn=1e9,
        bad=1e10,
    ),
    Panel(
        "Partitions",
        "Bytes of partitions by age: the time to come, the current one, older ones. Older ones that grow beyond the "
        "retention are not dropped.",
        "bytes",
        [("topk(10, max by (table, age) (voxbus_database_partition_bytes))", "{{table}} {{age}}")],
        headings.DATABASE,
        leads="voxbus-privacy",
        kind="bars",
    ),
    Panel(
        "What could not be read",
        "1 for each part of these figures that could not be read: its panels are then old or empty.",
        "short",
        [(known("voxbus_database_unreadable", "what"), "{{what}}")],
        headings.DATABASE,
        bad=1,
        kind="stat",
    ),
    Panel(
        "Since the database was looked at",
        "Age of these figures, which one gateway reads: above two minutes they are old.",
        "s",
        [("time() - max(voxbus_database_looked_timestamp_seconds)", "since")],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        warn=120,
        bad=600,
        kind="stat",
    ),
]

_RABBIT = [
    Panel(
        "Memory of the broker",
        "Bytes that the broker has, and the limit at which it stops taking messages.",
        "bytes",
        [
            ("sum by (instance) (rabbitmq_process_resident_memory_bytes)", "{{instance}}"),
            ("min(rabbitmq_resident_memory_limit_bytes)", "limit"),
        ],
        headings.BROKER_ALARM,
    ),
    Panel(
        "Disk of the broker",
        "Free bytes, and the limit below which the broker stops taking messages.",
        "bytes",
        [
            ("min by (instance) (rabbitmq_disk_space_available_bytes)", "{{instance}}"),
            ("max(rabbitmq_disk_space_available_limit_bytes)", "limit"),
        ],
        headings.BROKER_ALARM,
    ),
    Panel(
        "Connections, channels, consumers",
        "They fall together when processes end, and come back.",
        "short",
        [
            ("sum(rabbitmq_connections)", "connections"),
            ("sum(rabbitmq_channels)", "channels"),
            ("sum(rabbitmq_consumers)", "consumers"),
            ("sum(rabbitmq_queues)", "queues"),
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-bus",
    ),
    Panel(
        "Queues' log",
        "Entries that quorum queues have agreed on and not yet written into a snapshot, the greatest by queue "
        "server: it fills the disk where consumers do not confirm.",
        "short",
        [
            (
                "max by (instance) (rabbitmq_raft_log_last_written_index - rabbitmq_raft_log_snapshot_index)",
                "{{instance}}",
            )
        ],
        headings.WHAT_TO_DO,
    ),
    Panel(
        "Files of the broker",
        "Share of the files that the broker may open.",
        "percentunit",
        [("max by (instance) (rabbitmq_process_open_fds / rabbitmq_process_max_fds)", "{{instance}}")],
        headings.WHAT_TO_DO,
        warn=0.7,
        bad=0.9,
    ),
]

_DISKS = [
    Panel(
        "Free on disks",
        "Free bytes of the disks that processes write to, the least by folder.",
        "bytes",
        [(f"min by (folder) ({of('voxbus_disk_free_bytes')})", "{{folder}}")],
        headings.DISK_NEARLY_FULL,
        warn=5e9,
        bad=1e9,
        low=True,
        width=HALF,
    ),
    Panel(
        "Full in four hours",
        "Free bytes in four hours, if it goes on as in the last hour. Below 0 the disk is full by then.",
        "bytes",
        [(f"min by (folder) (predict_linear({of('voxbus_disk_free_bytes')}[1h], 4 * 3600))", "{{folder}}")],
        headings.DISK_PREDICTED_FULL,
        bad=0,
        low=True,
        width=HALF,
    ),
]

PAGE = Page(
    "voxbus-stores",
    "Voxbus 8: Postgres and RabbitMQ",
    "What stops everything first; then the database, the broker and the disks.",
    {"What stops everything": _FIRST, "Postgres": _POSTGRES, "RabbitMQ": _RABBIT, "Disks": _DISKS},
)
