"""Writes of callers: each path takes events by the models of the contracts."""
