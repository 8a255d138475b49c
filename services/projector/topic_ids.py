"""The id that Kafka gives a topic when it is made: one that is deleted and made anew has another.

aiokafka asks for nothing that holds it, so the question is put together here, of aiokafka's own parts.
"""

import logging
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, LeaderNotAvailableError
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

log = logging.getLogger("egard.projector")

_NONE = UUID(int=0)

_METADATA = 3
_VERSION = 10
"""The first version of Kafka's question for metadata whose answer holds ids; Kafka has it since 2.8."""


async def topic_id(consumer: AIOKafkaConsumer, partitions: Sequence[Any]) -> UUID | None:
    """The id of the topic of some partitions, by the leader of one of them; None where it tells none.

    Raises `KafkaError` where none of them answers.
    """
    failed: KafkaError = LeaderNotAvailableError()
    for place in partitions:
        leader = consumer._client.cluster.leader_for_partition(place)
        if leader is None or leader == -1:
            continue
        try:
            answer = await consumer._client.send(leader, _Question(place.topic))
        except KafkaError as error:
            failed = error
            continue
        except NotImplementedError:
            # aiokafka says so of a broker that knows no such version.
            _say_once()
            return None
        # One that is being deleted, or that the broker does not know yet, has no id.
        [(_, _, found, *_)] = answer.topics
        return None if found == _NONE else found
    raise failed


@cache
def _say_once() -> None:
    log.warning("Kafka is too old to tell topics' ids: one that is made anew may not be noticed.")


class _Uuid(AbstractType):  # type: ignore[misc]
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = _METADATA
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString()),
                ("port", Int32),
                ("rack", CompactString()),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString()),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", CompactString()),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _MetadataRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = _METADATA
    API_VERSION = _VERSION
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("topic", CompactString()), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Question(Request[_MetadataRequest]):  # type: ignore[misc]
    API_KEY = _METADATA

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_MetadataRequest]) -> Any:
        return request_struct_class([(_NONE, self._topic, {})], False, False, False, {})
