"""The projector: the only writer of folds."""

from services.projector.service import Projector

__all__ = ["Projector"]
