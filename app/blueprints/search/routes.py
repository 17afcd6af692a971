"""The search page, and the same in the palette while one types."""

from flask import Response, request, url_for

from app.blueprints.search import bp
from app.blueprints.search.finding import Finding, marked
from app.web import is_partial, me, see_other, show

bp.add_app_template_filter(marked)
IN_PALETTE = 6
ON_PAGE = 50


@bp.get("/search")
def index() -> Response:
    """What is found; a number leads straight to its case."""
    found = Finding(request.args.get("q", ""), me(), IN_PALETTE if is_partial() else ON_PAGE)
    if found.number and found.cases and not is_partial():
        return see_other(url_for("cases.show", case_id=found.cases[0].id))
    return show("search/index.html", "search/_hits.html", found=found)
