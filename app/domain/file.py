"""Files: known by what is in them, kept in pieces, attached to cases and partners."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock
from app.domain.base import Base, Id, link_to

if TYPE_CHECKING:
    from app.domain.user import User

PIECE = 1024 * 1024


class File(Base):
    """Some bytes, once: who uploads the same again shares them. `digest` is their SHA-256 in hex."""

    __tablename__ = "files"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str] = mapped_column(sa.String(120))
    is_whole: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class FilePiece(Base):
    """One megabyte of a file that is kept in the database."""

    __tablename__ = "file_pieces"

    file_id: Mapped[int] = mapped_column(sa.ForeignKey("files.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Attachment(Base):
    """A file under the name that somebody gave it, on a line of history."""

    __tablename__ = "attachments"

    id: Mapped[Id]
    file_id: Mapped[int] = link_to("files.id")
    event_id: Mapped[int | None] = link_to("events.id")
    message_id: Mapped[int | None] = link_to("messages.id")
    name: Mapped[str] = mapped_column(sa.String(255))
    added_by_id: Mapped[int | None] = link_to("users.id", index=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    file: Mapped[File] = relationship()
    added_by: Mapped[User | None] = relationship()
