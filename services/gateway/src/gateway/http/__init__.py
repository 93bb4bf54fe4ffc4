"""Serves clients: one file for each resource, and what all resources share (problems, documents, middleware)."""
