"""Publish events straight to Kafka with librdkafka, by Confluent's client for Python.

    pip install confluent-kafka
    EGARD_KAFKA=localhost:9092 python kafka_librdkafka.py

librdkafka spreads keys over partitions in another way than Kafka's Java client does. Égard does not mind: the
events of one customer may come by several partitions.
"""

import json
import os
import sys

from confluent_kafka import KafkaError, Message, Producer

TOPIC = "egard.interactions"
SUBJECT = "customer-17"

EVENTS = [
    {
        "specversion": "1.0",
        "id": "complaint-9/raised",
        "source": "/service-desk",
        "type": "egard.complaint.raised",
        "subject": SUBJECT,
        "time": "2026-01-14T11:00:00+01:00",
        "data": {"complaint_id": "complaint-9", "severity": 60},
    },
    {
        "specversion": "1.0",
        "id": "complaint-9/settled",
        "source": "/service-desk",
        "type": "egard.complaint.settled",
        "subject": SUBJECT,
        "time": "2026-01-15T16:20:00+01:00",
        "data": {"complaint_id": "complaint-9", "accepted": True},
    },
]

failed: list[str] = []


def delivered(error: KafkaError | None, message: Message) -> None:
    """Note what became of a record: until this is called, it is not published."""
    if error is not None:
        failed.append(str(error))
    else:
        print(f"partition {message.partition()}, offset {message.offset()}")


if __name__ == "__main__":
    producer = Producer(
        {
            "bootstrap.servers": os.environ.get("EGARD_KAFKA", "localhost:9092"),
            "acks": "all",
            "enable.idempotence": True,
        }
    )
    for event in EVENTS:
        producer.produce(
            TOPIC,
            key=SUBJECT,
            value=json.dumps(event),
            headers={"content-type": "application/cloudevents+json"},
            on_delivery=delivered,
        )
        producer.poll(0)
    unanswered = producer.flush(30)
    if failed or unanswered:
        sys.exit(f"not published: {len(failed) + unanswered}; run this again ({', '.join(failed)})")
