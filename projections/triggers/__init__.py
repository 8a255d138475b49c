"""Whether a cause is reason enough to prompt somebody: pure functions of a customer's history and an instant.

A history may be that of several subjects who are one person: what was told to one was told to all of them.
"""

from projections.triggers.deciding import decide, reason_of, trigger_of
from projections.triggers.decision import Decision, Due, Fact, Stale, prompt_id
from projections.triggers.known import Known
from projections.triggers.templates import TEMPLATES

__all__ = [
    "TEMPLATES",
    "Decision",
    "Due",
    "Fact",
    "Known",
    "Stale",
    "decide",
    "prompt_id",
    "reason_of",
    "trigger_of",
]
