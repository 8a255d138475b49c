"""Each version of the strategy that was used is kept, and every reading names the one it was taken by."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer

from events import ContactAttempted, RecognitionRemembered
from projections.strategy import Strategy, parse
from services.cli.strategies.versions import versions
from services.embedded import EmbeddedBroker
from services.projector.announcer import Announcer
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.producer import Outgoing
from services.runtime.strategies import keep, kept, used
from tests.awake import awake_text
from tests.integration.as_of.telling import Journal
from tests.integration.identity.told import told
from tests.stack import Teller, running, until

SHIPPED = awake_text().decode()


def changed(old: str, new: str) -> Strategy:
    """The shipped strategy with one change."""
    assert old in SHIPPED
    return parse(SHIPPED.replace(old, new, 1).encode())


async def test_a_version_is_kept_as_it_was_when_it_was_first_used(pool: Pool, strategy: Strategy) -> None:
    """Its file, its digest and the time; to use it again changes nothing."""
    before = datetime.now(UTC)
    await keep(pool, strategy)
    (first,) = await used(pool)
    await keep(pool, strategy)
    assert await used(pool) == [first]
    assert (first.version, first.digest) == (strategy.version, strategy.digest)
    assert before <= first.first_used_at <= datetime.now(UTC)
    assert await kept(pool, strategy.version) == SHIPPED


async def test_a_version_cannot_mean_two_things(pool: Pool, strategy: Strategy) -> None:
    """Another content under a version that was used is refused, with what to do; what was kept stays."""
    await keep(pool, strategy)
    with pytest.raises(Fatal) as refusal:
        await keep(pool, changed("steady = 58", "steady = 57"))
    said = str(refusal.value)
    assert said.startswith("Version 2026-12 of the strategy has been in use with another content since 20")
    assert said.endswith("`egard strategy versions 2026-12` prints the file as it was.")
    assert await kept(pool, strategy.version) == SHIPPED


async def test_a_comment_makes_no_other_strategy(pool: Pool, strategy: Strategy) -> None:
    """Who mends a typing mistake in a comment need not think of a new version."""
    await keep(pool, strategy)
    await keep(pool, changed("# Health is the mean", "# Health is  the mean"))
    assert await kept(pool, strategy.version) == SHIPPED


async def test_another_version_may_say_something_else(pool: Pool, strategy: Strategy) -> None:
    """Versions stand beside each other, the latest first."""
    await keep(pool, strategy)
    text = SHIPPED.replace("steady = 58", "steady = 57").replace('version = "2026-12"', 'version = "2027-01"')
    await keep(pool, parse(text.encode()))
    assert [one.version for one in await used(pool)] == ["2027-01", "2026-12"]
    assert await kept(pool, "2027-01") == text


async def test_the_versions_are_listed_and_printed(
    pool: Pool,
    database_url: str,
    strategy: Strategy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`egard strategy versions` shows which there were, and prints one as it was; others are nowhere."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    await keep(pool, strategy)
    await versions()
    assert strategy.digest in capsys.readouterr().out
    await versions("2026-12")
    assert capsys.readouterr().out == SHIPPED
    with pytest.raises(Fatal, match="No service has used a version '2025-01'"):
        await versions("2025-01")


class _Heard:
    """Notes what is published."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Notes records."""
        self.values += [one.value for one in records]


async def test_what_is_announced_late_names_the_version_that_it_was_taken_by(
    pool: Pool, journal: Journal, strategy: Strategy
) -> None:
    """A projector that starts with another strategy announces what was left as what it is."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    await pool.execute("update relationships set strategy = 'before'")
    heard = _Heard()
    await Announcer(pool, heard).catch_up(0, 0, 1)  # type: ignore[arg-type]
    assert [json.loads(value or b"")["strategy"] for value in heard.values] == ["before"]


async def test_every_reading_names_its_version(database_url: str) -> None:
    """What is stored, announced and answered: each reading says by which strategy it was taken."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        async with running(broker.address, database_url, embedded=True) as stack:
            story = [Teller("anna").tell(ContactAttempted(contact_id="1", channel="phone"))]
            await stack.post(story)
            await until(lambda: stack.fetch("select from relationships"))
            assert [one.version for one in await used(stack.context.pool)] == ["2026-12"]
            stored = await stack.fetch("select strategy from relationships")
            assert [row["strategy"] for row in stored] == ["2026-12"]
            for path in ("relationship", "explanation", "curve", "history"):
                assert (await stack.get(f"/v1/customers/anna/{path}"))["strategy"] == "2026-12", path
            past = await stack.get(
                "/v1/customers/anna/relationship", params={"at": datetime.now(UTC).isoformat()}
            )
            listed = (await stack.get("/v1/relationships"))["relationships"]
            tried = (await stack.post(story, params={"dry_run": "true"})).json()
            assert past["strategy"] == "2026-12"
            assert [one["strategy"] for one in listed] == ["2026-12"]
            assert [one["strategy"] for one in tried["customers"]] == ["2026-12"]
            assert [one["strategy"] for one in await _announced(broker.address)] == ["2026-12"]


async def _announced(kafka: str) -> list[dict[str, object]]:
    consumer = AIOKafkaConsumer(RELATIONSHIPS, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [json.loads((await consumer.getone()).value)]
    finally:
        await consumer.stop()
