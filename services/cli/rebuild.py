"""`egard rebuild`: folds the journal anew, beside what is used, and puts the result in its place."""

import asyncio
import os
from typing import Annotated

import asyncpg
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console

from projections.strategy import Strategy
from services.cli.database import database
from services.cli.progress import meter, say
from services.cli.rebuilding import run
from services.cli.rebuilding.store import unavailable
from services.cli.rebuilding.workers import Workers
from services.cli.strategy import read_strategy
from services.runtime import strategies
from services.runtime import version as versions
from services.runtime.database import TRANSIENT, sentence
from services.runtime.errors import Fatal
from services.runtime.settings import database_url
from services.runtime.version import Version, version_of

_MOST = 8
"""The journal has so many parts: more processes would find nothing to do."""


async def rebuild(
    *,
    processes: Annotated[int | None, Parameter(validator=Number(gte=1, lte=_MOST))] = None,
    beside_only: Annotated[bool, Parameter(negative="")] = False,
    discard: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Folds the whole journal anew, by the strategy and the software of now, and switches to the result.

    Services go on working meanwhile. What is interrupted goes on where it stopped when it is run again.
    Nobody is prompted because of it; readings that are another than before are announced once more.

        egard rebuild

        egard rebuild --processes 4

        egard rebuild --discard

    Parameters
    ----------
    processes
        How many processes fold; by default as many as there are processors, and at most 8.
    beside_only
        Stops before the switch. The next run goes on from there.
    discard
        Throws away what was folded beside and never switched to, and does nothing else.
    """
    console = Console(stderr=True)
    strategy = read_strategy()
    async with database("egard-rebuild"):  # says what is wrong with it, if anything is
        connection = await run.lead(database_url(os.environ))
        try:
            if discard:
                await _discard(connection, console)
            else:
                await _rebuild(connection, strategy, processes or _processors(), console, beside_only)
        except asyncpg.InsufficientPrivilegeError as error:
            raise Fatal(
                f"The database does not allow it: {sentence(error)} A rebuild makes tables and drops those "
                "that it replaces: run it as the user who runs `egard migrate`."
            ) from None
        except TRANSIENT as error:
            raise Fatal(unavailable(error)) from None
        except asyncpg.PostgresError as error:
            raise Fatal(f"The database refused: {sentence(error)}") from None
        except (asyncio.CancelledError, KeyboardInterrupt):
            if await _begun(connection):
                say(
                    console,
                    "Stopped. `egard rebuild` goes on from here, `egard rebuild --discard` throws it away.",
                )
            raise
        finally:
            connection.terminate()


async def _rebuild(
    connection: asyncpg.Connection, strategy: Strategy, processes: int, console: Console, beside_only: bool
) -> None:
    version = version_of(strategy)
    await _check_projectors(connection, version)
    await strategies.keep(connection, strategy)
    url = database_url(os.environ)
    work = run.Rebuild(url, connection, version, console)
    begun = await work.begin()
    say(
        console,
        f"{'Going on with' if begun.resumed else 'Beginning'} a rebuild by version {version.name} "
        f"(strategy {strategy.version}), of about {begun.events:,} events.",
    )
    async with Workers(processes, version.name, url) as workers:
        with meter(console, "Folding", "events", max(1, begun.events)) as progress:
            folded = 0

            def tell(events: int) -> None:
                nonlocal folded
                folded += events
                progress.update(begun.folded + folded, folded)

            progress.update(begun.folded, 0)
            await work.fold(workers, tell)
        await work.index()
        await work.catch_up(workers)
        if beside_only:
            say(console, "All is folded beside. `egard rebuild` catches up and switches.")
            return
        await _check_projectors(connection, version)
        done = await work.switch(workers)
    say(console, f"Switched; nobody could write for {done.waited:.1f} s.")
    print(f"{folded:,} events folded, {done.changed:,} readings changed.")
    if done.changed:
        say(console, "Projectors announce what changed, as soon as they run.")


async def _check_projectors(connection: asyncpg.Connection, version: Version) -> None:
    """Raises `Fatal` where a projector folds by another version now: it would go on doing so."""
    running = [other for other in await versions.others(connection, version) if other.running]
    if running:
        raise Fatal(
            f"A projector with {running[0].difference} ran within the last {versions.LATELY:.0f} s, and "
            "would fold on with it after the switch: start it anew with the strategy and the software of "
            "this rebuild, or stop it, then rebuild."
        )


async def _discard(connection: asyncpg.Connection, console: Console) -> None:
    if await _begun(connection):
        await run.discard(connection)
        say(console, "The rebuild was thrown away.")
    else:
        say(console, "There is no rebuild to throw away.")


async def _begun(connection: asyncpg.Connection) -> bool:
    try:
        return await run.begun(connection)
    except (*TRANSIENT, asyncpg.PostgresError):
        return True


def _processors() -> int:
    return min(
        _MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
