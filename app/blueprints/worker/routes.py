"""The page of the worker, and what can be done about a job that was given up."""

from typing import Any

import sqlalchemy as sa
from flask import Response, url_for
from flask_babel import gettext as _

from app.blueprints.worker import bp
from app.blueprints.worker.page import KINDS, MOST_FAILED, RUNS, WorkerPage
from app.domain.job import Job
from app.extensions import db
from app.web import find, me, show, swap


@bp.get("/")
def index() -> Response:
    """Is all well, and if not, what is not?"""
    return show("worker/index.html", "worker/_state.html", **context())


@bp.post("/jobs/<int:job_id>/another-try")
def retry(job_id: int) -> Response:
    """What was in its way is put right: do it now."""
    find_job(job_id).retry(by=me())
    return told(_("It is tried again."))


@bp.post("/jobs/<int:job_id>/dropping")
def drop(job_id: int) -> Response:
    """It need not be done any more."""
    find_job(job_id).drop(by=me())
    return told(_("It is dropped."))


def find_job(job_id: int) -> Job:
    """The job, held so that two who press at once do not start it twice."""
    query = sa.select(Job).where(Job.id == job_id).with_for_update()
    return find(query.execution_options(populate_existing=True))


def told(what: str) -> Response:
    db.session.commit()
    return swap("worker/_state.html", otherwise=url_for(".index"), toast=what, **context())


def context() -> dict[str, Any]:
    return {"page": WorkerPage(), "kinds": KINDS, "runs": RUNS, "most": MOST_FAILED}
