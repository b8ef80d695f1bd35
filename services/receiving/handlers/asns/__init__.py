"""Handlers for ASNs and the files that they come in."""
