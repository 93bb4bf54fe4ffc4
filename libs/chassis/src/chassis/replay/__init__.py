"""Runs a service's handlers on messages of the past: for real, or dry, where nothing that they do remains."""
