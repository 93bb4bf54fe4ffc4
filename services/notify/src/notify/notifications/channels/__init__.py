"""Leads notifications out of the application, in one way a file."""
