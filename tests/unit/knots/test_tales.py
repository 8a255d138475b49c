"""Knots on labelled histories: what ties them, what unties them, and the near misses that must not."""

import pytest

from projections.knots import find_knots
from tests.unit.histories import SHIPPED
from tests.unit.knots.tales import Tale, tales

TALES = list(tales())


@pytest.mark.parametrize("tale", TALES, ids=[tale.title for tale in TALES])
def test_the_knots_of_a_history_are_those_of_its_label(tale: Tale) -> None:
    """At each instant that one looks at, these knots are open and no others."""
    for at, tied in tale.looks:
        found = [knot for knot in find_knots(tale.events, SHIPPED, at) if knot.open]
        assert len(found) == len(tied), (at, found)
        for wanted in tied:
            assert any(wanted.is_like(knot) for knot in found), (wanted, found)


def test_there_are_labels_for_every_kind() -> None:
    """Each kind has histories that tie it; at least 40 histories in all, and near misses among them."""
    tied = {one.kind for tale in TALES for look in tale.looks for one in look.tied}
    assert tied == set(SHIPPED.knots.__struct_fields__)
    assert len(TALES) >= 40
    assert sum("Near miss" in tale.title for tale in TALES) >= 20
