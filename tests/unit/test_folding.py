"""What a batch makes of locked relationships, held against the plain fold of the same events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import ContactAnswered, ContactAttempted, Event, PromiseKept, PromiseMade
from projections.fold import Change, MatterKey, fold, gather, judged, no_change
from projections.matters import Matter
from projections.reading import read
from services.projector.folding import Folded, fold_in, put, touched
from services.runtime.rows import Relationship
from tests.unit.histories import MONDAY, PROPERTY, SHIPPED, assert_same, batches, histories, reading_of, told


def _change(events: list[Event]) -> Change:
    change = no_change()
    for event in events:
        gather(change, event, SHIPPED)
    return change


def _apply(relationship: Relationship, matters: dict[MatterKey, Matter], events: list[Event]) -> Folded:
    """A batch of one customer, as the engine does it: given what a database would have been asked."""
    name = relationship.customer
    change = _change(events)
    wanted = {key for _, key in touched({name: change}, {name: relationship})}
    known = {key: matter for key, matter in matters.items() if key in wanted or matter.unsettled}
    folded = fold_in({name: relationship}, {name: known} if known else {}, {name: change}, SHIPPED)
    matters.update({key: matter for (_, key), matter in folded.joined.items()})
    return folded


@PROPERTY
@given(st.data())
def test_any_batches_leave_what_the_fold_of_all_events_has(data: st.DataObject) -> None:
    """However events are cut and shuffled, matters, counts and reading are the fold's."""
    history = data.draw(histories())
    relationship = Relationship("anna")
    matters: dict[MatterKey, Matter] = {}
    for batch in data.draw(batches(history)):
        folded = _apply(relationship, matters, batch)
        unsettled = [matter for matter in matters.values() if matter.unsettled]
        assert relationship.unsettled == len(unsettled)
        assert sorted(map(repr, folded.unsettled.get("anna", []))) == sorted(map(repr, unsettled))
    state = fold(history, SHIPPED)
    assert matters == state.matters
    assert (relationship.events, relationship.newest) == (state.count, state.newest)
    at = state.newest + 3600
    sums = judged(relationship.sums, [one for one in matters.values() if one.unsettled], SHIPPED, at)
    assert_same(read(sums, SHIPPED, at), reading_of(history, SHIPPED, at), SHIPPED)


def test_only_matters_that_may_have_rows_are_asked_for() -> None:
    """Of a customer without a row nothing can be there; of another, what the batch speaks of may be."""
    change = _change(told((MONDAY, ContactAttempted(contact_id="c", channel="phone"))))
    key = next(iter(change.matters))
    assert touched({"anna": change}, {"anna": Relationship("anna")}) == []
    assert touched({"anna": change}, {"anna": Relationship("anna", events=1)}) == [("anna", key)]


def test_what_was_not_there_before_is_told_apart() -> None:
    """A matter that a batch opens is new; one that it settles is not."""
    relationship = Relationship("anna")
    matters: dict[MatterKey, Matter] = {}
    opened = _apply(relationship, matters, told((MONDAY, ContactAttempted(contact_id="c", channel="phone"))))
    assert len(opened.added) == 1
    settled = _apply(
        relationship,
        matters,
        told((MONDAY, ContactAnswered(contact_id="c", by="human", waited_s=5)), first=2),
    )
    assert (len(settled.joined), len(settled.added), relationship.unsettled) == (1, 0, 0)


def test_who_is_only_read_with_others_keeps_what_is_open() -> None:
    """A batch that says nothing of a linked customer leaves the customer's open matters to be read."""
    promise = _change(told((MONDAY, PromiseMade(promise_id="p", what="a call", due=MONDAY))))
    known = {"bob": promise.matters}
    kept = {"anna": Relationship("anna"), "bob": Relationship("bob", events=1, unsettled=1)}
    folded = fold_in(kept, known, {"anna": _change([])}, SHIPPED)
    assert folded.unsettled["bob"] == list(promise.matters.values())


@PROPERTY
@given(st.data())
def test_a_state_put_in_its_place_is_all_that_is_left(data: st.DataObject) -> None:
    """After a correction, sums, matters and counts are those of the state, whatever was folded before."""
    before, after = data.draw(histories()), data.draw(histories())
    relationship = Relationship("anna")
    matters: dict[MatterKey, Matter] = {}
    folded = _apply(relationship, matters, before)
    state = fold(after, SHIPPED)
    put(folded, relationship, state)
    assert {key: matter for (_, key), matter in folded.joined.items()} == state.matters
    assert folded.added == folded.joined.keys()
    assert list(relationship.sums) == pytest.approx(state.sums, abs=0)
    unsettled = [matter for matter in state.matters.values() if matter.unsettled]
    assert folded.unsettled["anna"] == unsettled
    assert relationship.unsettled == len(unsettled)


def test_a_promise_kept_is_settled() -> None:
    """What is kept waits for nobody, whether or not it is known when it was made."""
    kept = _change(told((MONDAY, PromiseKept(promise_id="p"))))
    assert not any(matter.unsettled for matter in kept.matters.values())
