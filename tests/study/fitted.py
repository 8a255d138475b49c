"""Part 3, what there is to be had: a linear model of counts of events, fitted to the truth of other worlds.

No brand has such a truth to fit to, and nobody could explain its hundreds of weights. It says about how much
of the bond is in the events at all.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from events import Event
from projections.corrections import standing
from projections.fold import fold
from projections.outcomes import signal_at
from tests.study.lives import SHIPPED, Lives
from tests.study.measures import Floats

_DAY = 86_400.0
_HALF_LIVES = (7, 21, 60, 180)
_DETAILS = ("how", "cause", "by", "accepted", "resolved", "kind", "reached")
_KEPT_OUT = ("egard.perception.stated", "egard.judgement.made")
"""The bond in words: to be compared with a reading, not part of it."""
_SEEN_BY = 20
_RIDGES = (10.0, 100.0, 1000.0, 10_000.0)

_Feature = tuple[str, int]


def predictions(fitted_to: Sequence[Lives], worlds: Sequence[Lives]) -> list[Floats]:
    """The bonds of some worlds, by a model fitted to others (the last of which decides how smooth it is)."""
    *first, last = [[_features(history, lives.at) for history in lives.histories] for lives in fitted_to]
    counts = Counter(name for people in first for person in people for name in person)
    names = sorted(name for name, count in counts.items() if count >= _SEEN_BY)
    asked = _table([person for people in first for person in people], names)
    centre, spread = asked.mean(axis=0), asked.std(axis=0) + 1e-12
    bonds = np.concatenate([lives.bonds for lives in fitted_to[:-1]])
    scaled = (asked - centre) / spread
    tried = (_table(last, names) - centre) / spread
    weights = [
        np.linalg.solve(scaled.T @ scaled + ridge * np.eye(len(names)), scaled.T @ (bonds - bonds.mean()))
        for ridge in _RIDGES
    ]
    truth = fitted_to[-1].bonds
    best = min(weights, key=lambda some: float(np.mean((tried @ some + bonds.mean() - truth) ** 2)))
    return [
        ((_table([_features(history, lives.at) for history in lives.histories], names) - centre) / spread)
        @ best
        + bonds.mean()
        for lives in worlds
    ]


def _features(history: list[Event], at: float) -> Mapping[_Feature, float]:
    """Fading counts of events, by type and by what they say, and fading sums of the outcomes of matters."""
    found: dict[_Feature, float] = defaultdict(float)

    def count(name: str, when: float, value: float = 1.0) -> None:
        for half_life in _HALF_LIVES:
            found[name, half_life] += value * 2.0 ** ((when - at) / (half_life * _DAY))

    for event in standing(history):
        if event.type in _KEPT_OUT:
            continue
        count(event.type, event.at)
        for detail in _DETAILS:
            value = getattr(event.data, detail, None)
            if value is not None:
                count(f"{event.type} {detail}={value}", event.at)
        score = getattr(event.data, "score", None)
        if score is not None:
            count("score", event.at, score / 50 - 1)
    for (kind, _), matter in fold(history, SHIPPED).matters.items():
        signal = signal_at(matter, SHIPPED, at)
        if signal is not None:
            count(kind.__name__, signal.at, signal.valence)
            count(f"{kind.__name__} ill", signal.at, min(0.0, signal.valence))
    return found


def _table(people: Sequence[Mapping[_Feature, float]], names: Sequence[_Feature]) -> Floats:
    return np.array([[person.get(name, 0.0) for name in names] for person in people])
