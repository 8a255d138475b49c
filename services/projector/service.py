"""The projector as a process: FastStream at the edge, the engine inside."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from services.projector.announcer import Announcer
from services.projector.consumer import Consumer
from services.projector.engine import Engine
from services.projector.finisher import Finisher
from services.projector.partitions import Partitions
from services.projector.renewed import Renewed
from services.runtime import asyncapi
from services.runtime.database import persist
from services.runtime.erased import seal
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.producer import GOODBYE
from services.runtime.service import Context, Service

GROUP = "egard.projector"
MAX_RECORDS = 2000
"""The most records in a batch: decoding them must not keep a heartbeat waiting."""


class Projector(Service):
    """Reads `egard.interactions` and is the only writer of folds."""

    name = "projector"

    def __init__(self, context: Context, *, accept_gap: bool = False) -> None:
        super().__init__(context)
        self._broker = KafkaBroker(
            context.settings.kafka,
            client_id="egard-projector",
            consumer_only=True,
            allow_auto_create_topics=False,
            # Partitions that were added, and a topic that was made anew, are noticed within seconds.
            metadata_max_age_ms=5_000,
            apply_types=False,
            logger=None,
        )
        announcer = Announcer(context.pool, context.producer)
        self.partitions = Partitions(
            pool=context.pool,
            engine=Engine(
                context.pool,
                context.strategy,
                INTERACTIONS,
                erasure_key=context.settings.erasure_key,
                clock=context.clock,
            ),
            announcer=announcer,
            topic=INTERACTIONS,
            consumer=self._consumer,
            fail=context.fail,
            accept_gap=accept_gap,
        )
        self._finisher = Finisher(
            pool=context.pool,
            announcer=announcer,
            topic=INTERACTIONS,
            consumer=self._consumer,
            owned=lambda: self.partitions.owned,
            read=self.partitions.read,
        )
        self._renewed = Renewed(context.pool, announcer, context.strategy)
        self._subscriber = self._broker.subscriber(
            INTERACTIONS,
            batch=True,
            group_id=GROUP,
            max_records=MAX_RECORDS,
            batch_timeout_ms=20,  # between two looks after a failure; else a look ends with records
            # Positions are ours; without one, guessing would skip or repeat.
            auto_offset_reset="none",
            ack_policy=AckPolicy.MANUAL,
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
            # An answer is in memory three times while it is read.
            max_partition_fetch_bytes=1024 * 1024,
            title=INTERACTIONS,
            description="What happens between the brand and each customer, as CloudEvents.",
            listener=self.partitions,
            parser=_raw,
            decoder=_decoded,
        )
        self._subscriber(self._handle)
        asyncapi.declare(self._broker)

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """`/asyncapi.json`: the contract of the topics."""

        @get("/asyncapi.json", include_in_schema=False, opt={"scope": "public"}, sync_to_thread=True)
        def describe() -> Response[dict[str, Any]]:
            return Response(self.contract(), headers={"Cache-Control": "public, max-age=3600"})

        return [describe]

    def contract(self) -> dict[str, Any]:
        """The topics that it reads, and those that are written for others, as AsyncAPI 3."""
        return asyncapi.document(self._broker)

    async def start(self) -> None:
        """Joins the group.

        Raises `Fatal` where Kafka cannot be reached, or where those who were erased would not be known.
        """
        key = self.context.settings.erasure_key
        await persist("The projector", lambda: seal(self.context.pool, key))
        try:
            await self._broker.connect()
            # FastStream has no other way to say which consumer it should make.
            config = self._broker.config.broker_config
            options = cast("partial[AIOKafkaConsumer]", config.builder).keywords
            config.builder = partial(Consumer, standing=self.partitions.standing, **options)
            await self._broker.start()
        except KafkaError as error:
            raise Fatal(f"Kafka at {self.context.settings.kafka} cannot be reached: {error}.") from None
        self.spawn(self.partitions.keep_house())
        self.spawn(self._finisher.run())
        self.spawn(self._renewed.run())

    async def stop(self) -> None:
        """Leaves the group after what is under way."""
        await super().stop()
        await self.partitions.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._broker.stop(), GOODBYE)

    async def unready(self) -> str | None:
        """It is ready once it owns what the group gave it."""
        consumer = self._subscriber.consumer
        assigned = set() if consumer is None else {place.partition for place in consumer.assignment()}
        if not self.partitions.joined or not assigned <= set(self.partitions.owned):
            return "it has not taken over its partitions yet"
        return None

    def _consumer(self) -> AIOKafkaConsumer:
        consumer = self._subscriber.consumer
        if consumer is None:
            raise Fatal("The projector was stopped.")
        return consumer

    async def _handle(self, records: asyncapi.Interactions) -> None:
        await self.partitions.handle(records)


async def _raw(records: Any) -> KafkaMessage:
    """FastStream's own parser decodes every header of every record; the engine needs two of them."""
    return KafkaMessage(raw_message=records, body=b"", consumer=None)  # type: ignore[arg-type]


async def _decoded(message: KafkaMessage) -> Sequence[ConsumerRecord]:
    return message.raw_message
