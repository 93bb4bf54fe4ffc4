"""Runs all five services in one process, and provides the operator's command line."""
