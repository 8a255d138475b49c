"""Events by their kind."""

from hypothesis import given
from hypothesis import strategies as st

from events import TYPES, Data, Event
from projections.kinds import of_kind, of_kinds
from projections.matters import KINDS
from tests.unit.histories import PROPERTY
from tests.unit.knots.lives import lives


def test_no_class_of_the_language_stands_under_another() -> None:
    """The class of an event's data alone tells its kind, as the class of a matter does."""
    some = [*TYPES.values(), *KINDS]
    assert [
        (one, other) for one in some for other in some if one is not other and issubclass(one, other)
    ] == []


@PROPERTY
@given(events=lives(), kinds=st.lists(st.sampled_from(sorted(TYPES.values(), key=str)), max_size=4))
def test_the_events_of_some_kinds_are_those_with_such_data(
    events: list[Event], kinds: list[type[Data]]
) -> None:
    """They come in the order given, each as often as it was there, with its data."""
    expected = [event for event in events if isinstance(event.data, tuple(kinds))]
    assert list(of_kinds(events, *kinds)) == expected
    for kind in kinds:
        assert list(of_kind(events, kind)) == [(one, one.data) for one in expected if type(one.data) is kind]
