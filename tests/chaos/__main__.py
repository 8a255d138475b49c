"""`python -m tests.chaos [--minutes N] [--seed N]`: everything goes wrong, and then the books are read."""

import argparse
import asyncio
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from tests.chaos.run import Outcome, Run
from tests.chaos.schedule import Fault
from tests.kafka.server import kafka_unavailable

_INTERRUPTED = 130
_SHOWN = 20
"""The most violations that are told one by one."""
_SAY_EVERY = 30.0
"""Seconds between lines of progress, where there is no terminal to draw on."""

_EPILOG = """examples:
  make chaos                                     one minute
  make chaos ARGS="--minutes 20 --seed 7"        twenty, and other faults and another load
  make chaos ARGS="--seed 7 --folder /tmp/look"  keeps logs, database and topics to look at

Faults and load follow from the seed alone. What meets what does not: no machine runs twice in the same time.
"""


async def _chaos(console: Console, options: argparse.Namespace, folder: Path) -> int:
    # Whoever asks us to end is obeyed in good order, as after Ctrl-C.
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    seconds = options.minutes * 60
    console.print(f"Seed {options.seed}, {options.minutes:g} minutes, {options.rate:g} events per second.")
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[counts]}"), console=console
    ) as progress:
        task = progress.add_task("starting", total=seconds, counts="")
        said_at = time.monotonic()

        def watch(run: Run) -> None:
            nonlocal said_at
            elapsed = 0.0 if run.stage == "starting" else time.monotonic() - run.began
            counts = (
                f"{elapsed:.0f} s: {run.record.acknowledged:,} acknowledged, {run.counts.journalled:,} "
                f"journalled, {len(run.faults)} faults, {run.counts.prompts:,} prompts"
            )
            progress.update(task, description=run.stage, completed=min(elapsed, seconds), counts=counts)
            if not console.is_terminal and time.monotonic() - said_at > _SAY_EVERY:
                said_at = time.monotonic()
                console.print(f"{run.stage}, {counts}", highlight=False)

        def tell(at: float, fault: Fault) -> None:
            console.print(f"{at:8.1f} s  {fault} (planned at {fault.at:.1f} s)", highlight=False)

        run = Run(seed=options.seed, seconds=seconds, rate=options.rate, watch=watch, tell=tell)
        began = time.monotonic()
        outcome = await run.run(folder)
    _show(console, outcome)
    for violation in outcome.violations[:_SHOWN]:
        console.print(f"VIOLATION: {violation}", markup=False, highlight=False, style="red")
    if len(outcome.violations) > _SHOWN:
        console.print(f"… and {len(outcome.violations) - _SHOWN} more.")
    print(json.dumps(_summary(options, outcome, time.monotonic() - began)))
    return 1 if outcome.violations else 0


def _summary(options: argparse.Namespace, outcome: Outcome, took: float) -> dict[str, object]:
    """What a run came to, as its last line has it."""
    kinds = Counter(one.kind for one in outcome.violations)
    record, found = outcome.record, outcome.found
    return {
        "seed": options.seed,
        "minutes": options.minutes,
        "rate": options.rate,
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


def _show(console: Console, outcome: Outcome) -> None:
    record, found = outcome.record, outcome.found
    sure = {name for name, sent in record.sent.items() if sent.acknowledged}
    there = {(row.subject, row.source, row.id) for row in found.journal}
    perhaps = record.sent.keys() - sure
    kinds = Counter(one.kind for one in outcome.violations)
    table = Table(title="What became of everything", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for what, number in (
        ("events sent", len(record.sent)),
        ("  of these, acknowledged", len(sure)),
        ("  acknowledged and lost", kinds["lost"]),
        ("  never acknowledged, and kept all the same", len(perhaps & there)),
        ("  never acknowledged, and not kept", len(perhaps - there)),
        ("sent again, by publishers who do as they are told", record.repeated),
        ("in the journal, what services said included", len(found.journal)),
        ("  more than once", kinds["doubled"]),
        ("customers whose reading was asked for", len(found.relationships)),
        ("  wrong", kinds["reading"] + kinds["verify"]),
        ("announcements", len(found.announced)),
        ("  wrong", kinds["announcement"]),
        ("prompts given", sum(one.withheld is None for one in found.prompts)),
        ("prompts withheld", sum(one.withheld is not None for one in found.prompts)),
        ("  missing", kinds["prompt missing"]),
        ("  doubled", kinds["prompt doubled"]),
        ("  without a reason", kinds["prompt without reason"]),
        ("things that agents did", sum(one.acknowledged for one in record.actions)),
        ("  without an answer", sum(not one.acknowledged and not one.refused for one in record.actions)),
        ("  wrong", kinds["action"]),
    ):
        table.add_row(what, f"{number:,}")
    console.print(table)
    faults = Table(title="Faults", show_header=False)
    faults.add_column()
    faults.add_column(justify="right")
    for kind, number in sorted(Counter(f"{one.target} {one.kind}" for one in outcome.faults).items()):
        faults.add_row(kind, str(number))
    console.print(faults)
    for words, number in outcome.ends.most_common():
        console.print(f"Ended by itself, {number} times: {words}", markup=False, highlight=False)


def main() -> int:
    """Runs it; 1 where something must not be as it is."""
    parser = argparse.ArgumentParser(
        prog="make chaos",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="for how long things go wrong")
    parser.add_argument("--seed", type=int, default=1, help="faults and load follow from it")
    parser.add_argument("--rate", type=float, default=200.0, help="events per second")
    parser.add_argument("--folder", type=Path, help="where everything is kept, and stays")
    options = parser.parse_args()
    reason = kafka_unavailable()
    if os.environ.get("EGARD_TEST_KAFKA"):
        reason = "Chaos kills its broker: it needs one of its own, and not that of EGARD_TEST_KAFKA."
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    # The libraries of the load tell of every broken connection; that is what is wanted here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="egard-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_chaos(Console(), options, folder))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted; nothing was compared.", file=sys.stderr)
        return _INTERRUPTED
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
