"""Who is not to be written to without a second thought: they asked for no mail, or mail to them came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from babel.dates import format_date
from flask_babel import get_locale

from app.domain.errors import Refused
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.extensions import _, db

if TYPE_CHECKING:
    from app.domain.case import Case
    from app.domain.case.letter import Person
    from app.domain.user import User


@dataclass(frozen=True)
class Spared:
    """An address that no mail should go to: whose it is wants none, or it came back; on which day, is not for all."""

    address: str
    came_back: bool = False
    bounced_at: datetime | None = None

    def __str__(self) -> str:
        if not self.came_back:
            return _("“%(address)s” wants no mail.", address=self.address)
        if self.bounced_at is None:
            return _("Mail to “%(address)s” came back.", address=self.address)
        day = format_date(Organisation.current().day_of(self.bounced_at), "medium", locale=get_locale())
        return _("Mail to “%(address)s” came back on %(day)s.", address=self.address, day=day)


class Unwanted(Refused):
    """Somebody is not to be written to: a person may do so all the same, if they say so."""

    def __init__(self, spared: list[Spared]) -> None:
        super().__init__(" ".join(map(str, spared)))
        self.spared = spared


class Sparing:
    """Whoever wants no mail gets none by a rule, and by a person only if that person means it."""

    def spared(self: Case, people: Iterable[Person], writer: User | None = None) -> list[Spared]:
        """Those of these people, of whatever address, that are better not written to about this case.

        Whoever they are; but when mail came back is said to a writer who may know of them, and to nobody else.
        """
        addresses = {address.casefold(): address for _name, address in people}
        if not addresses:
            return []
        found: dict[str, Spared] = {}
        marked = sa.or_(Partner.do_not_mail, Partner.mail_bounced_at.is_not(None))
        is_known: sa.ColumnElement[bool] = sa.false()
        if writer is not None:
            is_known = Partner.id.in_(Partner.visible_to(writer).with_only_columns(Partner.id))
        day = sa.case((is_known, Partner.mail_bounced_at))
        query = (
            sa.select(Partner.email_folded, Partner.do_not_mail, day)
            .where(Partner.email_folded.in_(addresses), Partner.deleted_at.is_(None), marked)
            .order_by(Partner.do_not_mail, day.is_not(None))  # the last that is found of an address counts
        )
        for folded, wants_none, bounced_at in db.session.execute(query):
            address = addresses[str(folded)]
            found[str(folded)] = Spared(address) if wants_none else Spared(address, True, bounced_at)
        # What the case came with may be another address of whom it reaches.
        speaker, own = self.speaker, self.email_folded
        if speaker is not None and speaker.do_not_mail and own is not None and own in addresses:
            found[own] = Spared(addresses[own])
        return [found[folded] for folded in addresses if folded in found]
