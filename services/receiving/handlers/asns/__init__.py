"""Expect ASNs, and take the files that they come in."""
