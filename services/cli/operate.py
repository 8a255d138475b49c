"""`egard serve`, `egard migrate`, `egard topics`: what operators run."""

import asyncio
import logging
import os
from contextlib import suppress
from typing import Annotated

from aiokafka.errors import KafkaError
from cyclopts import Parameter

from services.clock import Clock
from services.desk import Desk
from services.gateway import Gateway
from services.insight import Insight
from services.outreach import Outreach
from services.projector import Projector
from services.runtime import migrations, telemetry
from services.runtime.errors import Fatal
from services.runtime.kafka import TOPICS, create_topics
from services.runtime.producer import Producer
from services.runtime.service import Context, Service, listen, run, stop_on_signals, unless
from services.runtime.settings import database_url, from_environment, kafka_address

log = logging.getLogger("egard.kafka")

SERVICES: dict[str, type[Service]] = {
    service.name: service for service in (Gateway, Projector, Clock, Outreach, Desk, Insight)
}


async def serve(*names: str, accept_gap: bool = False) -> None:
    """Runs services until Ctrl-C, with their web routes, /healthz and /readyz on EGARD_PORT.

    Names are gateway, projector, clock, outreach, desk and insight, or `all`.

        EGARD_KAFKA=localhost:9092 EGARD_DATABASE=postgres://egard@localhost/egard egard serve all

        egard serve gateway projector

    Parameters
    ----------
    names:
        The services to run in this process.
    accept_gap:
        Lets the projector pass events that Kafka deleted before they were read. Without it, it stops there.
    """
    wanted = list(SERVICES) if "all" in names else list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in SERVICES]
    if unknown or not wanted:
        problem = f"There is no service {unknown[0]!r}" if unknown else "No service was named"
        raise Fatal(f"{problem}; there are {', '.join(SERVICES)}, and all.")
    settings = from_environment(os.environ)
    telemetry.start(f"egard-{wanted[0]}" if len(wanted) == 1 else "egard")
    listener = listen(settings.host, settings.port)
    stop = asyncio.Event()
    stop_on_signals(stop)
    context = await unless(stop, Context.open(settings))
    if context is None:
        listener.close()
        return
    try:
        await unless(stop, _warn_of_missing_topics(context.producer))
        services = [
            Projector(context, accept_gap=accept_gap) if name == "projector" else SERVICES[name](context)
            for name in wanted
        ]
        await run(context, services, listener, stop)
    finally:
        await context.close()


async def _warn_of_missing_topics(producer: Producer) -> None:
    """Says which topics are missing, as after an upgrade that brings one: what is for them would wait."""
    with suppress(KafkaError, TimeoutError):  # a Kafka that goes away now is told of by whoever needs it
        missing = await producer.lacks(TOPICS)
        if missing:
            log.warning(
                "Kafka has no %s: run `egard topics`. What is for a topic that is missing waits, and what "
                "comes after it in the outbox too.",
                ", ".join(missing),
            )


async def migrate() -> None:
    """Brings the schema of EGARD_DATABASE up to date. Run again, it changes nothing."""
    applied = await migrations.migrate(database_url(os.environ))
    print("\n".join(f"applied {name}" for name in applied) or "The schema is up to date.")


async def topics(
    *,
    partitions: Annotated[
        int | None, Parameter(help="Partitions of each topic; 8 if it is not said.")
    ] = None,
    replication: Annotated[
        int | None,
        Parameter(help="Replicas of each partition; 1 if it is not said, 3 where there are brokers."),
    ] = None,
) -> None:
    """Creates the topics that EGARD_KAFKA lacks. Run again, it changes nothing.

    It says so where a topic that is there already has other numbers than those that were asked for.

    egard topics --partitions 24 --replication 3
    """
    found = await create_topics(kafka_address(os.environ), partitions=partitions, replication=replication)
    print("\n".join(f"created {name}" for name in found.created) or "All topics exist.")
    for sentence in found.others:
        print(sentence)
