"""Serves clients: what stands between them and the services that own what they ask for."""
