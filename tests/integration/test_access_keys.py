"""How keys live: new ones work at once, they expire, are revoked, and hold while the database is away."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from services.embedded import EmbeddedDatabase
from services.runtime import migrations
from services.runtime.access import Keyed, Keyring, new_key
from services.runtime.access.keyring import EVERY_S
from services.runtime.database import Pool, connect
from services.runtime.errors import Fatal
from tests.access import asking, bearer, following, keep, revoke
from tests.chaos.proxy import Proxy
from tests.stack import until

OK, UNAUTHORIZED, TOO_MANY, AWAY = 200, 401, 429, 503


@pytest_asyncio.fixture
async def http(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the probe, which admits by the keys of the test's own database."""
    async with following(database_url) as keyed, asking(keyed) as client:
        yield client


async def test_a_new_key_works_at_once_and_a_revoked_one_ends_within_five_seconds(
    http: httpx.AsyncClient, pool: Pool
) -> None:
    """No process is restarted for either."""
    key = await keep(pool, "read")
    assert (await http.get("/read", headers=bearer(key))).status_code == OK
    await revoke(pool, key)

    async def refused() -> bool:
        return (await http.get("/read", headers=bearer(key))).status_code == UNAUTHORIZED

    await until(refused, within=5)
    another = await keep(pool, "read")
    assert (await http.get("/read", headers=bearer(another))).status_code == OK


async def test_a_new_key_works_at_once_while_others_try_wrong_ones(
    http: httpx.AsyncClient, pool: Pool
) -> None:
    """Somebody who guesses keys does not keep a new one from being found at its first use."""
    trying = True

    async def guess() -> None:
        while trying:
            answer = await http.get("/read", headers=bearer(new_key()))
            assert answer.status_code == UNAUTHORIZED

    guessing = [asyncio.create_task(guess()) for _ in range(20)]
    try:
        for _ in range(3):
            key = await keep(pool, "read")
            assert (await http.get("/read", headers=bearer(key))).status_code == OK
    finally:
        trying = False
        await asyncio.gather(*guessing)


async def test_a_key_expires(http: httpx.AsyncClient, pool: Pool) -> None:
    """It works until its end and not after."""
    key = await keep(pool, "read", expires_in=1.5)
    assert (await http.get("/read", headers=bearer(key))).status_code == OK

    async def refused() -> bool:
        return (await http.get("/read", headers=bearer(key))).status_code == UNAUTHORIZED

    await until(refused, within=5)


async def test_guessing_costs_the_database_next_to_nothing(pool: Pool) -> None:
    """Any number of keys that are not known share one reading; one that is known needs none."""
    known = await keep(pool, "read")
    keyring = Reads(pool)
    await keyring.load()
    following = asyncio.create_task(keyring.follow())
    for _ in range(100):
        assert await keyring.find(known.text) is not None
    assert keyring.reads == 1
    found = await asyncio.gather(*(keyring.find(new_key().text) for _ in range(2000)))
    following.cancel()
    assert not any(found)
    assert keyring.reads == 2


async def test_without_the_table_of_keys_a_process_does_not_start(pool: Pool, database_url: str) -> None:
    """A database of an older version is told the command that mends it."""
    await pool.execute("drop table api_keys")
    keyed = Keyed(database_url)
    with pytest.raises(Fatal, match="run `egard migrate` first"):
        await keyed.start(lambda _: None)
    await keyed.stop()


