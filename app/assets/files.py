"""Files for the browser, written so that a reader finds them whole or not at all."""

import gzip
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
