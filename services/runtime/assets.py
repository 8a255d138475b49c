"""What pages share: the style, the scripts and the frame, and the headers that keep hostile data harmless.

Scripts and styles are files that we serve; the Content-Security-Policy lets nothing else run.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from services.runtime.settings import Language
from services.runtime.typography import typeset

_FOLDER = Path(__file__).with_name("assets")
_FRAMES = _FOLDER / "frames"

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # A customer's id stands in the address, and is nobody's business elsewhere.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_FRAME_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "to_content": "To the content",
        "pages": "Pages",
        "desk": "Desk",
        "insight": "Relationships",
        "lost": "Connection lost; trying again.",
    },
    "fr": {
        "to_content": "Aller au contenu",
        "pages": "Pages",
        "desk": "Poste",
        "insight": "Relations",
        "lost": "Connexion perdue ; nouvel essai en cours.",
    },
}


class Asset(msgspec.Struct, frozen=True):
    """A file that pages load."""

    body: bytes
    media_type: str
    tag: str
    """A hash of the body: in the address of a page's assets, so that browsers may keep them for ever."""


def _load(folder: Path) -> dict[str, Asset]:
    return {
        path.name: Asset(body, _MEDIA_TYPES[path.suffix], blake2b(body, digest_size=8).hexdigest())
        for path in sorted(folder.iterdir())
        if path.suffix in _MEDIA_TYPES
        for body in [path.read_bytes()]
    }


_ASSETS = _load(_FOLDER)


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False, opt={"scope": "public"})
def serve_asset(
    name: FromPath[str], request: Request[Any, Any, Any], v: FromQuery[str | None] = None
) -> Response[bytes]:
    """A shared style or script; every process serves them once, whichever services it runs."""
    asset = _ASSETS.get(name)
    if asset is None:
        raise NotFoundException(f"There is no asset {name}.")
    etag = f'W/"{asset.tag}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=31536000, immutable" if v == asset.tag else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def asset_url(name: str) -> str:
    """Where a page loads a shared asset from."""
    return f"/assets/{name}?v={_ASSETS[name].tag}"


class Pages:
    """The pages of one service: templates of its own in the shared frame, in the language of the house."""

    def __init__(
        self,
        folder: Path,
        language: Language,
        texts: Mapping[str, str],
        filters: Mapping[str, Callable[..., Any]] | None = None,
        **shared: Any,
    ) -> None:
        """`texts` are the words of its templates, by key; they also get `filters` and `shared` values."""
        words = typeset({**_FRAME_TEXTS[language], **texts}, language)
        self._environment = Environment(
            loader=FileSystemLoader([folder, _FRAMES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(language=language, asset=asset_url, t=words.__getitem__, **shared)
        self._environment.filters["segment"] = lambda text: quote(text, safe="")
        self._environment.filters.update(filters or {})

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response[str]:
        """A page."""
        return Response(
            self._environment.get_template(template).render(values),
            status_code=status,
            media_type=MediaType.HTML,
            headers=_PAGE_HEADERS,
        )
