"""Kafka: the topics, and the headers of what is published on them."""

import logging
from collections.abc import Iterable
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from services.runtime import connections
from services.runtime.errors import Fatal

connections.mend()

log = logging.getLogger("egard.kafka")

INTERACTIONS = "egard.interactions"
RELATIONSHIPS = "egard.relationships"
PROMPTS = "egard.prompts"
MACHINE = "egard.machine"

TOPICS = (INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE)
"""All of ours."""

STRUCTURED = b"application/cloudevents+json; charset=UTF-8"
JSON = b"application/json"

DAY_MS = 86_400_000

_PARTITIONS = 8
"""Of each topic, where nobody says how many."""


def headers(traceparent: str | None, topic: str = INTERACTIONS) -> list[tuple[str, bytes]]:
    """The headers of a record: on the topic of events it is one in structured mode, elsewhere plain JSON."""
    found = [("content-type", STRUCTURED if topic == INTERACTIONS else JSON)]
    if traceparent:
        found.append(("traceparent", traceparent.encode("ascii", "ignore")))
    return found


class Topics(msgspec.Struct):
    """What became of topics that were to be there."""

    created: list[str]
    """The names of those that were missing."""
    others: list[str]
    """What is otherwise with those that were there before: a sentence for each."""


async def create_topics(
    brokers: str, *, partitions: int | None = None, replication: int | None = None
) -> Topics:
    """Creates the topics that are missing, and leaves the others as they are. Raises `Fatal`.

    Where a number is not given, it is 8 partitions, or one replica of each, and any other will do as well.

    Retention plus segment time of the events stays under 30 days: the journal is the record, Kafka the
    transport. `LogAppendTime` makes the broker's clock, not the publisher's, say when an event arrived.
    """
    many, copies = partitions or _PARTITIONS, replication or 1
    safe = {"min.insync.replicas": str(max(1, copies - 1))}
    kept = {"retention.ms": str(23 * DAY_MS), "segment.ms": str(6 * DAY_MS)}
    configs = {
        INTERACTIONS: {**safe, **kept, "message.timestamp.type": "LogAppendTime"},
        RELATIONSHIPS: {**safe, "cleanup.policy": "compact"},
        PROMPTS: {**safe, **kept},
        MACHINE: {**safe, **kept},
    }
    created: list[str] = []
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, client_id="egard-topics")
    try:
        await admin.start()
        existing = await _existing(admin)
        missing = [
            NewTopic(name, many, copies, topic_configs=config)
            for name, config in configs.items()
            if name not in existing
        ]
        if missing:
            cluster = await admin.describe_cluster()
            if cluster["controller_id"] not in {one["node_id"] for one in cluster["brokers"]}:
                raise Fatal(
                    f"Kafka at {brokers} has no controller at present, so nobody can create topics there. "
                    "(That of `egard demo` never has one: it makes a topic when somebody first uses it.)"
                )
            answer = await admin.create_topics(missing)
            for name, code, *_ in answer.topic_errors:
                if not code:
                    created.append(name)
                elif for_code(code) is not TopicAlreadyExistsError:
                    raise Fatal(f"Kafka would not create the topic {name}: {for_code(code).__name__}.")
            # Somebody else made it meanwhile, or the broker that was asked first had not heard of it yet.
            existing |= await _existing(admin)
        there = [(name, existing[name]) for name in configs if name in existing and name not in created]
        others = [said for name, has in there for said in _otherwise(name, has, partitions, replication)]
        return Topics(created, others)
    except KafkaError as error:
        raise Fatal(f"Kafka at {brokers} cannot be used: {error}.") from None
    finally:
        await admin.close()


async def _existing(admin: AIOKafkaAdminClient) -> dict[str, list[dict[str, Any]]]:
    """The partitions of each topic there is."""
    return {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}


def _otherwise(
    topic: str, has: list[dict[str, Any]], partitions: int | None, replication: int | None
) -> Iterable[str]:
    """What a topic has, where somebody asked for another number of it."""
    if partitions and len(has) > partitions:
        yield (f"{topic} has {len(has)} partitions, not {partitions}, and keeps them: Kafka takes none away.")
    if partitions and len(has) < partitions:
        yield (
            f"{topic} has {len(has)} partitions, not {partitions}, and was left so; to add some: "
            f"kafka-topics.sh --alter --topic {topic} --partitions {partitions}"
        )
    copies = min((len(one["replicas"]) for one in has), default=0)
    if replication and copies != replication:
        yield (
            f"{topic} has {copies} replica{'s' if copies > 1 else ''} of each partition, not {replication}, "
            "and was left so; kafka-reassign-partitions.sh changes that."
        )
