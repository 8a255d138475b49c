"""`egard schemas`, `egard openapi`, `egard asyncapi`: the contracts as files; nothing is connected to."""

import json
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import asyncpg
from cyclopts import Parameter

from events import TYPES
from events.schemas import event_schema, index, path
from services.cli.contracting.compatibility import breaks_of_all
from services.cli.operate import SERVICES
from services.projector import Projector
from services.runtime import strategies
from services.runtime.errors import Fatal
from services.runtime.openapi import document
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings
from services.runtime.web import routes

_NOWHERE = Settings(kafka="localhost:9092", database="postgres://localhost/egard")
"""Addresses that nothing connects to."""

_Out = Annotated[Path | None, Parameter(help="The file to write; without it, standard output.")]


def schemas(
    name: Annotated[str | None, Parameter(help="One event type: egard.contact.attempted …")] = None,
    *,
    out: Annotated[Path | None, Parameter(help="A folder to write all schemas into.")] = None,
    only_new: Annotated[bool, Parameter(help="With --out: leave files that exist as they are.")] = False,
    against: Annotated[Path | None, Parameter(help="A folder of released schemas to compare with.")] = None,
) -> int:
    """Prints where each event type's JSON Schema is found, or one of them, or writes all of them.

    With --against it says what would break publishers who go by schemas that were written before, and exits 1
    where there is something.

        egard schemas

        egard schemas egard.contact.attempted

        egard schemas --out contracts

        egard schemas --against contracts
    """
    if against is not None:
        return _compare(against)
    if out is not None:
        written = write_schemas(out, only_new=only_new)
        print(f"{written} of {len(TYPES)} schemas were written into {out}.")
    elif name is None:
        _print(index())
    elif name in TYPES:
        _print(event_schema(name))
    else:
        whole = name if name.startswith("egard.") else f"egard.{name}"
        near = get_close_matches(whole, TYPES, n=1)
        raise Fatal(
            f"The language has no type {name!r}; did you mean {near[0]}?"
            if near
            else f"The language has no type {name!r}; `egard schemas` lists those it has."
        )
    return 0


async def openapi(*, out: _Out = None) -> None:
    """Writes what the routes of all services take and answer, as OpenAPI 3.1.

    egard openapi --out openapi.json
    """
    put(await openapi_document(), out)


async def asyncapi(*, out: _Out = None) -> None:
    """Writes what the Kafka topics hold, as AsyncAPI 3.

    egard asyncapi --out asyncapi.json
    """
    put(await asyncapi_document(), out)


def read_schemas(folder: Path) -> dict[str, Any]:
    """The schemas that were written into a folder, by event type. Raises `Fatal`."""
    try:
        return {
            file.parent.name: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(folder.glob("schemas/*/v1.json"))
        }
    except (OSError, ValueError) as error:
        raise Fatal(f"The schemas in {folder} cannot be read: {error}.") from None


def _compare(folder: Path) -> int:
    released = read_schemas(folder)
    if not released:
        raise Fatal(f"{folder} holds no schemas; `egard schemas --out {folder}` writes them.")
    found = breaks_of_all(released, {name: event_schema(name) for name in TYPES})
    print("\n".join(found) or f"Publishers who go by the {len(released)} schemas in {folder} are understood.")
    return 1 if found else 0


def write_schemas(folder: Path, *, only_new: bool = False) -> int:
    """Writes each event type's schema, and returns how many it wrote. Raises `Fatal`."""
    written = 0
    for name in TYPES:
        file = folder / path(name).lstrip("/")
        if only_new and file.exists():
            continue
        _write(file, event_schema(name), with_folder=True)
        written += 1
    return written


async def openapi_document() -> dict[str, Any]:
    """The OpenAPI document of all services together."""
    context = unconnected()
    return document(routes([kind(context) for kind in SERVICES.values()]))


async def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI document of all topics."""
    return Projector(unconnected()).contract()


def unconnected() -> Context:
    """What services are made from that only describe themselves."""
    pool = asyncpg.create_pool(_NOWHERE.database)
    return Context(
        _NOWHERE, strategies.load(_NOWHERE.strategy), pool, Producer(_NOWHERE.kafka, client="egard")
    )


def text(value: Any) -> str:
    """A contract as it stands in its file."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _print(value: Any) -> None:
    sys.stdout.write(text(value))


def put(value: Any, out: Path | None) -> None:
    """Writes a contract to a file, or to standard output. Raises `Fatal`."""
    if out is None:
        _print(value)
    else:
        _write(out, value)


def _write(file: Path, value: Any, *, with_folder: bool = False) -> None:
    try:
        if with_folder:
            file.parent.mkdir(parents=True, exist_ok=True)
        elif not file.parent.is_dir():
            raise Fatal(f"{file} cannot be written: there is no folder {file.parent}.")
        file.write_text(text(value), encoding="utf-8")
    except OSError as error:
        raise Fatal(f"{file} cannot be written: {error.strerror}.") from None
