"""The figures of a benchmark as a picture: how far each is from its target."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pygal
from pygal.style import Style

from tests.performance.bench.figures import Figure

_MET, _MISSED = "#2f9e63", "#d9822b"
_FURTHEST: Final = 2.0  # a bar that is longer says no more
_STYLE: Final = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#1f2933",
    foreground_strong="#1f2933",
    foreground_subtle="#9aa5b1",
    font_family="Helvetica, Arial, sans-serif",
    label_font_size=13,
    major_label_font_size=13,
    title_font_size=17,
    value_font_size=12,
)


def draw(figures: Sequence[Figure], path: Path) -> None:
    """Write a picture of all figures that have a target, the first on top."""
    shown = sorted((figure for figure in figures if figure.target is not None), key=_number, reverse=True)
    chart = pygal.HorizontalBar(
        style=_STYLE,
        js=(),
        width=900,
        height=60 + 30 * len(shown),
        show_legend=False,
        range=(0, _FURTHEST),
        y_labels=[{"label": "", "value": 0}, {"label": "target", "value": 1}],
        spacing=8,
        margin=15,
        title="Ratios to a floor of the same minutes, as a share of their targets",
    )
    chart.x_labels = [_label(figure) for figure in shown]
    chart.add("", [_bar(figure) for figure in shown])
    path.write_bytes(chart.render(is_unicode=False))


def _number(figure: Figure) -> int:
    return int(figure.scenario.removeprefix("P"))


def _label(figure: Figure) -> str:
    wanted = "≥" if figure.wanted == "at least" else "≤"
    beside = f" / {figure.floor_name}" if figure.floor_name.startswith("F-") else ""
    return f"{figure.scenario}  {figure.name}{beside}:  {figure.ratio:.2f} ({wanted} {figure.target:g})"


def _bar(figure: Figure) -> dict[str, object]:
    return {"value": min(_FURTHEST, figure.reached), "color": _MET if figure.is_met else _MISSED}
