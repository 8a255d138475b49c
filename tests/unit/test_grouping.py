"""An explanation is grouped by what its lines are about, and said in words that people understand."""

from datetime import timedelta

import pytest
from hypothesis import given

from events import (
    ComplaintRaised,
    ContactAttempted,
    ContactMissed,
    ContactRetold,
    ContactTransferred,
    Event,
    PromiseMade,
    RecognitionRemembered,
)
from projections.explanation import explain
from projections.grouping import Group, grouped
from services.insight.words import Speaker
from services.runtime.settings import Language
from tests.unit.histories import MONDAY, PLAIN, PROPERTY, SAME, SHIPPED, histories, told

HOUR = timedelta(hours=1)

STORY = (
    (MONDAY, ContactAttempted(contact_id="k", channel="phone", reason="the bill")),
    (MONDAY + timedelta(minutes=1), ContactMissed(contact_id="k", cause="rang_out")),
    (MONDAY + HOUR, ContactRetold(contact_id="k", reason="the bill")),
    (MONDAY + HOUR, ContactTransferred(contact_id="k2", case_id="4711")),
    (MONDAY + HOUR, ContactRetold(contact_id="k2", reason="the bill")),
    (MONDAY + HOUR, PromiseMade(promise_id="p", what="pay back", due=MONDAY + 2 * HOUR, case_id="4711")),
    (MONDAY + HOUR, RecognitionRemembered(what="the dog")),
    (MONDAY + 2 * HOUR, RecognitionRemembered(what="the cat")),
    (MONDAY + 2 * HOUR, ComplaintRaised(complaint_id="c")),
)


def _groups(*story: Event) -> dict[str, Group]:
    found = explain(story, PLAIN, (MONDAY + 5 * HOUR).timestamp())
    return {group.name: group for group in grouped(found.contributions)}


@PROPERTY
@given(events=histories(corrections=True))
def test_every_line_is_in_one_group(events: list[Event]) -> None:
    """Grouping loses no line and doubles none, so that groups sum to the distance from the prior too."""
    found = explain(events, SHIPPED, max(event.at for event in events))
    groups = grouped(found.contributions)
    lines = [line for group in groups for line in group.lines]
    assert sorted(map(id, lines)) == sorted(map(id, found.contributions))
    total = found.prior + sum(group.points for group in groups)
    assert abs(total - found.reading.health) <= SAME
    assert [abs(group.points) for group in groups] == sorted((abs(g.points) for g in groups), reverse=True)


def test_what_belongs_to_a_contact_stands_with_it() -> None:
    """Given a missed call that was retold, then both are one group, in order of time."""
    group = _groups(*told(*STORY))["k"]
    assert group.kind == "contact"
    assert [line.about.events[0].type for line in group.lines] == [
        "egard.contact.attempted",
        "egard.contact.retold",
    ]


def test_a_case_holds_together_what_only_some_of_its_events_name() -> None:
    """Given a case that a transfer and a promise name, then the retelling in the contact is part of it."""
    group = _groups(*told(*STORY))["4711"]
    assert group.kind == "case"
    assert {line.about.events[0].type for line in group.lines} == {
        "egard.contact.transferred",
        "egard.contact.retold",
        "egard.promise.made",
    }


def test_a_case_is_the_persons_and_a_contact_is_each_ids_own() -> None:
    """Given two ids of one person, then their case is one, and two contacts of one name are two."""
    mine = told(*STORY)
    theirs = told(*STORY, subject="visitor:7")
    found = explain([*mine, *theirs], PLAIN, (MONDAY + 5 * HOUR).timestamp())
    groups = grouped(found.contributions)
    assert sum(group.name == "4711" for group in groups) == 1
    assert sum(group.name == "k" for group in groups) == 2


def test_moments_of_one_kind_stand_together() -> None:
    """Given two things remembered, which belong to nothing, then they are one group of two lines."""
    group = _groups(*told(*STORY))["egard.recognition.remembered"]
    assert (group.kind, len(group.lines)) == ("moments", 2)


@pytest.mark.parametrize(
    ("language", "labels", "said"),
    [
        (
            "en",
            {
                "k": "Contact k: “the bill”",
                "4711": "Case 4711: “the bill”",
                "egard.recognition.remembered": "Remembered without being asked, 2 times",
                "c": "Complaint, not settled: c",
            },
            [
                "From 50.0 before",
                "What weighs on it most: Case 4711",
                "for it most: Rem",
                "would raise it most: ",
            ],
        ),
        (
            "fr",
            {
                "k": "Contact k : « the bill »",
                "4711": "Dossier 4711 : « the bill »",
                "c": "Réclamation, pas encore réglée : c",
            },
            [
                "De 50,0 avant",
                "Ce qui pèse le plus sur elle : Dossier 4711",
                "le plus pour elle : ",
                "la relèverait",
            ],
        ),
    ],
)
def test_an_explanation_is_said_in_words(language: Language, labels: dict[str, str], said: list[str]) -> None:
    """Groups have a label, and a few sentences say what moved health, in both languages."""
    speaker = Speaker(language, "UTC")
    found = explain(told(*STORY), PLAIN, (MONDAY + 5 * HOUR).timestamp())
    groups = grouped(found.contributions)
    spoken = {group.name: speaker.group(group).replace("\u00a0", " ") for group in groups}
    assert spoken.items() >= labels.items()
    sentences = [one.replace("\u00a0", " ") for one in speaker.summary(found, groups, looking_back=False)]
    assert len(sentences) == len(said)
    for sentence, part in zip(sentences, said, strict=True):
        assert part in sentence


def test_nothing_known_is_said_in_one_sentence() -> None:
    """Given nothing that counts, then nothing weighs, nothing speaks for it, and nothing would raise it."""
    found = explain([], PLAIN, MONDAY.timestamp())
    said = Speaker("en", "UTC").summary(found, (), looking_back=True)
    assert said == ["From 50.0 before anything is known to 50.0 then."]
