"""Doors, trucks and lead times."""
