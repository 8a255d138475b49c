"""What goes wrong when we start servers ourselves."""


class EmbeddedError(Exception):
    """An embedded server cannot do what was asked; the message is one sentence for the person who asked."""
