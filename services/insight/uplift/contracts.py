"""What the routes of uplift say of themselves in OpenAPI, beyond their signatures."""

from datetime import UTC, datetime
from typing import Any

from services.insight.uplift.answers import Compared, HeldOut, HeldOutPage, Helped, Uplift
from services.insight.uplift.table import HEADER, lines
from services.insight.uplift.words import LIMITS
from services.runtime.openapi import answer, link

_AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
_MEASURED = datetime(2026, 4, 4, 18, tzinfo=UTC)

UPLIFT: dict[str, Any] = {
    "example": Uplift(
        taken_at=_MEASURED,
        harm_points=10.0,
        triggers=[
            Helped(
                trigger="silence",
                strategy="2026-12",
                horizon_days=30.0,
                given=412,
                held_out=98,
                given_waiting=51,
                held_out_waiting=12,
                outcomes=[
                    Compared(
                        outcome="health",
                        given=1.4,
                        held_out=-0.9,
                        difference=2.3,
                        low=0.6,
                        high=4.0,
                        shown=True,
                        worth=3.0,
                        more=0,
                        says="Health is higher with a prompt, by 2.3 points (95% interval: +0.6 to +4.0).",
                    )
                ],
            )
        ],
        limits=list(LIMITS["en"]),
    )
}

HELD_OUT: dict[str, Any] = {
    "example": HeldOutPage(
        held_out=[
            HeldOut(
                customer="anna",
                prompt_id="9f2c61d0a4b7e835c1f06d2a",
                trigger="silence",
                strategy="2026-12",
                cause_at=_AT,
                measured_at=_MEASURED,
            )
        ],
        next_page_token=None,
    ),
    "headers": link(),
}

FILE: dict[str, Any] = {
    "responses": {
        "200": answer(
            "A file that is sent as it is read. Where it breaks off, so does the connection.",
            {"type": "string"},
            HEADER
            + lines(
                [
                    {
                        "customer": "anna",
                        "prompt_id": "9f2c61d0a4b7e835c1f06d2a",
                        "trigger": "silence",
                        "strategy": "2026-12",
                        "arm": "held_out",
                        "counts": True,
                        "state": "withheld",
                        "reaction": None,
                        "cause_at": _AT,
                        "measured_at": _MEASURED,
                        "horizon": 2_592_000.0,
                        "health_then": 61.2,
                        "health_since": 58.4,
                        "complaints": 0,
                        "renewals": 1,
                    }
                ]
            ),
            "text/csv",
        )
    }
}
