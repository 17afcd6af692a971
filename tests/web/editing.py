"""What somebody else changes while a page stands open."""

from app.domain.history import lock
from app.extensions import db


def change(record, by, **values):
    """An edit, by the record's own verb."""
    lock(record)
    record.edit(values, by=by)
    db.session.commit()
