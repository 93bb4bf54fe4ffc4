"""Sends each client the events of the jobs that it follows, from the log."""
