"""The facts of a case: where each stands on its page, how it is called, and what is asked to change it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from flask import abort, request, url_for
from flask_babel import LazyString
from wtforms.validators import InputRequired

from app.blueprints.cases.forms import FIELDS_OF, CaseForm
from app.blueprints.editing import Edit
from app.blueprints.forms import Entries, ListField, UserField
from app.blueprints.written import CaseField, NewPartnerField, WrittenDayField, WrittenInstantField
from app.domain.case import Case
from app.domain.case.introducing import OF_SPEAKER
from app.domain.partner import Partner
from app.domain.team import Team
from app.domain.user import User
from app.web import dom_id
from app.words import lazily as _


@dataclass(frozen=True)
class Fact:
    """One row of the page.

    `blank` invites to say what is not known yet; without it the row waits among the further ones. `fields` are what
    is asked; a fact without any cannot be edited. `brings` are the facts that follow from it. Of one that is said
    `by_column` there is nothing to say while its own column is empty, so that nobody looks further. `leads` says where
    it leads, beside being edited: to the page of a partner or a case, or by `tel` or `mailto` to whom it reaches.
    """

    name: str
    label: LazyString
    blank: LazyString | None = None
    fields: tuple[str, ...] = ()
    act: str = "edit"
    brings: tuple[str, ...] = ()
    by_column: bool = False
    leads: Literal["", "partner", "case", "tel", "mailto"] = ""


def fact(name: str, label: LazyString, blank: LazyString | None = None, *others: str, **options: Any) -> Fact:
    """One that is edited: by the field of its name, and those that stand beside it."""
    return Fact(name, label, blank, (name, *others), **options)


def own(name: str, label: LazyString, blank: LazyString | None = None, *others: str, **options: Any) -> Fact:
    """One that is edited, and of which its own column says all."""
    return fact(name, label, blank, *others, by_column=True, **options)


def told(name: str, label: LazyString) -> Fact:
    """One that nobody types."""
    return Fact(name, label)


# What is written anew with an amount, as one currency holds for all of them.
WORTH = ("expected_revenue", "weighted", "recurring_revenue", "planned_cost")
REACHED = ("phone", "mobile", "email")
NAME = fact("name", _("Name"))
SECTIONS: tuple[tuple[str, LazyString, tuple[Fact, ...]], ...] = (
    ("what", _("What"), (own("description", _("Description"), _("Add a description")),)),
    (
        "worth",
        _("Worth"),
        (
            own("expected_revenue", _("Revenue"), _("Add an amount"), "currency", brings=WORTH),
            fact("probability_typed", _("Probability"), _("Add a probability"), brings=("weighted",)),
            told("weighted", _("Weighted")),
            own(
                "recurring_revenue",
                _("Recurring"),
                _("Add a recurring amount"),
                "recurring_plan_id",
                "currency",
                brings=WORTH,
            ),
            own("planned_cost", _("Cost"), _("Add a planned cost"), "currency", brings=WORTH),
            told("lost", _("Lost")),
        ),
    ),
    (
        "when",
        _("When"),
        (
            fact("scheduled_at", _("Date"), _("Add a date"), "scheduled_end_at"),
            own("deadline", _("Deadline"), _("Add a deadline")),
            told("next_step", _("Next step")),
            told("created", _("Created")),
            told("opened", _("Taken up")),
            told("closed", _("Closed")),
            told("last_contact", _("Last contact")),
            told("to_open", _("Taken up after")),
            told("to_answer", _("Answered after")),
            told("to_close", _("Closed after")),
        ),
    ),
    (
        "who",
        _("Who"),
        (
            fact("responsible_id", _("Responsible"), _("Assign it"), act="assign"),
            fact("team_id", _("Team"), _("Choose a team"), act="hand_to_team"),
            fact(
                "partner_id",
                _("Partner"),
                _("Add a partner"),
                brings=("contact_id", *REACHED),
                leads="partner",
            ),
            own("company_name", _("Company name")),
            told("new_partner", _("New here")),
            fact(
                "contact_id",
                _("Contact"),
                _("Add a contact"),
                brings=("contact_name", *REACHED),
                leads="partner",
            ),
            fact("contact_name", _("Contact name"), None, "function", brings=("contact_id",)),
            own("number", _("Number"), _("Add a number"), "direction", leads="tel"),
            fact("phone", _("Phone"), _("Add a number"), leads="tel"),
            fact("mobile", _("Mobile"), leads="tel"),
            fact("email", _("E-mail"), _("Add an address"), leads="mailto"),
            own("website", _("Website")),
            fact("street", _("Address"), None, "zip", "city", "country_id"),
        ),
    ),
    (
        "whence",
        _("Whence"),
        (
            own("category_id", _("Category"), brings=("probability_typed", "weighted")),
            own("channel_id", _("Channel")),
            own("source_id", _("Source"), _("Say where it came from")),
            own("medium_id", _("Medium")),
            own("campaign_id", _("Campaign")),
            own("referred_by", _("Referred by")),
            own("state_of_mind_id", _("State of mind")),
        ),
    ),
)
TIES = (
    Fact("tags", _("Tags"), _("Add a tag"), act="tag"),
    Fact("watchers", _("Watchers"), _("Add a watcher"), act="watch"),
    own("parent_id", _("Part of"), _("Add what it is part of"), leads="case"),
    Fact("references", _("Tied to"), _("Tie it to something")),
)
FACTS = {
    each.name: each for each in (NAME, *(fact for _id, _title, facts in SECTIONS for fact in facts), *TIES)
}
# The acts by which one or another of them is edited.
ACTS = tuple(sorted({each.act for each in FACTS.values()}))
# Facts that every case has, whatever its kind.
OF_ALL = frozenset({"responsible_id", "team_id", "parent_id", "tags", "watchers", "references"})
# What edits them, where it is not the case's `edit`.
VERBS = {
    "responsible_id": "edit_who_answers",
    "team_id": "edit_who_answers",
    "partner_id": "edit_whom",
    "contact_id": "edit_whom",
}


class TakingTeamField(ListField):
    """A team that takes cases of a kind."""

    def __init__(self, label: Any, kind: str, **options: Any) -> None:
        self.kind = kind
        super().__init__(label, Team, [InputRequired(_("Say which team takes it."))], **options)

    def entries(self) -> Entries:
        taking = Team.ids_taking(self.kind)
        return tuple(each for each in super().entries() if each[0] in taking)


@lru_cache
def fact_form(kind: str) -> type[CaseForm]:
    """All that one can ask of a case of this kind, each as one types it where it stands."""

    class FactForm(CaseForm):
        deadline = WrittenDayField(_("Deadline"))
        scheduled_at = WrittenInstantField(_("Date"))
        scheduled_end_at = WrittenInstantField(_("End"))
        partner_id = NewPartnerField(_("Partner"))
        contact_id = NewPartnerField(_("Contact"))
        parent_id = CaseField(_("Part of"))
        responsible_id = UserField(_("Responsible"), blank=_("Nobody"))
        team_id = TakingTeamField(_("Team"), kind)

    return FactForm


class Facts:
    """The facts of one case, as one reader sees and may edit them."""

    def __init__(self, case: Case, reader: User) -> None:
        self.case, self.reader = case, reader

    def is_of(self, fact: Fact) -> bool:
        """Do cases of this kind have it, or does this one?"""
        if not fact.fields or fact.name in OF_ALL:
            return True
        return fact.name in FIELDS_OF[self.case.kind] or getattr(self.case, fact.name, None) is not None

    def may(self, fact: Fact) -> bool:
        """Is it theirs to edit?"""
        if fact.name not in self._edited:
            asks = fact.name in OF_ALL or fact.name in FIELDS_OF[self.case.kind]
            self._edited[fact.name] = asks and self.acts(fact.act)
        return self._edited[fact.name]

    def acts(self, verb: str) -> bool:
        if verb not in self._acts:
            self._acts[verb] = self.reader.may(verb, self.case)
        return self._acts[verb]

    @cached_property
    def _acts(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _edited(self) -> dict[str, bool]:
        return {}

    def address(self, fact: Fact) -> str:
        """Where its form is."""
        return self._addresses + fact.name

    @cached_property
    def _addresses(self) -> str:
        return url_for("cases.field", case_id=self.case.id, name="-").removesuffix("-")

    @property
    def sections(self) -> list[tuple[str, LazyString, list[Fact]]]:
        found = [(id_, title, [fact for fact in facts if self.is_of(fact)]) for id_, title, facts in SECTIONS]
        return [(id_, title, facts) for id_, title, facts in found if any(fact.fields for fact in facts)]

    @property
    def ties(self) -> tuple[Fact, ...]:
        return TIES

    @property
    def name(self) -> Fact:
        return NAME

    def brought_by(self, fact: Fact) -> list[Fact]:
        """What else is written anew when this one has changed."""
        return [FACTS[name] for name in fact.brings if name != fact.name and self.is_of(FACTS[name])]

    def edit(self, fact: Fact, **options: Any) -> Edit:
        """Its form, and what becomes of it."""
        asked = [name for name in fact.fields if name in FIELDS_OF[self.case.kind] or name in OF_ALL]
        form = fact_form(self.case.kind).only(*asked)(obj=self.case, **options)
        verb = "edit_with_speaker" if self.is_told_to(fact) else VERBS.get(fact.name, "edit")
        edit = Edit(self.case, form, getattr(self.case, verb))
        form.known_as(f"in-{dom_id(self.case)}")
        return edit

    def asked_in_order(self, fact: Fact, form: CaseForm) -> list[Any]:
        """Its fields as they stand beside each other."""
        return [form[name] for name in fact.fields if name in form]

    def speaker_of(self, fact: Fact) -> Partner | None:
        """Who else this says something of, if it is the reader's to change there too."""
        if fact.name not in OF_SPEAKER:
            return None
        known = self.case.partner if fact.name == "company_name" else self.case.speaker
        if fact.name == "contact_name":
            known = self.case.contact
        is_theirs = known is not None and known.is_visible_to(self.reader) and self.reader.may("edit", known)
        return known if is_theirs else None

    def is_told_to(self, fact: Fact) -> bool:
        """Was it asked to change it there too?"""
        return "also" in request.form and self.speaker_of(fact) is not None


def named_fact(name: str) -> Fact:
    """The fact that an address names, if one can edit it."""
    found = FACTS.get(name)
    if found is None or not (found.fields or found in TIES):
        abort(404)
    return found
