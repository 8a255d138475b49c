"""`egard topics`: what is there is left alone, and what is otherwise than asked is said."""

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.cli.operate import topics
from services.runtime.kafka import DAY_MS, INTERACTIONS, RELATIONSHIPS
from tests.kafka.server import KafkaServer
from tests.kafka.straight import PARTITIONS


async def test_a_topic_with_other_numbers_than_asked_for_is_named(
    kafka: KafkaServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """More partitions, fewer, or other replicas: a sentence says so for each; asked for nothing, none."""
    monkeypatch.setenv("EGARD_KAFKA", kafka.address)
    await topics()
    await topics(partitions=PARTITIONS, replication=1)
    assert capsys.readouterr().out == "All topics exist.\n" * 2
    await topics(partitions=PARTITIONS // 2)
    said = capsys.readouterr().out
    assert f"{INTERACTIONS} has 4 partitions, not 2, and keeps them" in said
    assert said.count("has 4 partitions, not 2") == 4
    await topics(partitions=2 * PARTITIONS, replication=3)
    said = capsys.readouterr().out
    assert f"--alter --topic {RELATIONSHIPS} --partitions 8\n" in said
    assert f"{INTERACTIONS} has 1 replica of each partition, not 3, and was left so" in said


async def test_the_topic_of_events_keeps_them_less_than_thirty_days(kafka: KafkaServer) -> None:
    """Kafka is the transport: by the broker's clock, retention and a segment are under 30 days together."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, INTERACTIONS)])
    finally:
        await admin.close()
    [(_, _, _, _, entries)] = answer.resources
    config = {name: value for name, value, *_ in entries}
    assert int(config["retention.ms"]) + int(config["segment.ms"]) < 30 * DAY_MS
    assert config["message.timestamp.type"] == "LogAppendTime"
