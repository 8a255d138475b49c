"""The contracts that the repository keeps: they are those we serve, and what was released still holds."""

import json
from pathlib import Path

import pytest

from events import TYPES
from events.schemas import event_schema
from services.cli.contracting.compatibility import breaks_of_all
from services.cli.contracts import asyncapi_document, openapi, openapi_document, read_schemas, schemas, text
from services.runtime.errors import Fatal

KEPT = Path(__file__).parents[2] / "docs" / "contracts"
RELEASED = sorted((KEPT / "released").iterdir())

RENEW = "The contracts in docs/contracts are not those of the code: `make contracts` renews them."


def test_the_schemas_that_are_kept_are_those_of_the_language() -> None:
    """Each event type has its schema in the repository, and there are no others."""
    assert read_schemas(KEPT) == {name: event_schema(name) for name in TYPES}, RENEW


async def test_the_openapi_document_that_is_kept_is_that_of_the_routes() -> None:
    """The kept OpenAPI document is what all services together say of their routes."""
    assert (KEPT / "openapi.json").read_text(encoding="utf-8") == text(await openapi_document()), RENEW


async def test_the_asyncapi_document_that_is_kept_is_that_of_the_topics() -> None:
    """The kept AsyncAPI document is what the projector says of the topics."""
    assert (KEPT / "asyncapi.json").read_text(encoding="utf-8") == text(await asyncapi_document()), RENEW


@pytest.mark.parametrize("release", RELEASED, ids=lambda folder: folder.name)
def test_whoever_publishes_by_a_released_schema_is_still_understood(release: Path) -> None:
    """No schema of today makes a field required, narrows one, or drops a type that a release had."""
    released = read_schemas(release)
    assert released
    found = breaks_of_all(released, {name: event_schema(name) for name in TYPES})
    assert found == [], "This breaks publishers; give the type a new name, or the field a new one."


def test_every_type_has_been_released() -> None:
    """A new event type is added to the newest release, so that the next change cannot break it unseen."""
    newest = max(RELEASED, key=lambda folder: [int(part) for part in folder.name.split(".")])
    assert read_schemas(newest).keys() == TYPES.keys(), RENEW


def test_released_schemas_are_not_written_over(tmp_path: Path) -> None:
    """Writing only what is new leaves a file that is there alone, and adds those that are missing."""
    schemas(out=tmp_path)
    changed = tmp_path / "schemas" / "egard.promise.kept" / "v1.json"
    missing = tmp_path / "schemas" / "egard.promise.made" / "v1.json"
    changed.write_text("{}")
    missing.unlink()
    schemas(out=tmp_path, only_new=True)
    assert changed.read_text() == "{}"
    assert json.loads(missing.read_text()) == event_schema("egard.promise.made")


def test_schemas_are_compared_with_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`egard schemas --against` exits 1 and names the break; without one it exits 0."""
    schemas(out=tmp_path)
    assert schemas(against=tmp_path) == 0
    file = tmp_path / "schemas" / "egard.promise.kept" / "v1.json"
    released = json.loads(file.read_text())
    del released["properties"]["data"]["required"]
    file.write_text(json.dumps(released))
    capsys.readouterr()
    assert schemas(against=tmp_path) == 1
    assert capsys.readouterr().out == "egard.promise.kept: /data/promise_id is required now.\n"


def test_one_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`egard schemas TYPE` prints that schema; a type of nobody is an error of one sentence."""
    assert schemas("egard.promise.kept") == 0
    assert json.loads(capsys.readouterr().out) == event_schema("egard.promise.kept")
    with pytest.raises(Fatal, match="has no type"):
        schemas("something.else")


@pytest.mark.parametrize("name", ["promise.kept", "egard.promise.kpet", "promise.kpet"])
def test_a_type_that_was_nearly_named_is_proposed(name: str) -> None:
    """The guide's table leaves `egard.` out, and fingers slip."""
    with pytest.raises(Fatal, match=r"did you mean egard\.promise\.kept\?"):
        schemas(name)


async def test_a_document_is_not_written_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A folder for one file is nobody's wish: it would be a typing mistake that goes unseen."""
    with pytest.raises(Fatal, match=r"there is no folder .*nowhere\.$"):
        await openapi(out=tmp_path / "nowhere" / "openapi.json")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_without_schemas_is_an_error(tmp_path: Path) -> None:
    """Comparing with nothing is refused: it would always find that all is well."""
    with pytest.raises(Fatal, match="holds no schemas"):
        schemas(against=tmp_path)
