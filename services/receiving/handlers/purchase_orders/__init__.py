"""Handlers for purchase orders."""
