"""The gateway: the front door for backends that publish over HTTP."""

from services.gateway.service import Gateway

__all__ = ["Gateway"]
