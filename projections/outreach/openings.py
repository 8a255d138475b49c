"""Openings: first sentences to adapt, chosen by facts. Never a script: who speaks decides what is said."""

from collections.abc import Mapping, Sequence

from projections.outreach.line import Line

OPENINGS: Mapping[str, tuple[str, str]] = {
    reason: (f"opening_{reason}", f"opening_{reason}_else")
    for reason in (
        *("promise_due", "promise_overdue", "retold", "complaint_raised", "complaint_refused", "unanswered"),
        *("disrupted", "knot_opened", "band_fallen", "suggestion_adopted", "suggestion_declined", "praised"),
        *("first_contact", "silence", "milestone"),
        *("surprise_contact", "surprise_purchase", "surprise_visit"),
    )
}
"""Two ways to begin for each reason, by its template; they use its parameters, and no others."""

_MOST = 3


def openings(why: Line, promises: Sequence[Line], told: Sequence[Line], felt: Sequence[Line]) -> list[Line]:
    """Two or three ways to begin: for the reason itself, and for what else is true of this customer."""
    own = [_as(template, why) for template in OPENINGS.get(why.template, ())]
    return [*own[:1], *_by_facts(why, promises, told, felt)[: _MOST - 1], *own[1:]][:_MOST]


def _by_facts(why: Line, promises: Sequence[Line], told: Sequence[Line], felt: Sequence[Line]) -> list[Line]:
    found = [_as("opening_unwelcome", one) for one in felt if one.parameters.get("reaction") == "unwelcome"]
    about = [ref.id for ref in why.beside] + [why.id]
    found += [_as("opening_also_owed", one) for one in promises if one.id not in about][:1]
    found += [_as("opening_known", one) for one in told if one.template == "fact_told"][:1]
    return found


def _as(template: str, one: Line) -> Line:
    return Line(template, one.parameters, one.source, one.id, one.at, one.beside)
