"""All commands of `egard`, and how each is run."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Any

import cyclopts
import uvloop

from services.cli.contracts import asyncapi, openapi, schemas
from services.cli.customer import customer
from services.cli.deadletters import deadletters
from services.cli.demo import demo
from services.cli.import_csv import import_csv
from services.cli.keys import keys
from services.cli.operate import migrate, serve, topics
from services.cli.publish import publish
from services.cli.rebuild import rebuild
from services.cli.score import score
from services.cli.simulate import simulate
from services.cli.strategies.commands import strategy
from services.cli.verify import verify
from services.embedded import EmbeddedError
from services.runtime.errors import Fatal

app = cyclopts.App(
    name="egard",
    version=version("egard"),
    help="Égard: a loyalty engine without points.\n\n"
    "Backends publish what happened; Égard reads how healthy each relationship is, and prompts a person when "
    "one is needed. Begin with `egard demo`.",
    result_action="return_value",
)
app.command(demo)
app.command(serve)
app.command(migrate)
app.command(topics)
app.command(publish)
app.command(import_csv, name="import")
app.command(simulate)
app.command(score)
app.command(verify)
app.command(rebuild)
app.command(strategy)
app.command(deadletters)
app.command(customer)
app.command(keys)
app.command(schemas)
app.command(openapi)
app.command(asyncapi)


def main() -> int:
    """Runs the command that the arguments name; one sentence and 1 for what stops it, no traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("egard").setLevel(logging.INFO)
    # Its errors come to us as exceptions; its log would tell them twice, and again for every retry.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        command, bound, _ = app.parse_args()
        # Called here and not by cyclopts, which would run what is asynchronous on a slower loop.
        result = command(*bound.args, **bound.kwargs)
        if isinstance(result, Coroutine):
            result = _await(result)
    except (Fatal, EmbeddedError) as error:
        print(f"egard: {error}", file=sys.stderr)
        return 1
    return result if isinstance(result, int) else 0


def _await(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
