"""Figures of a benchmark: ratios to a floor that was measured in the same minute on the same server."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: what was measured and beside what, run by run.

    `target` is the least or the most that is wanted of the median ratio; None where there is no target. `unit` is what
    `ours` and `floor` are given in, such as lines/s.
    """

    scenario: str
    name: str
    ours: Sequence[float]
    floor: Sequence[float]
    floor_name: str
    unit: str
    wanted: Literal["at least", "at most"]
    target: float | None

    @property
    def ratios(self) -> list[float]:
        """Return the ratio of each run, lowest first."""
        return sorted(ours / floor for ours, floor in zip(self.ours, self.floor, strict=True))

    @property
    def ratio(self) -> float:
        """Return the median ratio."""
        return median(self.ratios)

    @property
    def reached(self) -> float:
        """Return the share of its target that is reached: 1 where it is just met, more where it is better."""
        if self.target is None:
            return 1.0
        return self.ratio / self.target if self.wanted == "at least" else self.target / self.ratio

    @property
    def is_met(self) -> bool | None:
        """Return whether the target is met; None without one."""
        if self.target is None:
            return None
        return self.ratio >= self.target if self.wanted == "at least" else self.ratio <= self.target


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """Return the figures as they are kept in results.json."""
    return [
        {
            "scenario": figure.scenario,
            "name": figure.name,
            "ratio": round(figure.ratio, 3),
            "spread": [round(figure.ratios[0], 3), round(figure.ratios[-1], 3)],
            "ours": round(median(figure.ours), 4),
            "floor": round(median(figure.floor), 4),
            "floor_name": figure.floor_name,
            "unit": figure.unit,
            "target": f"{figure.wanted} {figure.target}" if figure.target is not None else None,
            "met": figure.is_met,
        }
        for figure in figures
    ]
