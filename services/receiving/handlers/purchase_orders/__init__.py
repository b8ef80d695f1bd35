"""Expect purchase orders."""
