"""Links: which subjects are one person, and how that is undone without a trace."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from events import CustomerLinked, CustomerUnlinked, PraiseGiven
from projections.links import Edge, canonical, edges, word_of
from tests.unit.histories import MONDAY, PROPERTY, told

_subjects = st.sampled_from("abcdef")
_edges = st.sets(st.tuples(_subjects, _subjects).map(lambda pair: (min(pair), max(pair))))


def test_either_subject_may_speak_of_a_link() -> None:
    """«bob is anna» and «anna is bob» are one edge."""
    (by_anna,) = told((MONDAY, CustomerLinked(alias="bob")), subject="anna")
    (by_bob,) = told((MONDAY, CustomerLinked(alias="anna")), subject="bob")
    assert word_of(by_anna) == word_of(by_bob) == (("anna", "bob"), True)


def test_other_events_say_nothing_of_links() -> None:
    """Praise links nobody."""
    (praise,) = told((MONDAY, PraiseGiven()))
    assert word_of(praise) is None


def test_the_last_word_on_two_subjects_counts() -> None:
    """Linked, unlinked and linked again, two subjects are linked."""
    story = told(
        (MONDAY, CustomerLinked(alias="bob")),
        (MONDAY + timedelta(hours=1), CustomerUnlinked(alias="bob")),
        (MONDAY + timedelta(hours=2), CustomerLinked(alias="bob")),
    )
    words = [word for event in sorted(story, key=lambda event: event.order) if (word := word_of(event))]
    assert edges(words[:1]) == {("anna", "bob")}
    assert edges(words[:2]) == set()
    assert edges(words) == {("anna", "bob")}


def test_links_reach_further_than_one_step() -> None:
    """Whoever is linked with one of them is one person with all of them, known by the least id."""
    assert canonical([("b", "c"), ("a", "b"), ("x", "y")]) == {
        **dict.fromkeys("abc", "a"),
        **dict.fromkeys("xy", "x"),
    }


def test_taking_a_link_away_gives_back_what_was() -> None:
    """Without the edge in the middle there are two persons again."""
    assert canonical([("a", "b"), ("b", "c"), ("c", "d")])["d"] == "a"
    assert canonical([("a", "b"), ("c", "d")])["d"] == "c"


@PROPERTY
@given(_edges, st.data())
def test_the_order_of_edges_does_not_matter(some: set[Edge], data: st.DataObject) -> None:
    """A person is the set of subjects that edges connect, in whatever order these are looked at."""
    shuffled = data.draw(st.permutations(sorted(some)))
    persons = canonical(shuffled)
    assert persons == canonical(sorted(some))
    for one, other in some:
        assert persons[one] == persons[other] <= min(one, other)
    assert all(persons[least] == least for least in persons.values())
