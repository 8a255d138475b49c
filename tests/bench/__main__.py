"""`python -m tests.bench [NAME…]`: tables for people, and as the last line one JSON object."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

import uvloop
from rich.console import Console

from tests.bench import deciding, gateway, latency, memory, projector, reading, rebuild
from tests.bench.figures import mistakes
from tests.kafka.server import kafka_unavailable

BENCHES = {
    "gateway": gateway.bench,
    "projector": projector.bench,
    "latency": latency.bench,
    "memory": memory.bench,
    "reading": reading.bench,
    "deciding": deciding.bench,
    "rebuild": rebuild.bench,
}

_NEED_NOTHING = frozenset({"reading", "deciding"})
"""Those that work without a broker."""

_INTERRUPTED = 130


async def _run(names: Sequence[str]) -> dict[str, Any]:
    console = Console(width=110)
    return {name: await BENCHES[name](console) for name in names}


def main() -> int:
    """Runs the benches that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measures how fast Égard is, as ratios against what bounds it, found in the same run.",
        epilog="examples: make bench ARGS='gateway latency'; EGARD_BENCH_PROMPTS=100 make bench ARGS=latency",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)}; all of them where none is named"
    )
    names = list(dict.fromkeys(parser.parse_args().names or BENCHES))
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"There is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    if mistakes:
        print("\n".join(mistakes), file=sys.stderr)
        return 2
    reason = None if _NEED_NOTHING.issuperset(names) else kafka_unavailable()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(_run(names))
    except KeyboardInterrupt:
        print("Interrupted; what was measured is lost.", file=sys.stderr)
        return _INTERRUPTED
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
