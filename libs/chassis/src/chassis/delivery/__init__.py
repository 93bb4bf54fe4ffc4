"""Delivers messages: inbox, outbox, relay, units of work, settlement."""
