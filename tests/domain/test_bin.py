"""The bin: what is deleted can be brought back for thirty days, then it goes with all that hangs on it."""

from datetime import timedelta

import sqlalchemy as sa

from app import clock
from app.domain import bin as bin_
from app.domain import housekeeping
from app.domain.actor import SYSTEM
from app.domain.case import Case
from app.domain.file import Attachment
from app.domain.history import Change, act, lock
from app.domain.partner import Partner
from app.extensions import db
from tests.domain.test_files import attached, how_many


def binned(record, by=SYSTEM):
    lock(record)
    with act("deleted", record, by=by):
        record.deleted_at = clock.now()
    db.session.commit()


def test_the_bin_is_emptied_after_thirty_days(case, nora, brewery):
    attached(case, nora)
    case_id, gone = case.id, clock.now() + timedelta(days=31)
    binned(case)

    housekeeping.tidy()
    assert db.session.get(Case, case_id) is not None
    with clock.stopped_at(gone):
        housekeeping.tidy()
    db.session.expire_all()

    assert db.session.get(Case, case_id) is None
    assert how_many(Attachment) == 0
    rows = db.session.scalars(sa.select(Change).where(Change.field == "-").order_by(Change.record_kind)).all()
    assert [(row.record_kind, row.old.get("name")) for row in rows] == [
        ("attachment", "offer.pdf"),
        ("case", "Flow meters for bottling line 3"),
    ]
    assert rows[0].event.who == "Holdfast"
    assert brewery.deleted_at is None


def test_a_partner_goes_for_good_with_their_files_and_no_case_loses_one(case, nora):
    gone = Partner.make("Closed its gates", by=SYSTEM)
    db.session.commit()
    attached(gone, nora, "contract.pdf")
    attached(case, nora, "offer.pdf")
    binned(gone)

    with clock.stopped_at(clock.now() + timedelta(days=31)):
        housekeeping.tidy()

    assert list(db.session.scalars(sa.select(Attachment.name))) == ["offer.pdf"]


def test_what_others_point_to_stays_in_the_bin(case, nora, brewery):
    binned(brewery)

    with clock.stopped_at(clock.now() + timedelta(days=31)):
        assert bin_.empty_bin() == 0

    assert case.partner is brewery


def test_what_was_brought_back_stays(case):
    binned(case)
    lock(case)
    with act("undone", case, by=SYSTEM):
        case.deleted_at = None
    db.session.commit()

    with clock.stopped_at(clock.now() + timedelta(days=31)):
        assert bin_.empty_bin() == 0
