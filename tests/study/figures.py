"""The study's figures: SVG that is the same for the same figures, with text that stays text."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.study.measures import Interval
from tests.study.page import DOCS

_COLOURS = ("#1b5e6b", "#c06014", "#7a7a7a", "#8a5aa8", "#4c8c4a")
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "egard",
    "svg.fonttype": "none",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def forest(
    name: str, rows: Sequence[tuple[str, Sequence[Interval]]], series: Sequence[str], label: str, *, at: float
) -> str:
    """Intervals beneath each other, with a line at what would be no effect; gives the Markdown for it."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(0.6 + 0.5 * len(rows))
        for place, (_, intervals) in enumerate(rows):
            for number, one in enumerate(intervals):
                height = -place - 0.22 * (number - (len(intervals) - 1) / 2)
                axes.plot([one.low, one.high], [height, height], color=_COLOURS[number], linewidth=1.4)
                axes.plot(one.value, height, "o", color=_COLOURS[number], markersize=4)
        for number, text in enumerate(series):
            axes.plot([], [], "o-", color=_COLOURS[number], label=text, markersize=4)
        axes.axvline(at, color="#999999", linewidth=0.8, linestyle=":")
        axes.set_yticks([-place for place in range(len(rows))], [text for text, _ in rows])
        axes.set_xlabel(label)
        if len(series) > 1:
            axes.legend(frameon=False, loc="best")
        return _save(figure, name, label)


def lines(
    name: str,
    across: Sequence[float],
    rows: Sequence[tuple[str, Sequence[Interval]]],
    labels: tuple[str, str],
    ticks: Sequence[str] | None = None,
) -> str:
    """A line for each row with its intervals; gives the Markdown for it."""
    with mpl.rc_context(_STYLE):
        figure, axes = _figure(3.2)
        for number, (text, intervals) in enumerate(rows):
            colour = _COLOURS[number % len(_COLOURS)]
            values = [one.value for one in intervals]
            axes.plot(across, values, color=colour, label=text, linewidth=1.6)
            axes.fill_between(
                across,
                [one.low for one in intervals],
                [one.high for one in intervals],
                color=colour,
                alpha=0.15,
                linewidth=0,
            )
        if ticks is not None:
            axes.set_xticks(list(across), list(ticks))
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        if len(rows) > 1:
            axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        return _save(figure, name, labels[1])


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.0, height), layout="constrained")
    return figure, figure.add_subplot()


def _save(figure: Figure, name: str, label: str) -> str:
    folder = DOCS / "figures"
    folder.mkdir(exist_ok=True)
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
    return f"![{label}](figures/{name}.svg)"
