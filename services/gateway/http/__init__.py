"""Writes, reads and questions over HTTP."""
