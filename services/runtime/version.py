"""By which version something is folded: the strategy and the code, and the holidays and time zones they know.

What is stored was folded by the version of its time. Where that was another, `egard rebuild` folds it anew.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import msgspec

import events
import projections
from projections.hours import public_holidays
from projections.strategy import Strategy
from services.runtime.database import Connection, Pool
from services.runtime.queries import Queries

log = logging.getLogger("egard.version")

_QUERIES = Queries(Path(__file__).with_name("version.sql"))

_YEARS = range(2000, 2051)
"""Of which holidays and time zones are compared: events may be of any of them."""

_PARTS = {
    "strategy": "another strategy",
    "code": "another version of the code",
    "holidays": "other holidays",
    "zones": "other rules of the time zone",
}


class Version(msgspec.Struct, frozen=True):
    """What a fold depends on besides the events, each as a hash."""

    strategy: str
    code: str
    holidays: str
    zones: str

    @property
    def name(self) -> str:
        """One hash of all."""
        return _hash([self.strategy, self.code, self.holidays, self.zones])


class Other(msgspec.Struct, frozen=True):
    """Another version by which something may have been folded."""

    name: str
    difference: str
    """What is different, in words."""
    running: bool
    """Whether a projector of that version was seen lately."""


LATELY = 15.0
"""Seconds since a projector said that it runs, after which it is taken to have stopped."""


def version_of(strategy: Strategy) -> Version:
    """The version that this process folds by."""
    return Version(
        strategy=strategy.digest,
        code=_hash([_code(events), _code(projections)]),
        holidays=_hash(_closed({hours.region for hours in strategy.clock.values()})),
        zones=_hash(_shifts({hours.zone for hours in strategy.clock.values()})),
    )


async def note(connection: Connection | Pool, version: Version) -> None:
    """Writes down that a projector of a version writes folds now."""
    await connection.execute(_QUERIES["note"], version.name, *msgspec.structs.astuple(version))


async def others(connection: Connection | Pool, version: Version) -> list[Other]:
    """The versions besides one by which something that is stored was folded."""
    rows = await connection.fetch(_QUERIES["others"], version.name)
    return [Other(row["version"], _difference(version, row), row["ago"] < LATELY) for row in rows]


async def settle(connection: Connection, version: Version) -> None:
    """Writes down that all that is stored was folded by one version."""
    await note(connection, version)
    await connection.execute(_QUERIES["only"], version.name)


async def warn(pool: Pool, strategy: Strategy) -> None:
    """Says so, once, where something that is stored was folded by another version than a strategy's."""
    found = await others(pool, version_of(strategy))
    if found:
        log.warning(
            "What is stored was folded by %s: `egard verify` says whether that matters, and `egard rebuild` "
            "folds it anew.",
            " and ".join(dict.fromkeys(one.difference for one in found)),
        )


def _difference(version: Version, row: Mapping[str, str]) -> str:
    if not row["version"]:
        return "a version that is not known"
    found = [words for name, words in _PARTS.items() if row[name] != getattr(version, name)]
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def _code(package: ModuleType) -> str:
    folder = Path(package.__file__ or "").parent
    return _hash(
        text
        for file in sorted(folder.rglob("*.py"))
        for text in (file.relative_to(folder).as_posix(), file.read_text("utf-8"))
    )


def _closed(regions: Iterable[str | None]) -> Iterable[str]:
    """The public holidays of some countries, or parts of countries."""
    for region in sorted(region for region in regions if region is not None):
        for year in _YEARS:
            yield from (f"{region} {day}" for day in sorted(public_holidays(region, year)))


def _shifts(zones: Iterable[str]) -> Iterable[str]:
    """When the clocks of some time zones change, to the day, and to what."""
    for zone in sorted(zones):
        clock, last = ZoneInfo(zone), None
        day = datetime(_YEARS[0], 1, 1, tzinfo=UTC)
        while day.year < _YEARS[-1]:
            offset = day.astimezone(clock).utcoffset()
            if offset != last:
                yield f"{zone} {day:%Y-%m-%d} {offset}"
                last = offset
            day += timedelta(days=1)


def _hash(parts: Iterable[str]) -> str:
    whole = blake2b(digest_size=6)
    for part in parts:
        whole.update(len(part).to_bytes(8) + part.encode())
    return whole.hexdigest()
