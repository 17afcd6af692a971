"""Pages and acts of the shell."""

from flask import Response, abort, render_template, request

from app.blueprints.shell import bp
from app.blueprints.shell.keys import keys_on
from app.domain.history import lock
from app.extensions import db
from app.web import came_from, me, show, swap

THEMES = frozenset({"", "light", "dark"})


@bp.get("/more")
def more() -> str:
    """Everywhere one can go, for a thumb."""
    return render_template("shell/more.html")


@bp.get("/keys")
def keys() -> Response:
    """Every key, as a page or over the page that asked."""
    return show("shell/keys.html", "shell/keys.dialog.html", groups=keys_on(came_from()))


@bp.post("/theme")
def theme() -> Response:
    """Have it light or dark from now on."""
    wanted = request.form.get("theme", "")
    if wanted not in THEMES:
        abort(422)
    lock(me())
    me().edit({"theme": wanted or None}, by=me())
    db.session.commit()
    return swap("shell/_theme.html")
