"""What the routes of the team say of themselves in OpenAPI, beyond their signatures."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.insight.team.answers import Skill, TeamLoad, Undone, UndonePage, Waiting, Week
from services.runtime.openapi import link

_AT = datetime(2026, 3, 4, 10, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 1, 23, tzinfo=UTC)
_NOTHING = Waiting(prompts=0, minutes=0.0)

LOAD: dict[str, Any] = {
    "example": TeamLoad(
        taken_at=_AT,
        tells_of_shifts=True,
        people=4,
        minutes=960.0,
        minutes_taken=310.0,
        minutes_left=650.0,
        unoffered=Waiting(prompts=2, minutes=40.0),
        offered=Waiting(prompts=5, minutes=60.0),
        claimed=Waiting(prompts=3, minutes=45.0),
        snoozed=Waiting(prompts=1, minutes=10.0),
        held=Waiting(prompts=7, minutes=95.0),
        machine=_NOTHING,
        waiting_since=_AT - timedelta(minutes=25),
        skills=[Skill(skill="bills", waiting=Waiting(prompts=2, minutes=40.0), people=0, minutes_left=0.0)],
        week=Week(begins=_MONDAY, ends=_MONDAY + timedelta(days=7), minutes=2400.0, used=870.0),
    )
}
UNDONE: dict[str, Any] = {
    "example": UndonePage(
        taken_at=_AT,
        days=30,
        prompts=1,
        minutes=20.0,
        expected_loss=3.4,
        undone=[
            Undone(
                customer="anna",
                prompt_id="77b0c3f2a1",
                trigger="knot_opened",
                cause_at=_AT - timedelta(days=2),
                minutes=20.0,
                held_until=None,
                expected_loss=3.4,
                loss_source="reason",
            )
        ],
        next_page_token=None,
    ),
    "headers": link(),
}
