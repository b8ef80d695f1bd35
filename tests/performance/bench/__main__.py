"""The benchmark: `make bench`, QUICK=1 for a tenth of the size and three runs, ONLY="P2 P6" for a part.

Every figure is a ratio to a floor that was measured in the same minutes on the same server, with durability on. Targets
are told as met or missed; only a wrong outcome fails.
"""

import json
import os
import sys
from pathlib import Path
from statistics import median
from typing import Final

import uvloop
from rich.console import Console
from rich.table import Table

from shared.messaging.process import keep_what_is_loaded
from tests.performance.bench.bench import a_bench
from tests.performance.bench.chart import draw
from tests.performance.bench.figures import Figure, as_json
from tests.performance.bench.installation import installation
from tests.performance.bench.scenarios import SCENARIOS

RESULTS: Final = Path(__file__).parents[1] / "results.json"
CHART: Final = RESULTS.with_suffix(".svg")
RUNS, QUICK_RUNS = 5, 3
SMALLER: Final = 10
OF_INSTALLATION: Final = {"P3", "P4", "P10"}


def main() -> None:
    """Measure, print the table, and keep it and a picture of it unless it is a quick or partial run."""
    quick, only = bool(os.environ.get("QUICK")), os.environ.get("ONLY", "").split()
    if unknown := set(only) - {*SCENARIOS, *OF_INSTALLATION}:
        sys.exit(f"ONLY: {', '.join(sorted(unknown))} is not among {', '.join((*SCENARIOS, *OF_INSTALLATION))}")
    runs, smaller = (QUICK_RUNS, SMALLER) if quick else (RUNS, 1)
    figures: list[Figure] = []
    keep_what_is_loaded()
    with a_bench(runs, smaller) as bench:
        for name in [name for name in SCENARIOS if name in only or not only]:
            figures += uvloop.run(SCENARIOS[name](bench))
        if not only or OF_INSTALLATION & set(only):
            figures += installation(bench, set(only) or OF_INSTALLATION)
    Console(width=None if sys.stdout.isatty() else 150).print(table(figures))
    if not quick and not only:
        RESULTS.write_text(json.dumps(as_json(figures), indent=2) + "\n")
        draw(figures, CHART)


def table(figures: list[Figure]) -> Table:
    """Return the figures as a table, ratios first."""
    shown = Table("", "measured", title="ratios to a floor of the same minutes, median [lowest–highest]")
    for name in ("ratio", "target", "ours", "floor"):
        shown.add_column(name, justify="right")
    for figure in figures:
        colour = {True: "green", False: "red", None: "default"}[figure.is_met]
        spread = f"[{figure.ratios[0]:.2f}–{figure.ratios[-1]:.2f}]"
        shown.add_row(
            figure.scenario,
            figure.name,
            f"[{colour}]{figure.ratio:.2f}[/] {spread.replace('[', chr(92) + '[')}",
            f"{'≥' if figure.wanted == 'at least' else '≤'} {figure.target:g}" if figure.target is not None else "",
            f"{amount(median(figure.ours))} {figure.unit}",
            f"{amount(median(figure.floor))} {figure.floor_name}",
        )
    return shown


def amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.4f}"


if __name__ == "__main__":
    main()
