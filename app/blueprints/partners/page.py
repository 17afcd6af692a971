"""What the page of a partner shows beside the partner; only what its reader may know of."""

from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.blueprints.cases.ties import Tied, near, tied_to
from app.blueprints.notes.page import Talk
from app.domain.activity import Activity
from app.domain.case import Case
from app.domain.lists import Industry, Level, Source
from app.domain.partner import Partner
from app.domain.team import Team
from app.domain.user import User
from app.extensions import db
from app.i18n import local_today, money, number

MOST_PEOPLE = 50


class PartnerPage(Talk):
    """One partner as one reader sees them."""

    partner: Partner

    def __init__(self, partner: Partner, reader: User, **talk: Any) -> None:
        self.partner, self.about, self.reader = partner, partner, reader
        self.talks(**talk)

    @cached_property
    def may_edit(self) -> bool:
        return self.reader.may("edit", self.partner)

    @cached_property
    def may_delete(self) -> bool:
        return self.reader.may("delete", self.partner) and not self.partner.is_referred_to

    @cached_property
    def people(self) -> list[Partner]:
        query = Partner.visible_to(self.reader).where(
            Partner.company_id == self.partner.id, ~Partner.archived
        )
        return list(db.session.scalars(query.order_by(Partner.name_folded, Partner.id).limit(MOST_PEOPLE)))

    @cached_property
    def open_cases(self) -> list[Case]:
        return self.partner.open_cases(self.reader)

    @cached_property
    def activities(self) -> list[Activity]:
        """What is planned about them, and on their open cases."""
        cases = [case.id for case in self.open_cases]
        query = (
            Activity.visible_to(self.reader)
            .where(
                Activity.state == "planned",
                sa.or_(Activity.partner_id == self.partner.id, Activity.case_id.in_(cases)),
            )
            .options(joinedload(Activity.type), joinedload(Activity.user), joinedload(Activity.case))
            .order_by(Activity.due_on, Activity.id)
        )
        return list(db.session.scalars(query))

    def may_end(self, activity: Activity) -> bool:
        return self.reader.may("plan", activity.about)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Whatever else is known of them."""
        partner = self.partner
        named: list[tuple[Any, Any, int | None]] = [
            (_("Industry"), Industry, partner.industry_id),
            (_("Level"), Level, partner.level_id),
            (_("Team"), Team, partner.team_id),
            (_("Source"), Source, partner.source_id),
        ]
        plain = [
            (_("Reference code"), partner.code),
            (_("Tax id"), partner.tax_id),
            (_("Employees"), number(partner.employees)),
            (_("Annual revenue"), money(partner.annual_revenue, partner.currency, exact=True)),
        ]
        names = [(label, db.session.get_one(cls, id_).name) for label, cls, id_ in named if id_ is not None]
        return [(str(label), str(value)) for label, value in [*names, *plain] if value]

    @cached_property
    def ties(self) -> list[Tied]:
        """The cases that are about them without being theirs."""
        return tied_to(self.partner, near(self.partner, self.reader))

    @property
    def today(self) -> date:
        return local_today()

    @property
    def company(self) -> Any:
        """Whom they belong to, if the reader may know of them."""
        company = self.partner.company
        return company if company is not None and company.is_visible_to(self.reader) else None
