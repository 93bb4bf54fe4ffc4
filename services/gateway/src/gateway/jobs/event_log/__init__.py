"""Keeps the event log: plans what a batch of events adds to it, records and stores it."""
