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
    shown = [figure for figure in figures if figure.target is not None]
    chart = pygal.HorizontalBar(
        style=_STYLE,
        js=(),
        width=900,
        height=90 + 34 * len(shown),
        show_legend=False,
        print_values=True,
        range=(0, _FURTHEST),
        y_labels=[{"label": "", "value": 0}, {"label": "target", "value": 1}, {"label": "twice as good", "value": 2}],
        spacing=10,
        margin=20,
        title="Ratios to a floor of the same minutes, as a share of their targets",
    )
    chart.x_labels = [f"{figure.scenario}  {figure.name}" for figure in reversed(shown)]
    chart.add("", [_bar(figure) for figure in reversed(shown)])
    path.write_bytes(chart.render(is_unicode=False))


def _bar(figure: Figure) -> dict[str, object]:
    label = f"{figure.ratio:.2f} of {'≥' if figure.wanted == 'at least' else '≤'} {figure.target:g}"
    return {
        "value": min(_FURTHEST, figure.reached),
        "color": _MET if figure.is_met else _MISSED,
        "formatter": lambda _: label,
    }
