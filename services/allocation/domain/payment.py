"""Payments that are authorised until an instant."""

from datetime import datetime, timedelta
from typing import Final

_BEFORE: Final = timedelta(days=1)


def ask_at(authorized_until: datetime | None) -> datetime | None:
    """Return when the shop is asked to authorise a payment anew: a day before it ends; None where none ends."""
    return authorized_until - _BEFORE if authorized_until else None
