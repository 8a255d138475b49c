"""The desk's words: both languages say the same things, of the same parameters."""

from string import Formatter
from typing import get_args

import pytest

from events import ContactMissed, FrictionMet, OutreachReacted, PreferenceSet, RecognitionOverlooked
from events.accepted import of_field
from projections.knot_rules import KnotKind
from projections.outreach.openings import OPENINGS
from projections.trigger_rules import Triggers
from services.desk.words import LANGUAGES, amount, english, french, latitude


def _parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("table", ["TEMPLATES", "OPENINGS", "REASONS", "PAGE"])
def test_both_languages_have_the_same_sentences(table: str) -> None:
    """What one language can say the other can, of the same parameters."""
    mine, theirs = getattr(english, table), getattr(french, table)
    assert {key: _parameters(text) for key, text in mine.items()} == {
        key: _parameters(text) for key, text in theirs.items()
    }


def test_both_languages_name_the_same_values() -> None:
    """A word of the language's own that one has a name for, the other has one for too; but for bands."""
    for name, values in english.VALUES.items():
        if name != "band":
            assert values.keys() == french.VALUES[name].keys()
    assert english.VALUES.keys() == french.VALUES.keys()


@pytest.mark.parametrize(
    ("table", "kind", "field"),
    [
        ("cause", ContactMissed, "cause"),
        ("how", RecognitionOverlooked, "how"),
        ("friction", FrictionMet, "what"),
        ("reaction", OutreachReacted, "reaction"),
        ("contact_by", PreferenceSet, "contact_by"),
        ("channel", PreferenceSet, "channel"),
    ],
)
def test_every_value_of_the_language_has_a_name(table: str, kind: type, field: str) -> None:
    """Whatever a closed field may hold, agents read in their own words."""
    accepted = of_field(kind, field).removeprefix("one of ").split(", ")
    assert set(accepted) == english.VALUES[table].keys()


def test_every_knot_has_a_name() -> None:
    """Of whatever kind a knot is, agents read what is meant."""
    assert set(get_args(KnotKind)) == english.VALUES["kind"].keys()


def test_every_trigger_has_a_name() -> None:
    """Whatever may prompt, the page can say what it is in a few words."""
    for words in LANGUAGES.values():
        assert set(Triggers.__struct_fields__) <= words.REASONS.keys()


def test_openings_use_what_their_reason_says() -> None:
    """An opening for a reason has no parameter that the reason's own sentence lacks, and is never alone."""
    for reason, ways in OPENINGS.items():
        for way in ways:
            said = _parameters(english.OPENINGS[way])
            assert said <= _parameters(english.TEMPLATES[reason])


def test_the_allowance_is_said_only_where_there_is_one() -> None:
    """Who may spend something reads how much; who may not reads nothing about money."""
    assert "20" in latitude("en", 20.0)
    assert latitude("fr", 0) == french.LATITUDE
    assert amount(12.5, "fr") == "12,5"
