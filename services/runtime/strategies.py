"""Which strategies were used: readings name a version, and each version is kept as it was."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from projections.strategy import Strategy, StrategyError, parse, reach
from services.runtime.database import Connection, Pool
from services.runtime.errors import Fatal
from services.runtime.queries import Queries

_QUERIES = Queries(Path(__file__).with_name("strategies.sql"))


class Used(msgspec.Struct, frozen=True):
    """A version of the strategy, and when a service first worked by it."""

    version: str
    digest: str
    first_used_at: datetime


def load(path: Path) -> Strategy:
    """The strategy in a file. Raises `Fatal` where it cannot be used, or not any more."""
    try:
        strategy = parse(path.read_bytes())
    except OSError as error:
        raise Fatal(f"{path} cannot be read: {error.strerror}.") from None
    except StrategyError as error:
        raise Fatal(f"{path}: {error}") from None
    _, last = reach(strategy)
    if datetime.now(UTC) > last:
        raise Fatal(
            f"{path}: evidence could be counted until {last:%Y-%m-%d} only; "
            "`egard strategy check` says what to change."
        )
    return strategy


async def keep(pool: Pool | Connection, strategy: Strategy) -> None:
    """Keeps the version of a strategy that is used now.

    Raises `Fatal` where that version was used with another content: readings that name it would mean two
    things. Comments and spaces may be others.
    """
    await pool.execute(_QUERIES["keep"], strategy.version, strategy.digest, strategy.text)
    kept = await pool.fetchrow(_QUERIES["kept"], strategy.version)
    if kept["digest"] != strategy.digest and tomllib.loads(kept["text"]) != tomllib.loads(strategy.text):
        raise Fatal(
            f"Version {strategy.version} of the strategy has been in use with another content since "
            f"{kept['first_used_at']:%Y-%m-%d}, and readings name it. Give the changed file a `version` of "
            f"its own; `egard strategy versions {strategy.version}` prints the file as it was."
        )


async def kept(pool: Pool, version: str) -> str | None:
    """The file of a version that was used; None where there was none."""
    row = await pool.fetchrow(_QUERIES["kept"], version)
    return None if row is None else str(row["text"])


async def used(pool: Pool | Connection) -> list[Used]:
    """The versions that were used, the latest first."""
    return [Used(**row) for row in await pool.fetch(_QUERIES["all"])]
