"""Publish an event over HTTP, made by CloudEvents' own SDK for Python, in structured and in binary mode.

pip install "cloudevents>=2" httpx
EGARD_URL=https://egard.example.org EGARD_KEY=... python http_sdk.py
"""

import os
from datetime import datetime

import httpx
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

URL = os.environ.get("EGARD_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("EGARD_KEY")

# The SDK makes up an id and a time where you give none. Give both: a retry must repeat them.
promised = CloudEvent(
    {
        "id": "ticket-88/promised",
        "source": "/service-desk",
        "type": "egard.promise.made",
        "subject": "customer-17",
        "time": datetime.fromisoformat("2026-01-12T09:35:00+01:00"),
        "datacontenttype": "application/json",
    },
    {"promise_id": "ticket-88/call-back", "what": "call back", "due": "2026-01-13T12:00:00+01:00"},
)
kept = CloudEvent(
    {
        "id": "ticket-88/kept",
        "source": "/service-desk",
        "type": "egard.promise.kept",
        "subject": "customer-17",
        "time": datetime.fromisoformat("2026-01-13T10:02:00+01:00"),
        "datacontenttype": "application/json",
    },
    {"promise_id": "ticket-88/call-back"},
)

if __name__ == "__main__":
    with httpx.Client(
        base_url=URL, timeout=10, headers={"Authorization": f"Bearer {KEY}"} if KEY else {}
    ) as client:
        for message in (to_structured_event(promised), to_binary_event(kept)):
            answer = client.post("/v1/events", content=message.body, headers=message.headers)
            answer.raise_for_status()
            print(answer.json())
