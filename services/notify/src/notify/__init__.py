"""Notifies people of their ended jobs."""
