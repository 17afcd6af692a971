"""Writing mail from a case, templates as they look on it, and reminders."""

import re
from collections.abc import Callable
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from app.blueprints.files.storing import to_draft
from app.blueprints.history.words import appointment_words
from app.blueprints.mail import bp
from app.blueprints.mail.addresses import write_person
from app.blueprints.mail.forms import MailForm, ReminderForm
from app.blueprints.mail.writing import FILES_PART, PARTS, Writing
from app.blueprints.places import address_of, changed, context_of
from app.domain import wording
from app.domain.case import Case
from app.domain.case.sparing import Unwanted
from app.domain.draft import Draft
from app.domain.errors import Refused
from app.domain.finding import found_by_name
from app.domain.mention import colleagues_called
from app.domain.partner import Partner
from app.domain.text import clean
from app.domain.user import User
from app.extensions import db
from app.mail.server import MailServer
from app.once import sent_once, was_sent
from app.web import dom_id, find_known, me, row_id, show

OFFERED = 8
LAST = re.compile(r"[,;]")
LONGEST = 320
bp.add_app_template_filter(write_person, "written_person")

# Writing


@bp.get("/cases/<int:case_id>/mails/new")
def new(case_id: int) -> Response:
    """The page of the case, ready to write: from nothing, in answer to what was said, or once more what was written."""
    case = find_case(case_id)
    return ask(fill(Writing(case, me(), Draft.of(me(), case))))


@bp.post("/cases/<int:case_id>/mails/filled")
def filled(case_id: int) -> Response:
    """The mail that is being written, with something put into it: kept as it is then, as what is typed is."""
    case = find_case(case_id)
    if PARTS.keys().isdisjoint(request.form):
        return opened(case)
    writing = sent_from(case)
    writing.form.take_in()
    keep(fill(writing))
    db.session.commit()
    return ask(writing, "mail/letter.swap.html")


def opened(case: Case) -> Response:
    """The same where the box for a mail was not open yet: what waits in it is what was typed before."""
    writing = fill(Writing(case, me(), Draft.of(me(), case)))
    keep(writing)
    db.session.commit()
    answer = ask(writing)
    answer.headers["HX-Retarget"] = f"#{dom_id(case, 'mail')}"
    return answer


@bp.post("/cases/<int:case_id>/mails/preview")
def preview(case_id: int) -> Response:
    """How it will arrive."""
    writing = sent_from(find_case(case_id))
    writing.form.take_in()
    writing.is_previewed = True
    return ask(writing, "mail/_preview.html")


@bp.post("/cases/<int:case_id>/mails")
def write(case_id: int) -> Response:
    """Send it: in ten seconds, so that it can be taken back, or when it is to go."""
    writing = sent_from(find_case(case_id))
    if not writing.form.validate_on_submit():
        return ask(writing, status=422)
    case = find_known(Case, case_id, "write_mail")
    sent_once(address_of(case))
    if not writing.hand_over():
        return ask(writing, status=422)
    for part in (*PARTS.values(), FILES_PART):
        Draft.drop(me(), case, part)
    db.session.commit()
    return changed(case, told(writing.form), fresh="mail")


def keep(writing: Writing) -> None:
    """Keep it as a draft, unless it was sent while this was on its way."""
    case = find_known(Case, writing.case.id, "write_mail")  # one that is being sent right now is waited for
    if was_sent(request.form.get("once", "")):
        return
    for name, part in PARTS.items():
        Draft.keep(me(), case, part, writing.form[name].data or "")
    Draft.keep(me(), case, FILES_PART, to_draft(writing.form.files))


def told(form: MailForm) -> str:
    """When it goes, in words."""
    if MailServer.current() is None:
        return _("It is kept, and goes out once there is a mail server.")
    if form.when is not None:
        return _("It goes out %(when)s.", when=appointment_words(form.when))
    return _("It goes out in ten seconds.")


def find_case(case_id: int) -> Case:
    return find_known(Case, case_id, "write_mail", lock=False)


def sent_from(case: Case) -> Writing:
    """The mail as it was sent along."""
    return Writing(case, me(), {}, MailForm(), filled_from=request.form.get("filled", type=row_id))


def fill(writing: Writing) -> Writing:
    """What is being written, with what is asked for put into it."""
    asked = request.values
    if asked.get("again"):
        writing.write_again(asked.get("again", type=row_id) or 0)
    elif asked.get("reply"):
        writing.answer(asked.get("reply", type=row_id))
    elif asked.get("add"):
        writing.add(asked["add"][:LONGEST])
    elif "use" in asked:
        writing.use(writing.template(asked.get("template_id", type=row_id)))
    return writing


