"""What stops a process, said in one sentence."""


class Fatal(Exception):  # noqa: N818 - the name says what follows: one sentence, exit code 1
    """The process cannot go on; its message is one sentence that an operator can act on."""
