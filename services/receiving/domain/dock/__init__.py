"""Doors, appointments, and when trucks are ready."""
