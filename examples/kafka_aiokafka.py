"""Publish events straight to Kafka with aiokafka, in structured and in binary mode.

pip install aiokafka
EGARD_KAFKA=localhost:9092 python kafka_aiokafka.py
"""

import asyncio
import json
import os

from aiokafka import AIOKafkaProducer

TOPIC = "egard.interactions"
SUBJECT = "customer-17"


async def main() -> None:
    """Publish one event in each mode, and wait until all in-sync replicas hold both."""
    async with AIOKafkaProducer(
        bootstrap_servers=os.environ.get("EGARD_KAFKA", "localhost:9092"),
        acks="all",
        enable_idempotence=True,  # a retry of the client's own neither doubles nor reorders
    ) as producer:
        # Structured: the value is the whole event, and the content type says so.
        event = {
            "specversion": "1.0",
            "id": "form-310/attempted",
            "source": "/website",
            "type": "egard.contact.attempted",
            "subject": SUBJECT,
            "time": "2026-01-12T20:15:00+01:00",
            "data": {"contact_id": "form-310", "channel": "form", "wants": "human"},
        }
        structured = await producer.send(
            TOPIC,
            key=SUBJECT.encode(),
            value=json.dumps(event).encode(),
            headers=[("content-type", b"application/cloudevents+json")],
        )

        # Binary: attributes are headers that begin with ce_, and the value is the data alone.
        binary = await producer.send(
            TOPIC,
            key=SUBJECT.encode(),
            value=json.dumps({"contact_id": "form-310", "by": "human"}).encode(),
            headers=[
                ("ce_specversion", b"1.0"),
                ("ce_id", b"form-310/answered"),
                ("ce_source", b"/website"),
                ("ce_type", b"egard.contact.answered"),
                ("ce_subject", SUBJECT.encode()),
                ("ce_time", b"2026-01-13T09:05:00+01:00"),
                ("content-type", b"application/json"),
            ],
        )
        for place in await asyncio.gather(structured, binary):
            print(f"partition {place.partition}, offset {place.offset}")


if __name__ == "__main__":
    asyncio.run(main())
