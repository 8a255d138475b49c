"""Readings taken one after another are those of folding everything until each instant."""

from hypothesis import given
from hypothesis import strategies as st

from events import Event
from projections.fold import fold_person
from projections.knots.readings import ReadingsSoFar
from projections.reading import read
from tests.unit.histories import PROPERTY, SHIPPED, assert_same
from tests.unit.knots.lives import lives


@PROPERTY
@given(events=lives(), draw=st.data())
def test_readings_one_after_another_are_those_of_folding_all_anew(
    events: list[Event], draw: st.DataObject
) -> None:
    """At the instants of events, in their order or not, with corrections among them: nothing differs."""
    ats = draw.draw(st.lists(st.sampled_from([event.at for event in events]), max_size=6)) if events else []
    so_far = ReadingsSoFar(events, SHIPPED)
    for at in [*sorted(ats), *ats]:
        until = fold_person((event for event in events if event.at <= at), SHIPPED)
        assert_same(so_far.read_at(at), read(until.sums_at(SHIPPED, at), SHIPPED, at), SHIPPED)
