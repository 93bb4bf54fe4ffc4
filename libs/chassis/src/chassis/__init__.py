"""Provides what every Voxbus service is built on: settings, bus, database, delivery, metrics."""
