"""Holds what operators look at: events of the log, and the tapes that are made of them."""
