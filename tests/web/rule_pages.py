"""A rule as its editor sends it and as its pages say it."""

import sqlalchemy as sa

from app.domain.rules import Rule
from app.extensions import db
from tests.rules import rule_of

STORY = {
    "name": "Claims without contact",
    "triggers-0-key": "since_contact",
    "triggers-0-number": "2",
    "triggers-0-unit": "days",
    "conditions-word": "all",
    "conditions-0-key": "kind",
    "conditions-0-values": "claim",
    "conditions-1-key": "state",
    "conditions-1-values": "open",
    "actions-0-key": "priority",
    "actions-0-priority": "2",
    "actions-1-key": "tell",
    "actions-1-whom": "leader",
}


def newest():
    db.session.expire_all()
    return db.session.scalars(sa.select(Rule).order_by(Rule.id.desc())).first()


def story_for(ada, **facts):
    return rule_of(
        ada,
        name="Claims without contact",
        triggers=[{"key": "since_contact", "number": 2, "unit": "days", "direction": "after"}],
        conditions={"all": [{"key": "kind", "values": ["claim"]}, {"key": "state", "values": ["open"]}]},
        actions=[{"key": "priority", "priority": 2}, {"key": "tell", "whom": ["leader"]}],
        **{"on": False} | facts,
    )
