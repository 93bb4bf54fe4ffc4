"""Keeps what learning earns: the streak of days."""
