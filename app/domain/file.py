"""Files: known by what is in them, kept in pieces, attached to cases and partners."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app import clock
from app.domain import file_store
from app.domain.actor import Acting
from app.domain.asking import ask
from app.domain.base import Base, Id, link_to, where_named
from app.domain.errors import Refused
from app.domain.history import Event, Tracked, act
from app.domain.text import clean
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.partner import Partner
    from app.domain.user import User

PIECE = 1024 * 1024
LARGEST = 25 * PIECE
LONGEST_NAME = 150
LONGEST_ENDING = 20
# What a browser may show by itself: pictures of dots, which cannot carry a script. Everything else is saved.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)


class File(Base):
    """Some bytes, once: who uploads the same again shares them. `digest` is their SHA-256 in hex."""

    __tablename__ = "files"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str] = mapped_column(sa.String(120))
    is_whole: Mapped[bool] = mapped_column(default=False)
    # When somebody last stored these bytes: what nobody uses is cleared away a day later.
    stored_at: Mapped[datetime] = mapped_column(default=clock.now)

    @classmethod
    def store(cls, stream: IO[bytes]) -> File:
        """Keep what a stream holds. Raises Refused when it is empty or too large.

        Commits after every piece, so that nobody waits for a large file: call it before the act that uses
        it. Killed halfway, it leaves a file that is not whole; storing the same again completes it.
        """
        db.session.commit()
        digest, size, beginning = measure(stream)
        file = cls.known_by(digest, size, media_type_of(beginning))
        if not file.is_whole:
            stream.seek(0)
            file_store.current().keep(file.id, digest, pieces_of(stream))
            file.is_whole = True
            db.session.commit()
        return file

    @classmethod
    def known_by(cls, digest: str, size: int, media_type: str) -> File:
        """The row for these bytes, made if they are new; whoever makes it at the same time gets the same."""
        try:
            file = db.session.scalars(sa.select(cls).where(cls.digest == digest)).first()
            if file is None:
                file = cls(digest=digest, size=size, media_type=media_type)
                db.session.add(file)
            file.stored_at = clock.now()
            db.session.commit()
        except sa.exc.IntegrityError:
            db.session.rollback()
            file = db.session.scalars(sa.select(cls).where(cls.digest == digest)).one()
        return file

    def pieces(self) -> Iterator[bytes]:
        """What is in it, a piece at a time."""
        return file_store.pieces(self.id, self.digest)

    def content(self) -> bytes:
        """All of it at once. Raises LookupError when any of it is missing."""
        size, content = self.size, b"".join(self.pieces())
        if len(content) != size:
            raise LookupError("A file is not whole.")
        return content

    @property
    def is_shown(self) -> bool:
        """May a browser show it by itself?"""
        return self.media_type in SHOWN


class FilePiece(Base):
    """One megabyte of a file that is kept in the database."""

    __tablename__ = "file_pieces"

    file_id: Mapped[int] = mapped_column(sa.ForeignKey("files.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Listed(NamedTuple):
    """An attachment as pages list it; `size` in bytes, `added_by` the name of whoever did, if it was a person."""

    id: int
    name: str
    size: int
    added_by: str | None
    created_at: datetime


class Attachment(Tracked, Base):
    """A file under the name that somebody gave it: on a case or a partner, and on a line of its history.

    It knows both, because a case may have ten thousand lines and a file on three of them.
    """

    __tablename__ = "attachments"
    record_kind = "attachment"
    is_told_along = True

    id: Mapped[Id]
    file_id: Mapped[int] = link_to("files.id")
    event_id: Mapped[int | None] = link_to("events.id", index=False)
    message_id: Mapped[int | None] = link_to("messages.id", index=False)
    case_id: Mapped[int | None] = link_to("cases.id", index=False)
    partner_id: Mapped[int | None] = link_to("partners.id", index=False)
    name: Mapped[str] = mapped_column(sa.String(255))
    added_by_id: Mapped[int | None] = link_to("users.id", index=False)

    file: Mapped[File] = relationship()
    event: Mapped[Event | None] = relationship()
    case: Mapped[Case | None] = relationship()
    partner: Mapped[Partner | None] = relationship()
    added_by: Mapped[User | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("case_id is null or partner_id is null", name="on_one_thing"),
        *where_named("attachments", "event_id", "message_id", "case_id", "partner_id"),
    )

    @classmethod
    def told_by(cls, event: Event, files: Iterable[tuple[str, File]], *, by: Acting) -> list[Attachment]:
        """Put files, each with its name, on what this line of history is about: the case, else the partner."""
        adder = by.as_actor()
        made = [
            cls(
                name=safe_name(name),
                file=file,
                event=event,
                case=event.case,
                partner=None if event.case else event.partner,
                added_by_id=adder.id if adder.kind == "user" else None,
            )
            for name, file in files
        ]
        db.session.add_all(made)
        return made

    @classmethod
    def add(cls, about: Case | Partner, files: Iterable[tuple[str, File]], *, by: User) -> Event:
        """Put files, each with its name, on a case or partner: one line of history."""
        with act("attached", about, by=by) as event:
            made = cls.told_by(event, files, by=by)
            event.details = {"what": ", ".join(each.name for each in made)}
        return event

    def remove(self, *, by: Acting) -> Event | None:
        """Take it off; Undo brings it back, and the bin keeps it for 30 days."""
        if self.is_binned:
            return None
        with act("detached", self, self.about, by=by, details={"what": self.name}) as event:
            self.deleted_at = clock.now()
        return event

    @classmethod
    def visible_to(cls, user: User) -> sa.Select[Attachment]:
        """Whoever may know of the case that it is on, or of the partner."""
        from app.domain.case import Case  # what files hang on
        from app.domain.partner import Partner

        cases = Case.visible_to(user).with_only_columns(Case.id)
        partners = Partner.visible_to(user).with_only_columns(Partner.id)
        is_seen = sa.or_(cls.case_id.in_(cases), cls.partner_id.in_(partners))
        return sa.select(cls).where(cls.deleted_at.is_(None), is_seen)

    @classmethod
    def on(cls, about: Case | Partner) -> list[Attachment]:
        """What is attached to this case or partner itself, newest first."""
        query = cls.on_any(about.record_kind, cls).options(joinedload(cls.file))
        return list(db.session.scalars(query, {"about": about.id}))

    @classmethod
    def listed_on(cls, about: Case | Partner) -> list[Listed]:
        """The same, as a page lists it."""
        return [Listed._make(row) for row in ask(cls.listing(about.record_kind), about=about.id)]

    @classmethod
    @cache
    def listing(cls, kind: str) -> sa.Select[Any]:
        """The query for what a page lists, put together once a kind of record."""
        from app.domain.user import User  # who puts files anywhere

        columns = cls.id, cls.name, File.size, User.name, cls.created_at
        return cls.on_any(kind, *columns).join(cls.file).outerjoin(cls.added_by)

    @classmethod
    def on_any(cls, kind: str, *what: Any) -> sa.Select[Any]:
        """This of the attachments, newest first, of the case or partner that is handed in as `about`."""
        about: sa.BindParameter[int] = sa.bindparam("about")
        whose = cls.case_id if kind == "case" else cls.partner_id
        return sa.select(*what).where(cls.deleted_at.is_(None), whose == about).order_by(cls.id.desc())

    @property
    def about(self) -> Any:
        """The case or partner that it is attached to."""
        return self.case or self.partner

    @property
    def is_part_of(self) -> Any:
        """Who may note on the case or partner may attach to it and take away."""
        return self.about

    def told_on(self) -> tuple[Case | None, Partner | None]:
        return self.case, self.partner


def measure(stream: IO[bytes]) -> tuple[str, int, bytes]:
    """Digest, size and beginning of a stream, read in pieces."""
    digest, size, beginning = hashlib.sha256(), 0, b""
    for piece in pieces_of(stream):
        beginning = beginning or piece[:2048]
        size += len(piece)
        if size > LARGEST:
            raise Refused(_("A file can have up to 25 MB."))
        digest.update(piece)
    if not size:
        raise Refused(_("This file is empty."))
    return digest.hexdigest(), size, beginning


def pieces_of(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(PIECE):
        yield piece


def media_type_of(beginning: bytes) -> str:
    """What the bytes themselves say they are, of the few kinds that we tell apart; a name says nothing."""
    for signature, media_type in BEGINNINGS:
        if beginning.startswith(signature):
            return media_type
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"


def safe_name(name: str | None) -> str:
    """A name to show and to save under: no folder, nothing unseen that turns or hides letters, not too long."""
    last = clean(name or "").replace("\\", "/").rpartition("/")[2]
    seen = "".join(" " if sign in ' <>:"|?*' else sign for sign in last if is_seen(sign))
    seen = " ".join(seen.split()).strip(". ")
    path = PurePosixPath(seen or "file")
    ending = path.suffix if len(path.suffix) <= LONGEST_ENDING else ""
    stem = path.name[: len(path.name) - len(ending)] if ending else path.name
    return f"{stem[:LONGEST_NAME]}{ending}"


def is_seen(sign: str) -> bool:
    """Is this a sign one sees? Controls, zero-width and right-to-left marks are not."""
    return sign == " " or unicodedata.category(sign) not in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"}
