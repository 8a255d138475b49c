"""`egard publish --resume`: what an interrupted run has settled is not done again; nothing is left out."""

import gzip
import json
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.publish import publish
from services.cli.publishing.ledger import Ledger
from services.cli.publishing.place import Place, Shelf
from services.runtime.errors import Fatal

Answer = Callable[[list[dict[str, Any]]], tuple[int, dict[str, Any]]]


class Door(ThreadingHTTPServer):
    """A gateway played by a test, at a real address: it notes what is posted, and answers as told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: list[list[dict[str, Any]]] = []
        self.keys: set[str | None] = set()
        self.answer: Answer = accept
        self.lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A publisher that went away meanwhile is what these tests are about."""

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def ids(self) -> list[str]:
        """The ids of all that was posted, in order."""
        return [event["id"] for batch in self.posted for event in batch]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_POST(self) -> None:
        """Takes a batch."""
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.keys.add(self.headers["Authorization"])
            status, answer = self.server.answer(events)
            self.server.posted.append(events)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Says nothing."""


@contextmanager
def door() -> Iterator[Door]:
    """A door that is open while a test runs."""
    with Door() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def accept(events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """Takes everything."""
    return 202, {"accepted": len(events)}


def until(number: int) -> Answer:
    """Takes what stands before an event, and then will not take anything more."""

    def answer(events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        if any(int(event["id"].partition("~")[0]) >= number for event in events):
            return 404, {"title": "Not Found"}
        return accept(events)

    return answer


def line(number: int) -> str:
    """An event of one of seven customers."""
    event = {
        "specversion": "1.0",
        "id": str(number),
        "source": "test",
        "type": "egard.recognition.greeted",
        "subject": f"c{number % 7}",
        "time": "2026-01-01T00:00:00Z",
        "data": {},
    }
    return json.dumps(event) + "\n"


def history(path: Path, count: int = 3000) -> Path:
    """A file of numbered events; its folder is the test's own."""
    path.write_text("".join(line(number) for number in range(count)))
    return path


def kept(file: Path) -> Place:
    """What is kept of an interrupted publication."""
    place = Shelf(file, {}).load()
    assert place is not None
    return place


def test_an_interrupted_file_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is left out, little is sent again, and the summary counts both runs together."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        assert publish(file, to=gateway.address, batch=50) == 1
        place, before = kept(file), len(gateway.ids)
        assert f"--resume continues after line {place.line:,}." in capsys.readouterr().out
        assert 1000 < place.line <= 2000
        gateway.answer = accept
        assert publish(file, to=gateway.address, batch=50, resume=True) == 0
        assert set(gateway.ids) == {str(number) for number in range(3000)}
        assert min(map(int, gateway.ids[before:])) == place.line  # lines count from 1, events from 0
    assert "3,000 events accepted, 0 refused, of 3,000 lines." in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["life"]


