"""What the routes of ledgers say of themselves in OpenAPI, beyond their signatures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.insight import contracts
from services.insight.ledgers.answers import (
    Awaiting,
    Pledged,
    PromisePage,
    Recognised,
    RecognitionLedger,
    RecognitionPage,
    Retelling,
    Tellings,
    Thread,
    ToldAgain,
    ToldPage,
    Waits,
    WaitsPage,
)
from services.runtime.openapi import link, said

_AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_PERSON: dict[str, Any] = {
    "customer": "anna",
    "canonical": "anna",
    "aliases": ["visitor:7f3a"],
    "taken_at": _AT,
}


def words(*known: str, **more: Any) -> dict[str, Any]:
    """A parameter that is one of some words."""
    return said(type="string", enum=[*known], **more)


def _page(example: msgspec.Struct) -> dict[str, Any]:
    return {"example": example, "headers": link()}


_AWAITING = Awaiting(
    customer="anna",
    contact_id="call-1",
    channel="phone",
    reason="the parcel",
    case_id="T-100",
    since=_MONDAY,
    waited_s=93_600.0,
    expected_s=90.0,
    missed="rang_out",
    given_up=False,
)
_RECOGNISED = Recognised(
    customer="anna",
    kind="overlooked",
    what="asked_known_fact",
    at=_MONDAY,
    source="/my/shop",
    id="event-1",
)

TELLINGS = contracts.of_customer(
    Tellings(
        **_PERSON,
        threads=[
            Thread(
                case_id="T-100",
                reason="the parcel",
                tellings=2,
                suspected=1,
                first_at=_MONDAY,
                last_at=_AT,
                again=[
                    Retelling(
                        at=_MONDAY + timedelta(days=1),
                        subject="anna",
                        contact_id="call-2",
                        suspected=True,
                        source="/my/shop",
                        id="event-2",
                    ),
                    Retelling(
                        at=_AT,
                        subject="anna",
                        contact_id="call-3",
                        suspected=False,
                        source="/my/shop",
                        id="event-3",
                    ),
                ],
            )
        ],
    )
)
WAITING = contracts.of_customer(Waits(**_PERSON, contacts=[_AWAITING]))
RECOGNITION = contracts.of_customer(
    RecognitionLedger(
        **_PERSON,
        remembered=0,
        overlooked=1,
        overlooked_how={"asked_known_fact": 1},
        times=[_RECOGNISED],
    )
)

ALL_PROMISES = _page(
    PromisePage(
        taken_at=_AT,
        promises=[
            Pledged(
                customer="anna",
                promise_id="promise-1",
                state="open",
                what="call back about the parcel",
                due=_AT + timedelta(hours=2),
                first_due=_AT + timedelta(hours=2),
                made_at=_MONDAY,
                renegotiated_at=None,
                ended_at=None,
                to="customer",
            )
        ],
        next_page_token=None,
    )
)
ALL_TELLINGS = _page(
    ToldPage(
        told=[
            ToldAgain(
                customer="anna",
                case_id="T-100",
                reason="the parcel",
                telling=2,
                suspected=False,
                at=_AT,
                contact_id="call-3",
            )
        ],
        next_page_token=None,
    )
)
ALL_WAITING = _page(WaitsPage(taken_at=_AT, contacts=[_AWAITING], next_page_token=None))
ALL_RECOGNITION = _page(RecognitionPage(times=[_RECOGNISED], next_page_token=None))
