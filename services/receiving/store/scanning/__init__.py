"""Scans, what they count, and lanes."""