def test_the_refusals_of_both_runs_are_counted_by_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The summary of a resumed publication is that of one that was never interrupted."""
    file = history(tmp_path / "life")
    file.write_text("nonsense\n\n" + file.read_text() + "more nonsense\n")

    def choosy(answer: Answer) -> Answer:
        def choose(events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
            status, body = answer(events)
            bad = [place for place, event in enumerate(events) if int(event["id"]) % 10 == 0]
            if status != 202 or not bad:
                return status, body
            problems = [{"index": place, "reason": "data_invalid", "detail": "no"} for place in bad]
            return 207, {"accepted": len(events) - len(bad), "refused": problems}

        return choose

    with door() as gateway:
        gateway.answer = choosy(until(2000))
        assert publish(file, to=gateway.address, batch=50) == 1
        assert kept(file).refused["not_json"] == 1
        capsys.readouterr()
        gateway.answer = choosy(accept)
        assert publish(file, to=gateway.address, batch=50, resume=True) == 1
    said = capsys.readouterr().out
    assert "2,700 events accepted, 302 refused, of 3,002 lines." in said
    assert "         300  data_invalid" in said
    assert "           2  not_json" in said


@pytest.mark.parametrize("packed", [False, True])
def test_a_killed_run_loses_nothing_and_keeps_its_distance(tmp_path: Path, packed: bool) -> None:
    """After SIGKILL the same events go on as the same events: the shift of the first run holds."""
    file = history(tmp_path / "life", 20_000)
    if packed:
        file.write_bytes(gzip.compress(file.read_bytes()))
    command = [sys.executable, "-m", "services.cli.main", "publish", str(file), "--shift-to", "now"]
    killed = threading.Event()
    with door() as gateway:

        def kill_in_the_middle(events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
            if len(gateway.ids) > 8000 and not killed.is_set():
                killed.set()
                process.send_signal(signal.SIGKILL)
            return accept(events)

        gateway.answer = kill_in_the_middle
        process = subprocess.Popen([*command, "--to", gateway.address])
        assert process.wait(60) == -signal.SIGKILL
        again = [*command, "--to", gateway.address, "--resume"]
        subprocess.run(again, check=True, capture_output=True, timeout=60)
        ids = set(gateway.ids)
    assert len(ids) == 20_000
    (suffix,) = {identity.partition("~")[2] for identity in ids}
    assert re.fullmatch(r"[+]\d+(\.\d+)?s", suffix)
    assert not list(tmp_path.glob("*egard-publish"))


def test_the_distance_of_a_shift_is_kept_before_the_first_event_goes_out(tmp_path: Path) -> None:
    """Whenever a run is killed, the next one knows by how much the events were moved that are already in."""
    file, distances = history(tmp_path / "life"), list[int | None]()
    with door() as gateway:

        def look(events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
            place = Shelf(file, {}).load()
            distances.append(None if place is None else place.shift_us)
            return accept(events)

        gateway.answer = look
        assert publish(file, to=gateway.address, shift_to="now") == 0
    assert distances[0] is not None
    assert set(distances) == {distances[0]}


def test_a_shifted_publication_is_not_begun_anew_by_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With another distance the same lines would be other events, so the interrupted run comes first."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50, shift_to="now")
        sent = len(gateway.ids)
        assert publish(file, to=gateway.address, shift_to="now") == 2
        assert len(gateway.ids) == sent
        assert f"remove {tmp_path / 'life.egard-publish'}" in capsys.readouterr().err
        assert publish(file, to=gateway.address, shift_to="2026-05-05T00:00:00Z", resume=True) == 2
        assert "begun with --shift-to now" in capsys.readouterr().err


def test_a_file_begun_anew_says_that_it_could_have_been_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Publishing again is safe without a shift, and it is said that less would have done."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50)
        gateway.answer = accept
        gateway.posted.clear()
        assert publish(file, to=gateway.address) == 0
        assert len(gateway.ids) == 3000
    assert "--resume would have continued it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: text + line(3000), "The file has changed"),
        (lambda text: text.replace('"id": "7"', '"id": "x"', 1), "The file has changed"),
        (lambda text: text[:200_000].ljust(len(text)), "The file has changed"),
    ],
)
def test_a_file_that_changed_is_not_resumed(
    change: Callable[[str], str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Longer, other in a place already passed, or ended before it: no event is sent, and the place stays."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50)
        place, sent = kept(file), len(gateway.ids)
        file.write_text(change(file.read_text()))
        assert publish(file, to=gateway.address, resume=True) == 2
        assert len(gateway.ids) == sent
    assert sentence in capsys.readouterr().err
    assert kept(file) == place


def test_a_shifted_file_that_changed_is_given_advice_that_holds_with_resume_and_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both ways name the file to remove and that events come in twice; doing so then publishes it."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50, shift_to="now")
        file.write_text(file.read_text() + line(3000))
        sent = len(gateway.ids)
        gateway.answer = accept
        capsys.readouterr()
        for resume in (True, False):
            assert publish(file, to=gateway.address, shift_to="now", resume=resume) == 2
            said = capsys.readouterr().err
            assert "The file has changed" in said
            assert f"remove {tmp_path / 'life.egard-publish'}" in said
            assert "comes in twice" in said
            assert "not counted twice" not in said
        assert len(gateway.ids) == sent
        (tmp_path / "life.egard-publish").unlink()
        assert publish(file, to=gateway.address, shift_to="now") == 0


def test_a_changed_file_begun_anew_is_not_told_that_it_could_have_been_resumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What --resume would refuse is not recommended."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50)
        file.write_text(file.read_text() + line(3000))
        gateway.answer = accept
        capsys.readouterr()
        assert publish(file, to=gateway.address) == 0
    said = capsys.readouterr().err
    assert "the file has changed since" in said
    assert "--resume" not in said


def test_a_publication_is_resumed_where_it_was_going(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another gateway does not have what the first one took."""
    file = history(tmp_path / "life")
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50)
        assert publish(file, to="http://127.0.0.1:1", resume=True) == 2
    assert f"went to {gateway.address}" in capsys.readouterr().err


