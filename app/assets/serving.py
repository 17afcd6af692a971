"""The files as browsers ask for them: in the smallest form that each takes, kept for as long as they stay the same."""

import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for
from werkzeug.utils import safe_join

from app.assets.fonts import needs_more_letters

FOREVER = 365 * 24 * 3600


class Manifest:
    """The names templates use, and the hashed paths behind them."""

    def __init__(self, path: Path, *, watch: bool) -> None:
        self.path, self.watch = path, watch
        self.read_at = 0
        self.paths: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if self.watch or not self.paths:
            self._read()
        return self.paths[name]

    def _read(self) -> None:
        try:
            changed_at = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            raise RuntimeError("The browser files are missing. Make them: make assets") from None
        if changed_at != self.read_at:
            self.paths, self.read_at = json.loads(self.path.read_bytes()), changed_at


def init_app(app: Flask) -> None:
    """Give templates `asset()`, lend its paths to the application, and serve all pressed and for ever."""
    static = app.static_folder
    assert static is not None
    manifest = Manifest(Path(static) / "build" / "manifest.json", watch=app.debug)

    def asset(name: str) -> str:
        return address(manifest[name], request.script_root if request else "")

    @cache
    def address(path: str, _root: str) -> str:
        return url_for("static", filename=path)

    def serve(filename: str) -> Response:
        return served(static, filename)

    def hint(response: Response) -> Response:
        if is_page(response) and needs_more_letters(response.get_data()):
            font = f"<{asset('inter/inter-european.woff2')}>"
            response.headers.add("Link", f'{font}; rel=preload; as=font; type="font/woff2"; crossorigin')
        return response

    app.extensions["assets"] = manifest
    app.add_template_global(asset)
    app.view_functions["static"] = serve
    app.after_request(hint)


def is_page(response: Response) -> bool:
    return not (response.direct_passthrough or response.is_streamed) and response.mimetype == "text/html"


def served(folder: str, filename: str) -> Response:
    """One file, in the smallest form its reader takes."""
    hashed = filename.startswith(("build/", "vendor/")) and not filename.endswith("manifest.json")
    pressed, coding = best_form(folder, filename)
    response = send_from_directory(
        folder, pressed, mimetype=mime_type(filename), max_age=FOREVER if hashed else 3600
    )
    if coding:
        response.content_encoding = coding
        response.headers["Accept-Ranges"] = "none"
    response.vary.add("Accept-Encoding")
    response.cache_control.public = True
    if hashed:
        response.cache_control.immutable = True
    return response


def best_form(folder: str, filename: str) -> tuple[str, str | None]:
    for ending, coding in ((".br", "br"), (".gz", "gzip")):
        path = safe_join(folder, filename + ending)
        if path and request.accept_encodings[coding] and Path(path).is_file():
            return filename + ending, coding
    return filename, None


def mime_type(filename: str) -> str | None:
    """Said here, since a machine's own table of types may not know fonts."""
    known = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
    return known.get(Path(filename).suffix)
