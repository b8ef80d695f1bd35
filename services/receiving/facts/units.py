"""Units of measure, and how many units there can be at most."""

from typing import Final, Literal

UnitOfMeasure = Literal["each", "inner", "case"]


MOST_UNITS: Final = 1_000_000_000  # of a line, a scan or a figure that is told: more is a mistake
