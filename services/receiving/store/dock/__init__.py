"""Doors, trucks and what they took."""
