"""Files that were sent and hang on nothing yet: known again by a word that only their sender got."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.datastructures import FileStorage

from app.domain.errors import Refused
from app.domain.file import File, safe_name
from app.extensions import db
from app.web import me

MOST_AT_ONCE = 20


@dataclass(frozen=True)
class Stored:
    """A file as its sender called it; attached to something, or cleared away a day later."""

    file_id: int
    name: str
    size: int

    @property
    def word(self) -> str:
        """What brings it back with the form: signed, so that nobody attaches what they did not send."""
        return signer().dumps([me().id, self.file_id, self.name, self.size])

    @property
    def named(self) -> tuple[str, File]:
        return self.name, db.session.get_one(File, self.file_id)


def signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="stored file")


def store(sent: list[FileStorage]) -> tuple[list[Stored], list[str]]:
    """Keep the bytes of each file, and say of each that cannot be kept why, by its name."""
    stored, wrong = [], []
    for each in sent:
        name = safe_name(each.filename)
        try:
            file = File.store(each.stream)
            stored.append(Stored(file.id, name, file.size))
        except Refused as refusal:
            wrong.append(f"{name}: {refusal}")
    return stored, wrong


def to_draft(files: Iterable[Stored]) -> str:
    """As a draft keeps them; nothing, if there are none."""
    kept = [(each.file_id, each.name, each.size) for each in files]
    return json.dumps(kept) if kept else ""


def from_draft(kept: str | None) -> tuple[Stored, ...]:
    """What a draft has kept, as far as it is still there."""
    return tuple(still_there([Stored(*each) for each in json.loads(kept)])) if kept else ()


def still_stored(words: Iterable[str]) -> list[Stored]:
    """What these words stand for, of what this person sent and is still there."""
    known = []
    for word in dict.fromkeys(words):
        try:
            sender, *rest = signer().loads(word)
        except BadSignature:
            continue
        if sender == me().id:
            known.append(Stored(*rest))
    return still_there(known)


def still_there(known: list[Stored]) -> list[Stored]:
    there = set(db.session.scalars(sa.select(File.id).where(File.id.in_([each.file_id for each in known]))))
    return [each for each in known if each.file_id in there]
