"""Lines of history as sentences: who did what, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from jinja2.utils import urlize
from markupsafe import Markup, escape

from app.blueprints.history import bp
from app.blueprints.history.words import ACTS, OTHERWISE, SENTENCES, reason_words
from app.domain.configuration import Configuration
from app.domain.history import EventRow
from app.domain.rules import TRIGGERS, RuleRun, Working
from app.domain.user import User

# Details that name things: told in bold, and never as ids.
TOLD = (
    "origin",
    "target",
    "from",
    "to",
    "tag",
    "watcher",
    "what",
    "reason",
    "error",
    "partner",
    "address",
    "rule",
    "rules",
)


def sentence(event: EventRow) -> Markup:
    """Who did what, names in bold."""
    return escape(str(SENTENCES.get(event.action, OTHERWISE))) % InBold(event)


@dataclass(frozen=True)
class InBold:
    """What an event knows, as its sentence asks for it by name; most sentences ask for one word or two."""

    event: EventRow

    def __getitem__(self, name: str) -> str | Markup:
        told = self.event.details.get(name)
        match name:
            case "who":
                return bold(self.event.who)
            case "action":
                return self.event.action
            case "acts":
                return acts_in_words(self.event.details.get("actions", ()))
            case "to" if not told:
                return bold(_("nobody"))
            case "reason" | "error":
                return bold(reason_words(told))
            case _ if name in TOLD:
                return bold(told)
        raise KeyError(name)


def why_of(run: RuleRun, why: Markup | None, reader: User) -> Markup:
    """Why a rule acted, and the way to it for those whose it is to set up."""
    rule = next((each for each in Configuration.current().rules if each.id == run.rule_id), None)
    if why is None:
        why = escape(_("Because %(what)s.", what=waited_for(run, rule)))
    if reader.is_administrator or (
        reader.configures and rule is not None and rule.team_id in reader.reach.led
    ):
        way = Markup('<a class="link" href="{}">{}</a>')
        why += " " + way.format(url_for("rules.edit", rule_id=run.rule_id), _("See the rule"))
    return why


def waited_for(run: RuleRun, rule: Working | None) -> str:
    """What made the rule look, in the words that it had then; it looks only at what comes after its last change."""
    key = run.inputs.get("trigger", "")
    if rule is not None and rule.on_since <= run.at:
        for part in rule.plan.triggers:
            if part.entry.key == key:
                return _("it %(what)s", what=part.say())
    entry = TRIGGERS.get(key)
    return _("of this: %(what)s", what=entry.label) if entry is not None else _("another rule ran it")


# Addresses of pages, as people paste them; of a longer one the beginning is shown.
LONGEST_SHOWN = 80
ADDRESS = re.compile(r"""((?:https?://|www\.)[^\s<>"]+)""", re.IGNORECASE)


def written(text: str, named: Iterable[str]) -> Markup:
    """What somebody wrote, ready for a page. In an address nobody is named, whatever it looks like."""
    if "/" not in text and "www." not in text.lower():
        return with_mentions(escape(text), named) if named else escape(text)
    parts = ADDRESS.split(text)
    words = [with_mentions(escape(part), named) if named else escape(part) for part in parts[::2]]
    ways = [
        Markup(urlize(part, trim_url_limit=LONGEST_SHOWN, rel="noopener noreferrer", target="_blank"))  # noqa: S704  (escapes)
        for part in parts[1::2]
    ]
    return Markup().join(piece for both in zip_longest(words, ways, fillvalue=Markup()) for piece in both)


def with_mentions(text: Markup, named: Iterable[str]) -> Markup:
    """Each name that was understood, where it is written, the longer ones first."""
    ways = "|".join(re.escape(str(escape(f"@{name}"))) for name in sorted(named, key=len, reverse=True))
    return Markup(re.sub(rf"(?<!\w)(?:{ways})(?!\w)", r'<b class="mention">\g<0></b>', str(text)))  # noqa: S704


def bold(word: Any) -> Markup:
    return Markup(f"<b>{escape(word if word not in (None, '') else '–')}</b>")  # noqa: S704  (escaped)


def acts_in_words(actions: Iterable[str]) -> str:
    """What was taken back, as a list of words."""
    return ", ".join(dict.fromkeys(str(ACTS.get(action, action)) for action in actions))


bp.add_app_template_filter(acts_in_words)
