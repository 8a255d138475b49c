"""Triggers on labelled histories: what prompts a person, what is stale, and the near misses that must not."""

import pytest

from projections.trigger_rules import Triggers
from projections.triggers import TEMPLATES, Due, Stale
from tests.unit.triggers.tales import Look, Tale, fired, given, tales

TALES = list(tales())
LOOKS = [(tale, look) for tale in TALES for look in tale.looks]
IDS = [f"{tale.title}, {look.now:%d %H:%M}" for tale, look in LOOKS]


def until(tale: Tale, look: Look) -> list[Due | Stale]:
    """What a tale comes to where all of it that has happened by then arrives at once."""
    return given(
        [], fired([], [event for event in tale.events if event.time <= look.now], tale.trigger, look.now)
    )


@pytest.mark.parametrize(("tale", "look"), LOOKS, ids=IDS)
def test_a_history_prompts_as_its_label_says(tale: Tale, look: Look) -> None:
    """At each instant that one decides at, these prompts are due, or stale, and no others."""
    found = until(tale, look)
    assert len(found) == len(look.wanted), found
    for wanted in look.wanted:
        assert any(wanted.is_like(one) for one in found), (wanted, found)


@pytest.mark.parametrize(("tale", "look"), LOOKS, ids=IDS)
def test_in_whatever_order_news_comes_it_prompts_the_same(tale: Tale, look: Look) -> None:
    """Events that come one by one, the last one first, prompt for the same reasons, each once."""
    events = [event for event in tale.events if event.time <= look.now]
    found: list[Due | Stale] = []
    for place in range(len(events)):
        arrived = events[len(events) - place :]
        found = given(found, fired(arrived, [events[len(events) - place - 1]], tale.trigger, look.now))
    # News may take a reason away that there was before it came; none is missed, and none is doubled.
    for due in until(tale, look):
        assert sum(one.episode in {due.episode, *due.same} for one in found) == 1, found


@pytest.mark.parametrize(("tale", "look"), LOOKS, ids=IDS)
def test_what_is_stated_has_a_template_and_an_event(tale: Tale, look: Look) -> None:
    """Each fact names a known template with exactly its parameters, and an event that was told."""
    told = {(event.source, event.id) for event in tale.events}
    for one in until(tale, look):
        for fact in [one.why, *(one.facts if isinstance(one, Due) else [])]:
            assert fact.parameters.keys() == TEMPLATES[fact.template], fact
            assert all(value is not None or name == "agent_id" for name, value in fact.parameters.items())
            assert (fact.source, fact.id) in told


def test_there_are_histories_of_every_trigger() -> None:
    """Each trigger has histories that prompt, and near misses; surprises, by lot, are told elsewhere."""
    for name in set(Triggers.__struct_fields__) - {"surprise"}:
        of = [tale for tale in TALES if tale.trigger == name]
        assert any(look.wanted for tale in of for look in tale.looks), name
        assert sum("Near miss" in tale.title for tale in of) >= 2, name
