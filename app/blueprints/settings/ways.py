"""The table of what somebody may be told of, and by which ways."""

from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from app.domain.notification import TYPES, NotificationChoice
from app.domain.notification.choosing import NOT_IN_DIGEST, Ways
from app.web import me

WORDS = {
    "mentioned": _("A note mentions you"),
    "assigned": _("You are given a case"),
    "planned": _("A step is planned for you"),
    "handed over": _("A case is escalated or handed to a team that you lead"),
    "taken": _("A case of yours is given to somebody else"),
    "mail failed": _("A mail of yours does not arrive"),
    "rule paused": _("A rule of yours is paused"),
    "rule failed": _("A rule of yours fails"),
    "changed": _("Somebody moves, wins, loses, closes or reopens a case of yours"),
    "said": _("Something is written on a case of yours or on one that you watch, or a rule tells you of one"),
    "imported": _("An import of yours is over"),
    "due": _("Steps of yours are due: once a day"),
}
COLUMNS = {"in_page": _("In the page"), "by_mail": _("By mail"), "in_digest": _("In the digest")}


def ways() -> dict[str, Any]:
    """What the table shows."""
    return {
        "types": WORDS,
        "columns": COLUMNS,
        "chosen": NotificationChoice.of(me()),
        "not_in_digest": NOT_IN_DIGEST,
    }


def ways_sent(form: MultiDict[str, str]) -> dict[str, Ways]:
    """What was ticked; what has no place in the digest is not there, whatever is sent."""
    return {
        name: Ways(
            *(
                name in form.getlist(column) and not (column == "in_digest" and name in NOT_IN_DIGEST)
                for column in COLUMNS
            )
        )
        for name in TYPES
    }
