"""Decide positions: read what a decision needs, decide, write and announce it."""
