"""Serves clients over HTTP: accepts jobs, records events, and sends them to clients."""
