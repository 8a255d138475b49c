"""The curve as a drawing: where everything goes, for a template that writes the SVG."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from projections.bands import Band
from projections.strategy import Strategy
from services.insight.answers import CurvePoint

WIDTH, HEIGHT = 760.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 8.0, 8.0, 26.0
_DATES = 5

_FAINTEST = 0.25
"""The opacity of what is not known at all."""


class Zone(msgspec.Struct, frozen=True):
    """The heights of one band."""

    band: Band
    y: float
    height: float
    least: float
    """The health at its lower edge."""


class Run(msgspec.Struct, frozen=True):
    """A stretch of the curve of which enough is known, or not."""

    known: bool
    path: str


class Spot(msgspec.Struct, frozen=True):
    """A point of the curve, and the column of the drawing that belongs to it."""

    point: CurvePoint
    x: float
    y: float
    left: float
    width: float
    offset: float
    """How far along the curve, from 0 to 1."""
    opacity: float


class Chart(msgspec.Struct, frozen=True):
    """A drawing of a curve."""

    zones: list[Zone]
    runs: list[Run]
    spots: list[Spot]
    dates: list[tuple[float, datetime]]
    announced: list[str]
    """Stretches of what was announced then, where it was something else: paths."""
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    bottom: float = HEIGHT - _BOTTOM
    width: float = WIDTH
    height: float = HEIGHT


def chart(
    points: Sequence[CurvePoint],
    strategy: Strategy,
    announced: Iterable[Sequence[tuple[datetime, float]]] = (),
) -> Chart:
    """Where the points of a curve (two at least) and the bands of a strategy go.

    `announced` are stretches of another curve, of instants between the first point's and the last's: each has
    an instant and a health.
    """
    step = (WIDTH - _LEFT - _RIGHT) / (len(points) - 1)
    spots = [
        Spot(
            point=point,
            x=_LEFT + step * place,
            y=_height_of(point.health),
            left=max(_LEFT, _LEFT + step * (place - 0.5)),
            width=step if 0 < place < len(points) - 1 else step / 2,
            offset=place / (len(points) - 1),
            opacity=_FAINTEST + (1 - _FAINTEST) * point.confidence,
        )
        for place, point in enumerate(points)
    ]
    dates = [spots[round(place * (len(spots) - 1) / (_DATES - 1))] for place in range(_DATES)]
    begins, ends = points[0].time, points[-1].time
    scale = (WIDTH - _LEFT - _RIGHT) / (ends - begins).total_seconds()
    paths = [
        _path([(_LEFT + scale * (time - begins).total_seconds(), _height_of(health)) for time, health in run])
        for run in announced
    ]
    return Chart(_zones(strategy), _runs(spots), spots, [(spot.x, spot.point.time) for spot in dates], paths)


def _path(places: Sequence[tuple[float, float]]) -> str:
    """A line through places; of a single one, a line to itself, which round ends make a dot."""
    (x, y), *rest = places
    return f"M{x:.1f} {y:.1f}" + "".join(f" L{x:.1f} {y:.1f}" for x, y in rest or places)


def _height_of(health: float) -> float:
    return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - health / 100)


def _zones(strategy: Strategy) -> list[Zone]:
    edges: list[tuple[Band, float]] = [
        ("thriving", strategy.bands.thriving),
        ("steady", strategy.bands.steady),
        ("drifting", strategy.bands.drifting),
        ("strained", 0.0),
    ]
    uppers = [100.0, *(least for _, least in edges)]
    return [
        Zone(band, _height_of(upper), _height_of(least) - _height_of(upper), least)
        for (band, least), upper in zip(edges, uppers, strict=False)
    ]


def _runs(spots: Sequence[Spot]) -> list[Run]:
    """Neighbours joined into stretches; one between known and unknown counts as unknown."""
    runs: list[Run] = []
    for one, other in pairwise(spots):
        known = "unknown" not in (one.point.band, other.point.band)
        onward = f"L{other.x:.1f} {other.y:.1f}"
        if runs and runs[-1].known == known:
            runs[-1] = Run(known, f"{runs[-1].path} {onward}")
        else:
            runs.append(Run(known, f"M{one.x:.1f} {one.y:.1f} {onward}"))
    return runs
