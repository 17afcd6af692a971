"""What an administrator sees to on the first days, while there is no case yet."""

from dataclasses import dataclass

import sqlalchemy as sa
from flask import url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from app.domain.case import Case
from app.domain.configuration import Configuration
from app.domain.lists import Product
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.domain.permission import STAFF
from app.domain.user import User
from app.extensions import db
from app.mail.server import MailServer


@dataclass(frozen=True)
class FirstStep:
    """Something to set up: why, where (a command has no page), and whether it has been."""

    icon: str
    name: LazyString
    why: LazyString
    is_done: bool
    href: str | None = None


def first_steps(user: User) -> list[FirstStep]:
    """In the order in which they are best taken; none for others, and none once somebody works here."""
    if not user.is_administrator or there_is(sa.select(Case.id)):
        return []
    organisation = url_for("organisation.show")
    colleagues = sa.select(User.id).where(User.id != user.id, User.role.in_(STAFF), User.deleted_at.is_(None))
    return [
        FirstStep(
            "sitemap",
            _("Name and currency"),
            _("What you are called, what you count in, and where your day begins."),
            Organisation.current().is_named,
            organisation,
        ),
        FirstStep(
            "mail",
            _("Mail server"),
            _("Until there is one, mail is kept in the outbox."),
            MailServer.current() is not None,
            f"{organisation}#mail-server",
        ),
        FirstStep(
            "users",
            _("A team"),
            _("Every case belongs to one, and who leads it sees all of it."),
            bool(Configuration.current().teams),
            url_for("lists.entries", name="teams"),
        ),
        FirstStep(
            "user-plus",
            _("Your colleagues"),
            _("Each chooses a password by a link that you send."),
            there_is(colleagues),
            url_for("people.new"),
        ),
        FirstStep(
            "adjustments",
            _("Products and other lists"),
            _("What you sell; stages, tags and reasons in your own words."),
            there_is(sa.select(Product.id)),
            url_for("lists.index"),
        ),
        FirstStep(
            "upload",
            _("What you have so far"),
            _("Partners and cases come in by a command, flask import: docs/import.md says how."),
            there_is(sa.select(Partner.id)),
        ),
    ]


def there_is(query: sa.Select[int]) -> bool:
    return bool(db.session.scalar(sa.select(query.exists())))