def test_without_a_place_a_resumed_run_begins_at_the_beginning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that a script may always say --resume; a pipe cannot be resumed at all."""
    file = history(tmp_path / "life", 10)
    with door() as gateway:
        assert publish(file, to=gateway.address, resume=True) == 0
        assert len(gateway.ids) == 10
        assert publish(Path("/dev/null"), to=gateway.address, resume=True) == 2
    said = capsys.readouterr().err
    assert "begins with its first line" in said
    assert "A pipe cannot be read again" in said


def test_where_nothing_was_taken_nothing_is_kept(tmp_path: Path) -> None:
    """A gateway that is not there, or wants a key, leaves no file behind that would have to be explained."""
    file = history(tmp_path / "life", 10)
    assert publish(file, to="http://127.0.0.1:1", shift_to="now") == 2
    with door() as gateway:
        gateway.answer = lambda _: (401, {"title": "Unauthorized"})
        assert publish(file, to=gateway.address, shift_to="now") == 2
    assert list(tmp_path.iterdir()) == [file]


def test_what_was_perhaps_taken_before_a_refusal_keeps_its_distance(tmp_path: Path) -> None:
    """A first try may have come in although nobody confirmed it: moved anew it would come in twice."""
    file, answers = history(tmp_path / "life", 10), iter([503, 401])
    with door() as gateway:
        gateway.answer = lambda _: (next(answers), {"title": "No"})
        assert publish(file, to=gateway.address, shift_to="now") == 2
        assert len(gateway.posted) == 2
    assert kept(file).shift_us is not None


def test_half_a_batch_that_was_taken_before_a_refusal_keeps_its_distance(tmp_path: Path) -> None:
    """A batch that is taken apart may be refused when a part of it is in."""
    file = history(tmp_path / "life", 10)
    with door() as gateway:

        def answer(events: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
            if len(events) == 10:
                return 413, {"title": "Too much"}
            return accept(events) if len(gateway.posted) == 1 else (401, {"title": "No"})

        gateway.answer = answer
        assert publish(file, to=gateway.address, shift_to="now", lanes=1) == 2
        assert len(gateway.posted) == 3
    assert kept(file).shift_us is not None


def test_while_nobody_knows_the_answer_one_lane_goes_ahead(tmp_path: Path) -> None:
    """A gateway that takes one batch and turns the next away never has both under way at the beginning."""
    file, statuses = history(tmp_path / "life"), list[int]()
    with door() as gateway:
        turned_away, lock = threading.Event(), threading.Lock()

        class Slow(_Handler):
            def do_POST(self) -> None:
                """What is taken is answered when another was turned away, or nobody else has come."""
                with lock:
                    statuses.append(401 if statuses else 202)
                    status = statuses[-1]
                events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if status == 202:
                    turned_away.wait(1)
                gateway.posted.append(events)
                body = json.dumps({"accepted": len(events)} if status == 202 else {"title": "No"}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                if status == 401:
                    turned_away.set()

        gateway.RequestHandlerClass = Slow
        assert publish(file, to=gateway.address, shift_to="now", batch=50) == 1
        assert statuses[0] == 202
    assert kept(file).shift_us is not None


def test_where_the_folder_cannot_be_written_the_place_is_kept_with_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history on a medium that is read only can be resumed as well."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = history(tmp_path / "life")
    (tmp_path / "life.egard-publish").mkdir()  # nothing can be written there, whoever runs the tests
    with door() as gateway:
        gateway.answer = until(2000)
        publish(file, to=gateway.address, batch=50)
        assert [path.name[:5] for path in (tmp_path / "state" / "egard").iterdir()] == ["life-"]
        gateway.answer = accept
        assert publish(file, to=gateway.address, resume=True) == 0
        assert set(gateway.ids) == {str(number) for number in range(3000)}
    assert not list((tmp_path / "state" / "egard").iterdir())


def test_a_place_that_cannot_be_kept_does_not_stop_the_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said once that this run cannot be resumed, and the events go on."""
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/nowhere")
    file = history(tmp_path / "life")
    (tmp_path / "life.egard-publish").mkdir()
    with door() as gateway:
        assert publish(file, to=gateway.address) == 0
        assert len(gateway.ids) == 3000
    assert capsys.readouterr().err.count("The place cannot be kept") == 1


def test_what_is_no_place_is_told(tmp_path: Path) -> None:
    """A file of that name that holds something else is a sentence, and no crash."""
    for wrong in (b"", b"\xff", b'{"format": 2}', b"[]"):
        (tmp_path / "life.egard-publish").write_bytes(wrong)
        with pytest.raises(Fatal, match="does not say where a publication stopped"):
            Shelf(tmp_path / "life", {}).load()


@given(st.lists(st.sampled_from(["sent", "refused", "blank"]), max_size=60), st.integers(1, 7), st.randoms())
def test_below_a_mark_every_line_has_its_answer_in_whatever_order_answers_come(
    kinds: list[str], every: int, lots: random.Random
) -> None:
    """A mark never passes a line that waits, and counts exactly what stands below it."""
    ledger, waiting, refused = Ledger(every=every), set[int](), dict[int, str]()
    for number, kind in enumerate(kinds, start=1):
        if kind == "blank":
            continue
        ledger.read(number, b"%d" % number)
        if kind == "refused":
            ledger.refuse(number, "early")
            refused[number] = "early"
        else:
            ledger.wait(number)
            waiting.add(number)
        for settled in [one for one in waiting if lots.random() < 0.4]:
            if lots.random() < 0.3:
                ledger.refuse(settled, "late")
                refused[settled] = "late"
            ledger.settle([settled])
            waiting.discard(settled)
        mark = ledger.mark()
        below = [one for one in range(1, mark.line + 1) if kinds[one - 1] != "blank"]
        assert not waiting & set(below)
        assert mark.lines == len(below)
        assert mark.refused == Counter(refused[one] for one in below if one in refused)
        anew = Ledger()
        for one in below:
            anew.read(one, b"%d" % one)
        assert mark.digest == anew.digest
