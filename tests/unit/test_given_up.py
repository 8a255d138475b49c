"""What a process says of answers that it gives up because it ends."""

import asyncio
import logging

import pytest

from services.runtime.service import concerns_somebody


@pytest.mark.parametrize(("error", "told"), [(asyncio.CancelledError(), False), (ValueError("x"), True)])
def test_an_answer_that_is_given_up_leaves_no_traceback_and_a_failure_does(
    error: BaseException, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The web server logs both alike."""
    logger = logging.getLogger("uvicorn.error")
    logger.addFilter(concerns_somebody)
    try:
        with caplog.at_level(logging.ERROR):
            logger.error("Exception in ASGI application", exc_info=error)
            logger.error("Cancel 1 running task(s), timeout graceful shutdown exceeded")
    finally:
        logger.removeFilter(concerns_somebody)
    assert [bool(record.exc_info) for record in caplog.records] == ([True, False] if told else [False])
