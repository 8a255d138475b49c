"""What goes wrong: each fault of the schedule done to whom it names."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from random import Random

import psutil

from tests.chaos.schedule import BROKER, DATABASE, Fault
from tests.chaos.system import System

Tell = Callable[[float, Fault], None]
"""Hears of each fault when it begins, and how many seconds after the beginning that was."""


async def strike(system: System, faults: Iterable[Fault], seed: int, tell: Tell) -> None:
    """Does what the schedule says, each at its time; returns when the last is over.

    A fault waits while an earlier one of the same target is not over: a broker may need long to come back.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    busy: dict[str, asyncio.Lock] = {}
    draw = Random(f"{seed}/children")

    async def one(fault: Fault) -> None:
        async with busy.setdefault(fault.target, asyncio.Lock()):
            tell(loop.time() - began, fault)
            await _strike(system, fault, draw)

    async with asyncio.TaskGroup() as group:
        for fault in faults:
            await asyncio.sleep(max(0.0, began + fault.at - loop.time()))
            group.create_task(one(fault))


async def _strike(system: System, fault: Fault, draw: Random) -> None:
    link, _, way = fault.kind.partition(" ")
    if (fault.target, link) in system.links:
        await system.links[fault.target, link].meet(way, fault.lasts)
    elif fault.target == BROKER:
        await _broker(system, fault)
    elif fault.target == DATABASE:
        await _database(system, fault, draw)
    else:
        await _service(system, fault)


async def _service(system: System, fault: Fault) -> None:
    kept = system.services[fault.target]
    if fault.kind == "killed":
        await kept.kill(fault.lasts)
    elif fault.kind == "frozen":
        await kept.freeze(fault.lasts)
    else:
        await kept.restart()


async def _broker(system: System, fault: Fault) -> None:
    kafka = system.kafka
    if fault.kind == "killed":
        await kafka.kill()
        await asyncio.sleep(fault.lasts)
        await kafka.start()
    elif fault.kind == "frozen":
        await kafka.freeze()
        try:
            await asyncio.sleep(fault.lasts)
        finally:
            kafka.thaw()
    else:
        await kafka.restart()


async def _database(system: System, fault: Fault, draw: Random) -> None:
    database = system.database
    if fault.kind == "killed":
        await database.kill()
        await asyncio.sleep(fault.lasts)
        await database.start()
    elif fault.kind == "frozen":
        # The server first, so that nothing is born; then all that it has, which else would go on.
        processes = [database.pid]
        _signal(processes, signal.SIGSTOP)
        processes += _children(database.pid)
        _signal(processes, signal.SIGSTOP)
        try:
            await asyncio.sleep(fault.lasts)
        finally:
            _signal(processes, signal.SIGCONT)
    elif fault.kind == "child killed":
        # A session, or what works for the server itself. All others end with it: their memory is not trusted.
        _signal([draw.choice(_children(database.pid))], signal.SIGKILL)
    else:
        await database.restart()


def _children(server: int) -> list[int]:
    """The processes that a database server has made, in order."""
    return sorted(one.pid for one in psutil.Process(server).children(recursive=True))


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for one in processes:
        with suppress(ProcessLookupError):
            os.kill(one, number)
