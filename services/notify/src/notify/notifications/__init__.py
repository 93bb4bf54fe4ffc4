"""Notifies people in the app of their ended jobs."""
