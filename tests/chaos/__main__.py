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
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tests.chaos.report import show, summary
from tests.chaos.run import Run
from tests.chaos.schedule import Fault
from tests.kafka.server import kafka_unavailable

_INTERRUPTED = 130
_SAY_EVERY = 30.0
"""Seconds between lines of progress, where there is no terminal to draw on."""

_EPILOG = """examples:
  make chaos                                     one minute
  make chaos ARGS="--minutes 20 --seed 7"        twenty, with other faults and another load
  make chaos ARGS="--seed 7 --folder /tmp/look"  keeps logs, database and topics to look at

Faults and load follow from the seed alone. What exactly meets what does not: no machine runs twice in the
same time. It exits with 1 where something is not as it must be, and keeps what there is to look at.
"""


async def _chaos(console: Console, options: argparse.Namespace, folder: Path) -> bool:
    """Runs it, tells of it, and returns whether all is as it must be."""
    # Whoever asks us to end is obeyed in good order, as after Ctrl-C.
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    seconds, began = options.minutes * 60, time.monotonic()
    console.print(
        f"Seed {options.seed}, {options.minutes:g} minutes, {options.rate:g} events per second. "
        "Faults and load follow from the seed; what exactly meets what does not."
    )
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[counts]}"))
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("starting", total=seconds, counts="")
        said_at = began

        def watch(run: Run) -> None:
            nonlocal said_at
            elapsed = time.monotonic() - run.began
            counts = (
                f"{elapsed:.0f} s: {run.record.acknowledged:,} acknowledged, {run.counts.journalled:,} "
                f"journalled, {len(run.faults)} faults, {run.counts.prompts:,} prompts"
            )
            progress.update(task, description=run.stage, completed=min(elapsed, seconds), counts=counts)
            if not console.is_terminal and time.monotonic() - said_at > _SAY_EVERY:
                said_at = time.monotonic()
                print(f"{run.stage}, {counts}", flush=True)

        def tell(at: float, fault: Fault) -> None:
            console.print(f"{at:8.1f} s  {fault} (planned at {fault.at:.1f} s)", highlight=False)

        run = Run(seed=options.seed, seconds=seconds, rate=options.rate, watch=watch, tell=tell)
        outcome = await run.run(folder)
    show(console, outcome)
    if outcome.violations:
        console.print(f"Logs, database and topics are in {folder}.", highlight=False)
    print(json.dumps(summary(run, outcome, time.monotonic() - began)))
    return not outcome.violations


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make chaos",
        description="All is killed, frozen, cut off and restarted under load; then the books are read.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="for how long things go wrong")
    parser.add_argument("--seed", type=int, default=1, help="faults and load follow from it")
    parser.add_argument("--rate", type=float, default=200.0, help="events per second")
    parser.add_argument("--folder", type=Path, help="where everything is kept, and stays; empty or missing")
    return parser.parse_args()


def _obstacle(options: argparse.Namespace) -> str | None:
    """Why it cannot be done here."""
    if os.environ.get("EGARD_TEST_KAFKA"):
        return "Chaos kills its broker: it needs one of its own, and not that of EGARD_TEST_KAFKA."
    if options.minutes <= 0 or options.rate <= 0:
        return "--minutes and --rate are more than nothing."
    if options.folder is not None and options.folder.exists() and any(options.folder.iterdir()):
        return f"{options.folder} is not empty; name a folder that is, or none."
    return kafka_unavailable()


def main() -> int:
    """Runs it; 1 where something must not be as it is."""
    options = _options()
    obstacle = _obstacle(options)
    if obstacle is not None:
        print(obstacle, file=sys.stderr)
        return 2
    # The libraries of the load tell of every broken connection; that is what is wanted here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="egard-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = 0 if runner.run(_chaos(Console(), options, folder)) else 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Interrupted; nothing was compared.", file=sys.stderr)
        code = _INTERRUPTED
    if options.folder is None and code != 1:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
