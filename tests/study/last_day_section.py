"""Prompts from the service desk: none from its years, and ten from its last days, for a reader to judge."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.study.last_day import LastDays, last_days

WANTED = 10
"""So many prompts are printed."""

MORE_DAYS = 4
"""Where the last day gives fewer, so many days are played."""


def section() -> str:
    """The section of docs/study.md. Raises `AbsentError` where the data is not here."""
    day = asyncio.run(last_days(1))
    days = day if len(day.prompts) >= WANTED else asyncio.run(last_days(MORE_DAYS))
    return "\n".join([*_head(day, days), *_shown(_chosen(days.prompts))])


def _head(day: LastDays, days: LastDays) -> Iterator[str]:
    yield "## 5. Prompts from the service desk, for a reader to judge"
    yield ""
    yield "Fourteen years of an open-source service desk are imported as they were, through the gateway and every service,"
    yield "by the shipped strategy (quiet hours taken out, so that the hour of the run does not matter). Then the last day is"
    yield "published with `--shift-to now`."
    yield ""
    stale = ", ".join(f"{count:,} of `{trigger}`" for trigger, count in day.withheld.items())
    yield (
        f"The years, {day.history:,} events in the journal: **{day.given_of_history} prompts**. What they were reason "
        f"for is withheld as stale, and can be seen: {stale or 'nothing'}."
    )
    yield ""
    yield f"The last day: {len(day.prompts)} prompts ({_counted(day.prompts)})."
    if days is not day:
        yield (
            f"So that there are ten to print, the same is done with the last {MORE_DAYS} days: "
            f"{days.given_of_history} prompts from the years before, {len(days.prompts)} from these days "
            f"({_counted(days.prompts)})."
        )
    yield ""
    yield "Ten of them, of each kind the most urgent first, as the desk shows them. People are hashes in this file; it has"
    yield "no words of theirs, no promises and no shifts, so briefs can only tell what happened, and everybody is free."
    yield ""


def _counted(prompts: Sequence[dict[str, Any]]) -> str:
    counts: dict[str, int] = defaultdict(int)
    for prompt in prompts:
        counts[prompt["trigger"]] += 1
    return ", ".join(f"{count} `{trigger}`" for trigger, count in sorted(counts.items()))


def _chosen(prompts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some of each kind in turn, until there are enough."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for prompt in sorted(prompts, key=lambda one: (-one["priority"], one["cause_at"], one["customer"])):
        kinds[prompt["trigger"]].append(prompt)
    found: list[dict[str, Any]] = []
    while len(found) < WANTED and any(kinds.values()):
        found += [some.pop(0) for some in kinds.values() if some]
    return found[:WANTED]


def _shown(prompts: Sequence[dict[str, Any]]) -> Iterator[str]:
    for number, prompt in enumerate(prompts, 1):
        yield f"**{number}. {prompt['why']}** `{prompt['trigger']}`, {prompt['minutes']:g} min, {prompt['customer']}"
        yield ""
        brief = prompt["brief"] or {}
        named = (("What we know", prompt["facts"]), ("So far", brief.get("story", ())))
        for name, facts in (
            *named,
            ("How it felt", brief.get("felt", ())),
            ("To begin with", brief.get("openings", ())),
        ):
            said = list(dict.fromkeys(fact["text"] for fact in facts if fact["text"] != prompt["why"]))
            if said:
                yield f"- {name}: {' '.join(said)}"
        yield ""
