"""What a stage asks for before a case may enter it, as a small form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, request
from flask_babel import gettext as _

from app.blueprints.cases.forms import EVERYTHING, CaseForm
from app.blueprints.pipeline.moved import is_card
from app.domain.case import Case
from app.domain.stage import Stage
from app.web import me, show


@dataclass
class Missing:
    """The facts that are missing, what was sent of them, and the question for the rest."""

    case: Case
    stage: Stage | None = None
    form: CaseForm | None = None
    names: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def are_wanted(self) -> bool:
        return bool(self.names) and not self.facts

    def ask(self) -> Response:
        """The form with just these fields; it goes where the move went, from the board or from the case's page."""
        assert self.stage is not None
        assert self.form is not None
        kept = ("by", "column", "above", "version", "stage")
        return show(
            "pipeline/requirements.html",
            "pipeline/_requirements.html",
            422,
            case=self.case,
            form=self.form,
            fields=[self.form[name] for name in self.names],
            verb=_("Move to %(stage)s", stage=self.stage.name),
            action=request.full_path,
            hidden={name: request.form[name] for name in kept if name in request.form},
            on_board=request.blueprint == "pipeline" or is_card(self.case),
        )


def missing_facts(case: Case, by: str, target: Any) -> Missing:
    """What the case lacks for the column it is wanted in, less what was sent along."""
    if by != "stage" or target is None or target.id == case.stage_id:
        return Missing(case)
    names = [name for name in target.missing_in(case) if name in EVERYTHING]
    if not names:
        return Missing(case)
    if not me().may("edit", case):
        abort(403)
    asked = {*names, *(["currency"] if "expected_revenue" in names else [])}
    is_answer = any(name in request.form for name in names)
    options = {} if is_answer else {"formdata": None}
    form = CaseForm.without(*(set(EVERYTHING) - asked))(obj=case, **options)
    missing = Missing(case, target, form, [name for name in form._fields if name in asked])
    if is_answer and form.validate_on_submit() and all_said(form, names):
        missing.facts = form.values
    return missing


def all_said(form: CaseForm, names: list[str]) -> bool:
    """Is there an answer to each? What has none says so."""
    for name in names:
        if form[name].data in (None, ""):
            form[name].errors = [_("This stage asks for it.")]
    return not any(form[name].errors for name in names)
