"""Publishing straight to Kafka."""

from aiokafka.errors import KafkaError

from services.cli.publishing.lines import Line, accepted
from services.cli.publishing.patience import TryAgain
from services.cli.publishing.target import Verdict
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing, Producer

_WITHIN_S = 15.0


class Topic:
    """The topic of all events. Nobody checks them on the way, so they are checked here."""

    def __init__(self, brokers: str) -> None:
        self.name = f"Kafka at {brokers}"
        self._producer = Producer(brokers, client="egard-publish", within=_WITHIN_S)

    def check(self, number: int, body: bytes) -> Line:
        """An event of the language. Raises `events.Refused` for any other line."""
        return accepted(number, body)

    async def start(self) -> None:
        """Connects. Raises `Fatal` where no broker answers."""
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnects."""
        await self._producer.stop()

    async def publish(self, batch: list[Line]) -> Verdict:
        """Publishes a batch, and returns once all in-sync replicas hold it."""
        carried = headers(None)
        try:
            await self._producer.publish(
                Outgoing(INTERACTIONS, line.subject.encode(), line.body, carried) for line in batch
            )
        except TimeoutError:
            raise TryAgain(f"{self.name} does not confirm; `egard topics` creates the topics.") from None
        except KafkaError as error:
            if error.retriable:
                raise TryAgain(f"{self.name} does not confirm: {error}.") from None
            raise Fatal(f"{self.name} does not take the events: {error}.") from None
        return Verdict(len(batch), [], frozenset(line.slip for line in batch if line.slip is not None))
