"""Handlers that keep read models of what other services announce. Nothing waits for anything: the newest is true."""
