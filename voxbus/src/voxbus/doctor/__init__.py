"""Examines an installation: `facts` asks, `judge` decides what is wrong, how bad, and what mends it."""
