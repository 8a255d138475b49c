"""Who gets in: every route of every service asks for its scope, and whoever is refused is told why."""

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import get
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ControllerRouterHandler

from events import ContactRetold
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime import migrations
from services.runtime.access import CLOSED, OPEN, SCOPES, new_key
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from services.runtime.web import application
from tests.access import Probe, asking, basic, bearer, following, keep, probe, revoke
from tests.stack import EVERYTHING, Stack, Teller, running

OK, ACCEPTED, UNAUTHORIZED, FORBIDDEN = 200, 202, 401, 403


@pytest_asyncio.fixture
async def http(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the probe, which admits by the keys of the test's own database."""
    async with following(database_url) as keyed, asking(keyed) as client:
        yield client


# --------------------------------------------------------------------------------- every route there is


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """Every service, asking for keys."""
    url = database_server.url.rpartition("/")[0] + "/egard_access"
    await migrations.migrate(url)
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        async with running(broker.address, url, access="keys") as stack:
            yield stack


def table(stack: Stack) -> list[tuple[str, str, str]]:
    """Method, path and scope of everything that all services together serve."""
    app = application([kind(stack.context) for kind in EVERYTHING])
    found: list[tuple[str, str, str]] = []
    for route in app.routes:
        # A route in plain ASGI says by which handler it is described.
        handlers = route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]
        for handler in handlers:
            described = handler.opt.get("described_by", handler)
            found += [
                (method, _filled(route), handler.opt["scope"]) for method in sorted(described.http_methods)
            ]
    return found


def _filled(route: BaseRoute) -> str:
    return "".join(f"/{part if isinstance(part, str) else 'anna'}" for part in route.path_components) or "/"


