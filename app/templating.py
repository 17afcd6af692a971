"""Jinja, without work that is the same on every page."""

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr


class Short(CodeGenerator):
    """What is put into a page is nearly always safe already: an icon, a word, what a macro wrote.

    To find that out `escape()` makes a second one of it, twenty times slower than to look first; a page puts in two
    thousand such.
    """

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if is_escaped(frame, finalize):
            self.write("(put if type(put := (")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if is_escaped(frame, finalize):
            self.write(")) is Markup else escape(put))")
        else:
            super()._output_child_post(node, frame, finalize)


def is_escaped(frame: Frame, finalize: Any) -> bool:
    """Is it known, when a template is compiled, that what it puts in is escaped, and nothing else?"""
    context = frame.eval_ctx
    return bool(context.autoescape) and not context.volatile and finalize.src is None


class Templates(Environment):
    """Every `{% from … import … %}` compares the names that all templates know with those of its own file.

    As a chain of two dictionaries that took a tenth of a page; few templates have names of their own to chain.
    """

    code_generator_class = Short

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class Holdfast(Flask):
    """The application that `create_app()` fills."""

    jinja_environment = Templates
