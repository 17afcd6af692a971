"""`flask --app app import`: a rehearsal, the import, what fails, and the same again."""

import csv
from collections import Counter
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.history import Change, ChangeSet, Event, lock
from app.domain.importing import Import, ImportRow
from app.domain.job import Job
from app.domain.lists import Industry, Product
from app.domain.partner import Partner
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from tests.sales import SALES


@pytest.fixture
def bring(app, database, tmp_path):
    """`bring("partners", text, mapping)`: the command on a file with this text, as one would type it."""

    def run(kind, text, mapping, *words):
        file, told = tmp_path / "file.csv", tmp_path / "mapping.toml"
        file.write_text(text, encoding="utf-8")
        told.write_text(mapping, encoding="utf-8")
        answer = app.test_cli_runner().invoke(
            args=["import", kind, str(file), "--mapping", str(told), *words]
        )
        db.session.expire_all()
        return answer

    return run


def count(cls, *where):
    return db.session.scalar(sa.select(sa.func.count()).select_from(cls).where(*where))


PEOPLE = """\
source = "old"
id = "no"
[fields]
name = "who"
email = "mail"
phone = "phone"
"""


def test_a_rehearsal_says_what_would_be_and_writes_nothing(bring, tmp_path):
    answer = bring("partners", "no,who,mail,phone\n1,Hofmann,a@b.example,\n2,,,\n", PEOPLE, "--dry-run")

    assert answer.exit_code == 0, answer.output
    assert "2 rows: 1 would be made, 0 changed, 0 skipped, 1 failed." in answer.output
    assert "1 × Name: it is empty." in answer.output
    assert "Nothing was written." in answer.output
    assert [count(cls) for cls in (Partner, Import, ImportRow, ChangeSet, Job)] == [0] * 5


def test_rows_that_fail_come_back_harmless_and_go_in_once_put_right(bring, tmp_path):
    text = "no,who,mail,phone\n1,Hofmann,,\n2,=cmd(),nobody,+49 30 1\n"
    answer = bring("partners", text, PEOPLE)

    assert "2 rows: 1 were made, 0 changed, 0 skipped, 1 failed." in answer.output
    failed = tmp_path / "file.csv.failed.csv"
    raw = failed.read_text(encoding="utf-8-sig")
    assert list(csv.reader(raw.splitlines())) == [
        ["no", "who", "mail", "phone", "Reason"],
        ["2", "'=cmd()", "nobody", "'+49 30 1", "Email: “nobody” is no e-mail address."],
    ]

    answer = bring("partners", raw.replace("nobody,", "n@b.example,", 1), PEOPLE)

    assert "1 rows: 1 were made" in answer.output
    names = {partner.name: partner.phone for partner in db.session.scalars(sa.select(Partner))}
    assert names == {"Hofmann": None, "=cmd()": "+49 30 1"}


def test_the_same_again_changes_nothing_and_a_changed_row_only_what_changed(bring):
    text = "no,who,mail,phone\n1,Hofmann,a@b.example,030 1\n2,Weber,,\n"
    bring("partners", text, PEOPLE)
    events = count(Event)
    assert "0 were made, 0 changed, 2 skipped, 0 failed" in bring("partners", text, PEOPLE).output
    assert count(Event) == events

    hofmann = db.session.scalars(sa.select(Partner).where(Partner.name == "Hofmann")).one()
    lock(hofmann)
    hofmann.edit({"phone": "030 2"}, by=SYSTEM)
    db.session.commit()
    answer = bring("partners", text.replace("a@b", "new@b"), PEOPLE)

    assert "0 were made, 1 changed, 1 skipped" in answer.output
    assert (hofmann.email, hofmann.email_folded, hofmann.phone) == ("new@b.example", "new@b.example", "030 2")
    last = db.session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert (last.action, last.partner_id, last.change_set.kind) == ("imported", hofmann.id, "import")
    assert {change.field: (change.old, change.new) for change in last.changes} == {
        "email": ("a@b.example", "new@b.example"),
        "email_folded": ("a@b.example", "new@b.example"),
    }
    assert hofmann.version == last.changes[0].version == 3


def test_who_signs_it_may_undo_it(bring, ada):
    answer = bring("partners", "no,who,mail,phone\n1,Hofmann,,\n", PEOPLE, "--by", ada.email)

    [change_set] = db.session.scalars(sa.select(ChangeSet).where(ChangeSet.kind == "import"))
    assert change_set.actor_name == ada.name
    assert f"flask --app app undo {change_set.id}" in answer.output
    assert bring("partners", "a\n", PEOPLE, "--by", "x@y.example").exit_code == 1


