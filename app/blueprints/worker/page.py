"""How the worker is, in figures and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app import clock
from app.domain.case import Case
from app.domain.heartbeat import Heartbeat, is_lost, last_sign
from app.domain.job import Job
from app.domain.message import Message
from app.domain.periodic import PeriodicRun
from app.domain.rules import Rule, WebhookCall
from app.extensions import db
from app.i18n import duration
from app.mail.server import MailServer

MOST_FAILED = 50
# The sweep of every minute finds what a queue forgot: what waits longer than two of them waits for a worker.
LATE = timedelta(minutes=2)
KINDS = {
    "send": _l("Send a mail"),
    "notify": _l("Write notifications"),
    "import": _l("Bring in a file"),
    "webhook": _l("Call an address that a rule names"),
    "rehearsal": _l("Rehearse a rule"),
    "undo": _l("Take back a large act"),
    "reweigh stage": _l("Reckon probabilities anew"),
    "reweigh category": _l("Reckon probabilities anew"),
}
RUNS = {
    "sweep": _l("Wake what is due"),
    "remind": _l("Say what is due today"),
    "send_digests": _l("Mail everybody their day"),
    "evaluate": _l("Let rules act on moments that have come"),
    "tidy": _l("Clear away what is over"),
    "recount": _l("Check the totals of the boards"),
}


@dataclass(frozen=True)
class Pile:
    """Jobs or mails in one state: how many, and since when."""

    number: int = 0
    oldest: datetime | None = None


class WorkerPage:
    """The jobs, the workers, what runs by the clock, and the outbox: a constant number of queries."""

    @cached_property
    def alive(self) -> list[Heartbeat]:
        return Heartbeat.alive()

    @cached_property
    def is_lost(self) -> bool:
        return is_lost(db.session.execute(sa.select(*last_sign())).one())

    @cached_property
    def due(self) -> Pile:
        """What is due and not done: how much, and since when."""
        now = clock.now()
        due = sa.select(sa.func.count(), sa.func.min(Job.run_at)).where(Job.state == "waiting")
        return Pile(*db.session.execute(due.where(Job.run_at <= now)).one())

    @cached_property
    def planned(self) -> int:
        """What waits for its hour."""
        later = sa.select(sa.func.count()).where(Job.state == "waiting", Job.run_at > clock.now())
        return db.session.scalar(later) or 0

    @cached_property
    def running(self) -> int:
        return db.session.scalar(sa.select(sa.func.count()).where(Job.state == "running")) or 0

    @property
    def lag(self) -> timedelta:
        """How long the oldest job that is due has waited."""
        oldest = self.due.oldest
        return clock.now() - oldest if oldest is not None else timedelta()

    @property
    def lag_words(self) -> str:
        return duration(int(self.lag.total_seconds()))

    @cached_property
    def failed(self) -> list[Job]:
        """What was given up, but for mail, which stands in the outbox; the newest first, one more than is shown."""
        query = sa.select(Job).where(Job.state == "failed", Job.kind != "send")
        return list(
            db.session.scalars(query.order_by(Job.ended_at.desc(), Job.id.desc()).limit(MOST_FAILED + 1))
        )

    @cached_property
    def calls(self) -> dict[int, sa.Row[Any]]:
        """Of which rule and about which case the calls are that were given up, by the record of their job."""
        ids = [job.record_id for job in self.failed if job.kind == "webhook"]
        query = sa.select(
            WebhookCall.id,
            Rule.id.label("rule_id"),
            Rule.name.label("rule"),
            Case.id.label("case_id"),
            Case.name.label("case"),
        )
        query = query.join(Rule, Rule.id == WebhookCall.rule_id).join(Case, Case.id == WebhookCall.case_id)
        return {row.id: row for row in db.session.execute(query.where(WebhookCall.id.in_(ids)))}

    @cached_property
    def runs(self) -> list[PeriodicRun]:
        return PeriodicRun.all()

    @cached_property
    def mail(self) -> dict[str, Pile]:
        """The mail that waits and the mail that failed."""
        # Literals, so that a planner can prove that the partial index fits.
        states = Message.state.in_([sa.literal_column("'waiting'"), sa.literal_column("'failed'")])
        counted = sa.select(Message.state, sa.func.count(), sa.func.min(Message.created_at))
        rows = db.session.execute(counted.where(Message.direction == "out", states).group_by(Message.state))
        return {"waiting": Pile(), "failed": Pile()} | {
            state: Pile(number, oldest) for state, number, oldest in rows
        }

    @cached_property
    def server(self) -> MailServer | None:
        return MailServer.current()

    @cached_property
    def last_answer(self) -> str | None:
        """Why mail that was tried is still here."""
        tried = sa.select(Job.error).where(Job.state == "waiting", Job.kind == "send", Job.attempts > 0)
        return db.session.scalar(tried.where(Job.error.is_not(None)).order_by(Job.id.desc()).limit(1))

    @cached_property
    def troubles(self) -> list[str]:
        """What is not as it should be, a sentence each; none if all is well."""
        mail = self.mail["failed"].number
        broken = [str(RUNS.get(run.name, run.name)) for run in self.runs if run.error]
        found = [
            _("No worker is alive: nothing is sent, and nothing happens by the clock.")
            if self.is_lost
            else "",
            _("The oldest job has waited for %(time)s.", time=self.lag_words) if self.lag > LATE else "",
            self.given_up,
            _("This failed the last time: %(names)s.", names=", ".join(broken)) if broken else "",
            ngettext("%(num)d mail failed.", "%(num)d mails failed.", mail) if mail else "",
            self.kept if self.mail["waiting"].number else "",
        ]
        return [each for each in found if each]

    @property
    def given_up(self) -> str:
        """How many jobs that was, as far as one counts."""
        number = len(self.failed)
        if number > MOST_FAILED:
            return _("More than %(number)s jobs were given up.", number=MOST_FAILED)
        return ngettext("%(num)d job was given up.", "%(num)d jobs were given up.", number) if number else ""

    @property
    def kept(self) -> str:
        """Why mail is kept, if that is not for a moment only."""
        if self.server is None:
            return _("Mail is kept, because no mail server is set.")
        if self.last_answer:
            return _("Mail could not be handed over: %(answer)s", answer=self.last_answer)
        return ""

    @property
    def state(self) -> str:
        return "bad" if self.is_lost else "warn" if self.troubles else "good"
