"""What browsers get and what our languages say, made anew where something changed."""

import fcntl
import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.assets.files import digest, publish, replacing, write
from app.assets.fonts import CUT, FONTS, cut, faces
from app.assets.icons import Icons
from app.assets.libraries import INTER, KEPT, SERVED, npm_ci, plain, served_of

ROOT = Path(__file__).resolve().parent.parent.parent


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
        return self._kept("axe-core")

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
        files += [
            *Path(__file__).parent.glob("*.py"),
            self.lock,
            self.static / "icon.svg",
            *self._translations(),
        ]
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
        for package in KEPT:
            yield self._kept(package)

    def _vendored(self, package: str) -> Path:
        """The version in the path is what lets a browser keep the file for ever."""
        locked = json.loads(self.lock.read_bytes())["packages"][f"node_modules/{package}"]
        return self.vendor / f"{plain(package)}-{locked['version']}"

    def _kept(self, package: str) -> Path:
        return self.kept / Path(KEPT[package]).name

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
                write(self._kept(package), (folder / "node_modules" / package / file).read_bytes())
        write(self.kept / "fetched", self._wanted())

    # Ours

    def _publish(self) -> None:
        """Write every hashed file, then the list of them: a reader never finds a name without its file."""
        icons = Icons.read(self._kept("@tabler/icons"), self.static / "icons" / "own.svg")
        contents = {"app.css": self._styles(icons), "icons.json": icons.for_pages, **self._scripts()}
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

    def _styles(self, icons: Icons) -> str:
        """One file: the order of layers first, then fonts, tokens, and each part inside its layer."""
        folder = self.static / "css"
        entry = slim((folder / "app.css").read_text())
        imports = re.compile(r'@import url\("([^"]+)"\)(?: layer\(([\w.-]+)\))?;')
        order = imports.sub("", entry).strip()
        fonts = self._vendored(INTER).relative_to(self.static)
        parts = [order, faces(f"../{fonts}"), slim((folder / "tokens.css").read_text())]
        for file, layer in imports.findall(entry):
            part = slim((folder / file).read_text())
            parts.append(f"@layer {layer} {{\n{part}\n}}" if layer else part)
        return icons.laid_into("\n".join(parts) + "\n")

    def _scripts(self) -> dict[str, str]:
        """app.js for every page, and one file for each group of pages that has a folder.

        htmx begins the first of them: by itself it would take a page up before ours have said how.
        """
        folder = self.static / "js"
        groups = {"app.js": [self._kept("htmx.org"), *sorted(folder.glob("*.js"))]}
        for group in sorted(path for path in folder.glob("*/") if path.is_dir()):
            groups[f"{group.name}.js"] = sorted(group.glob("*.js"))
        return {name: joined(files) for name, files in groups.items() if files}

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


def slim(css: str) -> str:
    """Styles without comments and indentation; strings stay as they are."""
    kept = re.sub(r"""("[^"\n]*"|'[^'\n]*')|/\*.*?\*/""", lambda found: found[1] or "", css, flags=re.DOTALL)
    return "\n".join(line for line in map(str.strip, kept.splitlines()) if line)


def joined(files: list[Path]) -> str:
    """Each file in a block of its own, so that two may use the same name for different things."""
    return '"use strict";\n' + "".join(f"{{\n{file.read_text().strip()}\n}}\n" for file in files)
