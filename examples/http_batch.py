"""Publish a batch of events over HTTP, with httpx.

    pip install httpx
    EGARD_URL=https://egard.example.org EGARD_KEY=... python http_batch.py

EGARD_URL is http://127.0.0.1:8000 by default, where the demo listens; the demo asks for no key.
"""

import os
import time
from typing import Any

import httpx

URL = os.environ.get("EGARD_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("EGARD_KEY")

# A customer called, and somebody answered after 24 seconds. The ids are made of what the telephone system
# knows about the call, so they are the same however often this runs: nothing is ever counted twice.
EVENTS: list[dict[str, Any]] = [
    {
        "specversion": "1.0",
        "id": "call-5501/attempted",
        "source": "/telephone",
        "type": "egard.contact.attempted",
        "subject": "customer-17",
        "time": "2026-01-12T09:30:00+01:00",
        "data": {"contact_id": "call-5501", "channel": "phone"},
    },
    {
        "specversion": "1.0",
        "id": "call-5501/answered",
        "source": "/telephone",
        "type": "egard.contact.answered",
        "subject": "customer-17",
        "time": "2026-01-12T09:30:24+01:00",
        "data": {"contact_id": "call-5501", "by": "human", "waited_s": 24},
    },
]


def publish(client: httpx.Client, events: list[dict[str, Any]], attempts: int = 8) -> list[dict[str, Any]]:
    """Publish events; return the problems of those that were refused, which no retry would mend.

    Whatever may pass is tried again with the same events, times included.
    """
    for attempt in range(attempts):
        wait = min(0.25 * 2**attempt, 10.0)
        try:
            answer = client.post(
                "/v1/events", json=events, headers={"Content-Type": "application/cloudevents-batch+json"}
            )
        except httpx.TransportError:
            time.sleep(wait)  # perhaps they arrived, perhaps not: repeating them is safe
            continue
        if answer.status_code == 202:
            return []
        if answer.status_code == 207:
            refused: list[dict[str, Any]] = answer.json()["refused"]
            return refused
        if answer.status_code not in (429, 503):
            answer.raise_for_status()
        time.sleep(float(answer.headers.get("Retry-After", wait)))
    raise TimeoutError(f"{URL} took no events in {attempts} attempts")


if __name__ == "__main__":
    with httpx.Client(
        base_url=URL, timeout=10, headers={"Authorization": f"Bearer {KEY}"} if KEY else {}
    ) as client:
        refused = publish(client, EVENTS)
    for problem in refused:
        print(f"refused: {EVENTS[problem['index']]['id']}: {problem['detail']}")
    print(f"{len(EVENTS) - len(refused)} of {len(EVENTS)} events accepted")
