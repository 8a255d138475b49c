"""What the route of declines says of itself in OpenAPI, beyond its signature."""

from datetime import UTC, datetime
from typing import Any

from services.insight.declines.answers import DeclineReason, Declines, TriggerOutcomes

DECLINES: dict[str, Any] = {
    "example": Declines(
        since=datetime(2026, 1, 1, tzinfo=UTC),
        triggers=[
            TriggerOutcomes(
                trigger="milestone",
                strategy="2026-12",
                given=40,
                claimed=31,
                snoozed=4,
                declined=12,
                done=19,
                expired=8,
                under_way=1,
                reasons=[
                    DeclineReason(
                        reason="We spoke this morning.", times=3, latest=datetime(2026, 3, 4, 17, tzinfo=UTC)
                    )
                ],
            )
        ],
    )
}
