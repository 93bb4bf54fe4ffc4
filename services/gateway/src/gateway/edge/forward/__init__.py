"""Forwards requests to the services that own their routes."""