def ask(writing: Writing, fragment: str = "mail/_write.html", status: int = 200) -> Response:
    """The mail that is being written, or a part of it; on the page of its case if nobody can swap it."""
    context = context_of(writing.case, mailing=writing)
    return show("cases/show.html", fragment, status, about=writing.case, writing=writing, **context)


@bp.get("/mails/addresses")
def addresses() -> str:
    """Whom somebody may mean who has typed the beginning of a name or an address, behind those named already."""
    typed = clean(request.args.get(request.args.get("field", "to"), ""))
    last = LAST.split(typed)[-1].strip()[:100]
    return render_template("mail/_addresses.html", people=people_called(last) if last else [])


def people_called(typed: str) -> list[tuple[str, str]]:
    """Colleagues and partners of this name or address: as one writes them, and who they are."""
    known = Partner.visible_to(me()).where(~Partner.archived, Partner.email.is_not(None))
    begins = known.where(Partner.email_folded.startswith(typed.casefold(), autoescape=True))
    partners = [
        *found_by_name(known, Partner, typed, OFFERED),
        *db.session.scalars(begins.order_by(Partner.email_folded).limit(OFFERED)),
    ]
    colleagues = [db.session.get_one(User, id_) for id_, _name, _way in colleagues_called(typed, OFFERED)]
    found = {each.email: each for each in [*partners, *colleagues]}
    return [
        (write_person((each.name, email)), word_for(each)) for email, each in list(found.items())[:OFFERED]
    ]


def word_for(person: Any) -> str:
    if isinstance(person, User):
        return _("colleague")
    return person.company.name if person.company is not None else person.city or ""


# Reminders


@bp.get("/cases/<int:case_id>/reminder")
def ask_reminder(case_id: int) -> Response:
    return ask_when(find_known(Case, case_id, "remind_responsible", lock=False), "reminder")


@bp.post("/cases/<int:case_id>/reminder")
def remind_responsible(case_id: int) -> Response:
    """Write to whoever is responsible, now or at a time."""
    case, form = find_known(Case, case_id, "remind_responsible"), ReminderForm()

    def remind() -> None:
        case.remind_responsible(words_of(case, form), by=me(), at=form.when, files=form.files.data)

    return reminded(case, "reminder", form, remind)


@bp.get("/cases/<int:case_id>/partner-reminder")
def ask_partner_reminder(case_id: int) -> Response:
    return ask_when(find_known(Case, case_id, "remind_partner", lock=False), "partner-reminder")


@bp.post("/cases/<int:case_id>/partner-reminder")
def remind_partner(case_id: int) -> Response:
    """Write to the other side that we wait for them, now or at a time."""
    case, form = find_known(Case, case_id, "remind_partner"), ReminderForm()

    def remind() -> None:
        case.remind_partner(
            words_of(case, form),
            by=me(),
            at=form.when,
            files=form.files.data,
            forward_last=form.forward_last.data,
            despite_wishes=form.is_meant.data,
        )

    return reminded(case, "partner-reminder", form, remind)


def words_of(case: Case, form: ReminderForm) -> str:
    """What is to be said, with what the case says put into its fields. Raises Refused for what no case can fill."""
    wording.check(form.text.data or "")
    return wording.fill(form.text.data or "", case, user=me(), language=case.language or None).text


def ask_when(case: Case, what: str, form: ReminderForm | None = None) -> Response:
    """The question, in its place on the page or on a page of its own; with what is wrong, if it was answered."""
    status = 200 if form is None else 422
    form = form or ReminderForm(formdata=None, text=Draft.of(me(), case).get(what))
    fragment = "mail/_reminder.html"
    spared = case.spared_by_reminder(me()) if what == "partner-reminder" else []
    asked = {"case": case, "form": form, "what": what, "spared": spared}
    return show("cases/ask.html", fragment, status, template=fragment, **asked)


def reminded(case: Case, what: str, form: ReminderForm, remind: Callable[[], Any]) -> Response:
    """It is written, or needs another look."""
    if not form.validate_on_submit():
        return ask_when(case, what, form)
    sent_once(address_of(case))
    try:
        remind()
    except Unwanted as refusal:
        form.is_meant.errors = [str(refusal)]
        return ask_when(case, what, form)
    except Refused as refusal:
        form.text.errors = [str(refusal)]
        return ask_when(case, what, form)
    Draft.drop(me(), case, what)
    db.session.commit()
    if MailServer.current() is None:
        return changed(case, _("The reminder is kept, and goes out once there is a mail server."))
    if form.when is not None:
        return changed(case, _("The reminder goes out %(when)s.", when=appointment_words(form.when)))
    return changed(case, _("The reminder goes out in ten seconds."))