async def status(http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> int:
    """With what a route answers; a stream is left at once."""
    async with http.stream(method, path, headers=headers) as answer:
        return answer.status_code


async def test_every_route_of_every_service_asks_for_its_scope(stack: Stack) -> None:
    """Without a key 401; with every other scope 403; with the right one, and with admin, neither."""
    keys = {scope: await keep(stack.context.pool, scope) for scope in SCOPES}
    seen = set()
    for method, path, scope in table(stack):
        place = f"{method} {path}"
        seen.add(scope)
        none = await status(stack.http, method, path, {})
        if scope == "public":
            assert none not in (UNAUTHORIZED, FORBIDDEN), place
            continue
        assert none == UNAUTHORIZED, place
        for other, key in keys.items():
            found = await status(stack.http, method, path, bearer(key))
            if other in (scope, "admin"):
                assert found not in (UNAUTHORIZED, FORBIDDEN), (place, other)
            else:
                assert found == FORBIDDEN, (place, other)
    assert seen >= {"public", "publish", "read", "act"}


async def test_the_routes_ask_for_the_scopes_that_are_documented(stack: Stack) -> None:
    """Events want `publish`; relationships and their pages `read`; prompts and the desk `act`."""
    scopes = {(method, path): scope for method, path, scope in table(stack)}
    assert scopes["POST", "/v1/events"] == "publish"
    assert scopes["GET", "/desk"] == "act"
    assert scopes["GET", "/healthz"] == scopes["GET", "/readyz"] == "public"
    for (method, path), scope in scopes.items():
        if path.startswith(("/v1/customers", "/v1/relationships", "/insight", "/customers")):
            assert scope == ("public" if method == "OPTIONS" else "read"), path
        if path.startswith("/v1/prompts"):
            assert scope == ("public" if method == "OPTIONS" else "act"), path
        if scope == "public" and method != "OPTIONS":
            assert path.startswith(("/healthz", "/readyz", "/assets", "/openapi", "/asyncapi", "/schemas"))


async def test_the_methods_of_a_path_are_told_and_nothing_else(stack: Stack) -> None:
    """OPTIONS needs no key: it names the methods, and its body is empty."""
    answer = await stack.http.options("/v1/customers/anna/relationship")
    assert answer.status_code == httpx.codes.NO_CONTENT
    assert answer.headers["allow"] == "GET, OPTIONS"
    assert not answer.content
    assert "access-control-allow-origin" not in answer.headers


async def test_what_needs_a_key_is_kept_by_no_cache(stack: Stack) -> None:
    """Personal answers, and refusals, say no-store and nosniff; assets may be kept."""
    key = await keep(stack.context.pool, "admin")
    for path in ("/v1/relationships", "/v1/prompts", "/desk", "/insight", "/v1/customers/nobody/promises"):
        for headers in (bearer(key), {}):
            answer = await stack.http.get(path, headers=headers)
            assert answer.headers["cache-control"] == "no-store", path
            assert answer.headers["x-content-type-options"] == "nosniff", path
    assert "no-store" not in (await stack.http.get("/assets/style.css")).headers["cache-control"]


async def test_a_stream_ends_when_its_key_is_revoked(stack: Stack) -> None:
    """Who watches prompts goes on watching with a key that lives, and no longer than it does."""
    pool = stack.context.pool
    leaving, staying = await keep(pool, "act"), await keep(pool, "act")
    async with (
        stack.http.stream("GET", "/v1/prompts/stream", headers=bearer(leaving)) as one,
        stack.http.stream("GET", "/v1/prompts/stream", headers=bearer(staying)) as other,
    ):
        first, second = one.aiter_lines(), other.aiter_lines()
        assert (await anext(first)).startswith("retry:")
        assert (await anext(second)).startswith("retry:")
        await revoke(pool, leaving)
        async with asyncio.timeout(10):
            assert not [line async for line in first if line]
        angry = Teller("annoyed")
        answer = await stack.post(
            [angry.tell(ContactRetold(contact_id=name, reason="the bill")) for name in ("k1", "k2")],
            headers=bearer(await keep(pool, "publish")),
        )
        assert answer.status_code == ACCEPTED, answer.text
        async with asyncio.timeout(15):
            assert [line async for line in _until_event(second)][-1] == "event: prompt"


async def _until_event(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line.startswith("event:"):
            return


async def test_a_running_process_writes_no_key_into_its_log(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    """Right, wrong or misplaced, a key's secret does not reach any log, at any level."""
    caplog.set_level(logging.DEBUG)
    key = await keep(stack.context.pool, "admin")
    for headers in (bearer(key), basic(key), bearer(new_key())):
        await stack.http.get("/v1/relationships", headers=headers)
        await stack.http.post("/v1/events", headers=headers, content=b"{}")
    ours = [one for one in caplog.records if one.name.startswith(("egard", "uvicorn", "litestar"))]
    assert not [one for one in ours if key.text.split("_", 2)[2] in one.getMessage()]


# ---------------------------------------------------------------------------------- a service of our own


async def test_a_route_without_a_scope_is_not_served() -> None:
    """Whoever forgets to say who may use a route learns it before anybody can use it."""

    class Careless(Probe):
        def handlers(self) -> Sequence[ControllerRouterHandler]:
            @get("/forgotten")
            async def forgotten() -> None:
                return None

            @get("/mistyped", opt={"scope": "raed"})
            async def mistyped() -> None:
                return None

            return [{"forgotten": forgotten, "mistyped": mistyped}[self.name]]

    for name in ("forgotten", "mistyped"):
        careless: Any = type("Careless", (Careless,), {"name": name})
        with pytest.raises(ValueError, match=f"/{name} does not say which scope it needs"):
            application([careless(None)], OPEN)


async def test_a_route_that_comes_later_without_a_scope_lets_nobody_in(pool: Pool, database_url: str) -> None:
    """Where the check at the start is passed by, the guard still refuses, even an administrator."""

    @get("/later")
    async def later() -> None:
        return None

    admin = await keep(pool, "admin")
    async with following(database_url) as keyed:
        app: Any = application([probe()], keyed)
        app.register(later)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://egard") as client:
            assert (await client.get("/later", headers=bearer(admin))).status_code == FORBIDDEN


async def test_an_application_that_was_given_no_access_lets_nobody_in(pool: Pool) -> None:
    """Without saying how it admits, an application serves only what is public."""
    admin = await keep(pool, "admin")
    async with asking(CLOSED) as client:
        assert (await client.get("/read", headers=bearer(admin))).status_code == UNAUTHORIZED
        assert (await client.get("/healthz")).status_code == OK


async def test_open_access_asks_nobody() -> None:
    """Where access is open, who has no key may do everything, at any rate."""
    async with asking(OPEN) as client:
        assert (await client.get("/read")).json() == {"prefix": None, "publish": True}
        for _ in range(3):
            assert (await client.post("/publish/1000000")).status_code == OK


async def test_the_handler_learns_whose_key_it_is_and_what_else_it_may(
    http: httpx.AsyncClient, pool: Pool
) -> None:
    """A handler finds the key's prefix, and may ask for a second scope."""
    reader, both = await keep(pool, "read"), await keep(pool, "read", "publish")
    assert (await http.get("/read", headers=bearer(reader))).json() == {
        "prefix": reader.prefix,
        "publish": False,
    }
    assert (await http.get("/read", headers=bearer(both))).json()["publish"] is True


# ------------------------------------------------------------------------------------------- refusals


async def test_every_wrong_key_gets_the_same_answer(
    http: httpx.AsyncClient, pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    """Unknown, revoked, expired, a wrong secret, no key: one answer, which repeats nothing of the key."""
    caplog.set_level(logging.DEBUG)
    right, revoked, expired = await keep(pool, "read"), await keep(pool, "read"), await keep(pool, "read")
    await revoke(pool, revoked)
    await pool.execute("update api_keys set expires_at = now() where prefix = $1", expired.prefix)
    unknown = new_key()
    mixed = f"egard_{right.prefix}_{unknown.text.split('_', 2)[2]}"
    wrong = [
        *({}, bearer(""), bearer("key"), {"Authorization": "Digest x"}, {"Authorization": "Basic %%%"}),
        {"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()},
        *(bearer(key) for key in (unknown, revoked, expired, mixed)),
        *(basic(key) for key in (unknown, revoked, expired, mixed)),
    ]
    answers = await asyncio.gather(*(http.get("/read", headers=headers) for headers in wrong))
    assert {(one.status_code, one.content, tuple(one.headers.multi_items())) for one in answers} == {
        (UNAUTHORIZED, answers[0].content, tuple(answers[0].headers.multi_items()))
    }
    problem = answers[0].json()
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert (problem["title"], problem["status"]) == ("Unauthorized", UNAUTHORIZED)
    assert "Authorization: Bearer" in problem["detail"]
    assert answers[0].headers.get_list("www-authenticate") == [
        'Bearer realm="egard"',
        'Basic realm="egard", charset="UTF-8"',
    ]
    for key in (right, revoked, expired, unknown):
        secret = key.text.split("_", 2)[2]
        assert secret not in answers[0].text
        assert secret not in caplog.text


async def test_a_key_of_another_scope_is_told_which_is_needed(http: httpx.AsyncClient, pool: Pool) -> None:
    """403 is a problem that names the scope, and repeats nothing of the key."""
    key = await keep(pool, "publish", "act")
    answer = await http.get("/read", headers=bearer(key))
    assert answer.status_code == FORBIDDEN
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["scope"] == "read"
    assert "`read`" in answer.json()["detail"]
    assert key.prefix not in answer.text
    assert "www-authenticate" not in answer.headers


# ------------------------------------------------------------------------------------------- browsers


async def test_a_browser_gets_in_by_password(http: httpx.AsyncClient, pool: Pool) -> None:
    """By Basic, the key is the password, whatever the user name, and the scheme in any case."""
    key = await keep(pool, "read")
    for headers in (basic(key), basic(key, ""), basic(key, "Léa")):
        assert (await http.get("/read", headers=headers)).status_code == OK
        lower = {"authorization": headers["Authorization"].replace("Basic", "bAsIC")}
        assert (await http.get("/read", headers=lower)).status_code == OK
    as_user = {"Authorization": "Basic " + base64.b64encode(f"{key.text}:".encode()).decode()}
    assert (await http.get("/read", headers=as_user)).status_code == UNAUTHORIZED


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_site_does_not_act_by_a_password_that_the_browser_kept(
    http: httpx.AsyncClient, pool: Pool, site: str
) -> None:
    """A browser adds the password to other sites' requests too; those may not change anything."""
    key = await keep(pool, "act")
    from_there = {"Sec-Fetch-Site": site}
    assert (await http.post("/act", headers=basic(key) | from_there)).status_code == FORBIDDEN
    for own in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert (await http.post("/act", headers=basic(key) | own)).status_code == OK
    # No browser adds a Bearer key by itself.
    assert (await http.post("/act", headers=bearer(key) | from_there)).status_code == OK