@pytest.mark.parametrize(
    ("text", "mapping", "sentence"),
    [
        ("", PEOPLE, "The file is empty"),
        ("no,no,who\n", PEOPLE, "Two columns are called “no”"),
        ("no,,who\n", PEOPLE, "Column 2 has no heading"),
        ("no,who\n", PEOPLE, "The file has no column “mail”"),
        ("no,who,mail,phone\n", PEOPLE + 'age = "who"\n', "There is no field “age” here"),
        ("no,who,mail,phone\n", 'ids = "no"\n', "A mapping knows no “ids”"),
        ("no,who\n", '[fields]\nfunction = "who"\n', "Say which column tells one row from another"),
        ("no,who\n", 'id = "no"\n', "Say where “name” comes from"),
        ("no,who\n", "id = no\n", "cannot be read"),
        (
            "no,who\n",
            'match = ["id"]\nid = "no"\n[fields]\nname = "who"\n',
            "Nothing is looked up by “id” here",
        ),
        (
            "no,who\n",
            'id = "no"\n[fields]\nname = "who"\ncountry = { column = "who", by = "email" }\n',
            "Nothing is looked up by “email” here",
        ),
        ('no,who,mail,phone\n1,"Hof' + "x\n" * 90_000, PEOPLE, "is a quotation mark left open?"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_a_sentence(bring, text, mapping, sentence):
    answer = bring("partners", text, mapping)

    assert answer.exit_code == 1
    assert sentence in answer.output
    assert "Traceback" not in answer.output
    assert count(Import) == 0


@pytest.mark.real_data
def test_a_real_sales_department_comes_in_whole(sales, theirs):
    people, accounts, products, deals = (theirs(kind) for kind in SALES)
    assert "35 would be made" in sales("users", "--dry-run")
    for kind in SALES:
        sales(kind)

    regions = {row["regional_office"] for row in people}
    managers = {row["manager"] for row in people}
    tops = db.session.scalars(sa.select(Team).where(Team.parent_id.is_(None))).all()
    teams = db.session.scalars(sa.select(Team).where(Team.parent_id.is_not(None))).all()
    assert {team.name for team in tops} == regions
    assert {(team.leader.name, team.leader.role) for team in teams} == {
        (name, "manager") for name in managers
    }
    assert {(user.name, team.name, team.parent.name) for team in teams for user in team.members} == {
        (row["sales_agent"], row["manager"], row["regional_office"]) for row in people
    }
    assert (len(people), len(teams), len(tops)) == (35, 6, 3)

    assert Counter(partner.company.name for partner in partners() if partner.company) == Counter(
        row["subsidiary_of"] for row in accounts if row["subsidiary_of"]
    )
    assert sum(partner.annual_revenue for partner in partners()) == sum(
        round(float(row["revenue"]) * 1_000_000 * 100) for row in accounts
    )
    assert {name.casefold() for name in db.session.scalars(sa.select(Industry.name).join(Partner))} == {
        row["sector"].replace("technolgy", "technology") for row in accounts
    }
    assert {(product.name, product.price) for product in db.session.scalars(sa.select(Product))} == {
        (row["product"], int(row["sales_price"]) * 100) for row in products
    }
    assert_the_deals_are_there(deals, people)


def partners():
    return db.session.scalars(sa.select(Partner)).all()


def assert_the_deals_are_there(deals, people):
    outcomes = {"Won": "won", "Lost": "lost"}
    assert dict(
        db.session.execute(sa.select(Case.outcome, sa.func.count()).group_by(Case.outcome)).all()
    ) == (Counter(outcomes.get(row["deal_stage"], "none") for row in deals))
    assert (len(deals), count(Case, Case.outcome == "won"), count(Case, Case.outcome == "lost")) == (
        8_800, 4_238, 2_473,
    )  # fmt: skip
    won = sum(int(row["close_value"]) for row in deals if row["deal_stage"] == "Won")
    kept = db.session.scalar(sa.select(sa.func.sum(Case.expected_revenue)).where(Case.outcome == "won"))
    assert (won, kept) == (10_005_534, won * 100)
    assert count(Case, Case.partner_id.is_(None)) == sum(not row["account"] for row in deals) == 1_425

    manager_of = {row["sales_agent"]: row["manager"] for row in people}
    per_person = sa.select(User.name, Team.name, sa.func.count(), sa.func.sum(Case.expected_revenue))
    per_person = per_person.join(User, Case.responsible_id == User.id).join(Team, Case.team_id == Team.id)
    found = db.session.execute(per_person.group_by(User.name, Team.name)).all()
    number, value = Counter(), Counter()
    for row in deals:
        number[row["sales_agent"]] += 1
        value[row["sales_agent"]] += int(row["close_value"] or 0)
    assert {name: (team, deals_, int(worth or 0)) for name, team, deals_, worth in found} == {
        name: (manager_of[name], number[name], value[name] * 100) for name in number
    }
    assert len(number) == 30

    stages = dict(db.session.execute(
        sa.select(Stage.name, sa.func.count()).join(Case).group_by(Stage.name)
    ).all())  # fmt: skip
    theirs_ = Counter(row["deal_stage"] for row in deals)
    assert stages == {"New": theirs_["Prospecting"], "Qualified": theirs_["Engaging"], "Won": theirs_["Won"]}
    first, zone = deals[0], ZoneInfo("America/New_York")
    case = db.session.scalars(sa.select(Case).order_by(Case.id)).first()
    assert (case.name, case.date_only) == ("GTX Plus Basic for Cancity", "closed_at opened_at")
    assert case.closed_at == datetime.combine(us(first["close_date"]), time(12), tzinfo=zone).astimezone(UTC)
    assert [tag.name for tag in case.tags] == ["GTX Plus Basic"]
    assert (case.probability, case.weighted, case.closing_rate) == (100, 105_400, 1)
    events = sa.select(sa.func.count()).select_from(Event).join(ChangeSet).where(Event.case_id.is_not(None))
    assert db.session.scalar(events.where(ChangeSet.kind == "import", Event.action == "imported")) == 8_800
    assert count(Change, Change.record_kind == "case", Change.field == "+") == 8_800


def us(text) -> date:
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


@pytest.mark.real_data
def test_the_real_files_again_change_nothing(sales):
    for kind in SALES:
        sales(kind)
    rows = [count(cls) for cls in (User, Team, Partner, Product, Case, Event, Change)]

    outputs = [sales(kind) for kind in SALES]

    assert all("0 were made, 0 changed" in output and " 0 failed" in output for output in outputs), outputs
    assert [count(cls) for cls in (User, Team, Partner, Product, Case, Event, Change)] == rows
    assert count(ImportRow) == 0


def test_taken_back_as_a_whole_it_can_come_again(app, bring, ada):
    lines = [f"{n},Company {n},{n}@b.example,030 {n}" for n in range(300)]
    text = "\n".join(["no,who,mail,phone", *lines])
    bring("partners", text, PEOPLE)
    [change_set] = db.session.scalars(sa.select(ChangeSet).where(ChangeSet.kind == "import"))
    ids = set(db.session.scalars(sa.select(Partner.id)))

    answer = app.test_cli_runner().invoke(args=["undo", str(change_set.id), "--by", ada.email])
    assert answer.output == "Taken back.\n"
    assert count(Partner, Partner.deleted_at.is_(None)) == 0

    assert "300 were made, 0 changed, 0 skipped" in bring("partners", text, PEOPLE).output
    assert set(db.session.scalars(sa.select(Partner.id).where(Partner.deleted_at.is_(None)))) == ids


def test_what_was_deleted_here_stays_deleted(bring, ada):
    text = "no,who,mail,phone\n1,Hofmann,,\n"
    bring("partners", text, PEOPLE)
    partner = db.session.scalars(sa.select(Partner)).one()
    lock(partner)
    partner.delete(by=ada)
    db.session.commit()

    answer = bring("partners", text.replace("Hofmann", "Hofmann Bräu"), PEOPLE)

    assert "0 were made, 0 changed, 1 skipped, 0 failed" in answer.output
    assert (partner.is_binned, partner.name) == (True, "Hofmann")


def test_people_whose_import_was_taken_back_come_back_to_their_teams(app, bring, ada):
    mapping = """\
    id = "mail"
    [fields]
    name = "name"
    email = "mail"
    team = { column = "{region} / {boss}", make = true }
    leader = { column = "boss", make = { email = "{boss:slug}@x.example", role = "manager" } }
    """
    text = "name,mail,region,boss\nKim Lee,kim@x.example,East,Ann Ray\nBo Xu,bo@x.example,East,Ann Ray\n"
    assert "2 were made" in bring("users", text, mapping).output
    [change_set] = db.session.scalars(sa.select(ChangeSet).where(ChangeSet.kind == "import"))
    assert app.test_cli_runner().invoke(args=["undo", str(change_set.id), "--by", ada.email]).exit_code == 0
    db.session.expire_all()
    assert db.session.scalars(sa.select(User).where(User.deleted_at.is_(None))).all() == [ada]

    output = bring("users", text, mapping).output

    assert "2 were made" in output, output
    team = db.session.scalars(sa.select(Team).where(Team.name == "Ann Ray", Team.deleted_at.is_(None))).one()
    assert (team.leader.email, {user.name for user in team.members}) == (
        "ann.ray@x.example",
        {"Kim Lee", "Bo Xu"},
    )
    assert team.parent.name == "East"
    assert count(User) == 4


DEALS = """\
source = "old"
id = "no"
[constants]
kind = "opportunity"
[fields]
name = "no"
stage = "stage"
outcome = "end"
opened_at = "opened"
closed_at = "closed"
expected_revenue = "worth"
"""


def test_a_deal_goes_through_its_states_file_by_file(bring, stages):
    head = "no,stage,end,opened,closed,worth\n"

    def now(row):
        output = bring("cases", head + row, DEALS).output
        assert " 0 failed" in output, output
        return db.session.scalars(sa.select(Case)).one()

    case = now("D1,New,,,,\n")
    assert (case.state, case.stage.name, case.outcome, case.probability) == ("draft", "New", "none", 10)
    case = now("D1,Qualified,,2017-03-01,,100\n")
    assert (case.state, case.stage.name, case.weighted, case.date_only) == (
        "open",
        "Qualified",
        3_000,
        "opened_at",
    )
    case = now("D1,Won,,2017-03-01,2017-04-01 16:30,120\n")
    assert (case.state, case.outcome, case.stage.name, case.weighted) == ("done", "won", "Won", 12_000)
    assert case.closed_at == datetime(2017, 4, 1, 16, 30, tzinfo=UTC)
    assert (case.opened_at, case.date_only) == (datetime(2017, 3, 1, 12, tzinfo=UTC), "opened_at")
    case = now("D1,Qualified,,2017-03-01,,120\n")
    assert (case.state, case.outcome, case.closed_at, case.weighted) == ("open", "none", None, 3_600)
    case = now("D1,Qualified,lost,2017-03-01,2017-05-01,120\n")
    assert (case.state, case.outcome, case.stage.name, case.probability) == ("done", "lost", "Qualified", 0)
    assert case.version == 5
    assert case.lost_reason_id is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("D1,Qualified,,2017-03-01,2017-04-01,1", "is not closed: is that its deadline?"),
        ("D1,Won,,2017-03-01,2017-02-01,1", "It was closed before it was opened."),
        ("D1,Nowhere,,,,1", "Stage: “Nowhere” is not known."),
        ("D1,New,,2017-02-31,,1", "Opened_at: “2017-02-31” is no date (year-month-day)."),
        ("D1,New,,,,12.345", "has more decimals than EUR"),
        ("D1,New,,,,1e18", "is more than can be kept"),
        ("D1,New,,,,12 or so", "“12 or so” is no number"),
        ("D1,New,,,,99999999999999999999", "is more than can be kept"),
        ("D1,New,perhaps,,,1", "“perhaps” is none of: none, won, lost"),
        (",New,,,,1", "It has no id, or one that is too long; name: it is empty."),
        ("D1,New", "It has 2 cells, the header has 6."),
        ("D1,New,,,,1,more", "It has 7 cells, the header has 6."),
        ("D0,New,,,,5", "The same id stands further up."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_row_that_cannot_be_says_why_and_leaves_nothing(bring, stages, row, reason, dry):
    head = "no,stage,end,opened,closed,worth\n"
    rows = f"{head}D0,New,,2017-02-01,,0.50\n{row}\n"

    answer = bring("cases", rows, DEALS, *dry)

    assert answer.exit_code == 0, answer.output
    assert " 1 failed" in answer.output
    assert reason in answer.output
    assert count(Case) == (0 if dry else 1)
