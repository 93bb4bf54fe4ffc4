"""Serves clients, and forwards their requests to the services that own the routes."""
