"""Events that an operator publishes about a person, and the wait until the projector has taken them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

from aiokafka.errors import KafkaError

from events import Data, Event, Refused, decode, make, type_of
from services.runtime.database import sentence
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing, Producer

SOURCE = "/egard/cli"
"""The source of the events that an operator publishes by command."""

LOOK_EVERY = 0.2

_T = TypeVar("_T")


def saying(data: Data, subject: str, about: str, at: datetime) -> Event:
    """An event whose id follows from what it says and when. Raises `Fatal` where it would be refused."""
    said = f"{type_of(data)} {subject} {about} {at.astimezone(UTC).isoformat()}"
    name = blake2b(said.encode(errors="replace"), digest_size=12).hexdigest()
    try:
        event = make(data, subject=subject, source=SOURCE, id=name, time=at)
        return decode(event.body, arrived=datetime.now(UTC))
    except Refused as refusal:
        raise Fatal(f"That would be refused: {refusal.detail}") from None
    except UnicodeEncodeError:
        raise Fatal("An id is text in UTF-8.") from None


async def publish(kafka: str, event: Event) -> None:
    """Publishes an event. Raises `Fatal` where Kafka does not confirm it."""
    producer = Producer(kafka, client="egard-customer")
    await producer.start()
    try:
        record = Outgoing(INTERACTIONS, event.subject.encode(), event.body, headers(None))
        await producer.publish([record])
    except (TimeoutError, KafkaError) as error:
        raise Fatal(f"Kafka did not confirm it: {sentence(error)} To try again does no harm.") from None
    finally:
        await producer.stop()


async def until(look: Callable[[], Awaitable[_T]], within: float) -> _T:
    """Looks again and again until there is something, for so many seconds at most; what it saw last."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        found = await look()
        if found or loop.time() >= end:
            return found
        await asyncio.sleep(LOOK_EVERY)
