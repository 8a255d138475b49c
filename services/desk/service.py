"""The desk as a process: the API that agents' tools use, the live stream, and the plain page."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast, get_args

import msgspec
from litestar import Request, get, post
from litestar.exceptions import ClientException, PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream as StreamResponse
from litestar.types import ControllerRouterHandler

from services.desk import contracts
from services.desk.answers import By, Prompt, PromptList, State
from services.desk.asked import (
    Acting,
    Declining,
    Delegating,
    Finishing,
    Giving,
    Renegotiating,
    Snoozing,
)
from services.desk.pages import page_handlers
from services.desk.prompts import SOURCE, WAITING, NotFound, Prompts, Taken
from services.desk.stream import Stream
from services.runtime import access, outbox
from services.runtime.service import Context, Service
from services.runtime.web import problem

_Asked = TypeVar("_Asked", bound=Acting)
_ACT = {"scope": "act"}
_STATES = get_args(State)


class Desk(Service):
    """Shows prompts and takes what agents do with them."""

    name = "desk"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.prompts = Prompts(context.pool, context.settings, context.strategy, context.clock)
        self._stream = Stream(self.prompts, context.settings.database)
        self._relay = outbox.Relay(context.pool, context.settings.database, context.producer, SOURCE)

    async def start(self) -> None:
        """Begins to follow changes, and to publish what agents did."""
        self.spawn(self._stream.follow())
        self.spawn(self._relay.run())

    def hang_up(self) -> None:
        """Lets watchers go."""
        self._stream.end()

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """`/v1/prompts` and `/desk`."""
        return [*_api(self.prompts, self._stream), *page_handlers(self.context)]


def _api(prompts: Prompts, stream: Stream) -> list[ControllerRouterHandler]:
    errors: dict[Any, Any] = {
        NotFound: lambda _, error: problem(404, str(error)),
        Taken: lambda _, error: problem(409, str(error)),
        msgspec.MsgspecError: lambda _, error: problem(400, f"{error}."),
    }

    def action(name: str, kind: type[Any], **example: Any) -> Callable[[Any], HTTPRouteHandler]:
        return post(
            f"/v1/prompts/{{prompt_id:str}}/{name}",
            status_code=200,
            exception_handlers=errors,
            opt={**_ACT, "operation": contracts.action(kind, **example)},
        )

    @get("/v1/prompts", opt={**_ACT, "operation": contracts.LIST})
    async def list_prompts(
        states: Annotated[
            list[str] | None,
            QueryParameter(
                name="state", description="Only these states.", schema_extra=contracts.STATE_SCHEMA
            ),
        ] = None,
        by: Annotated[
            str,
            QueryParameter(
                description="Those that people are prompted for, or machines.",
                schema_extra=contracts.BY_SCHEMA,
            ),
        ] = "human",
        limit: Annotated[int, QueryParameter(ge=1, le=1000, description="At most so many.")] = 200,
    ) -> PromptList:
        """Prompts, the most urgent first."""
        wrong = [name for name in states or () if name not in _STATES]
        if wrong:
            raise ClientException(f"`{wrong[0]}` is no state; a prompt is {', '.join(_STATES)}.")
        if by not in get_args(By):
            raise ClientException(f"`by` is {by!r}; it can be {' or '.join(get_args(By))}.")
        return PromptList(await prompts.in_states(states or WAITING, limit, cast("By", by)))

    @get(
        "/v1/prompts/{prompt_id:str}",
        exception_handlers=errors,
        opt={**_ACT, "operation": contracts.ONE},
    )
    async def one_prompt(prompt_id: FromPath[str]) -> Prompt:
        """A prompt as it stands, whatever has become of it."""
        return await prompts.one(prompt_id)

    @get("/v1/prompts/stream", opt={**_ACT, "operation": contracts.STREAM})
    async def stream_prompts(request: Request[Any, Any, Any]) -> StreamResponse:
        """Changes of prompts, as they come."""
        return StreamResponse(
            access.while_admitted(request, stream.watch()),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @action("claim", Acting)
    async def claim(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Takes a prompt on: it stays with the agent for a lease, and longer if claimed again."""
        return await prompts.claim(prompt_id, await _body(request, Acting))

    @action("release", Acting)
    async def release(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Gives a prompt back."""
        return await prompts.release(prompt_id, await _body(request, Acting))

    @action("decline", Declining, reason="We spoke this morning.")
    async def decline(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Says that this outreach is not called for. It costs nothing, and teaches the trigger."""
        return await prompts.decline(prompt_id, await _body(request, Declining))

    @action("done", Finishing, minutes=6, note="The parcel arrives tomorrow.")
    async def done(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Says that the agent reached out."""
        return await prompts.done(prompt_id, await _body(request, Finishing))

    @action("snooze", Snoozing, until="2126-03-05T09:00:00+01:00", reason="She is at work until then.")
    async def snooze(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Takes another moment: a time, an event of a type, or whichever comes first."""
        return await prompts.snooze(prompt_id, await _body(request, Snoozing))

    @action("delegate", Delegating, to="ben", reason="He knows her.")
    async def delegate(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Hands a prompt on: it is offered to a colleague."""
        return await prompts.delegate(prompt_id, await _body(request, Delegating))

    @action("renegotiate", Renegotiating, due="2126-03-06T18:00:00+01:00", agreed=True)
    async def renegotiate(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Records another due of a promise to the customer, and whether they agreed to it."""
        return await prompts.renegotiate(prompt_id, await _body(request, Renegotiating))

    @action("gesture", Giving, what="Flowers, with a card.", cost=15)
    async def gesture(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Makes a gesture. Nobody has to be asked, within what may be spent on the prompt."""
        return await prompts.give(prompt_id, await _body(request, Giving))

    acting = [claim, release, decline, done, snooze, delegate, renegotiate, gesture]
    return [list_prompts, one_prompt, stream_prompts, *acting]


async def _body(request: Request[Any, Any, Any], kind: type[_Asked]) -> _Asked:
    # A browser says where a request comes from: no other site may act from an agent's session.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDeniedException("Agents act from the desk's own page, or from a program.")
    body = await request.body()
    if not body:
        raise ClientException('The body is empty; it is JSON, and at least {"agent_id": "lea"}: who acts.')
    asked = msgspec.json.decode(body, type=kind)
    mistake = asked.mistake(datetime.now(UTC))
    if mistake is not None:
        raise ClientException(mistake)
    return asked
