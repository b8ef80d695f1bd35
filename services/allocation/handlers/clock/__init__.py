"""Decide what is due by the clock: the leader's work."""
