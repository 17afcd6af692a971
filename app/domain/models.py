"""Every record there is, gathered so that mappers, migrations and scopes know all of them."""

import sqlalchemy as sa

from app.domain.activity import Activity
from app.domain.activity_plan import ActivityPlan, PlanStep
from app.domain.call import Call, CallList
from app.domain.case import Case, reweighing
from app.domain.case.linking import CaseAddress, CaseReference
from app.domain.case.visibility import register
from app.domain.configuration import ConfigurationMark
from app.domain.counting import CaseCount, CaseCountChange
from app.domain.digest import Digest
from app.domain.draft import Draft
from app.domain.file import Attachment, File, FilePiece
from app.domain.heartbeat import Heartbeat
from app.domain.history import Change, ChangeSet, Event
from app.domain.history.tracking import tracked_classes
from app.domain.importing import ExternalId, Import, ImportRow
from app.domain.job import Job
from app.domain.lists import (
    ActivityType,
    Campaign,
    Category,
    Channel,
    Country,
    Currency,
    CurrencyRate,
    Holiday,
    Industry,
    Level,
    LostReason,
    Medium,
    PartnerTag,
    Product,
    RecurringPlan,
    Region,
    Source,
    StateOfMind,
    Tag,
    WorkingCalendar,
)
from app.domain.mail_template import MailTemplate
from app.domain.mention import Mention
from app.domain.message import Message, MessageFile, Recipient
from app.domain.notification import Notification, NotificationChoice, hearing
from app.domain.organisation import Organisation
from app.domain.partner import Partner
from app.domain.periodic import PeriodicRun
from app.domain.permission import Permission
from app.domain.rules import Rule, RuleFiring, RuleRehearsal, RuleRun, RuleState, RuleTurn, WebhookCall
from app.domain.saved_view import SavedView
from app.domain.sent_form import SentForm
from app.domain.sign_in import Pass, SignIn
from app.domain.stage import Stage
from app.domain.team import Team
from app.domain.throttle import Throttle
from app.domain.user import User

__all__ = [
    "Activity",
    "ActivityPlan",
    "ActivityType",
    "Attachment",
    "Call",
    "CallList",
    "Campaign",
    "Case",
    "CaseAddress",
    "CaseCount",
    "CaseCountChange",
    "CaseReference",
    "Category",
    "Change",
    "ChangeSet",
    "Channel",
    "ConfigurationMark",
    "Country",
    "Currency",
    "CurrencyRate",
    "Digest",
    "Draft",
    "Event",
    "ExternalId",
    "File",
    "FilePiece",
    "Heartbeat",
    "Holiday",
    "Import",
    "ImportRow",
    "Industry",
    "Job",
    "Level",
    "LostReason",
    "MailTemplate",
    "Medium",
    "Mention",
    "Message",
    "MessageFile",
    "Notification",
    "NotificationChoice",
    "Organisation",
    "Partner",
    "PartnerTag",
    "Pass",
    "PeriodicRun",
    "Permission",
    "PlanStep",
    "Product",
    "Recipient",
    "RecurringPlan",
    "Region",
    "Rule",
    "RuleFiring",
    "RuleRehearsal",
    "RuleRun",
    "RuleState",
    "RuleTurn",
    "SavedView",
    "SentForm",
    "SignIn",
    "Source",
    "Stage",
    "StateOfMind",
    "Tag",
    "Team",
    "Throttle",
    "User",
    "WebhookCall",
    "WorkingCalendar",
    "hearing",
    "reweighing",
]

register()

# SQLite gives a deleted record's id to the next one, which would then have a stranger's history.
for each in tracked_classes().values():
    sa.inspect(each).base_mapper.local_table.kwargs["sqlite_autoincrement"] = True
