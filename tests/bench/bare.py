"""The ceiling of the gateway: a route that checks nothing, and acknowledges as the gateway does.

Starlette, msgspec and aiokafka, as somebody would write it who trusts every publisher: the body is split,
each event's subject is its key, and the answer comes once every in-sync replica has every event.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import uvicorn
from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.runtime.kafka import INTERACTIONS

TOPIC = os.environ.get("BENCH_TOPIC", INTERACTIONS)

_BATCH = "application/cloudevents-batch+json"


class _Event(msgspec.Struct):
    subject: str


_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read = msgspec.json.Decoder(_Event).decode


def application(brokers: str) -> Starlette:
    """`POST /v1/events`, without anything."""
    producers: list[AIOKafkaProducer] = []

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", max_batch_size=256 * 1024)
        await producer.start()
        producers.append(producer)
        yield
        await producer.stop()

    async def publish(request: Request) -> Response:
        body = await request.body()
        batched = request.headers["content-type"] == _BATCH
        events = [bytes(one) for one in _split(body)] if batched else [body]
        [producer] = producers
        sent = [await producer.send(TOPIC, event, key=_read(event).subject.encode()) for event in events]
        await asyncio.gather(*sent)
        return Response(b'{"accepted":%d}' % len(events), 202, media_type="application/json")

    return Starlette(routes=[Route("/v1/events", publish, methods=["POST"])], lifespan=life)


def main() -> None:
    """Serves on the port that is given."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
    config = uvicorn.Config(application(os.environ["EGARD_KAFKA"]), log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
