"""Events published straight to Kafka, and what the database holds of them."""

from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaProducer

from events import RecognitionRemembered
from services.runtime.kafka import INTERACTIONS
from tests.kafka.conftest import PARTITIONS
from tests.stack import Stack, Teller


async def publish(brokers: str, teller: Teller, count: int) -> None:
    """Publishes so many events straight to Kafka, into every partition in turn."""
    async with AIOKafkaProducer(bootstrap_servers=brokers) as producer:
        for number in range(count):
            body = teller.tell(RecognitionRemembered(what="x")).body
            await producer.send_and_wait(INTERACTIONS, body, partition=number % PARTITIONS)


def journalled(stack: Stack, count: int) -> Callable[[], Awaitable[bool]]:
    """Whether the journal holds so many events."""

    async def look() -> bool:
        [row] = await stack.fetch("select count(*) as many from journal")
        return bool(row["many"] == count)

    return look
