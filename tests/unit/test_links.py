"""Links: which subjects are one person, and how that is undone without a trace."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from events import CustomerLinked, CustomerUnlinked, Event, EventRetracted, PraiseGiven
from projections.links import Edge, canonical, edges, edges_at, persons, spoken, word_of
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


_hours = st.integers(0, 40).map(lambda hours: MONDAY + timedelta(hours=hours))
_words = st.builds(
    lambda subject, when, kind, alias, number: told((when, kind(alias=alias)), subject=subject, first=number)[
        0
    ],
    _subjects,
    _hours,
    st.sampled_from([CustomerLinked, CustomerUnlinked]),
    _subjects,
    st.integers(1, 10_000),
)


@PROPERTY
@given(st.lists(_words, max_size=15), st.data())
def test_the_order_of_words_does_not_matter(some: list[Event], data: st.DataObject) -> None:
    """Who is who at an instant follows from the set of words until then, in whatever order they came."""
    at = data.draw(_hours).timestamp()
    shuffled = data.draw(st.permutations(some))
    for until in (None, at):
        one, other = (edges_at([word for _, word in spoken(order)], until) for order in (some, shuffled))
        assert one == other
    until_then = [event for event in some if event.at <= at]
    assert edges_at([word for _, word in spoken(some)], at) == edges_at(
        [word for _, word in spoken(until_then)]
    )


@PROPERTY
@given(st.lists(_words, max_size=12), _subjects, _subjects)
def test_a_link_and_its_end_leave_everybody_who_they_were(
    some: list[Event], subject: str, alias: str
) -> None:
    """Linked and unlinked again, two who were not linked with each other are who they were."""
    before = edges_at([word for _, word in spoken(some)])
    if (min(subject, alias), max(subject, alias)) in before:
        return
    later = MONDAY + timedelta(days=9)
    pair = told(
        (later, CustomerLinked(alias=alias)),
        (later + timedelta(hours=1), CustomerUnlinked(alias=alias)),
        subject=subject,
        first=20_000,
    )
    assert edges_at([word for _, word in spoken([*some, *pair])]) == before
    retraction = told((later, EventRetracted(source="story", id=pair[0].id)), subject=subject, first=30_000)
    assert edges_at([word for _, word in spoken([*some, pair[0], *retraction])]) == before


def test_a_link_stands_until_it_is_taken_back() -> None:
    """Between a link and its retraction the two are one person; before and after, they are not."""
    story = told(
        (MONDAY, CustomerLinked(alias="bob")),
        (MONDAY + timedelta(hours=2), EventRetracted(source="story", id="1")),
    )
    words = [word for _, word in spoken(story)]
    hours = (-1, 1, 3)
    assert [len(edges_at(words, (MONDAY + timedelta(hours=hour)).timestamp())) for hour in hours] == [0, 1, 0]
    assert edges_at(words) == set()


def test_a_person_goes_by_the_least_id() -> None:
    """Everybody who is linked is one person, known by the least id; who is not is known by their own."""
    found = persons([("bob", "carl"), ("anna", "bob")])
    person = found.of("carl")
    assert (person.canonical, person.aliases) == ("anna", ["bob", "carl"])
    assert (person.known_as("anna"), person.known_as("carl")) == (None, "anna")
    assert found.of("dora").members == ("dora",)


def test_agents_are_nobodys_alias() -> None:
    """What links an agent, or somebody with themselves, says nothing."""
    for subject, alias in (("anna", "agent:lea"), ("agent:lea", "anna"), ("anna", "anna")):
        (event,) = told((MONDAY, CustomerLinked(alias=alias)), subject=subject)
        assert word_of(event) is None
