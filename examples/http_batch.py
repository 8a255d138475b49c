"""Publish a batch of events over HTTP, with httpx.

    pip install httpx
    EGARD_URL=https://egard.example.org EGARD_KEY=... python http_batch.py

EGARD_URL is http://127.0.0.1:8000 by default, where the demo listens; the demo asks for no key.
"""

import os
import sys
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

    Whatever may pass is tried again with the same events, times included. The program ends at what will not.
    """
    for attempt in range(attempts):
        wait = min(0.25 * 2**attempt, 10.0)
        try:
            answer = client.post(
                "/v1/events", json=events, headers={"Content-Type": "application/cloudevents-batch+json"}
            )
        except httpx.TransportError as error:
            # Perhaps they arrived, perhaps not: repeating them is safe.
            why = f"{URL} cannot be reached ({str(error) or type(error).__name__})"
        else:
            if answer.status_code == 202:
                return []
            if answer.status_code == 207:
                refused: list[dict[str, Any]] = answer.json()["refused"]
                return refused
            why = f"{URL} answers {answer.status_code}: {detail(answer)}"
            if answer.status_code in (401, 403):
                sys.exit(
                    f"{why} Set EGARD_KEY to a key that may publish (egard keys create --scope publish)."
                )
            if answer.status_code not in (429, 503):
                sys.exit(why)
            wait = float(answer.headers.get("Retry-After", wait))
        print(f"{why}; next try in {wait:g} s", file=sys.stderr)
        time.sleep(wait)
    sys.exit(f"{URL} took no events in {attempts} attempts; run this again later.")


def detail(answer: httpx.Response) -> str:
    """What an answer says is wrong: a sentence in the problem's `detail`, unless something else answered."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError):
        return answer.reason_phrase


if __name__ == "__main__":
    with httpx.Client(
        base_url=URL, timeout=10, headers={"Authorization": f"Bearer {KEY}"} if KEY else {}
    ) as client:
        refused = publish(client, EVENTS)
    for problem in refused:
        print(f"refused: {EVENTS[problem['index']]['id']}: {problem['detail']}")
    print(f"{len(EVENTS) - len(refused)} of {len(EVENTS)} events accepted")
