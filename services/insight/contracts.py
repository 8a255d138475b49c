"""What insight's routes say of themselves in OpenAPI, beyond their signatures."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec

from projections.agreement import Bucket, Calibration, calibration
from projections.bands import Band
from projections.reading import Reading
from services.insight.answers import (
    Announced,
    Announcements,
    Curve,
    CurvePoint,
    EventRef,
    Evidence,
    Explained,
    Grouped,
    Happened,
    Judged,
    Knots,
    Ledger,
    Line,
    Listed,
    Listing,
    Promised,
    Proposal,
    Relationship,
    Silence,
    Tied,
    Timeline,
)
from services.insight.views import AllViews, View, Views
from services.runtime.openapi import link, problems, said

_AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_STRATEGY = "2026-11"
_SCORES: dict[str, Any] = {
    "health": 61.2,
    "recognition": 64.0,
    "responsiveness": 58.4,
    "confidence": 0.41,
    "trend": -1.5,
    "band": "steady",
    "read_band": "steady",
    "known": True,
    "strategy": _STRATEGY,
    "revision": 12,
}
_PERSON: dict[str, Any] = {"canonical": "anna", "aliases": ["visitor:7f3a"]}


def whole(least: int, most: int, default: int) -> dict[str, Any]:
    """A parameter that is a whole number."""
    return said(type="integer", minimum=least, maximum=most, default=default)


INSTANT = said(type="string", format="date-time", examples=["2026-03-04T18:00:00Z"])
SHARE = said(type="number", minimum=0, maximum=1, default=0)
TRUTH = said(type="boolean", default=False)
BANDS = said(type="array", items={"type": "string", "enum": [*get_args(Band)]})

_CUSTOMER = {
    "in": "path",
    "name": "customer",
    "description": "The customer's id, percent-encoded, slashes and all.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 256},
    "example": "anna",
}


def _reading(**numbers: float) -> Reading:
    return Reading(**numbers, confidence=0.41, band="steady")


def of_customer(example: object, **more: Any) -> dict[str, Any]:
    """The operation of a route of one customer, with an example of what it answers."""
    return {"parameters": [_CUSTOMER], "example": example, "responses": problems(404), **more}


RELATIONSHIP = of_customer(
    Relationship(customer="anna", **_PERSON, taken_at=_AT, events=31, judged=None, **_SCORES)
)

EXPLANATION = of_customer(
    Explained(
        customer="anna",
        **_PERSON,
        taken_at=_AT,
        strategy=_STRATEGY,
        prior=60.0,
        health=57.9,
        band="steady",
        read_band="drifting",
        judged=Judged(
            health=65.0,
            reason="She told me that the parcel came in time after all.",
            agent_id="lea",
            made_at=_MONDAY,
            until=_AT + timedelta(days=14),
        ),
        known=True,
        in_words=[
            "From 60.0 before anything is known to 57.9 now.",
            "What weighs on it most: A call was missed: nobody answered (−2.1).",
            "What would raise it most: Call back (+1.6).",
        ],
        groups=[
            Grouped(
                kind="contact",
                name="call-1",
                label="A call was missed: nobody answered.",
                points=-2.1,
                lines=[0],
            )
        ],
        contributions=[
            Line(
                kind="contact",
                label="A call was missed: nobody answered.",
                type=None,
                matter_id="call-1",
                state="missed",
                at=_MONDAY,
                dimension="responsiveness",
                breach="unanswered",
                points=-2.1,
                events=[EventRef(source="/my/shop", id="event-1")],
            )
        ],
        would_raise_most=Proposal(
            mending="call_back",
            label="Call back.",
            type="egard.contact.returned",
            matter_id="call-1",
            points=1.6,
        ),
        would_raise=[],
        silence=Silence(
            last_at=_MONDAY,
            days=2.4,
            bouts=6,
            usual_days=19.0,
            own=0.71,
            probability=0.88,
            unusual=False,
        ),
        still_owed=[],
        set_aside=[],
        knots=[],
    )
)

TIMELINE = of_customer(
    Timeline(
        customer="anna",
        **_PERSON,
        events=[
            Happened(
                type="egard.contact.missed",
                known=True,
                time=_MONDAY,
                subject="anna",
                source="/my/shop",
                id="event-1",
                label="A call was missed: nobody answered.",
                retracted=False,
                contested=False,
                data=msgspec.Raw(b'{"contact_id":"call-1","cause":"rang_out"}'),
            )
        ],
        next=None,
    ),
    headers=link(),
)

HISTORY = of_customer(
    Announcements(
        customer="anna",
        **_PERSON,
        taken_at=_AT,
        strategy=_STRATEGY,
        readings=[
            Announced(
                taken_at=_MONDAY,
                known_as="anna",
                revision=11,
                strategy=_STRATEGY,
                announced=_reading(health=64.5, recognition=64.0, responsiveness=65.0, trend=0.8),
                known_now=_reading(health=61.2, recognition=64.0, responsiveness=58.4, trend=-1.5),
                differs=True,
                late=1,
            )
        ],
        next=None,
    ),
    headers=link(),
)

PROMISES = of_customer(
    Ledger(
        customer="anna",
        **_PERSON,
        taken_at=_AT,
        states={"renegotiated": 1},
        promises=[
            Promised(
                subject="anna",
                promise_id="promise-1",
                state="renegotiated",
                what="call back about the parcel",
                due=_AT + timedelta(days=1),
                first_due=_AT,
                due_soon=True,
                made_at=_MONDAY,
                renegotiated_at=_MONDAY + timedelta(hours=1),
                ended_at=None,
                agent_id="lea",
                to="customer",
            )
        ],
    )
)

_KNOT = Tied(
    kind="retelling",
    name="Told again and again",
    label="The same reason had to be told over and over (“the parcel”)",
    exit="One person learns the whole story and takes it on, so that nothing need be told again.",
    about="the parcel",
    opened_at=_MONDAY,
    latest_at=_MONDAY,
    fades_at=_MONDAY + timedelta(days=45),
    closed_at=None,
    closed_by=None,
    evidence=[
        Evidence(
            type="egard.contact.retold",
            time=_MONDAY,
            subject="anna",
            source="/my/shop",
            id="event-2",
            label="Had to tell it all again: “the parcel”",
        )
    ],
)

KNOTS = of_customer(
    Knots(customer="anna", **_PERSON, taken_at=_AT, strategy=_STRATEGY, knots=[_KNOT]),
)

CURVE = of_customer(
    Curve(
        customer="anna",
        **_PERSON,
        taken_at=_AT,
        strategy=_STRATEGY,
        points=[
            CurvePoint(time=_MONDAY, health=63.0, confidence=0.39, band="steady"),
            CurvePoint(time=_AT, health=61.2, confidence=0.41, band="steady"),
        ],
    )
)

_CALIBRATION = Calibration(
    count=1,
    customers=1,
    enough=False,
    mean_difference=8.8,
    mean_difference_within=None,
    mean_distance=8.8,
    buckets=(Bucket(least=60.0, count=1, mean_against=61.2, mean_said=70.0),),
)

VIEWS = of_customer(
    Views(
        customer="anna",
        **_PERSON,
        taken_at=_AT,
        strategy=_STRATEGY,
        views=[
            View(
                kind="stated",
                said=70.0,
                said_at=_MONDAY,
                at=_MONDAY,
                health=61.2,
                known=True,
                stated=None,
                event=EventRef(source="/my/shop", id="event-9"),
            )
        ],
        stated=_CALIBRATION,
    )
)

ALL_VIEWS: dict[str, Any] = {
    "example": AllViews(
        strategy=_STRATEGY,
        summed_at=_AT,
        stated=_CALIBRATION,
        not_known=0,
        judged=calibration(()),
        judged_and_stated=calibration(()),
    )
}

LISTING: dict[str, Any] = {
    "example": Listing(
        relationships=[
            Listed(customer="anna", taken_at=_AT, changed_at=_MONDAY, judged_until=None, **_SCORES)
        ],
        next_page_token=None,
    ),
    "headers": link(),
}
