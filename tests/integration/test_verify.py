"""`egard verify` says of whom nothing was folded, and looks at others each time that it looks at some."""

import asyncio
from pathlib import Path

from events import RecognitionRemembered
from services.embedded import EmbeddedBroker
from services.projector import Projector
from services.runtime.kafka import INTERACTIONS, RELATIONSHIPS
from tests.processes import egard
from tests.stack import Stack, Teller, running, until

CUSTOMERS = 40


async def folded(stack: Stack) -> None:
    """Some customers of whom something is known."""
    tellers = (Teller(f"customer-{number}") for number in range(CUSTOMERS))
    await stack.produce(*(teller.tell(RecognitionRemembered(what="x")).body for teller in tellers))

    async def all_there() -> bool:
        rows = await stack.fetch("select count(*) from relationships")
        return bool(rows[0]["count"] == CUSTOMERS)

    await until(all_there)


async def verified(database_url: str, output: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard error, standard output."""
    code, said = await egard(
        "verify", *arguments, output=output, environment={"EGARD_DATABASE": database_url}
    )
    return code, said, await asyncio.to_thread(output.read_text)


async def test_all_are_counted_of_whom_nothing_was_folded(database_url: str, tmp_path: Path) -> None:
    """Twenty are named, and the number is that of all: it says how bad things are."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS])
        async with running(broker.address, database_url, services=(Projector,)) as stack:
            await folded(stack)
            await stack.fetch("delete from relationships where customer <> 'customer-0'")
            code, said, printed = await verified(database_url, tmp_path / "out")
    assert code == 1
    assert said.count("the journal has events, and nothing was folded") == 20
    assert printed.startswith("1 customers refolded by version ")
    assert printed.endswith(f", {CUSTOMERS - 1} differ.\n")


async def test_samples_meet_a_difference_sooner_or_later(database_url: str, tmp_path: Path) -> None:
    """Who looks at half of the customers again and again sees what is wrong with any of them."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS])
        async with running(broker.address, database_url, services=(Projector,)) as stack:
            await folded(stack)
            await stack.fetch(
                "update relationships set events = 2 where customer in ('customer-1', 'customer-2')"
            )
            for _ in range(12):  # all of them miss both once in 16 million times
                code, said, _ = await verified(database_url, tmp_path / "out", "--sample", "0.5")
                if code:
                    break
    assert code == 1
    assert "2 events were folded, the journal has 1" in said
