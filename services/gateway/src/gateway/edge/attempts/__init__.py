"""Serves attempts: clients upload a recording and read the result of its job."""
