"""Kafka: the topics, and the headers of what is published on them."""

import logging

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from services.runtime.errors import Fatal

log = logging.getLogger("egard.kafka")

INTERACTIONS = "egard.interactions"
RELATIONSHIPS = "egard.relationships"
PROMPTS = "egard.prompts"

STRUCTURED = b"application/cloudevents+json; charset=UTF-8"
JSON = b"application/json"

DAY_MS = 86_400_000


def headers(traceparent: str | None, topic: str = INTERACTIONS) -> list[tuple[str, bytes]]:
    """The headers of a record: on the topic of events it is one in structured mode, elsewhere plain JSON."""
    found = [("content-type", STRUCTURED if topic == INTERACTIONS else JSON)]
    if traceparent:
        found.append(("traceparent", traceparent.encode("ascii", "ignore")))
    return found


async def create_topics(brokers: str, *, partitions: int, replication: int) -> list[str]:
    """Creates the topics that are missing and returns their names. Raises `Fatal`.

    Retention plus segment time of the events stays under 30 days: the journal is the record, Kafka the
    transport. `LogAppendTime` makes the broker's clock, not the publisher's, say when an event arrived.
    """
    safe = {"min.insync.replicas": str(max(1, replication - 1))}
    wanted = [
        NewTopic(
            INTERACTIONS,
            partitions,
            replication,
            topic_configs={
                **safe,
                "message.timestamp.type": "LogAppendTime",
                "retention.ms": str(23 * DAY_MS),
                "segment.ms": str(6 * DAY_MS),
            },
        ),
        NewTopic(RELATIONSHIPS, partitions, replication, topic_configs={**safe, "cleanup.policy": "compact"}),
        NewTopic(
            PROMPTS,
            partitions,
            replication,
            topic_configs={**safe, "retention.ms": str(23 * DAY_MS), "segment.ms": str(6 * DAY_MS)},
        ),
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers, client_id="egard-topics")
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            cluster = await admin.describe_cluster()
            if cluster["controller_id"] not in {one["node_id"] for one in cluster["brokers"]}:
                raise Fatal(
                    f"Kafka at {brokers} has no controller at present, so nobody can create topics there. "
                    "(That of `egard demo` never has one: it makes a topic when somebody first uses it.)"
                )
            answer = await admin.create_topics(missing)
            for name, code, *_ in answer.topic_errors:
                if code and for_code(code) is not TopicAlreadyExistsError:
                    raise Fatal(f"Kafka would not create the topic {name}: {for_code(code).__name__}.")
        return [topic.name for topic in missing]
    except KafkaError as error:
        raise Fatal(f"Kafka at {brokers} cannot be used: {error}.") from None
    finally:
        await admin.close()
