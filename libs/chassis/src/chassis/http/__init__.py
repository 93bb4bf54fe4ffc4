"""Serves HTTP below the application: limits, refusals and closing of connections."""
