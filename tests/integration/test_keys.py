"""`egard keys`: keys are made, listed and revoked, and nothing of them leaks."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.cli.keys import create, list_, revoke
from services.runtime.access import SCOPES
from services.runtime.access.keys import parts
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from tests.processes import egard


@pytest.fixture(autouse=True)
def _here(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find the test's own database, and no broker."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    monkeypatch.delenv("EGARD_KAFKA", raising=False)


def prefix_of(text: str) -> str:
    """The prefix of what is a key."""
    found = parts(text)
    assert found is not None, text
    return found[0]


async def test_a_key_goes_to_standard_output_alone_and_its_hash_to_the_database(
    pool: Pool, database_url: str, tmp_path: Path
) -> None:
    """`egard keys create > FILE` writes the key and nothing else; the database never sees its secret."""
    file = tmp_path / "shop.key"
    code, said = await egard(
        *("keys", "create", "--scope", "publish", "--name", "shop backend", "--rate", "200"),
        output=file,
        environment={"EGARD_DATABASE": database_url},
    )
    assert code == 0, said
    text = file.read_text()
    assert text.count("\n") == 1
    found = parts(text.rstrip("\n"))
    assert found is not None
    prefix, secret = found
    assert prefix in said
    assert secret not in said
    rows = await pool.fetch("select api_keys::text as everything, * from api_keys")
    assert len(rows) == 1
    assert secret not in rows[0]["everything"]
    assert (rows[0]["prefix"], rows[0]["name"], rows[0]["scopes"]) == (prefix, "shop backend", ["publish"])
    assert rows[0]["hash"] == hashlib.sha256(secret.encode()).digest()
    assert (rows[0]["events_per_second"], rows[0]["expires_at"], rows[0]["revoked_at"]) == (200, None, None)


async def test_the_list_tells_all_but_the_secret(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    """Prefix, name, scopes, rate and state stand in table and JSON; neither holds secret or hash."""
    await create(scope=["read", "act", "read"], name="the [bold]desk[/bold]", expires="90d")
    await create(scope=["admin"], rate=0.5)
    made = capsys.readouterr().out.split()
    await pool.execute("update api_keys set expires_at = now() where name <> ''")
    await revoke(prefix_of(made[1]))
    capsys.readouterr()
    await list_()
    table = capsys.readouterr().out
    await list_(json=True)
    listed = capsys.readouterr().out
    for text in made:
        found = parts(text)
        assert found is not None
        assert found[0] in table
        for shown in (table, listed):
            assert found[1] not in shown
            assert hashlib.sha256(found[1].encode()).hexdigest() not in shown
    assert "the [bold]desk[/bold]" in table
    assert max(map(len, table.splitlines())) < 200
    rows = {row["prefix"]: row for row in json.loads(listed)}
    expired, revoked = (rows[prefix_of(text)] for text in made)
    assert (expired["scopes"], expired["state"]) == (["read", "act"], "expired")
    assert (revoked["scopes"], revoked["state"], revoked["events_per_second"]) == (["admin"], "revoked", 0.5)
    assert list(rows) == [revoked["prefix"], expired["prefix"]]


async def test_no_keys_make_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first key, JSON is an empty array, and the table a sentence that says how to make one."""
    await list_(json=True)
    assert json.loads(capsys.readouterr().out) == []
    await list_()
    said = capsys.readouterr()
    assert said.out == ""
    assert "egard keys create" in said.err


async def test_revoking_again_changes_nothing(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time says so, and leaves the time of the first; the whole key is taken for its prefix."""
    await create(scope=["publish"])
    text = capsys.readouterr().out.strip()
    await revoke(prefix_of(text))
    first = await pool.fetchval("select revoked_at from api_keys")
    assert first is not None
    await revoke(text)
    assert await pool.fetchval("select revoked_at from api_keys") == first
    said = capsys.readouterr().out
    assert said == f"Key {prefix_of(text)} is revoked.\nKey {prefix_of(text)} was revoked before.\n"


async def test_a_prefix_that_no_key_has_is_an_error_that_repeats_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An unknown prefix ends with a sentence; a secret given by mistake is not shown again."""
    with pytest.raises(Fatal, match="No key has the prefix abcdefgh12; `egard keys list`"):
        await revoke(f"egard_abcdefgh12_{'secret' * 8}")
    with pytest.raises(Fatal, match="no prefix of a key") as error:
        await revoke(f"egard_{'secret' * 8}")
    assert "secretsecret" not in str(error.value)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("expires", "ends"),
    [
        ("12h", lambda now: now + DAY / 2),
        ("90d", lambda now: now + 90 * DAY),
        ("52w", lambda now: now + 364 * DAY),
        ("2099-01-01", lambda _: datetime(2099, 1, 1, tzinfo=UTC)),
        ("2099-01-01T02:00+02:00", lambda _: datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
async def test_a_key_expires_when_it_is_told_to(pool: Pool, expires: str, ends: object) -> None:
    """A length counts from now; a day begins at midnight in UTC; a time is that time."""
    before = datetime.now(UTC)
    await create(scope=["publish"], expires=expires)
    found = await pool.fetchval("select expires_at from api_keys")
    assert callable(ends)
    assert ends(before) <= found <= ends(datetime.now(UTC))


@pytest.mark.parametrize(
    ("expires", "sentence"),
    [
        ("soon", "--expires is a length like 90d"),
        ("0d", "--expires is a length like 90d"),
        ("-3d", "--expires is a length like 90d"),
        ("2099-01-01T10:00", "with an offset"),
        ("2099-02-30", "--expires is a length like 90d"),
        ("9999-12-31T23:59-23:00", "--expires is a length like 90d"),
        ("2020-01-01", "lies in the past"),
    ],
)
async def test_an_end_that_is_none_makes_no_key(pool: Pool, expires: str, sentence: str) -> None:
    """A mistake in --expires ends with a sentence, and no key was made."""
    with pytest.raises(Fatal, match=sentence):
        await create(scope=["publish"], expires=expires)
    assert await pool.fetchval("select count(*) from api_keys") == 0


async def test_a_key_without_a_scope_or_with_a_name_of_lines_is_not_made(pool: Pool) -> None:
    """A key needs a scope, and a name that fits a line."""
    with pytest.raises(Fatal, match="publish, read, act or admin"):
        await create(scope=[])
    for name in ("two\nlines", "x" * 201, "\x1b[31mred"):
        with pytest.raises(Fatal, match="--name is one line"):
            await create(scope=["publish"], name=name)
    assert await pool.fetchval("select count(*) from api_keys") == 0


async def test_the_database_takes_every_scope_there_is_and_no_other(pool: Pool) -> None:
    """What the code calls a scope, the table knows too; another word it refuses."""
    await create(scope=list(SCOPES))
    assert await pool.fetchval("select scopes from api_keys") == list(SCOPES)
    with pytest.raises(Exception, match="api_keys_scopes_check"):
        await pool.execute("update api_keys set scopes = '{everything}'")


async def test_a_database_without_the_table_is_told_the_command(pool: Pool) -> None:
    """Before `egard migrate`, the commands say that it is to be run."""
    await pool.execute("drop table api_keys")
    with pytest.raises(Fatal, match="run `egard migrate` first"):
        await list_()


async def test_the_command_line_says_what_is_wrong_in_its_own_words() -> None:
    """A scope that is none ends with the scopes there are, without a traceback."""
    code, said = await egard("keys", "create", "--scope", "write")
    assert code == 2
    assert "Traceback" not in said
    for scope in SCOPES:
        assert scope in said
