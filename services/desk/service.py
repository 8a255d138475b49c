"""The desk as a process: the API that agents' tools use, the live stream, and the plain page."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, get_args

import msgspec
from litestar import Request, get, post
from litestar.exceptions import ClientException, PermissionDeniedException
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream as StreamResponse
from litestar.types import ControllerRouterHandler

from services.desk import contracts
from services.desk.answers import Prompt, PromptList, State
from services.desk.pages import page_handlers
from services.desk.prompts import SOURCE, WAITING, NotFound, Prompts, Taken
from services.desk.stream import Stream
from services.runtime import access, outbox
from services.runtime.service import Context, Service
from services.runtime.web import problem

_T = TypeVar("_T")
_ACT = {"scope": "act"}
_STATES = get_args(State)

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class Acting(msgspec.Struct, frozen=True):
    """Who acts."""

    agent_id: _Name


class Declining(Acting, frozen=True):
    """Who declines, and why, if they care to say."""

    reason: _Words | None = None


class Finishing(Acting, frozen=True):
    """Who reached out, what it took, and what the next colleague should know."""

    minutes: Annotated[float, msgspec.Meta(ge=0)] | None = None
    note: _Words | None = None


class Desk(Service):
    """Shows prompts and takes what agents do with them."""

    name = "desk"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.prompts = Prompts(context.pool, context.settings, context.strategy.hours.timezone)
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
    }

    @get("/v1/prompts", opt={**_ACT, "operation": contracts.LIST})
    async def list_prompts(
        states: Annotated[
            list[str] | None,
            QueryParameter(
                name="state", description="Only these states.", schema_extra=contracts.STATE_SCHEMA
            ),
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=1000, description="At most so many.")] = 200,
    ) -> PromptList:
        """Prompts, the most urgent first."""
        wrong = [name for name in states or () if name not in _STATES]
        if wrong:
            raise ClientException(f"`{wrong[0]}` is no state; a prompt is {', '.join(_STATES)}.")
        return PromptList(await prompts.in_states(states or WAITING, limit))

    @get("/v1/prompts/stream", opt={**_ACT, "operation": contracts.STREAM})
    async def stream_prompts(request: Request[Any, Any, Any]) -> StreamResponse:
        """Changes of prompts, as they come."""
        return StreamResponse(
            access.while_admitted(request, stream.watch()),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @post(
        "/v1/prompts/{prompt_id:str}/claim",
        status_code=200,
        exception_handlers=errors,
        opt={**_ACT, "operation": contracts.action(Acting)},
    )
    async def claim(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Takes a prompt on: it stays with the agent for 30 minutes."""
        return await prompts.claim(prompt_id, (await _body(request, Acting)).agent_id)

    @post(
        "/v1/prompts/{prompt_id:str}/release",
        status_code=200,
        exception_handlers=errors,
        opt={**_ACT, "operation": contracts.action(Acting)},
    )
    async def release(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Gives a prompt back."""
        return await prompts.release(prompt_id, (await _body(request, Acting)).agent_id)

    @post(
        "/v1/prompts/{prompt_id:str}/decline",
        status_code=200,
        exception_handlers=errors,
        opt={**_ACT, "operation": contracts.action(Declining, reason="We spoke this morning.")},
    )
    async def decline(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Says that this outreach is not called for. It costs nothing, and teaches the trigger."""
        said = await _body(request, Declining)
        return await prompts.decline(prompt_id, said.agent_id, said.reason)

    @post(
        "/v1/prompts/{prompt_id:str}/done",
        status_code=200,
        exception_handlers=errors,
        opt={
            **_ACT,
            "operation": contracts.action(Finishing, minutes=6, note="The parcel arrives tomorrow."),
        },
    )
    async def done(prompt_id: FromPath[str], request: Request[Any, Any, Any]) -> Prompt:
        """Says that the agent reached out."""
        said = await _body(request, Finishing)
        return await prompts.done(prompt_id, said.agent_id, said.minutes, said.note)

    errors[msgspec.MsgspecError] = lambda _, error: problem(400, f"{error}.")
    return [list_prompts, stream_prompts, claim, release, decline, done]


async def _body(request: Request[Any, Any, Any], kind: type[_T]) -> _T:
    # A browser says where a request comes from: no other site may act from an agent's session.
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDeniedException("Agents act from the desk's own page, or from a program.")
    return msgspec.json.decode(await request.body(), type=kind)
