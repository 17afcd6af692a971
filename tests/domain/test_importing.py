"""What an import does to each row is what its rehearsal said, whatever is there already."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from app import clock
from app.domain import housekeeping, importing
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import Event, lock
from app.domain.importing import ImportRow
from app.domain.importing.finding import find
from app.domain.importing.planning import known_elsewhere
from app.domain.job import Job
from app.domain.lists import PartnerTag, Tag
from app.domain.partner import Partner
from app.extensions import db
from tests.conftest import add
from tests.plans import plan_of

TOLD = {
    "source": "old",
    "id": "no",
    "fields": {
        "name": "name",
        "email": "mail",
        "company": "company",
        "employees": "staff",
        "tags": {"column": "tags", "make": True},
    },
}
HEADER = "no;name;mail;company;staff;tags"
ROW = st.tuples(
    st.sampled_from("12345"),
    st.sampled_from(["", "Hofmann", "Weber", "Groß", "HOFMANN", "Krüger"]),
    st.sampled_from(["", "", "a@b.example", "nobody"]),
    st.sampled_from(["", "", "Weber", "Groß", "Krüger"]),
    st.sampled_from(["", "5", "-1", "many"]),
    st.sampled_from(["", "Beer", "Beer, Wine", "wine"]),
)


@pytest.fixture
def bring(database, tmp_path):
    """Import these rows; answers what the rehearsal said and what came of it."""

    def run(rows, told=TOLD, header=HEADER, kind="partners"):
        file = tmp_path / "file.csv"
        file.write_text("\n".join([header, *(";".join(row) for row in rows)]), encoding="utf-8")
        sheet, recipe = importing.prepare(kind, file, told | {"delimiter": ";"})
        said = importing.rehearse(recipe, sheet)
        import_ = importing.begin(kind, sheet, recipe, told, by=SYSTEM)
        for job_id in Job.alive("import", import_.id):
            Job.run(job_id)
        db.session.expire_all()
        assert import_.state == "done", [job.error for job in db.session.scalars(sa.select(Job))]
        done = {what: getattr(import_, what) for what in ("made", "changed", "skipped", "failed")}
        return {what: said.counts[what] for what in done}, done

    return run


@contextmanager
def counted_statements():
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


def names_nobody_that_fails(rows):
    """A rehearsal takes a row for certain that is right in itself; who names one that is not is left out here."""
    return [row for row in rows if not row[3]]


@given(st.lists(st.lists(ROW, max_size=6), min_size=1, max_size=2))
@example(files=[[("1", "", "", "", "", ""), ("1", "Hofmann", "", "", "", "")]])
def test_the_rehearsal_is_the_result_and_the_same_again_is_nothing(bring, files):
    for rows in map(names_nobody_that_fails, files):
        said, done = bring(rows)
        assert said == done
        events = db.session.scalar(sa.select(sa.func.count()).select_from(Event))
        said, again = bring(rows)
        assert (said, again["made"], again["changed"]) == (again, 0, 0)
        assert again["failed"] == done["failed"]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == events


def partner(name):
    return db.session.scalars(sa.select(Partner).where(Partner.name == name)).one()


def test_who_is_named_may_stand_further_down(bring):
    rows = [
        ("1", "Child", "", "Parent", "", ""),
        ("2", "Parent", "", "Top", "", ""),
        ("3", "Top", "", "", "", ""),
    ]
    said, done = bring([*rows, ("4", "Orphan", "", "Nobody", "", ""), ("5", "Loop", "", "Loop", "", "")])

    assert said["made"] == 4  # a rehearsal cannot know that a loop finds no beginning
    assert (done["made"], done["failed"]) == (3, 2)
    assert (partner("Child").company, partner("Parent").company) == (partner("Parent"), partner("Top"))
    reasons = dict(db.session.execute(sa.select(ImportRow.number, ImportRow.reason)).all())
    assert reasons == {4: "Company: “Nobody” is not known.", 5: "Company: “Loop” is not known."}


def test_a_known_company_gets_what_the_file_knows_and_loses_nothing(bring, brewery):
    said, done = bring([("9", "hofmann brewery", "", "", "12", "")])

    assert said == done == {"made": 0, "changed": 1, "skipped": 0, "failed": 0}
    assert (brewery.email, brewery.employees, brewery.name) == ("info@hofmann.example", 12, "hofmann brewery")


def test_two_of_one_name_with_ids_of_their_own_stay_two(bring):
    bring([("1", "Weber", "", "", "", "")])
    bring([("2", "Weber", "", "", "", "")])
    bring([("3", "Kind", "", "Weber", "", "")])

    assert Counter(db.session.scalars(sa.select(Partner.name))) == {"Weber": 2}
    [reason] = db.session.scalars(sa.select(ImportRow.reason))
    assert reason == "Company: 2 are called “Weber”."


def test_of_those_named_by_their_id_who_is_in_the_bin_is_not_known(bring, ada):
    bring([("1", "Weber", "", "", "", ""), ("2", "Groß", "", "", "", "")])
    leaves = partner("Groß")
    lock(leaves)
    leaves.delete(by=ada)
    db.session.commit()
    told = TOLD | {"fields": TOLD["fields"] | {"company": {"column": "company", "by": "id"}}}
    _said, done = bring(
        [("3", "Kind", "", "1", "", ""), ("4", "Enkel", "", "2", "", ""), ("5", "Neffe", "", "6", "", "")],
        told,
    )

    assert (done["made"], done["failed"]) == (1, 2)
    assert partner("Kind").company == partner("Weber")
    reasons = dict(db.session.execute(sa.select(ImportRow.number, ImportRow.reason)).all())
    assert reasons == {2: "Company: “2” is not known.", 3: "Company: “6” is not known."}


def test_those_named_by_their_id_are_looked_up_in_two_statements_however_many(bring):
    bring([(str(number), f"Brewery {number}", "", "", "", "") for number in range(5)])

    for some in ({"1"}, {"0", "1", "2", "3", "4", "9"}):
        with counted_statements() as asked:
            found = find("partner", some, by="id", source="old")
        assert len(asked) == 2
        assert [len(found[name]) for name in sorted(some)] == [name != "9" for name in sorted(some)]


def test_the_ids_of_a_batch_are_looked_up_by_themselves_before_anybody_has_counted_the_rows(bring):
    """Among all of a kind the first import takes longer with each batch; PostgreSQL knows no figures of it yet."""
    bring([(str(number), f"Brewery {number}", "", "", "", "") for number in range(1500)])
    plan = plan_of(known_elsewhere("old", "partner").params(keys=[str(number) for number in range(500)]))

    assert "uq_external_ids" in plan or "sqlite_autoindex_external_ids" in plan


def test_tags_come_and_go_with_the_file_and_those_by_hand_stay(bring, ada):
    by_hand = PartnerTag(name="Dear")
    add(by_hand)
    bring([("1", "Weber", "", "", "", "Beer, Wine")])
    weber = partner("Weber")
    lock(weber)
    from app.domain.history import act

    with act("tagged", weber, by=ada):
        weber.tags.append(by_hand)
    db.session.commit()

    _said, done = bring([("1", "Weber", "", "", "", "Wine, Cider")])

    assert done["changed"] == 1
    assert {tag.name for tag in weber.tags} == {"Dear", "Wine", "Cider"}
    last = db.session.scalars(
        sa.select(Event).where(Event.partner_id == weber.id).order_by(Event.id.desc())
    ).first()
    assert {change.field.partition(":")[0] for change in last.changes} == {"tags"}
    assert {(change.old is None) for change in last.changes} == {True, False}


def test_templates_constants_and_words(bring, nora, front_desk, stages):
    told = {
        "id": "no",
        "constants": {"kind": "opportunity", "priority": "2"},
        "fields": {
            "name": ["{what} for {whom}", "what"],
            "responsible": {"column": "{who:slug}@holdfast.example"},
            "stage": {"column": "step", "values": {"engaging": "Qualified"}},
            "expected_revenue": {"column": "worth", "times": 1000, "decimal": ","},
            "tags": {"column": "what", "make": True},
        },
        "spelling": {"what": {"GTXPro": "GTX Pro"}},
    }
    rows = [("1", "GTXPro", "Weber", "Nora", "Engaging", "1,5"), ("2", "Level", "", "Nora", "New", "")]

    said, done = bring(rows, told, "no;what;whom;who;step;worth", "cases")

    assert said == done == {"made": 2, "changed": 0, "skipped": 0, "failed": 0}
    one, two = db.session.scalars(sa.select(Case).order_by(Case.id))
    assert (one.name, two.name) == ("GTX Pro for Weber", "Level")
    assert (one.responsible, one.team, one.stage) == (nora, front_desk, stages["Qualified"])
    assert (one.expected_revenue, one.weighted, one.priority, one.currency) == (150_000, 45_000, 2, "EUR")
    assert {tag.name for tag in db.session.scalars(sa.select(Tag))} == {"GTX Pro", "Level"}


def test_what_is_not_like_others_is_stored_or_refused_alike_everywhere(bring):
    rows = [
        ("1", "Nul\0 and \u0041\u030a", "", "", "", ""),
        ("2", "x" * 201, "", "", "", ""),
        ("3", "İ 👍 ß", "", "", "", ""),
    ]

    _said, done = bring(rows)

    assert (done["made"], done["failed"]) == (2, 1)
    assert set(db.session.scalars(sa.select(Partner.name))) == {"Nul and Å", "İ 👍 ß"}
    assert db.session.scalars(sa.select(ImportRow.reason)).one() == "Name: it has 201 letters, more than 200."


def test_rows_that_failed_are_kept_for_a_month(bring):
    bring([("1", "", "", "", "", "")])
    housekeeping.tidy()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportRow)) == 1

    with clock.stopped_at(clock.now() + timedelta(days=31)):
        housekeeping.tidy()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportRow)) == 0
