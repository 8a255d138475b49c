"""What a run came to: as tables for people, and as a line for programs."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from services.runtime.kafka import MACHINE
from tests.chaos.run import Outcome, Run

_SHOWN = 20
"""The most violations that are told one by one."""


def show(console: Console, outcome: Outcome) -> None:
    """Tells people."""
    console.print(_became(outcome))
    console.print(_faults(outcome))
    for words, number in outcome.ends.most_common():
        console.print(f"Ended by itself, {number} times: {words}", markup=False, highlight=False)
    for violation in outcome.violations[:_SHOWN]:
        console.print(f"VIOLATION: {violation}", markup=False, highlight=False, style="red")
    if len(outcome.violations) > _SHOWN:
        console.print(f"… and {len(outcome.violations) - _SHOWN:,} more.")


def summary(run: Run, outcome: Outcome, took: float) -> dict[str, object]:
    """Tells programs; `took` is the whole of it, in seconds."""
    kinds = Counter(one.kind for one in outcome.violations)
    record, found = outcome.record, outcome.found
    return {
        "seed": run.seed,
        "minutes": run.seconds / 60,
        "rate": run.rate,
        "sent": len(record.sent),
        "acknowledged": record.acknowledged,
        "repeated": record.repeated,
        "journalled": len(found.journal),
        "faults": len(outcome.faults),
        "prompts": len(found.prompts),
        "actions": sum(one.acknowledged for one in record.actions),
        "customers": len(found.relationships),
        "announcements": len(found.announced),
        "lost": kinds["lost"],
        "doubled": kinds["doubled"],
        "wrong_readings": kinds["reading"] + kinds["verify"],
        "doubled_prompts": kinds["prompt doubled"],
        "missing_prompts": kinds["prompt missing"],
        "violations": dict(kinds),
        "late": outcome.late,
        "ended_by_themselves": sum(outcome.ends.values()),
        "had_to_be_killed": outcome.unwilling,
        "quiet_after_s": round(outcome.quiet_after, 1),
        "took_s": round(took, 1),
    }


def _became(outcome: Outcome) -> Table:
    record, found = outcome.record, outcome.found
    sure = {name for name, sent in record.sent.items() if sent.acknowledged}
    there = {(row.subject, row.source, row.id) for row in found.journal}
    perhaps = record.sent.keys() - sure
    kinds = Counter(one.kind for one in outcome.violations)
    return _table(
        "What became of everything",
        {
            "events sent": len(record.sent),
            "  of these, acknowledged": len(sure),
            "  acknowledged and lost": kinds["lost"],
            "  never acknowledged, and kept all the same": len(perhaps & there),
            "  never acknowledged, and not kept": len(perhaps - there),
            "sent again, as publishers are told to": record.repeated,
            "in the journal, what services said included": len(found.journal),
            "  more than once": kinds["doubled"],
            "  otherwise than they were sent, or by nobody": kinds["strange"],
            "dead letters, and what stuck in the outbox": kinds["refused"],
            "customers whose reading was asked for": len(found.relationships),
            "  readings, promises or persons that are wrong": kinds["reading"] + kinds["verify"],
            "announcements": len(found.announced),
            "  that mislead": kinds["announcement"],
            "prompts given": sum(one.withheld is None for one in found.prompts),
            "prompts withheld": sum(one.withheld is not None for one in found.prompts),
            "  missing": kinds["prompt missing"],
            "  doubled": kinds["prompt doubled"],
            "  without a reason": kinds["prompt without reason"],
            "prompts for machines": len({one.prompt_id for one in found.handed if one.topic == MACHINE}),
            "deadlines that wait": len(found.deadlines),
            "  missing, or of nothing": kinds["deadline"],
            "thanks that agents never heard, or too often": kinds["thanks"],
            "what agents did": sum(one.acknowledged for one in record.actions),
            "  and never heard of": sum(not one.acknowledged and not one.refused for one in record.actions),
            "  that is not there once": kinds["action"],
        },
    )


def _faults(outcome: Outcome) -> Table:
    times = Counter(f"{one.target} {one.kind}" for one in outcome.faults)
    return _table("Faults", dict(sorted(times.items())))


def _table(title: str, rows: dict[str, int]) -> Table:
    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for what, number in rows.items():
        table.add_row(what, f"{number:,}")
    return table
