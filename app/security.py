"""What every answer tells the browser not to do."""

from flask import Flask, Response, request

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# For what others wrote or drew: no scripts, no forms, nothing to load. It is only looked at.
SANDBOX = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
}
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Pages are the reader's own: no shared cache keeps them, and Back asks whether they still hold.
    "Cache-Control": "private, no-cache",
}
# With the name as it is compared: looking each up among those of an answer takes longer than drawing a card.
GUARDED = tuple((name.lower(), name, value) for name, value in HEADERS.items())
GUARDED_BY_TLS = (*GUARDED, ("strict-transport-security", "Strict-Transport-Security", "max-age=31536000"))


def init_app(app: Flask) -> None:
    """Guard every answer; a route that serves something tamer or wilder sets its own header first."""

    @app.after_request
    def guard(response: Response) -> Response:
        said = {name.lower() for name, _value in response.headers}
        for known_as, name, value in GUARDED_BY_TLS if request.is_secure else GUARDED:
            if known_as not in said:
                response.headers.add(name, value)
        return response
