"""A file on its way to a browser, so that nothing in it can do anything here."""

import unicodedata
from urllib.parse import quote

from flask import Response, request, stream_with_context

from app.domain.file import Attachment
from app.domain.message import MessageFile
from app.security import SANDBOX


def send(attachment: Attachment | MessageFile) -> Response:
    """Pictures of dots are shown, all else is saved. PDFs too: no browser shows them inside a sandbox."""
    file = attachment.file
    response = Response(mimetype=file.media_type if file.is_shown else "application/octet-stream")
    response.headers.update(SANDBOX)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = disposition(attachment.name, is_shown=file.is_shown)
    response.set_etag(file.digest)
    response.make_conditional(request)
    if response.status_code != 304:
        response.content_length = file.size
        if request.method != "HEAD":
            response.response = stream_with_context(file.pieces())
    return response


def disposition(name: str, *, is_shown: bool) -> str:
    """What to do with it, and under which name, in plain letters and in its own."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = plain.replace("\\", "_").replace('"', "_") or "file"
    kind = "inline" if is_shown else "attachment"
    own = quote(name, safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{own}"
