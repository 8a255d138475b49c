"""`python -m tests.bench [NAME…]`: a table for people, and as the last line one JSON object."""

import asyncio
import json
import sys
from typing import Any

import uvloop
from rich.console import Console

from tests.bench import gateway, projector
from tests.kafka.server import kafka_unavailable

BENCHES = {"gateway": gateway.bench, "projector": projector.bench}


async def _run(names: list[str]) -> dict[str, Any]:
    console = Console(width=110)
    return {name: await BENCHES[name](console) for name in names}


def main() -> int:
    """Runs the benches that are named, or all."""
    names = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"There is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    reason = kafka_unavailable()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_run(names))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
