"""Admission of callers, their bodies, and refusals."""
