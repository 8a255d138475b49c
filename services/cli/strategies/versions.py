"""`egard strategy versions`: the strategies that services have worked by."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from services.cli.database import database
from services.runtime import strategies
from services.runtime.errors import Fatal


async def versions(
    version: Annotated[str | None, Parameter(help="The version whose file is printed.")] = None,
) -> None:
    """List the versions of the strategy that services have used, or print the file of one as it was.

    Readings, announcements and prompts name the version that they were made by. Needs EGARD_DATABASE only.

        egard strategy versions

        egard strategy versions 2026-11 > as-it-was.toml
    """
    async with database("egard-strategy") as pool:
        if version is None:
            _show(await strategies.used(pool))
            return
        text = await strategies.kept(pool, version)
    if text is None:
        raise Fatal(
            f"No service has used a version {version!r}; `egard strategy versions` lists those there were."
        )
    print(text, end="")


def _show(used: list[strategies.Used]) -> None:
    table = Table("version", "first used", "digest", box=None)
    for one in used:
        table.add_row(one.version, f"{one.first_used_at:%Y-%m-%d %H:%M} UTC", one.digest)
    Console(soft_wrap=True).print(table)
