"""Scans, and what they count."""
