"""Part 2, the negative control: what seems an effect of being answered and named, and what is left of it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from statsmodels.discrete.discrete_model import Logit

from tests.study.measures import Floats, Interval
from tests.study.newcomers import Newcomer

Column = Callable[[Newcomer], float]

ANSWERED, NAMED, FIXED, ACTIVITY = "answered", "named as well", "fixed", "own activity (logarithm)"

_MET: dict[str, Column] = {
    ANSWERED: lambda one: float(one.answered),
    NAMED: lambda one: float(one.named),
}
_TAKEN_INTO_ACCOUNT: dict[str, Column] = {
    FIXED: lambda one: float(one.fixed),
    ACTIVITY: lambda one: float(np.log1p(one.activity)),
}


class Odds(NamedTuple):
    """An odds ratio with the interval of the model, and with one that allows for projects that differ."""

    plain: Interval
    by_project: Interval


class Model(NamedTuple):
    """A logistic regression of coming back."""

    name: str
    people: int
    odds: dict[str, Odds]


class Control(NamedTuple):
    """What came of the negative control."""

    shares: list[tuple[str, int, float]]
    """Unanswered, answered without the name, named: how many, and the share who came back."""
    models: list[Model]


def control(people: Sequence[Newcomer]) -> Control:
    """From what a plain comparison seems to show to what is left of it."""
    groups = (
        ("not answered", [one for one in people if not one.answered]),
        ("answered, not by name", [one for one in people if one.answered and not one.named]),
        ("answered by name", [one for one in people if one.named]),
    )
    customers = [one for one in people if not one.one_of_us]
    activity = {ACTIVITY: _TAKEN_INTO_ACCOUNT[ACTIVITY]}
    return Control(
        shares=[(name, len(some), float(np.mean([one.came_back for one in some]))) for name, some in groups],
        models=[
            _fit("everybody, nothing taken into account", people, _MET),
            _fit("without those who took the case themselves", customers, _MET),
            _fit("and own activity taken into account", customers, {**_MET, **activity}),
            _fit("and whether it was fixed", customers, {**_MET, **_TAKEN_INTO_ACCOUNT}),
        ],
    )


def _fit(name: str, people: Sequence[Newcomer], columns: dict[str, Column]) -> Model:
    """Projects always have a constant of their own."""
    projects, project = np.unique([one.project for one in people], return_inverse=True)
    constants = (project[:, None] == np.arange(len(projects))).astype(float)
    asked = np.array([[column(one) for column in columns.values()] for one in people])
    model = Logit(np.array([one.came_back for one in people], dtype=float), np.hstack([asked, constants]))
    plain = model.fit(disp=0)
    robust = model.fit(disp=0, cov_type="cluster", cov_kwds={"groups": project})
    odds = {column: Odds(_ratio(plain, place), _ratio(robust, place)) for place, column in enumerate(columns)}
    return Model(name, len(people), odds)


def _ratio(fitted: Any, place: int) -> Interval:
    low, high = fitted.conf_int()[place]
    found: Floats = np.exp(np.array([fitted.params[place], low, high]))
    return Interval(*map(float, found))
