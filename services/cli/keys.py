"""`egard keys`: who may publish, read and act."""

import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import asyncpg
import cyclopts
import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.runtime.access import SCOPES, Scope, new_key
from services.runtime.database import TRANSIENT, Connection, connect, reason
from services.runtime.errors import Fatal
from services.runtime.queries import Queries
from services.runtime.settings import database_url

QUERIES = Queries(Path(__file__).with_name("keys.sql"))

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LENGTH = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PREFIX = re.compile(r"(?:egard_)?([a-z0-9]{8,16})(?:_[A-Za-z0-9_-]*)?")
_NAME_LENGTH = 200

keys = cyclopts.App(
    name="keys",
    help="Make, list and revoke API keys. Needs EGARD_DATABASE only.",
)


class Key(msgspec.Struct, frozen=True):
    """A key as it is listed."""

    prefix: str
    name: str
    scopes: list[str]
    events_per_second: float | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    state: str


@keys.command
async def create(
    *,
    scope: Annotated[list[Scope], Parameter(negative="")],
    name: str = "",
    expires: str | None = None,
    rate: Annotated[float | None, Parameter(validator=Number(gt=0, lte=1e9))] = None,
) -> None:
    """Make a key, and print it once: nobody can read it again.

    The key alone goes to standard output, so that it can be piped to where it is kept.

        egard keys create --scope publish --name "shop backend"

        egard keys create --scope read --scope act --name "the desk" --expires 90d

        egard keys create --scope publish --rate 200 > shop.key

    Parameters
    ----------
    scope
        What it may do: `publish` events, `read` relationships, `act` on prompts, or `admin`, which is all of
        it. May be given several times.
    name
        Whose key it is, for the list.
    expires
        When it ends: after so many hours, days or weeks (`12h`, `90d`, `52w`), with the beginning of a day in
        UTC (`2027-01-01`), or at a time with an offset. Without it, it does not expire.
    rate
        The most events a second that it may publish, over a few seconds. Without it, there is no limit.
    """
    scopes = [one for one in SCOPES if one in scope]
    if not scopes:
        raise Fatal(f"A key needs --scope: {', '.join(SCOPES[:-1])} or {SCOPES[-1]}.")
    if len(name) > _NAME_LENGTH or not name.isprintable():
        raise Fatal(f"--name is one line of at most {_NAME_LENGTH} characters.")
    if rate is not None and not {"publish", "admin"} & set(scopes):
        raise Fatal("--rate is about publishing; this key may not publish.")
    ends = None if expires is None else _instant(expires, datetime.now(UTC))
    key = new_key()
    async with _database() as connection:
        await connection.execute(QUERIES["create"], key.prefix, key.hash, name, scopes, rate, ends)
    until = "does not expire" if ends is None else f"expires at {_shown(ends)}"
    print(
        f"Key {key.prefix} may {', '.join(scopes)}, and {until}. It is shown this once; we keep only a hash.",
        file=sys.stderr,
    )
    print(key.text)


@keys.command(name="list")
async def list_(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List all keys, newest first, revoked and expired ones too.

        egard keys list

        egard keys list --json

    Parameters
    ----------
    json
        As a JSON array, for programs.
    """
    async with _database() as connection:
        found = [Key(**row) for row in await connection.fetch(QUERIES["list"])]
    if json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    elif found:
        _print(found)
    else:
        print("There are no keys yet; `egard keys create --scope publish` makes one.", file=sys.stderr)


@keys.command
async def revoke(prefix: str) -> None:
    """Revoke a key: within 5 seconds no process takes it any more. Done again, it changes nothing.

        egard keys revoke 4k2m9x7c1b

    Parameters
    ----------
    prefix
        The part of the key between the underscores, as `egard keys list` shows it.
    """
    found = _PREFIX.fullmatch(prefix)
    if found is None:
        raise Fatal("That is no prefix of a key; `egard keys list` shows those there are.")
    async with _database() as connection:
        now = await connection.fetchval(QUERIES["revoke"], found[1])
    if now is None:
        raise Fatal(f"No key has the prefix {found[1]}; `egard keys list` shows those there are.")
    print(f"Key {found[1]} {'is revoked' if now else 'was revoked before'}.")


@asynccontextmanager
async def _database() -> AsyncIterator[Connection]:
    """A connection to the database of the settings. Raises `Fatal` where it is not there, or has no keys."""
    pool = await connect(database_url(os.environ), size=1, name="egard-keys")
    try:
        async with pool.acquire() as connection:
            yield connection
    except asyncpg.UndefinedTableError:
        raise Fatal("The database has no table of keys yet: run `egard migrate` first.") from None
    except BrokenPipeError:
        raise  # not the database: whoever read our output has seen enough
    except TRANSIENT as error:
        raise Fatal(f"The database cannot be used any further: {reason(error)}") from None
    finally:
        pool.terminate()


def _instant(text: str, now: datetime) -> datetime:
    """When a key expires."""
    if found := _LENGTH.fullmatch(text):
        return now + int(found[1]) * _UNITS[found[2]]
    try:
        # A day alone begins at midnight in UTC; a time of day needs its offset.
        said = datetime.fromisoformat(f"{text}T00:00Z" if _DAY.fullmatch(text) else text)
        ends = None if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        ends = None
    if ends is None:
        raise Fatal(
            "--expires is a length like 90d, 12h or 52w, a day like 2027-01-01, or a time with an offset, "
            f"not {text!r}."
        )
    if ends <= now:
        raise Fatal(f"--expires is {text!r}, which lies in the past.")
    return ends


def _print(found: list[Key]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("prefix", "name", "scopes", "events/s", "created", "expires", "state"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("prefix", "state"))
    for key in found:
        rate = "" if key.events_per_second is None else f"{key.events_per_second:g}"
        expires = "" if key.expires_at is None else _shown(key.expires_at)
        cells = (key.prefix, key.name, " ".join(key.scopes), rate, _shown(key.created_at), expires, key.state)
        table.add_row(*map(Text, cells))
    # A pipe has no width: nothing is folded there.
    Console(width=None if sys.stdout.isatty() else 1000).print(table)


def _shown(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ")
