"""By which version something was folded is known, and said where it was another."""

import logging
from pathlib import Path

import msgspec
import pytest

from events import ContactRetold, RecognitionRemembered
from projections.strategy import Strategy
from services.projector.announcer import Announcer
from services.projector.renewed import Renewed
from services.runtime import version as versions
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.version import Version, version_of
from tests.integration.identity.told import Journal, told
from tests.integration.rebuilding.anew import rebuild
from tests.processes import egard


def test_what_a_fold_depends_on_is_in_its_version(strategy: Strategy, sterner: Strategy) -> None:
    """Another strategy, other holidays or another zone, be it of one channel, give another version."""
    known = version_of(strategy)
    assert version_of(strategy) == known
    assert version_of(sterner).name != known.name
    for change, part in (({"region": "FR-57"}, "holidays"), ({"zone": "Europe/London"}, "zones")):
        # Of one channel only: each has a clock of its own.
        phone = msgspec.structs.replace(strategy.clock["phone"], **change)
        clock = {**strategy.clock, "phone": phone}
        other = version_of(msgspec.structs.replace(strategy, clock=clock))
        assert other.name != known.name
        differing = {
            name for name in Version.__struct_fields__ if getattr(other, name) != getattr(known, name)
        }
        assert differing == {part}


async def test_services_say_at_their_start_that_something_was_folded_otherwise(
    pool: Pool, strategy: Strategy, sterner: Strategy, caplog: pytest.LogCaptureFixture
) -> None:
    """In one sentence that names what is different and what to do; nothing where all is the same."""
    caplog.set_level(logging.WARNING)
    await versions.note(pool, version_of(strategy))
    await versions.warn(pool, strategy)
    assert caplog.messages == []
    await versions.warn(pool, sterner)
    [said] = caplog.messages
    assert "another strategy" in said
    assert "egard rebuild" in said


async def test_verify_says_by_which_version_it_folds_and_that_there_were_others(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, sterner: Strategy, tmp_path: Path
) -> None:
    """The version is in its last line; what else may be stored, in a sentence beside it."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    environment, out = {"EGARD_DATABASE": database_url}, tmp_path / "out"
    code, said = await egard("verify", environment=environment, output=out)
    assert (code, said) == (0, "")
    assert out.read_text() == f"1 customers refolded by version {version_of(strategy).name}, 0 differ.\n"
    await versions.note(pool, version_of(sterner))
    code, said = await egard("verify", environment=environment, output=out)
    assert (code, said) == (0, "Some of what is stored may have been folded with another strategy.\n")


async def test_verify_says_what_helps_where_it_finds_differences(
    pool: Pool, database_url: str, journal: Journal, tmp_path: Path
) -> None:
    """Wrong counts and wrong signs of knots are said in words, and then the command that mends them."""
    await journal.tell(told("anna", 9, ContactRetold(contact_id="c", reason="the parcel")))
    await pool.execute("update relationships set events = 5, knots_spoke_at = null")
    out = tmp_path / "out"
    code, said = await egard("verify", environment={"EGARD_DATABASE": database_url}, output=out)
    assert code == 1
    difference, hint = said.splitlines()
    assert "5 events were folded, the journal has 1" in difference
    assert "by the journal that one was spoken for 20" in difference
    assert "inf" not in difference
    assert "`egard rebuild` folds them all anew" in hint


async def test_a_projector_says_by_which_version_it_folds_and_a_rebuild_ends_the_others(
    pool: Pool, database_url: str, journal: Journal, strategy: Strategy, sterner: Strategy
) -> None:
    """Rows of two versions are told until all are folded by one."""
    await journal.tell(told("anna", 9, RecognitionRemembered(what="x")))
    for one in (strategy, sterner):
        renewed = Renewed(pool, Announcer(pool, Producer("nowhere:9092", client="test")), one)
        await renewed.say_so()
    assert len(await versions.others(pool, version_of(strategy))) == 1
    await rebuild(database_url, sterner)
    assert await versions.others(pool, version_of(sterner)) == []
    [other] = await versions.others(pool, version_of(strategy))
    assert other.difference == "another strategy"
