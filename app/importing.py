"""`flask --app app import`: files come in from the shell."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from app.domain import importing
from app.domain.actor import Acting, Actor
from app.domain.errors import Refused
from app.domain.history import ChangeSet, undo
from app.domain.history.undoing.in_bulk import kept
from app.domain.importing import FailedRows, Import
from app.domain.importing.reading import Sheet
from app.domain.importing.writing import DATES
from app.domain.job import Job
from app.domain.user import User
from app.extensions import db
from app.garbage import spare_what_is_here

SHOWN = 20
LOOK_AGAIN = 0.5
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SIGNS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


class Shell:
    """Whoever may use the shell, if they do not say who they are."""

    def as_actor(self) -> Actor:
        return Actor("import", None, "Import")


@click.command("import")
@click.argument("kind", type=click.Choice(list(importing.KINDS)))
@click.argument("file", type=A_FILE)
@click.option("--mapping", type=A_FILE, required=True, help="Which column is which field: TOML or JSON.")
@click.option("--dry-run", is_flag=True, help="Read the whole file and say what would happen; write nothing.")
@click.option("--by", "email", help="The e-mail address of whoever signs it and may undo it.")
def import_file(kind: str, file: Path, mapping: Path, dry_run: bool, email: str | None) -> None:
    """Bring in users, partners, products or cases from a CSV or TSV file."""
    spare_what_is_here()  # or the collector looks through all of it at each batch
    try:
        told = importing.load(mapping)
        sheet, recipe = importing.prepare(kind, file, told)
        describe(sheet, recipe.writing)
        if dry_run:
            rehearse(recipe, sheet)
        else:
            apply(importing.begin(kind, sheet, recipe, told, by=signer(email)), sheet)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal


@click.command("undo")
@click.argument("change_set_id", type=int)
@click.option("--by", "email", required=True, help="The e-mail address of whoever takes it back.")
def undo_change_set(change_set_id: int, email: str) -> None:
    """Take back an import, or anything else that was done, as a whole."""
    original, user = db.session.get(ChangeSet, change_set_id), signer(email)
    if original is None or not isinstance(user, User):
        raise click.ClickException(f"There is no change set {change_set_id}.")
    try:
        answer = undo(original, by=user)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    assert answer.change_set is not None
    made_id = answer.change_set.id
    db.session.commit()
    if answer.is_planned:
        finish("undo", made_id)
    left = kept(db.session.get_one(ChangeSet, made_id)) if answer.is_planned else len(answer.kept)
    click.echo("Taken back." if not left else f"Taken back, but for {left:,} that others changed since.")


def signer(email: str | None) -> Acting:
    if email is None:
        return Shell()
    user = User.with_email(email)
    if user is None:
        raise click.ClickException(f"Nobody here has the address {email}.")
    return user


def describe(sheet: Sheet, writing: dict[str, Any]) -> None:
    """How the file was understood."""
    click.echo(
        f"{sheet.path.name}: {sheet.encoding}, {SIGNS.get(sheet.delimiter, sheet.delimiter)},"
        f" {len(sheet.header)} columns."
    )
    for name, found in writing.items():
        form = found.get("form")
        if form:
            click.echo(f"{name}: {DATES[form]} ({form})")
        elif found.get("decimal") == ",":
            click.echo(f"{name}: decimal comma")


def rehearse(recipe: Any, sheet: Sheet) -> None:
    failed = FailedRows(sheet)
    found = importing.rehearse(recipe, sheet, failed.add)
    failed.close()
    summarise("would be", found.counts, found.along)
    explain(failed)
    for reason, number in (found.reasons - failed.reasons).most_common(SHOWN):
        click.echo(f"  {number:,} × skipped: {reason}")
    click.echo("Nothing was written.")


def apply(import_: Import, sheet: Sheet) -> None:
    """Do it here, unless a worker is at it already; then watch."""
    finish("import", import_.id)
    db.session.refresh(import_)
    if import_.state == "failed":
        raise click.ClickException(f"{import_.error} Begin it again: it goes on where it stopped.")
    counts = Counter({what: getattr(import_, what) for what in ("made", "changed", "skipped", "failed")})
    summarise("were", counts, Counter(import_.along))
    failed = FailedRows(sheet)
    for cells, reason in importing.failed_rows(import_):
        failed.add(cells, reason)
    failed.close()
    explain(failed)
    if import_.change_set_id is not None:
        click.echo(f"To take it back within 30 days: flask --app app undo {import_.change_set_id} --by EMAIL")


def finish(kind: str, record_id: int) -> None:
    """Do this job here, or see it done by a worker. What went wrong is tried again later, and told now."""
    while job_ids := Job.alive(kind, record_id):
        if not Job.run(job_ids[0]):
            time.sleep(LOOK_AGAIN)
        db.session.rollback()
        job = db.session.get_one(Job, job_ids[0], populate_existing=True)
        if job.state == "waiting" and job.error:
            raise click.ClickException(f"It stopped, and a worker will try again: {job.error}")


def summarise(verb: str, counts: Counter[str], along: Counter[str]) -> None:
    click.echo(
        f"{counts.total():,} rows: "
        + ", ".join(
            f"{counts[what]:,} {verb} {what}" if what == "made" else f"{counts[what]:,} {what}"
            for what in ("made", "changed", "skipped", "failed")
        )
        + "."
    )
    for target, number in sorted(along.items()):
        click.echo(f"Made along: {number:,} × {target}.")


def explain(failed: FailedRows) -> None:
    """Why rows failed, the usual reasons first."""
    for reason, number in failed.reasons.most_common(SHOWN):
        click.echo(f"  {number:,} × {reason}")
    if failed.number:
        click.echo(f"The rows that failed, each with its reason: {failed.path}")
