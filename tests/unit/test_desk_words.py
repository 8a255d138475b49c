"""The desk's words: both languages say the same things, of the same parameters."""

from string import Formatter
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from events import ContactMissed, FrictionMet, OutreachReacted, PreferenceSet, RecognitionOverlooked
from events.accepted import of_field
from projections.knot_rules import KnotKind
from projections.outreach.openings import OPENINGS
from projections.trigger_rules import Triggers
from projections.triggers import TEMPLATES
from services.desk.answers import State
from services.desk.words import LANGUAGES, amount, english, french, latitude, sentence
from services.runtime.settings import Language


def _parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("table", ["TEMPLATES", "OPENINGS", "REASONS", "REFUSALS", "PAGE"])
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


_BESIDE = {
    *(
        "promise_renegotiated",
        "promises_kept",
        "told_again",
        "complaint_severity",
        "knot_about",
        "their_reason",
    ),
    *("unanswered_too", "disrupted_what", "praise_note", "suggestion_made"),
}
"""Templates of what stands beside a reason."""

_SAID: dict[str, Any] = {
    **dict.fromkeys(("what", "reason", "about", "note"), "the parcel"),
    **dict.fromkeys(("due", "since"), "2026-07-01T07:00:00Z"),
    **dict.fromkeys(("tellings", "count", "health", "severity", "days", "usual_days"), 3),
    "was": "unknown",
    "band": "strained",
    "kind": "ping_pong",
    "channel": "phone",
    "years": 1,
    "agent_id": None,
}


def test_every_template_of_a_trigger_has_a_sentence() -> None:
    """Whatever a trigger states is said, of parameters that it has, and that cannot be missing."""
    for template, given in TEMPLATES.items():
        assert _parameters(english.TEMPLATES[template]) <= given - {"agent_id"}


def test_every_reason_has_two_openings_of_its_parameters() -> None:
    """An opening says nothing that its reason does not, and there is always another."""
    assert OPENINGS.keys() == TEMPLATES.keys() - _BESIDE
    for reason, ways in OPENINGS.items():
        for way in ways:
            assert _parameters(english.OPENINGS[way]) <= TEMPLATES[reason] - {"agent_id"}


@pytest.mark.parametrize("language", get_args(Language))
def test_every_template_of_a_trigger_is_read_as_a_sentence(language: Language) -> None:
    """In each language what triggers state, and how one may begin, is read without a hole."""
    for template, given in TEMPLATES.items():
        fact = {"template": template, "parameters": {name: _SAID[name] for name in given}}
        for one in (template, *OPENINGS.get(template, ())):
            said = sentence({**fact, "template": one}, language, ZoneInfo("Europe/Paris"))
            assert said[-1] in ".?"
            assert "None" not in said
            assert "{" not in said


def test_every_state_that_an_agent_meets_is_told() -> None:
    """An action that comes too late is answered wherever the prompt stands."""
    assert set(get_args(State)) - {"claimed", "held", "withheld"} <= english.REFUSALS.keys()


def test_lengths_of_time_and_instants_are_said_as_people_say_them() -> None:
    """A year is no number, and an instant is on the clock of the business, in each language."""

    def says(template: str, language: Language) -> str:
        fact = {"template": template, "parameters": _SAID}
        return sentence(fact, language, ZoneInfo("Europe/Paris"))

    assert says("milestone", "en") == "We have known them for 1 year."
    assert says("milestone", "fr") == "Nous connaissons ce client depuis 1\u00a0an."
    assert "Wed 1 Jul 09:00" in says("disrupted", "en")
    assert "mer. 1 juil. 09:00" in says("disrupted", "fr")


def test_the_allowance_is_said_only_where_there_is_one() -> None:
    """Who may spend something reads how much; who may not reads nothing about money."""
    assert "20" in latitude("en", 20.0)
    assert latitude("fr", 0) == french.LATITUDE
    assert amount(12.5, "fr") == "12,5"
