"""The brand's systems that publish: each is the `source` of its events."""

from events import Channel

BILLING = "/billing"
CHAT = "/chat"
CRM = "/crm"
MAIL = "/mail"
MARKETING = "/marketing"
NETWORK = "/network"
ROSTER = "/roster"
SHOP = "/shop"
SURVEYS = "/surveys"
TELEPHONY = "/telephony"
WEB = "/web"

OF_CHANNEL: dict[Channel, str] = {
    "phone": TELEPHONY,
    "email": MAIL,
    "chat": CHAT,
    "form": WEB,
    "store": SHOP,
    "social": CHAT,
    "post": MAIL,
    "other": CRM,
}
"""Which system sees the contacts of a channel."""
