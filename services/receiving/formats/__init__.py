"""Formats of the outside world: bytes in, facts out; they know nothing of the rest of receiving."""
