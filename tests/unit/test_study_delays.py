"""How long the study says that a change takes to show, on lines drawn by hand."""

import numpy as np

from tests.study.bonds import known_best
from tests.study.delays import BOND, FALLEN, HEALTH, MOOD, Daily, delays

DAYS = 120


def drawn(bond: dict[int, float], health: dict[int, float], patch: range = range(0)) -> Daily:
    """A customer whose lines stand at 80 but from some days on elsewhere, with contacts every ten days."""

    def line(steps: dict[int, float]) -> np.ndarray:
        values = np.full(DAYS, 80.0)
        for day, value in sorted(steps.items()):
            values[day:] = value
        return values

    in_patch = np.zeros(DAYS, dtype=bool)
    in_patch[list(patch)] = True
    in_touch = np.zeros(DAYS, dtype=bool)
    in_touch[::10] = True
    return Daily({BOND: line(bond), HEALTH: line(health), MOOD: line(health)}, in_patch, in_touch)


CALM = [drawn({65: 79.0}, {65: 78.0}) for _ in range(20)]


def test_a_patch_is_shown_on_the_day_on_which_the_line_has_fallen_far_enough() -> None:
    """The bond falls on the third day of the patch, health on the eighth: five days behind."""
    found = delays([*CALM, drawn({73: 60.0}, {78: 60.0}, range(70, 85))], seed=1)
    assert found.patches == 1
    assert found.shown[BOND].days == [3]
    assert found.shown[HEALTH].days == [8]
    assert found.shown[HEALTH].behind == [5]


def test_a_fall_that_calm_spans_know_too_is_none() -> None:
    """Health falls by no more than it does without a patch, so the patch is not shown."""
    found = delays([*CALM, drawn({73: 60.0}, {73: 78.5}, range(70, 85))], seed=1)
    assert found.shown[BOND].share == 1.0
    assert found.shown[HEALTH].share == 0.0
    assert found.shown[HEALTH].behind == []


def test_the_true_bond_is_also_asked_when_ten_points_are_gone() -> None:
    """Nine points are fewer than ten, however calm the others are."""
    nine = delays([*CALM, drawn({73: 71.0}, {}, range(70, 85))], seed=1)
    eleven = delays([*CALM, drawn({73: 69.0}, {}, range(70, 85))], seed=1)
    assert (nine.shown[FALLEN].days, eleven.shown[FALLEN].days) == ([], [3])


def test_false_alarms_are_the_calm_spans_that_fall_as_far() -> None:
    """Two of forty customers without a patch fall by 15 points: one in twenty."""
    calm = [*CALM, *CALM[:18], *(drawn({88: 65.0}, {}) for _ in range(2))]
    assert delays([*calm, drawn({73: 60.0}, {}, range(70, 85))], seed=1).shown[FALLEN].false_alarms == 0.05


def test_a_patch_soon_after_another_is_not_counted() -> None:
    """What came before would be taken for its beginning."""
    twice = drawn({73: 60.0}, {78: 60.0}, range(64, 67))
    twice.in_patch[80:85] = True
    assert delays([*CALM, twice, drawn({}, {}, range(70, 85))], seed=1).patches == 2


def test_a_coverage_takes_those_who_are_known_best() -> None:
    """Of ten, the six of which the reading is most confident."""
    confidence = np.array([0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6, 0.5, 0.55])
    assert set(confidence[known_best(confidence, 0.6)]) == {0.9, 0.8, 0.7, 0.6, 0.55, 0.5}
    assert known_best(confidence, 1.0).all()
