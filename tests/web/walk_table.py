"""What every route answers to whom: stranger, operator, salesperson, manager, administrator, portal user."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Route:
    """Answers about what is theirs (or nobody's) and about what is not; what a POST sends; words in the path."""

    own: str
    foreign: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


# Files that everybody gets.
UNWALKED = {"GET /static/<path:filename>"}

# A rule for the team of the case, whole enough to be saved.
SAVED_RULE = {
    "name": "Fresh",
    "team_id": "<team_id>",
    "triggers-0-key": "created",
    "actions-0-key": "note",
    "actions-0-text": "Seen",
}

ROUTES = {
    "GET /": Route("303 200 200 200 200 303"),
    "GET /activities/<int:activity_id>/done": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /calls/<int:call_id>": Route("303 301 301 301 301 404", "303 404 404 404 301 404"),
    "GET /cases/": Route("303 200 200 200 200 404"),
    "GET /cases/<int:case_id>": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/activities": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/assignment": Route("303 403 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/attachments": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/changes": Route("303 303 303 303 303 404", "303 303 303 303 303 404"),
    "GET /cases/<int:case_id>/edit": Route("303 403 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/fields/<name>": Route(
        "303 403 200 200 200 404", "303 404 404 404 200 404", paths={"name": "deadline"}
    ),
    "GET /cases/<int:case_id>/handover": Route("303 403 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/history": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/plan": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/mails/new": Route("303 403 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/partner-reminder": Route("303 403 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/reminder": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/<int:case_id>/loss": Route("303 403 200 200 200 404", "303 404 404 404 200 404"),
    "GET /cases/names": Route("303 200 200 200 200 404"),
    "GET /cases/new": Route("303 200 200 200 200 404"),
    "GET /copies/<token>": Route("404 404 404 404 404 404"),
    "GET /files/<int:attachment_id>/<path:name>": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /healthz": Route("503 503 503 503 503 503"),
    "GET /keys": Route("303 200 200 200 200 404"),
    "GET /lists/": Route("303 403 403 200 200 404"),
    "GET /lists/<name>/": Route("303 403 403 200 200 404", paths={"name": "teams"}),
    "GET /lists/<name>/<int:entry_id>": Route(
        "303 403 403 200 200 404", "303 403 403 200 200 404", paths={"name": "teams"}
    ),
    "GET /lists/<name>/<int:entry_id>/<field>": Route(
        "303 403 403 200 200 404", "303 403 403 403 200 404", paths={"name": "teams"}
    ),
    "GET /mail-templates/<int:template_id>/on-case": Route("303 403 403 200 200 404"),
    "GET /mails/addresses": Route("303 200 200 200 200 404"),
    "GET /more": Route("303 200 200 200 200 404"),
    "GET /notes/colleagues": Route("303 200 200 200 200 404"),
    "GET /notifications/": Route("303 200 200 200 200 404"),
    "GET /notifications/bell": Route("303 200 200 200 200 404"),
    "GET /organisation/": Route("303 403 403 403 200 404"),
    "GET /outbox/": Route("303 200 200 200 200 404"),
    "GET /outbox/<int:message_id>": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /outbox/<int:message_id>/body": Route("303 404 404 404 404 404", "303 404 404 404 404 404"),
    "GET /outbox/<int:message_id>/files/<int:place>/<path:name>": Route(
        "303 200 200 200 200 404", "303 404 404 404 200 404"
    ),
    "GET /outbox/<int:message_id>/source": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /partners/": Route("303 200 200 200 200 404"),
    "GET /partners/<int:partner_id>": Route("303 200 200 200 200 404", "303 404 200 200 200 404"),
    "GET /partners/<int:partner_id>/activities": Route("303 200 200 200 200 404", "303 404 200 200 200 404"),
    "GET /partners/<int:partner_id>/attachments": Route("303 200 200 200 200 404", "303 404 200 200 200 404"),
    "GET /partners/<int:partner_id>/edit": Route("303 403 200 200 200 404", "303 404 200 200 200 404"),
    "GET /partners/<int:partner_id>/history": Route("303 200 200 200 200 404", "303 404 200 200 200 404"),
    "GET /partners/likely": Route("303 200 200 200 200 404"),
    "GET /partners/names": Route("303 200 200 200 200 404"),
    "GET /partners/new": Route("303 403 200 200 200 404"),
    "GET /password/<token>": Route("404 404 404 404 404 404"),
    "GET /password/forgotten": Route("200 200 200 200 200 200"),
    "GET /password/sent": Route("200 200 200 200 200 200"),
    "GET /people/": Route("303 403 403 403 200 404"),
    "GET /people/<int:user_id>": Route("303 403 403 403 200 404", "303 403 403 403 200 404"),
    "GET /people/new": Route("303 403 403 403 200 404"),
    "GET /pipeline/": Route("303 200 200 200 200 404"),
    "GET /pipeline/cards": Route("303 404 404 404 404 404"),
    "GET /pipeline/cards/<int:case_id>/menu": Route("303 200 200 200 200 404", "303 404 404 404 200 404"),
    "GET /pipeline/changes": Route("303 200 200 200 200 404"),
    "GET /pipeline/filter": Route("303 200 200 200 200 404"),
    "GET /pipeline/new": Route("303 403 404 404 404 404"),
    "GET /portal/": Route("303 404 404 404 404 200"),
    "GET /rules/": Route("303 403 403 200 200 404"),
    "GET /rules/<int:rule_id>": Route("303 403 403 200 200 404", "303 403 403 404 200 404"),
    "GET /rules/<int:rule_id>/log": Route("303 403 403 200 200 404", "303 403 403 404 200 404"),
    "GET /rules/<int:rule_id>/matches": Route("303 403 403 200 200 404", "303 403 403 404 200 404"),
    "GET /rules/<int:rule_id>/rehearsals/<int:rehearsal_id>": Route(
        "303 403 403 200 200 404", "303 403 403 404 200 404"
    ),
    "GET /rules/new": Route("303 403 403 200 200 404"),
    "GET /search": Route("303 200 200 200 200 404"),
    "GET /settings/": Route("303 200 200 200 200 404"),
    "GET /sign-in": Route("200 303 303 303 303 303"),
    "GET /views/<int:view_id>/edit": Route("303 200 200 200 200 404", "303 404 404 404 404 404"),
    "GET /worker/": Route("303 403 403 403 200 404"),
    "POST /activities/<int:activity_id>/cancellation": Route(
        "303 303 303 303 303 404", "303 404 404 404 303 404"
    ),
    "POST /activities/<int:activity_id>/done": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/activities": Route(
        "303 303 303 303 303 404",
        "303 404 404 404 303 404",
        data={"type_id": "<type_id>", "what": "Ring", "due_on": "2026-12-01"},
    ),
    "POST /cases/<int:case_id>/archive": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/assignment": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"user_id": "<user_id>"}
    ),
    "POST /cases/<int:case_id>/attachments": Route("303 422 422 422 422 404", "303 404 404 404 422 404"),
    "POST /cases/<int:case_id>/cancellation": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/closure": Route("303 403 409 409 409 404", "303 404 404 404 409 404"),
    "POST /cases/<int:case_id>/conversion": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/copies/removal": Route(
        "303 303 303 303 303 404", "303 404 404 404 303 404", data={"address": "ada@elsewhere.example"}
    ),
    "POST /cases/<int:case_id>/deletion": Route("303 403 403 409 409 404", "303 404 404 404 409 404"),
    "POST /cases/<int:case_id>/drafts/<part>": Route(
        "303 204 204 204 204 404",
        "303 404 404 404 204 404",
        data={"text": "Half a sentence"},
        paths={"part": "note"},
    ),
    "POST /cases/<int:case_id>/edit": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"name": "Renamed", "version": "<version>"}
    ),
    "POST /cases/<int:case_id>/escalation": Route("303 403 303 303 303 404", "303 404 404 404 409 404"),
    "POST /cases/<int:case_id>/fields/<name>": Route(
        "303 403 303 303 303 404",
        "303 404 404 404 303 404",
        data={"deadline": "2026-12-11", "version": "<version>"},
        paths={"name": "deadline"},
    ),
    "POST /cases/<int:case_id>/handover": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"team_id": "<team_id>"}
    ),
    "POST /cases/<int:case_id>/loss": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"reason_id": "<reason_id>"}
    ),
    "POST /cases/<int:case_id>/mails": Route(
        "303 403 303 303 303 404",
        "303 404 404 404 303 404",
        data={"to": "clara@hofmann.example", "text": "They left today."},
    ),
    "POST /cases/<int:case_id>/mails/filled": Route(
        "303 403 200 200 200 404", "303 404 404 404 200 404", data={"add": "clara@hofmann.example"}
    ),
    "POST /cases/<int:case_id>/mails/preview": Route(
        "303 403 200 200 200 404", "303 404 404 404 200 404", data={"text": "They left today."}
    ),
    "POST /cases/<int:case_id>/notes": Route(
        "303 303 303 303 303 404", "303 404 404 404 303 404", data={"text": "Budget is approved."}
    ),
    "POST /cases/<int:case_id>/opening": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/partner": Route("303 403 409 409 409 404", "303 404 404 404 409 404"),
    "POST /cases/<int:case_id>/plan": Route(
        "303 422 422 422 422 404", "303 404 404 404 422 404", data={"plan_id": "0"}
    ),
    "POST /cases/<int:case_id>/partner-reminder": Route(
        "303 403 303 303 303 404", "303 404 404 404 422 404", data={"text": "We wait for you."}
    ),
    "POST /cases/<int:case_id>/priority": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"priority": "1"}
    ),
    "POST /cases/<int:case_id>/references": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"to": "Hofmann Brewery"}
    ),
    "POST /cases/<int:case_id>/references/<path:key>/removal": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", paths={"key": "partner/1"}
    ),
    "POST /cases/<int:case_id>/reminder": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/reopening": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/reset": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/stage": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"stage": "<stage_id>"}
    ),
    "POST /cases/<int:case_id>/tags": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404", data={"tag_id": "<tag_id>"}
    ),
    "POST /cases/<int:case_id>/tags/<int:tag_id>/removal": Route(
        "303 403 303 303 303 404", "303 404 404 404 303 404"
    ),
    "POST /cases/<int:case_id>/unarchive": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/unwatching": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/waiting": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/watchers": Route(
        "303 303 303 303 303 404", "303 404 404 404 303 404", data={"user_id": "<user_id>"}
    ),
    "POST /cases/<int:case_id>/watchers/<int:user_id>/removal": Route(
        "303 303 303 303 303 404", "303 404 404 404 303 404"
    ),
    "POST /cases/<int:case_id>/watching": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/<int:case_id>/win": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /cases/new": Route("303 403 303 303 303 404", data={"name": "Pumps", "kind": "opportunity"}),
    "POST /copies/<token>": Route("404 404 404 404 404 404"),
    "POST /files/<int:attachment_id>/removal": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /history/<int:change_set_id>/redo": Route("303 409 409 409 409 404", "303 404 404 404 409 404"),
    "POST /history/<int:change_set_id>/undo": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /hooks/<token>": Route("404 404 404 404 404 404", data={"case": "<case_id>"}),
    "POST /lists/<name>/": Route("303 403 403 303 303 404", paths={"name": "tags"}, data={"name": "Brewery"}),
    "POST /lists/<name>/<int:entry_id>/<field>": Route(
        "303 403 403 303 303 404", "303 403 403 403 303 404", {"code": "FRESH"}, {"name": "teams"}
    ),
    "POST /lists/<name>/<int:entry_id>/archive": Route(
        "303 403 403 303 303 404", "303 403 403 403 303 404", paths={"name": "teams"}
    ),
    "POST /lists/<name>/<int:entry_id>/deletion": Route(
        "303 403 403 409 409 404", "303 403 403 403 409 404", paths={"name": "teams"}
    ),
    "POST /lists/<name>/<int:entry_id>/position": Route(
        "303 403 403 303 303 404", "303 403 403 403 303 404", {"above": "0"}, {"name": "teams"}
    ),
    "POST /lists/<name>/<int:entry_id>/unarchive": Route(
        "303 403 403 303 303 404", "303 403 403 403 303 404", paths={"name": "teams"}
    ),
    "POST /notes/<int:event_id>/pin": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /notes/<int:event_id>/unpin": Route("303 303 303 303 303 404", "303 404 404 404 303 404"),
    "POST /notes/files": Route("303 200 200 200 200 404"),
    "POST /notifications/<int:notification_id>/reading": Route(
        "303 303 303 303 303 404", "303 404 404 404 404 404"
    ),
    "POST /notifications/<int:notification_id>/unreading": Route(
        "303 303 303 303 303 404", "303 404 404 404 404 404"
    ),
    "POST /notifications/reading": Route("303 303 303 303 303 404"),
    "POST /notifications/unreading": Route(
        "303 303 303 303 303 404", data={"read": "2026-11-26T12:00:00+00:00"}
    ),
    "POST /organisation/": Route(
        "303 403 403 403 303 404",
        data={
            "name": "Lindqvist",
            "currency": "EUR",
            "zone": "UTC",
            "language": "en",
            "country": "",
            "version": "1",
        },
    ),
    "POST /organisation/mail-server": Route("303 403 403 403 303 404"),
    "POST /organisation/test-mail": Route("303 403 403 403 303 404"),
    "POST /outbox/<int:message_id>/another-try": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /outbox/<int:message_id>/cancellation": Route("303 403 303 303 303 404", "303 404 404 404 303 404"),
    "POST /partners/<int:partner_id>/activities": Route(
        "303 303 303 303 303 404",
        "303 404 303 303 303 404",
        data={"type_id": "<type_id>", "what": "Ring", "due_on": "2026-12-01"},
    ),
    "POST /partners/<int:partner_id>/archive": Route("303 403 303 303 303 404", "303 404 303 303 303 404"),
    "POST /partners/<int:partner_id>/attachments": Route(
        "303 422 422 422 422 404", "303 404 422 422 422 404"
    ),
    "POST /partners/<int:partner_id>/deletion": Route("303 403 403 409 409 404", "303 404 403 409 409 404"),
    "POST /partners/<int:partner_id>/drafts/<part>": Route(
        "303 204 204 204 204 404",
        "303 404 204 204 204 404",
        data={"text": "Half a sentence"},
        paths={"part": "note"},
    ),
    "POST /partners/<int:partner_id>/edit": Route(
        "303 403 303 303 303 404",
        "303 404 303 303 303 404",
        data={"name": "Renamed", "is_company": "1", "version": "<partner_version>"},
    ),
    "POST /partners/<int:partner_id>/notes": Route(
        "303 303 303 303 303 404", "303 404 303 303 303 404", data={"text": "Budget is approved."}
    ),
    "POST /partners/<int:partner_id>/unarchive": Route("303 403 303 303 303 404", "303 404 303 303 303 404"),
    "POST /partners/new": Route("303 403 303 303 303 404", data={"name": "Serra Water", "is_company": "1"}),
    "POST /password/<token>": Route("404 404 404 404 404 404", data={"password": "seven green bottles"}),
    "POST /password/forgotten": Route("303 303 303 303 303 303", data={"email": "nobody@holdfast.example"}),
    "POST /people/": Route(
        "303 403 403 403 303 404", data={"name": "Zoe", "email": "zoe@holdfast.example", "role": "operator"}
    ),
    "POST /people/<int:user_id>/deactivation": Route("303 403 403 403 303 404", "303 403 403 403 303 404"),
    "POST /people/<int:user_id>/invitation": Route("303 403 403 403 409 404", "303 403 403 403 409 404"),
    "POST /people/<int:user_id>/reactivation": Route("303 403 403 403 303 404", "303 403 403 403 303 404"),
    "POST /people/<int:user_id>/role": Route(
        "303 403 403 403 303 404", "303 403 403 403 303 404", data={"role": "manager"}
    ),
    "POST /pipeline/cards": Route("303 403 303 303 303 404", data={"name": "Pumps", "column": "<stage_id>"}),
    "POST /pipeline/cards/<int:case_id>/place": Route(
        "303 403 303 303 303 404",
        "303 404 404 404 303 404",
        data={"by": "stage", "column": "<stage_id>", "above": "", "version": "<version>"},
    ),
    "POST /settings/notifications": Route("303 303 303 303 303 404", data={"by_mail": "said"}),
    "POST /rules/<int:rule_id>": Route(
        "303 403 403 303 303 404", "303 403 403 404 303 404", data=SAVED_RULE | {"name": "Renamed"}
    ),
    "POST /rules/<int:rule_id>/archive": Route("303 403 403 303 303 404", "303 403 403 404 303 404"),
    "POST /rules/<int:rule_id>/deletion": Route("303 403 403 303 303 404", "303 403 403 404 303 404"),
    "POST /rules/<int:rule_id>/draft": Route("303 403 403 200 200 404", "303 403 403 404 200 404"),
    "POST /rules/<int:rule_id>/hook": Route("303 403 403 200 200 404", "303 403 403 404 200 404"),
    "POST /rules/<int:rule_id>/matches": Route("303 403 403 200 200 404", "303 403 403 404 200 404"),
    "POST /rules/<int:rule_id>/position": Route(
        "303 403 403 303 303 404", "303 403 403 404 303 404", data={"above": "0"}
    ),
    "POST /rules/<int:rule_id>/rehearsals": Route(
        "303 403 403 303 303 404", "303 403 403 404 303 404", data={"days": "7"}
    ),
    "POST /rules/<int:rule_id>/switch": Route(
        "303 403 403 303 303 404", "303 403 403 404 303 404", data={"on": "1"}
    ),
    "POST /rules/<int:rule_id>/trial": Route(
        "303 403 403 200 200 404", "303 403 403 404 200 404", data={"which": "all"}
    ),
    "POST /rules/<int:rule_id>/unarchive": Route("303 403 403 303 303 404", "303 403 403 404 303 404"),
    "POST /rules/new": Route("303 403 403 303 303 404", data=SAVED_RULE),
    "POST /rules/new/draft": Route("303 403 403 200 200 404"),
    "POST /rules/new/matches": Route("303 403 403 200 200 404"),
    "POST /rules/ready-made": Route("303 403 403 303 303 404", data={"team_id": "<team_id>"}),
    "POST /rules/thanks/<int:team_id>": Route(
        "303 403 403 303 303 404", "303 403 403 403 303 404", data={"on": "1"}
    ),
    "POST /settings/password": Route(
        "303 303 303 303 303 404",
        data={"current": "correct horse battery", "password": "seven green bottles"},
    ),
    "POST /settings/profile": Route(
        "303 303 303 303 303 404",
        data={"name": "Renamed", "density": "", "language": "", "formats": "", "zone": ""},
    ),
    "POST /settings/sign-ins/<int:sign_in_id>/ending": Route(
        "303 303 303 303 303 404", "303 404 404 404 404 404"
    ),
    "POST /settings/sign-ins/ending": Route("303 303 303 303 303 404"),
    "POST /sign-in": Route(
        "422 422 422 422 422 422", data={"email": "nobody@holdfast.example", "password": "wrong"}
    ),
    "POST /sign-out": Route("303 303 303 303 303 303"),
    "POST /theme": Route("303 303 303 303 303 404", data={"theme": "dark"}),
    "POST /views/": Route("303 303 303 303 303 404", data={"name": "Stale", "query": "stale=1"}),
    "POST /views/<int:view_id>/default": Route("303 303 303 303 303 404", "303 404 404 404 404 404"),
    "POST /views/<int:view_id>/deletion": Route("303 303 303 303 303 404", "303 404 404 404 404 404"),
    "POST /views/<int:view_id>/edit": Route(
        "303 303 303 303 303 404", "303 404 404 404 404 404", data={"name": "Renamed"}
    ),
    "POST /worker/jobs/<int:job_id>/another-try": Route("303 403 403 403 303 404"),
    "POST /worker/jobs/<int:job_id>/dropping": Route("303 403 403 403 303 404"),
}
