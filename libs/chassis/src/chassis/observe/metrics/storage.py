"""Declares the metrics of what data rests in: pools, media, disks, and the database as a collector sees it."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import FOLDERS, OUTCOMES, SCHEMAS, SERVICES, SLOTS, STORE_S, TABLES

POOLS = ("routes", "work", "recorder", "leases")
POOL_CONNECTIONS = gauge(
    "voxbus_pool_connections",
    "Connections of a pool to the database: used, idle, and the most there may be. If used is at max, requests or "
    "handlers wait.",
    {"service": SERVICES, "pool": POOLS, "state": ("used", "idle", "max")},
)
POOL_WAIT_SECONDS = histogram(
    "voxbus_pool_wait_seconds",
    "Seconds of a wait for a connection of a pool, connecting included.",
    STORE_S,
    {"service": SERVICES, "pool": POOLS},
)
MEDIA_SECONDS = histogram(
    "voxbus_media_seconds",
    "Seconds of a call of the store of recordings and pictures.",
    STORE_S,
    {"operation": ("read", "write", "delete"), "outcome": OUTCOMES},
)
MEDIA_BYTES = counter(
    "voxbus_media_bytes_total", "Bytes to and from the store of media.", {"direction": ("read", "written")}
)
MEDIA_DELETED = counter(
    "voxbus_media_deleted_total",
    "Recordings and other media deleted, or already gone.",
    {"service": SERVICES},
)
DISK_FREE = gauge(
    "voxbus_disk_free_bytes",
    "Free bytes of the disks that this process writes to, by use: data, database (embedded), media, temporary.",
    {"folder": FOLDERS},
)
#: in the order in which the collector counts them
DATABASE_STATES = ("active", "idle", "idle_in_transaction", "other", "max")
DATABASE_CONNECTIONS = gauge(
    "voxbus_database_connections",
    "Connections to the server of the database by state, and the most it takes; other: also sessions that "
    "the server hides from the gateway.",
    {"state": DATABASE_STATES},
)
DATABASE_LOCKS_WAITING = gauge(
    "voxbus_database_locks_waiting", "Sessions that wait for a lock. Above 0 for long: see the longest transaction."
)
DATABASE_LONGEST_TRANSACTION = gauge(
    "voxbus_database_longest_transaction_seconds",
    "Age of the oldest transaction: dead rows since then cannot be removed.",
)
DATABASE_SIZE = gauge("voxbus_database_size_bytes", "Bytes of the database on its server's disk.")
DATABASE_OLDEST_XID = gauge(
    "voxbus_database_oldest_xid_age",
    "Transactions since the oldest that is not frozen. At 2 billion the server refuses to write; vacuum far before.",
)
DATABASE_CACHE_HITS = gauge(
    "voxbus_database_cache_hit_ratio",
    "Share of blocks that were found in the server's memory since its statistics began.",
)
#: those that have no value while the server does not answer the collector
OF_THE_SERVER = (
    DATABASE_LOCKS_WAITING,
    DATABASE_LONGEST_TRANSACTION,
    DATABASE_SIZE,
    DATABASE_OLDEST_XID,
    DATABASE_CACHE_HITS,
)
DATABASE_DEAD_ROWS = gauge(
    "voxbus_database_dead_rows",
    "Dead rows of a table that vacuum has not removed; of the largest tables, the others under `other`.",
    {"schema": SCHEMAS, "table": TABLES},
    cap=21,
    fold=("schema", "table"),
)
DATABASE_TABLE_BYTES = gauge(
    "voxbus_database_table_bytes",
    "Bytes of a table with its indexes and partitions; of the largest tables, the others under `other`.",
    {"schema": SCHEMAS, "table": TABLES},
    cap=21,
    fold=("schema", "table"),
)
DATABASE_PARTITION_BYTES = gauge(
    "voxbus_database_partition_bytes",
    "Bytes of the partitions of a table by age: to_come, current, older, default (rows for which there "
    "was no partition: there should be none).",
    {"table": TABLES, "age": ("to_come", "current", "older", "default")},
    cap=24,
    fold=("table",),
)
DATABASE_REPLICATION_LAG = gauge(
    "voxbus_database_replication_lag_bytes",
    "Bytes of the log that a replication slot holds back. It grows without end if nobody reads the slot.",
    {"slot": SLOTS},
    cap=10,
    fold=("slot",),
)
DATABASE_LOOKED = gauge(
    "voxbus_database_looked_timestamp_seconds",
    "When this gateway last read the figures of the database, in seconds since 1970. One gateway at a time reads them, "
    "so take the maximum.",
)
DATABASE_UNREADABLE = gauge(
    "voxbus_database_unreadable",
    "1 for each kind of figures that the server does not show to the gateway; these are then missing. sessions: it "
    "hides those of other roles, so that the longest transaction is that of the gateway alone.",
    {"what": ("server", "sessions", "slots", "tables", "acts", "replays")},
)
