"""Handlers that count scans and answer devices."""
