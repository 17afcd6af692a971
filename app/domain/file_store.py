"""Where the bytes of files are: in the database, in a shared folder, or in a store like S3."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import sqlalchemy as sa

from app.extensions import db

AT_ONCE = 1024 * 1024


class FileStore(Protocol):
    """Keeps the bytes of files, known by the file's row and by their digest."""

    def keep(self, file_id: int, digest: str, pieces: Iterable[bytes]) -> None:
        """Store them; doing it again, or two at once, does no harm."""

    def holds(self, file_id: int, digest: str) -> bool:
        """Are they here?"""

    def pieces(self, file_id: int, digest: str) -> Iterator[bytes]:
        """The bytes again, a piece at a time."""

    def drop(self, file_id: int, digest: str) -> None:
        """Nobody needs them any more."""


class InDatabase:
    """The default: rows of a megabyte, each stored in a transaction of its own so that no writer waits long."""

    def keep(self, file_id: int, digest: str, pieces: Iterable[bytes]) -> None:
        from app.domain.file import FilePiece

        for number, content in enumerate(pieces):
            try:
                if db.session.get(FilePiece, (file_id, number)) is None:
                    db.session.add(FilePiece(file_id=file_id, number=number, content=content))
                db.session.commit()
            except sa.exc.IntegrityError:  # somebody stores the same bytes at the same time
                db.session.rollback()

    def holds(self, file_id: int, digest: str) -> bool:
        from app.domain.file import FilePiece

        return db.session.scalar(sa.select(sa.exists().where(FilePiece.file_id == file_id))) or False

    def pieces(self, file_id: int, digest: str) -> Iterator[bytes]:
        from app.domain.file import FilePiece

        number = 0
        while True:
            content = db.session.scalar(
                sa.select(FilePiece.content).where(FilePiece.file_id == file_id, FilePiece.number == number)
            )
            # Whoever reads slowly must not hold a transaction open meanwhile.
            db.session.rollback()
            if content is None:
                return
            yield content
            number += 1

    def drop(self, file_id: int, digest: str) -> None:
        from app.domain.file import FilePiece

        db.session.execute(sa.delete(FilePiece).where(FilePiece.file_id == file_id))


class InFolder:
    """`file:///srv/files`: a folder that all web servers and workers share."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def keep(self, file_id: int, digest: str, pieces: Iterable[bytes]) -> None:
        path = self.path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def holds(self, file_id: int, digest: str) -> bool:
        return self.path(digest).exists()

    def pieces(self, file_id: int, digest: str) -> Iterator[bytes]:
        with self.path(digest).open("rb") as file:
            while piece := file.read(AT_ONCE):
                yield piece

    def drop(self, file_id: int, digest: str) -> None:
        self.path(digest).unlink(missing_ok=True)

    def path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:4] / digest


class InBucket:
    """`s3://bucket?endpoint=https://…`: a store like S3; keys and region as boto3 finds them."""

    def __init__(self, bucket: str, prefix: str = "", endpoint: str | None = None) -> None:
        import boto3  # the extra `s3` brings it
        from botocore.config import Config

        self.bucket, self.prefix = bucket, prefix
        # Stores that are only like S3 do not know the checksums that boto3 has been adding of late.
        settings = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=10,
            read_timeout=60,
            retries={"max_attempts": 3},
        )
        self.client: Any = boto3.client("s3", endpoint_url=endpoint, config=settings)

    def keep(self, file_id: int, digest: str, pieces: Iterable[bytes]) -> None:
        with tempfile.TemporaryFile() as whole:
            for piece in pieces:
                whole.write(piece)
            whole.seek(0)
            self.client.put_object(Bucket=self.bucket, Key=self.key(digest), Body=whole)

    def holds(self, file_id: int, digest: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self.client.head_object(Bucket=self.bucket, Key=self.key(digest))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise
        return True

    def pieces(self, file_id: int, digest: str) -> Iterator[bytes]:
        body = self.client.get_object(Bucket=self.bucket, Key=self.key(digest))["Body"]
        yield from body.iter_chunks(AT_ONCE)

    def drop(self, file_id: int, digest: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.key(digest))

    def key(self, digest: str) -> str:
        return f"{self.prefix}{digest}"


_bound: list[FileStore] = [InDatabase()]


def bind(url: str | None) -> None:
    """Say where files go from now on; those stored before are still found in the database."""
    _bound[0] = store_at(url)


def store_at(url: str | None) -> FileStore:
    """The store that an address names: file:///folder, s3://bucket/prefix?endpoint=…, or the database."""
    if not url:
        return InDatabase()
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.strip("/") and not parts.netloc:
        return InFolder(unquote(parts.path))
    if parts.scheme == "s3" and parts.netloc:
        options = parse_qs(parts.query)
        prefix = parts.path.strip("/")
        return InBucket(
            parts.netloc, f"{prefix}/" if prefix else "", next(iter(options.get("endpoint", [])), None)
        )
    raise SystemExit("FILES_URL is file:///folder or s3://bucket?endpoint=https://host.")


def current() -> FileStore:
    return _bound[0]


def pieces(file_id: int, digest: str) -> Iterator[bytes]:
    """The bytes of a file, wherever they were put."""
    store = current()
    if isinstance(store, InDatabase) or store.holds(file_id, digest):
        return store.pieces(file_id, digest)
    return InDatabase().pieces(file_id, digest)


def drop(file_id: int, digest: str) -> None:
    """Forget the bytes of a file, wherever they were put."""
    current().drop(file_id, digest)
    InDatabase().drop(file_id, digest)
