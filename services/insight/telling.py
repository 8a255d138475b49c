"""From what was found to what is answered: labels in words, and references to events."""

from collections.abc import Iterable, Mapping

import msgspec

from events import type_of
from projections.explanation import Contribution, Explanation, Remedy, SetAside, Subject
from projections.grouping import Group, grouped
from projections.knots import Knot
from projections.rhythm import Population, contact_times, rhythm
from projections.strategy import Strategy
from services.insight import answers
from services.insight.answers import (
    EventRef,
    Evidence,
    Explained,
    Grouped,
    Happened,
    Judged,
    Line,
    Owed,
    Proposal,
    Silence,
    Tied,
)
from services.insight.archive import Happening
from services.insight.histories import History
from services.insight.words import Speaker
from services.runtime.rows import instant


class _Published(msgspec.Struct, frozen=True):
    data: msgspec.Raw = msgspec.Raw(b"null")


_published = msgspec.json.Decoder(_Published)


def explained(
    history: History,
    found: Explanation,
    population: Population,
    strategy: Strategy,
    speaker: Speaker,
    *,
    looking_back: bool,
) -> Explained:
    """An explanation as the API answers it."""
    groups = grouped(found.contributions)
    places = {id(line): place for place, line in enumerate(found.contributions)}
    proposals = [_proposal(remedy, speaker) for remedy in found.remedies]
    return Explained(
        customer=history.customer,
        canonical=history.person.canonical,
        aliases=history.person.aliases,
        taken_at=history.at,
        strategy=strategy.version,
        prior=found.prior,
        health=found.reading.health,
        band=found.reading.band,
        read_band=found.read_band,
        judged=Judged.of(found.judgement),
        known=found.read_band != "unknown",
        in_words=speaker.summary(found, groups, looking_back=looking_back),
        groups=[_grouped(group, places, speaker) for group in groups],
        contributions=[_line(line, speaker) for line in found.contributions],
        would_raise_most=proposals[0] if proposals else None,
        would_raise=proposals,
        silence=Silence.of(
            rhythm(contact_times(history.events), history.at.timestamp(), population), history.at
        ),
        still_owed=[_owed(about, speaker) for about in found.owed],
        set_aside=[_set_aside(one, speaker) for one in found.set_aside],
        knots=[tied(knot, speaker) for knot in in_view(found.knots) if knot.open],
    )


def in_view(knots: Iterable[Knot]) -> list[Knot]:
    """Knots as they are shown: the open ones first, then the latest."""
    return sorted(knots, key=lambda knot: (not knot.open, -(knot.closed_at or knot.opened_at), knot.order))


def tied(knot: Knot, speaker: Speaker) -> Tied:
    """A knot as the API answers it."""
    by = knot.closed_by
    return Tied(
        kind=knot.kind,
        name=speaker.knots[knot.kind],
        label=speaker.tied(knot),
        exit=speaker.exit(knot),
        about=knot.about,
        opened_at=instant(knot.opened_at),
        latest_at=instant(knot.latest_at),
        fades_at=instant(knot.fades_at),
        closed_at=None if knot.closed_at is None else instant(knot.closed_at),
        closed_by=None if by is None else EventRef(by.source, by.id),
        evidence=[
            Evidence(
                type=event.type,
                time=event.time,
                subject=event.subject,
                source=event.source,
                id=event.id,
                label=speaker.event(event),
            )
            for event in knot.evidence
        ],
    )


def happened(happening: Happening, speaker: Speaker) -> Happened:
    """An event as the timeline answers it; its data exactly as it was published."""
    event = happening.event
    return Happened(
        type=event.type,
        known=event.data is not None,
        time=event.time,
        subject=event.subject,
        source=event.source,
        id=event.id,
        label=speaker.event(event),
        retracted=happening.retracted,
        contested=happening.contested,
        data=_published.decode(event.body).data,
    )


def _line(line: Contribution, speaker: Speaker) -> Line:
    about = line.about
    return Line(
        kind=_kind(about),
        label=speaker.subject(about),
        type=about.events[0].type if about.matter is None and not about.knots else None,
        matter_id=about.matter_id,
        state=about.state,
        at=instant(line.signal.at),
        dimension=line.dimension,
        breach=line.signal.breach,
        points=line.points,
        events=[EventRef(event.source, event.id) for event in about.events],
    )


def _grouped(group: Group, places: Mapping[int, int], speaker: Speaker) -> Grouped:
    return Grouped(
        kind=group.kind,
        name=group.name,
        label=speaker.group(group),
        points=group.points,
        lines=[places[id(line)] for line in group.lines],
    )


def _kind(about: Subject) -> str:
    if about.knots:
        return "knot"
    return "event" if about.matter is None else type(about.matter).__name__.lower()


def _owed(about: Subject, speaker: Speaker) -> Owed:
    assert about.matter_id is not None  # noqa: S101 - only matters are owed
    assert about.state is not None  # noqa: S101
    return Owed(kind=_kind(about), label=speaker.subject(about), matter_id=about.matter_id, state=about.state)


def _set_aside(one: SetAside, speaker: Speaker) -> answers.SetAside:
    because = [event for event in (one.retracted_by, one.contested_by) if event is not None]
    return answers.SetAside(
        type=one.event.type,
        time=one.event.time,
        source=one.event.source,
        id=one.event.id,
        label=speaker.event(one.event),
        retracted=one.retracted_by is not None,
        contested=one.contested_by is not None,
        because=[EventRef(event.source, event.id) for event in because],
    )


def _proposal(remedy: Remedy, speaker: Speaker) -> Proposal:
    return Proposal(
        mending=remedy.mending,
        label=speaker.remedy(remedy),
        type=type_of(remedy.data),
        matter_id=remedy.about.matter_id or "",
        points=remedy.points,
    )