async def test_known_keys_hold_while_the_database_is_away(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """Known keys work on, and expire; of others nothing is said but: try again. Then all is as before."""
    async with EmbeddedDatabase(tmp_path_factory.mktemp("keys"), durable=False) as database:
        await migrations.migrate(database.url)
        pool = await connect(database.url, size=1)
        known = await keep(pool, "read")
        async with following(database.url) as keyed, asking(keyed) as http:
            short = await keep(pool, "read", expires_in=4)
            assert (await http.get("/read", headers=bearer(short))).status_code == OK
            pool.terminate()
            await database.kill()
            stranger = await http.get("/read", headers=bearer(new_key()))
            assert (stranger.status_code, stranger.headers["retry-after"]) == (AWAY, "2")
            assert (await http.get("/read", headers=bearer(known))).status_code == OK
            assert (await http.get("/read")).status_code == UNAUTHORIZED

            async def ended() -> bool:
                return (await http.get("/read", headers=bearer(short))).status_code != OK

            await until(ended, within=10)
            assert (await http.get("/read", headers=bearer(known))).status_code == OK
            await database.start()

            async def judged() -> bool:
                return (await http.get("/read", headers=bearer(new_key()))).status_code == UNAUTHORIZED

            await until(judged, within=15)
            assert (await http.get("/read", headers=bearer(known))).status_code == OK
    said = [one.getMessage() for one in caplog.records if one.name == "egard.access"]
    assert len(said) == 2, said
    assert said[0].startswith("Keys cannot be read; those known still hold: ")
    assert said[1] == "Keys can be read again."


class Reads(Keyring):
    """Counts how often the keys are read."""

    reads = 0

    async def _read(self) -> None:
        self.reads += 1
        await super()._read()


async def test_the_work_is_the_same_whether_or_not_the_prefix_exists(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known prefix with a wrong secret and an unknown prefix: as many comparisons, as many readings."""
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr("services.runtime.access.keyring.hmac.compare_digest", counting)
    known, unknown = await keep(pool, "read"), new_key()
    keyring = Reads(pool)
    following = asyncio.create_task(keyring.follow())
    work = []
    for text in (f"egard_{known.prefix}_{unknown.text.split('_', 2)[2]}", unknown.text):
        before = keyring.reads
        assert await keyring.find(text) is None
        work.append((tuple(compared), keyring.reads - before))
        compared.clear()
    following.cancel()
    assert work[0] == work[1] == (((32, 32), (32, 32)), 1)


# ---------------------------------------------------------------------------------------------- rates


async def test_a_key_that_publishes_too_fast_is_told_to_wait_and_then_goes_on(
    http: httpx.AsyncClient, pool: Pool
) -> None:
    """429 is a problem with Retry-After; other keys are not held up, and later the same request passes."""
    fast, other = await keep(pool, "publish", rate=4), await keep(pool, "publish")
    assert (await http.post("/publish/22", headers=bearer(fast))).status_code == OK
    answer = await http.post("/publish/1", headers=bearer(fast))
    assert answer.status_code == TOO_MANY
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["events_per_second"] == 4
    assert (await http.post("/publish/100000", headers=bearer(other))).status_code == OK

    async def taken() -> bool:
        return (await http.post("/publish/1", headers=bearer(fast))).status_code == OK

    await until(taken)


async def test_a_rate_holds_across_readings_of_the_keys(pool: Pool) -> None:
    """Reading the keys anew forgives no debt, unless the rate was changed."""
    key = await keep(pool, "publish", rate=0.001)
    keyring = Keyring(pool)
    await keyring.load()
    buckets = []
    for rate in (0.001, 0.001, 1000.0):
        await pool.execute("update api_keys set events_per_second = $1", rate)
        await keyring.load()
        holder = await keyring.find(key.text)
        assert holder is not None
        buckets.append(holder.bucket)
    assert buckets[0] is buckets[1]
    assert buckets[2] is not buckets[1]


async def test_a_revocation_works_though_the_session_that_reads_keys_is_dead(
    pool: Pool, database_url: str
) -> None:
    """An answer is lost on the way: keys are read in another session within seconds."""
    port = urlsplit(database_url).port
    assert port is not None
    async with Proxy(port) as proxy:
        key = await keep(pool, "read")
        far = database_url.replace(f":{port}/", f":{proxy.port}/")
        async with following(far) as keyed, asking(keyed) as http:
            assert (await http.get("/read", headers=bearer(key))).status_code == OK
            proxy.swallows_answers = True
            await asyncio.sleep(EVERY_S + 0.2)
            proxy.swallows_answers = False
            await revoke(pool, key)

            async def refused() -> bool:
                return (await http.get("/read", headers=bearer(key))).status_code == UNAUTHORIZED

            await until(refused)
