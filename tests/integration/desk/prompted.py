"""Prompts as outreach gives them, put straight into the table."""

import msgspec

from services.runtime.database import Pool

_WHY = {
    "template": "retold",
    "parameters": {"reason": "the bill", "tellings": 3},
    "source": "s",
    "id": "i",
    "at": "2026-01-05T08:00:00Z",
}

_PROMPT = """
    insert into prompts (
        customer, prompt_id, trigger, episode, state, cause_at, prompted_at, delivered_at,
        priority, minutes, strategy, facts, matter_id, gesture, by, reason
    )
    values (
        $1, $1, 'retold', 'e', 'open', now(), now(), now(), 70, 15, 'v', $2::jsonb, $3, $4, $5, 'retelling'
    )
"""


async def prompted(
    pool: Pool, name: str = "anna", *, matter: str | None = None, gesture: float = 0.0, by: str = "human"
) -> str:
    """An open prompt about a customer of the same name."""
    facts = msgspec.json.encode({"why": _WHY, "facts": []}).decode()
    await pool.execute(_PROMPT, name, facts, matter, gesture, by)
    return name
