"""What the desk's routes say of themselves in OpenAPI, beyond their signatures."""

from datetime import UTC, datetime
from typing import Any, get_args

from services.desk.answers import Brief, By, Fact, Owed, Prompt, PromptList, State
from services.runtime.openapi import answer, body_of, problems, said


def _fact(text: str, name: str) -> Fact:
    return Fact(text=text, source="/my/shop", id=name, at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


_WHY = "We promised “call back about the parcel” by Wed 4 Mar 18:00; it is late, and still to be done."

_PROMPT = Prompt(
    id="promise_overdue-4f1c",
    customer="anna",
    aliases=["visitor:7f3a"],
    trigger="promise_overdue",
    by="human",
    state="open",
    priority=80,
    minutes=10,
    prompted_at=datetime(2026, 3, 4, 17, 0, 1, tzinfo=UTC),
    cause_at=datetime(2026, 3, 4, 17, tzinfo=UTC),
    agent_id=None,
    lease_until=None,
    offered_to="ben",
    offered_until=datetime(2026, 3, 4, 18, 0, 1, tzinfo=UTC),
    offered_why="known",
    snoozed_until=None,
    snoozed_for=None,
    withheld=None,
    decline_reason=None,
    minutes_spent=None,
    why=_WHY,
    facts=[
        Fact(
            text=_WHY,
            source="/my/shop",
            id="event-1",
            at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        )
    ],
    brief=Brief(
        story=[_fact("They were handed on to somebody else.", "event-0")],
        told=[_fact("allergy: nuts.", "event-7")],
        promises=[
            Owed(
                text="“call back about the parcel”, by Wed 4 Mar 18:00.",
                source="/my/shop",
                id="event-1",
                at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
                promise_id="promise-1",
                what="call back about the parcel",
                due=datetime(2026, 3, 4, 17, tzinfo=UTC),
            )
        ],
        wishes=[_fact("They want to be answered by a person.", "event-3")],
        felt=[_fact("They praised us.", "event-4")],
        openings=[
            _fact(
                "We promised you “call back about the parcel”, and we are late. Let me put that right.",
                "event-1",
            )
        ],
    ),
    latitude=(
        "What you say and do is yours to decide. Declining or taking another time is fine, and helps these "
        "prompts get better. You may spend up to 20 on a gesture without asking anybody."
    ),
    gesture_left=20,
    customer_url="https://crm.example.org/anna",
)

STATE_SCHEMA = said(
    type="array", items={"type": "string", "enum": [*get_args(State)]}, default=["open", "claimed"]
)

BY_SCHEMA = said(type="string", enum=[*get_args(By)], default="human")

LIST: dict[str, Any] = {"example": PromptList([_PROMPT])}

_PROMPT_ID = {
    "in": "path",
    "name": "prompt_id",
    "description": "The prompt's `id`.",
    "example": _PROMPT.id,
}

ONE: dict[str, Any] = {"parameters": [_PROMPT_ID], "example": _PROMPT, "responses": problems(404)}

STREAM: dict[str, Any] = {
    "responses": {
        "200": answer(
            "Server-sent events named `prompt`; the data of each is one prompt, as it stands after a change. "
            "Comments keep the connection open.",
            {"type": "string"},
            'event: prompt\ndata: {"id":"promise_overdue-4f1c","state":"claimed"}\n\n',
            "text/event-stream",
        )
    }
}


def action(kind: Any, **example: Any) -> dict[str, Any]:
    """What an action on a prompt takes and answers."""
    return {
        "parameters": [_PROMPT_ID],
        "requestBody": body_of(kind, {"agent_id": "lea", **example}),
        "example": _PROMPT,
        "responses": problems(404, 409),
    }
