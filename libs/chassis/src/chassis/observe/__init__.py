"""Makes a process observable: logs, metrics, traces, health."""
