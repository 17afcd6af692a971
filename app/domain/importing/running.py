"""An import from its file to its end: rows into a table, then a job that applies them, batch by batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import clock
from app.domain.actor import Acting
from app.domain.asking import Among
from app.domain.errors import Refused
from app.domain.history.bulk import keys_of, put
from app.domain.importing import applying
from app.domain.importing.planning import Batch
from app.domain.importing.reading import Numbered, Sheet
from app.domain.importing.recipe import Recipe
from app.domain.importing.records import LONGEST_KEY, Import, ImportRow
from app.domain.importing.rehearsing import survey
from app.domain.job import Job, handles
from app.domain.notification import Notification
from app.extensions import _, db, room

# Kilobytes of pages that are kept at hand meanwhile.
ROOM = 16_000
# Each batch holds SQLite's one write lock for less than a tenth of a second.
BATCH = 500
STAGED = 1000


def prepare(kind: str, path: Path, told: dict[str, Any]) -> tuple[Sheet, Recipe]:
    """Open a file and bind its mapping, with what the whole of it says about dates and numbers."""
    sheet = Sheet.open(path, encoding=told.get("encoding"), delimiter=told.get("delimiter"))
    recipe = Recipe(kind, told, sheet.header)
    return sheet, Recipe(kind, told, sheet.header, survey(recipe, sheet))


def begin(kind: str, sheet: Sheet, recipe: Recipe, told: dict[str, Any], *, by: Acting) -> Import:
    """Take a file in and plan the job that applies it; one that was interrupted is gone on with.

    Raises Refused when somebody else is reading in the same file at this moment.
    """
    try:
        return take_in(kind, sheet, recipe, told, by=by)
    except sa.exc.IntegrityError as error:
        db.session.rollback()
        raise Refused(_("Somebody else is bringing in the same file at this moment.")) from error


def take_in(kind: str, sheet: Sheet, recipe: Recipe, told: dict[str, Any], *, by: Acting) -> Import:
    digest = digest_of(kind, sheet, told)
    import_ = unfinished(digest)
    if import_ is None:
        actor = by.as_actor()
        import_ = Import(
            kind=kind,
            name=sheet.path.name[-255:],
            digest=digest,
            mapping=told,
            header=sheet.header,
            writing=recipe.writing,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
        )
        db.session.add(import_)
        db.session.commit()
    if import_.state == "reading":
        stage(import_, recipe, sheet)
    plan_job(import_)
    db.session.commit()
    return import_


def digest_of(kind: str, sheet: Sheet, told: dict[str, Any]) -> str:
    said = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(f"{kind} {sheet.digest} {said}".encode()).hexdigest()


def unfinished(digest: str) -> Import | None:
    """The same file with the same mapping, if it was begun and did not come to its end."""
    query = sa.select(Import).where(Import.digest == digest, Import.state != "done")
    return db.session.scalars(query.order_by(Import.id.desc())).first()


def stage(import_: Import, recipe: Recipe, sheet: Sheet) -> None:
    """Keep every row as it was read, so many at a time; goes on where it was interrupted."""
    import_id = import_.id
    last = sa.select(sa.func.max(ImportRow.number)).where(ImportRow.import_id == import_id)
    at = db.session.scalar(last) or 0
    db.session.commit()
    rows = sheet.rows(after=at)
    while some := list(islice(rows, STAGED)):
        kept = [
            {"import_id": import_id, "number": number, "cells": cells, "key": key_of(recipe, cells)}
            for number, cells in some
        ]
        put(ImportRow.__table__, kept, keys_of(ImportRow, ImportRow.__table__))
        at = some[-1][0]
        db.session.commit()
    import_.total, import_.state = at, "running"
    db.session.commit()


def key_of(recipe: Recipe, raw: list[str]) -> str | None:
    if not recipe.mapping.is_whole(raw):
        return None
    return recipe.key(recipe.mapping.cells(raw))[:LONGEST_KEY] or None


def plan_job(import_: Import) -> None:
    """See to it that somebody applies it; one job at a time does."""
    if not Job.alive("import", import_.id):
        import_.state, import_.error = "running", None
        Job.plan("import", import_.id)


def give_up(job: Job, error: str) -> None:
    """The import says so; begun again, it goes on where it stopped."""
    import_ = db.session.get(Import, job.record_id)
    if import_ is not None:
        import_.state, import_.error = "failed", error
        tell(import_)


def take_up(job: Job) -> None:
    """Somebody has it tried again."""
    import_ = db.session.get(Import, job.record_id)
    if import_ is not None and import_.state == "failed":
        import_.state, import_.error = "running", None


def tell(import_: Import) -> None:
    """Whoever asked for it hears how it ended; nobody hears of what it made and changed."""
    if import_.actor_kind == "user" and import_.actor_id is not None:
        figures = {name: getattr(import_, name) for name in ("name", "made", "changed", "failed", "error")}
        Notification.tell("imported", [import_.actor_id], about=("import", import_.id), **figures)


@handles("import", given_up=give_up, taken_up=take_up)
def run(job: Job) -> None:
    """Apply what is left of an import. Each batch is a transaction of its own, with the note that it is done."""
    import_ = db.session.get_one(Import, job.record_id)
    recipe = Recipe(import_.kind, import_.mapping, import_.header, import_.writing)
    with room(ROOM):
        while rows := next_rows(import_):
            apply_rows(import_, recipe, rows, job, is_last_call=False)
            import_.done_to = rows[-1][0]
            job.renew()
        apply_late(import_, recipe, job)
    forget_rows(import_, job)
    import_.state, import_.ended_at = "done", clock.now()
    tell(import_)


def apply_late(import_: Import, recipe: Recipe, job: Job) -> None:
    """Those that waited for others, for as long as some find what they name; then as it is."""
    is_last_call = False
    while True:
        before, after = number_aside(import_), 0
        while rows := next_aside(import_, after):
            after = rows[-1][0]
            apply_rows(import_, recipe, rows, job, is_last_call=is_last_call, is_late=True)
            job.renew()
        if is_last_call:
            return
        is_last_call = number_aside(import_) in {0, before}


def apply_rows(
    import_: Import,
    recipe: Recipe,
    rows: list[Numbered],
    job: Job,
    *,
    is_last_call: bool,
    is_late: bool = False,
) -> None:
    batch = Batch(recipe, rows, is_late=is_late)
    fail_doubles(import_, batch)
    batch.look(is_last_call=is_last_call)
    applying.apply(batch, import_)


def fail_doubles(import_: Import, batch: Batch) -> None:
    """An id that stands twice in a file is an error of the file: the first row has it."""
    keys = {plan.key for plan in batch.open}
    query = sa.select(ImportRow.key, sa.func.min(ImportRow.number)).where(
        ImportRow.import_id == import_.id, Among(ImportRow.key, "keys")
    )
    first = dict(db.session.execute(query.group_by(ImportRow.key), {"keys": keys}).all())
    for plan in batch.open:
        if first.get(plan.key, plan.number) < plan.number:
            plan.fail(_("The same id stands further up."))


def next_rows(import_: Import) -> list[Numbered]:
    query = sa.select(ImportRow.number, ImportRow.cells).where(
        ImportRow.import_id == import_.id, ImportRow.number > import_.done_to
    )
    return [tuple(row) for row in db.session.execute(query.order_by(ImportRow.number).limit(BATCH))]


def next_aside(import_: Import, after: int) -> list[Numbered]:
    query = sa.select(ImportRow.number, ImportRow.cells).where(
        ImportRow.import_id == import_.id, is_in("aside"), ImportRow.number > after
    )
    return [tuple(row) for row in db.session.execute(query.order_by(ImportRow.number).limit(BATCH))]


def number_aside(import_: Import) -> int:
    query = sa.select(sa.func.count()).select_from(ImportRow)
    return db.session.scalar(query.where(ImportRow.import_id == import_.id, is_in("aside"))) or 0


def is_in(state: str) -> sa.ColumnElement[bool]:
    # A literal, so that a planner can prove that the partial index fits.
    return ImportRow.state == sa.literal_column(f"'{state}'")


def forget_rows(import_: Import, job: Job) -> None:
    """What came in is in the records now; only what failed is kept, to be put right."""
    import_id, at = import_.id, 0
    while at < import_.total:
        at += STAGED
        gone = sa.delete(ImportRow).where(
            ImportRow.import_id == import_id, ImportRow.number <= at, ImportRow.state.is_(None)
        )
        db.session.execute(gone.where(ImportRow.number > at - STAGED))
        job.renew()


def forget_failed(ended_before: datetime) -> None:
    """Whoever wanted to put them right has had the time."""
    old = sa.select(ImportRow.import_id).join(Import).where(Import.ended_at < ended_before).distinct()
    for import_id in list(db.session.scalars(old)):
        db.session.execute(sa.delete(ImportRow).where(ImportRow.import_id == import_id))
        db.session.commit()


def failed_rows(import_: Import) -> Iterator[tuple[list[str], str]]:
    """The cells and the reason of each row that failed, in the order of the file."""
    after = 0
    while True:
        query = sa.select(ImportRow.number, ImportRow.cells, ImportRow.reason).where(
            ImportRow.import_id == import_.id, is_in("failed"), ImportRow.number > after
        )
        some = db.session.execute(query.order_by(ImportRow.number).limit(STAGED)).all()
        if not some:
            return
        for number, cells, reason in some:
            after = number
            yield cells, reason
