"""Prompts from the service desk: none from its years, ten from its last days, for a reader to judge."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.study.last_day import Day, played

WANTED = 10
"""So many prompts are printed."""

MOST_DAYS = 5
"""Where the last day gives fewer, days before it are played, but no more than these."""


def section() -> str:
    """The section of docs/study.md. Raises `AbsentError` where the data is not here."""
    days: list[Day] = []
    while len(days) < MOST_DAYS and sum(len(day.prompts) for day in days) < WANTED:
        days.append(asyncio.run(played(len(days))))
    prompts = [prompt for day in days for prompt in day.prompts]
    return "\n".join([*_head(days), *_shown(_chosen(prompts))])


def _head(days: Sequence[Day]) -> Iterator[str]:
    last = days[0]
    yield "## 5. Prompts from the service desk, for a reader to judge"
    yield ""
    yield "Fourteen years of an open-source service desk are imported as they were, through the gateway and every"
    yield "service, by the shipped strategy (quiet hours taken out, so that the hour of the run does not matter). Then"
    yield "the last day is published with `--shift-to now`."
    yield ""
    stale = ", ".join(f"{count:,} of `{trigger}`" for trigger, count in last.withheld.items())
    yield (
        f"The years, {last.history:,} events in the journal: **{last.given_of_history} prompts**. What they were "
        f"reason for is withheld as stale, and can be seen: {stale or 'nothing'}."
    )
    yield ""
    yield f"The last day: {len(last.prompts)} prompts ({_counted(last.prompts)})."
    if len(days) > 1:
        more = "; ".join(f"{len(day.prompts)} ({_counted(day.prompts)})" for day in days[1:])
        years = ", ".join(str(day.given_of_history) for day in days[1:])
        yield (
            "So that there are ten to print, days before it are played in the same way, each as if it were today, "
            f"after the years before it: {more}. From the years before, each time: {years}."
        )
    yield ""
    yield "Of each kind the most urgent first, as the desk shows them. People are hashes in this file; it has no words"
    yield "of theirs, no promises and no shifts, so briefs can only tell what happened, and everybody is free."
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
