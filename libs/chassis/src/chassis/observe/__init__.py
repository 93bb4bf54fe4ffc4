"""How it is seen: logs, metrics, traces, health."""
