"""Serves clients over HTTP: forwards requests, accepts jobs, records events and streams them."""
