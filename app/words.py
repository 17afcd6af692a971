"""Words of a page in its reader's language, looked up without detours: a page asks for some two hundred.

Flask-Babel finds its context and the locale anew for every word, and Jinja calls three functions for one `_()`;
together that was a fifth of the time a page took.
"""

from types import SimpleNamespace
from typing import Any

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g
from flask_babel import Babel, Domain, LazyString, get_locale
from markupsafe import Markup


class Catalogue(Domain):
    """Our one domain of messages; what a language says is read once a process."""

    def get_translations(self) -> NullTranslations:
        locale = reading_in()
        if locale is None:
            return NullTranslations()
        found: NullTranslations | None = self.cache.get(locale)
        if found is None:
            found = self.cache[locale] = Translations.load(self.translation_directories[0], [locale])
        return found

    def gettext(self, string: str, **variables: Any) -> str:
        said = speech().said[string]
        return said % variables if variables else said


class Words(Babel):
    """Flask-Babel with our catalogue."""

    domain_instance = Catalogue()


def babel_context() -> SimpleNamespace | None:
    """What Flask-Babel keeps of this request, if there is one and it was asked before: without its detours."""
    try:
        found: SimpleNamespace | None = g._get_current_object().get("_flask_babel")
    except RuntimeError:
        return None
    return found


def reading_in() -> Locale | None:
    """The language of this request, or of whoever a letter is written to; None outside of both."""
    return getattr(babel_context(), "babel_locale", None) or get_locale()


class Said(dict[str, str]):
    """What has been asked for in one language so far."""

    def __missing__(self, text: str) -> str:
        said = self[text] = Words.domain_instance.get_translations().ugettext(text)
        return said


class Written(dict[str, Markup]):
    """The same as it stands in templates, before variables are put in."""

    def __init__(self, said: Said) -> None:
        self.said = said

    def __missing__(self, text: str) -> Markup:
        written = self[text] = Markup(self.said[text])
        return written


class Speech:
    """What one language says."""

    def __init__(self) -> None:
        self.said = Said()
        self.written = Written(self.said)


speeches: dict[Locale | None, Speech] = {}


def speech() -> Speech:
    """That of the language of this request, found once for as long as it stays the same."""
    context = babel_context()
    locale = getattr(context, "babel_locale", None)
    found: tuple[Locale, Speech] | None = getattr(context, "speech", None)
    if found is not None and found[0] is locale:
        return found[1]
    locale = reading_in()
    spoken = speeches.setdefault(locale, Speech())
    if context is not None:
        context.speech = locale, spoken
    return spoken


def word(text: str, /, **variables: Any) -> Markup:
    """What `_()` is in templates; variables are escaped, as everything that is put into a page."""
    written = speech().written[text]
    return written % variables if variables or "%" in written else written


def lazily(text: str) -> LazyString:
    """A word that is said in the language of whoever reads it by then: `lazy_gettext`, without its detours.

    For what every page of a case or every line of a history says; it takes no variables. Elsewhere, and in the domain,
    which knows nothing of this, `lazy_gettext` says the same.
    """
    return LazyString(say, text)


def say(text: str) -> str:
    return speech().said[text]


def init_app(app: Flask) -> None:
    """Let templates ask us; `ngettext` and its kin stay Jinja's."""
    app.jinja_env.globals.update(_=word, gettext=word)
