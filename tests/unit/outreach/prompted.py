"""A few words to tell of prompts with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from events import Data, Event, make
from projections.causes import Cause
from projections.outreach.prompts import Episode, Prompt
from projections.triggers import Due, Fact

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)
"""A Wednesday; it is noon in Paris."""


def days(number: float) -> datetime:
    """So many days after noon, or before."""
    return NOON + timedelta(days=number)


def told(data: Data, at: float, name: str = "") -> Event:
    """An event of so many days after noon."""
    return make(data, subject="ann", source="/crm", id=name or f"{type(data).__name__}{at}", time=days(at))


def fact(name: str) -> Fact:
    """Something that a prompt may state."""
    return Fact("told_again", {"reason": name}, "/crm", name, NOON)


def cause(trigger: str = "praised", episode: str = "e", at: float = 0) -> Cause:
    """A cause of ann's."""
    return Cause("ann", trigger, episode, days(at), "/crm", episode, None)


def due(episode: str = "e", at: float = 0, **more: Any) -> Due:
    """A decision that a prompt is due."""
    said: dict[str, Any] = {"priority": 40, "minutes": 5, "facts": [], "subjects": ("ann",), **more}
    return Due(prompt_id=f"id-{episode}", episode=episode, at=days(at), why=fact(episode), **said)


def prompt(state: str, at: float, **more: Any) -> Prompt:
    """A prompt of so many days after noon."""
    given = None if state in ("held", "withheld") else days(at)
    said: dict[str, Any] = {
        "customer": "ann",
        "prompt_id": f"p{at}",
        "trigger": "praised",
        "reason": more.get("trigger", "praised"),
        "episode": f"p{at}",
        "episodes": [Episode(f"p{at}", f"p{at}", cause(episode=f"p{at}", at=at))],
        "withheld": "cap" if state == "withheld" else None,
        "cause_at": days(at),
        "prompted_at": days(at),
        "priority": 40,
        "minutes": 5,
        "owed": False,
        "actions": 0,
        "delivered_at": given,
        "closed_at": days(at) if state in ("done", "declined", "expired", "withheld") else None,
        "changed_at": days(at),
        **more,
    }
    return Prompt(state=state, **said)  # type: ignore[arg-type]
