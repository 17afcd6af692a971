"""Writing what a batch plans, in one transaction with the note that it has been done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from app.domain.history import Many, Tie, change_many, differences, write_many
from app.domain.history.bulk import keys_of, put
from app.domain.importing.finding import find
from app.domain.importing.making import New, make_all
from app.domain.importing.planning import Batch
from app.domain.importing.recipe import Plan
from app.domain.importing.records import ExternalId, Import, ImportRow
from app.extensions import db

Row = dict[str, Any]


def split(batch: Batch) -> None:
    """Part what a record's columns take from its links and from what its kind finishes with."""
    columns = keys_of(batch.kind.cls, sa.inspect(batch.kind.cls).base_mapper.local_table)
    for plan in batch.plans:
        plan.beside = {name: plan.row.pop(name) for name in list(plan.row) if name not in columns}


def tell_changed_from_same(batch: Batch) -> None:
    """Of those that are known, which would really change?"""
    known = changing(batch)
    if not known:
        return
    fields, links = differences(batch.kind.cls, batch.before, rows_by_id(known), list(ties_of(batch, known)))
    for plan in known:
        id_ = plan.row["id"]
        is_back = "deleted_at" in fields.get(id_, ())
        finishes = bool(plan.beside.keys() - set(batch.kind.cls.links))
        is_other = id_ in fields or id_ in links or finishes
        plan.what = "made" if is_back else "changed" if is_other else "skipped"


def apply(batch: Batch, import_: Import) -> None:
    """Write the batch. Whoever calls commits it, together with how far the import has come."""
    batch.complete(lock=True)
    split(batch)
    known = changing(batch)
    tell_changed_from_same(batch)
    made = [plan for plan in batch.plans if plan.what == "made" and "id" not in plan.row]
    if made or any(plan.what in {"made", "changed"} for plan in known):
        many = write_many("import", by=import_, into=import_.change_set)
        import_.change_set = many.change_set
        write(batch, many, made, known, import_)
    note_external_ids(batch, [*made, *known], import_)
    note_rows(batch, import_)
    count(batch.plans, import_)


def write(batch: Batch, many: Many, made: list[Plan], known: list[Plan], import_: Import) -> None:
    """What is made along first, so that the records can name it."""
    cls = batch.kind.cls
    along = Counter(import_.along)
    along.update(make_all(many, wanted(batch)))
    import_.along = dict(along)
    if batch.news:
        for plan in batch.plans:
            put_ids(plan.row, batch.naming)
            put_ids(plan.beside, batch.naming)
    rows = [
        plan.row | {name: plan.beside[name] for name in cls.links if plan.beside.get(name)} for plan in made
    ]
    for plan, id_ in zip(made, many.make(cls, rows, action="imported"), strict=True):
        plan.row["id"] = id_
    if known:
        change_many(
            many, cls, batch.before, rows_by_id(known), list(ties_of(batch, known)), action="imported"
        )
    batch.kind.finish(many, [{**plan.beside, "id": plan.row["id"]} for plan in (*made, *known)])


def wanted(batch: Batch) -> list[New]:
    """The records to be made along that some row still needs."""
    if not batch.news:
        return []
    used = {
        id(value)
        for plan in batch.plans
        if plan.what in {"made", "changed"}
        for name in batch.naming
        for each in (plan.row.get(name), plan.beside.get(name))
        for value in (each if isinstance(each, list) else [each])
        if isinstance(value, New)
    }
    return [new for new in batch.news.values() if id(new) in used]


def put_ids(row: Row, naming: Iterable[str]) -> None:
    """Say what was made along by its id."""

    def settled(value: Any) -> Any:
        if isinstance(value, list):
            return [settled(each) for each in value]
        return value.id if isinstance(value, New) else value

    for name in naming:
        if row.get(name) is not None:
            row[name] = settled(row[name])


def changing(batch: Batch) -> list[Plan]:
    """The rows about records that are there already."""
    return [plan for plan in batch.plans if plan.known is not None and "id" in plan.row]


def rows_by_id(plans: Iterable[Plan]) -> dict[int, Row]:
    return {plan.row["id"]: plan.row for plan in plans}


def ties_of(batch: Batch, plans: list[Plan]) -> Iterator[Tie]:
    """The links that these rows say, without those that they said before."""
    for name in batch.kind.cls.links:
        before = said_before(batch, name, plans)
        for plan in plans:
            if name in plan.beside:
                now = plan.beside[name] or []
                yield from (Tie(plan.row["id"], name, key, False) for key in before(plan) if key not in now)
                yield from (Tie(plan.row["id"], name, key, True) for key in now)


def said_before(batch: Batch, name: str, plans: list[Plan]) -> Any:
    """Which records a row named in this field when it last came."""
    field_: Any = batch.kind.fields.get(name)
    texts = {text for plan in plans for text in names_before(plan, name)}
    found = find(field_.target, texts, by=None, source=batch.recipe.source) if texts else {}
    return lambda plan: [id_ for text in names_before(plan, name) for id_ in found.get(text, [])]


def names_before(plan: Plan, name: str) -> list[str]:
    facts = plan.known.facts if plan.known is not None else None
    return (facts or {}).get(name) or []


def note_external_ids(batch: Batch, plans: list[Plan], import_: Import) -> None:
    """What these records are called where they come from, and what was said of them."""
    table: Any = ExternalId.__table__
    new, known = [], []
    for plan in plans:
        facts = {"facts": plan.facts, "import_id": import_.id, "record_id": plan.row["id"]}
        if plan.known is not None and plan.known.id is not None:
            known.append({"its_id": plan.known.id, **{f"new_{key}": value for key, value in facts.items()}})
        else:
            names = {"source": batch.recipe.source, "record_kind": batch.kind.cls.record_kind}
            new.append({**facts, **names, "external_id": plan.key})
    put(table, new, keys_of(ExternalId, table))
    if known:
        columns = ("facts", "import_id", "record_id")
        statement = sa.update(table).where(table.c.id == sa.bindparam("its_id"))
        values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in columns}
        db.session.connection().execute(statement.values(values), known)


def note_rows(batch: Batch, import_: Import) -> None:
    """Keep those that failed, with the reason, and those that wait for others."""
    table: Any = ImportRow.__table__
    kept = [
        {
            "its_number": plan.number,
            "new_state": plan.what if plan.what in {"failed", "aside"} else None,
            "new_reason": plan.reason if plan.what == "failed" else None,
        }
        for plan in batch.plans
        if batch.is_late or plan.what in {"failed", "aside"}
    ]
    if kept:
        statement = (
            sa.update(table)
            .where(table.c.import_id == import_.id, table.c.number == sa.bindparam("its_number"))
            .values(state=sa.bindparam("new_state"), reason=sa.bindparam("new_reason"))
        )
        db.session.connection().execute(statement, kept)


def count(plans: list[Plan], import_: Import) -> None:
    """How far the import has come."""
    counted = Counter(plan.what for plan in plans)
    import_.made += counted["made"]
    import_.changed += counted["changed"]
    import_.skipped += counted["skipped"]
    import_.failed += counted["failed"]
