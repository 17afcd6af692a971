"""Fill the lists that every organisation begins with.

Revision ID: 0002
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CURRENCIES = [
    ("EUR", "Euro", "€", 2),
    ("USD", "US dollar", "$", 2),
    ("GBP", "Pound sterling", "£", 2),
    ("CHF", "Swiss franc", "CHF", 2),
    ("SEK", "Swedish krona", "kr", 2),
    ("NOK", "Norwegian krone", "kr", 2),
    ("DKK", "Danish krone", "kr.", 2),
    ("PLN", "Polish zloty", "zł", 2),
    ("CZK", "Czech koruna", "Kč", 2),
    ("HUF", "Hungarian forint", "Ft", 2),
    ("RON", "Romanian leu", "lei", 2),
    ("TRY", "Turkish lira", "₺", 2),
    ("JPY", "Yen", "¥", 0),
    ("CNY", "Renminbi", "CN¥", 2),
    ("INR", "Indian rupee", "₹", 2),
    ("CAD", "Canadian dollar", "CA$", 2),
    ("AUD", "Australian dollar", "A$", 2),
    ("NZD", "New Zealand dollar", "NZ$", 2),
    ("BRL", "Brazilian real", "R$", 2),
    ("MXN", "Mexican peso", "MX$", 2),
    ("ZAR", "South African rand", "R", 2),
    ("KWD", "Kuwaiti dinar", "KD", 3),
]
COUNTRIES = {
    "AR": "Argentina", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BG": "Bulgaria", "BR": "Brazil",
    "CA": "Canada", "CH": "Switzerland", "CL": "Chile", "CN": "China", "CO": "Colombia", "CY": "Cyprus",
    "CZ": "Czechia", "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "EG": "Egypt", "ES": "Spain",
    "FI": "Finland", "FR": "France", "GB": "United Kingdom", "GR": "Greece", "HK": "Hong Kong", "HR": "Croatia",
    "HU": "Hungary", "ID": "Indonesia", "IE": "Ireland", "IL": "Israel", "IN": "India", "IS": "Iceland",
    "IT": "Italy", "JP": "Japan", "KE": "Kenya", "KR": "South Korea", "KW": "Kuwait", "LT": "Lithuania",
    "LU": "Luxembourg", "LV": "Latvia", "MA": "Morocco", "MT": "Malta", "MX": "Mexico", "MY": "Malaysia",
    "NG": "Nigeria", "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand", "PE": "Peru", "PH": "Philippines",
    "PL": "Poland", "PT": "Portugal", "RO": "Romania", "RS": "Serbia", "SA": "Saudi Arabia", "SE": "Sweden",
    "SG": "Singapore", "SI": "Slovenia", "SK": "Slovakia", "TH": "Thailand", "TR": "Türkiye", "TW": "Taiwan",
    "UA": "Ukraine", "US": "United States", "VN": "Vietnam", "ZA": "South Africa",
}  # fmt: skip
STAGES = [("New", 10, False), ("Qualified", 30, False), ("Proposal", 60, False), ("Negotiation", 80, False)]
PLAIN = {
    "channels": ["Mail", "Phone", "Web form", "Portal", "Letter", "In person"],
    "sources": ["Own effort", "Word of mouth", "Website", "Trade fair", "Existing customer"],
    "media": ["Mail", "Advertisement", "Social network", "Print"],
    "lost_reasons": ["Too expensive", "A competitor was chosen", "No need any more", "No answer"],
    "industries": [
        "Manufacturing",
        "Food and drink",
        "Energy",
        "Construction",
        "Retail",
        "Services",
        "Public sector",
    ],
    "levels": ["Gold", "Silver", "Bronze"],
}
MOODS = [("Furious", 5), ("Unhappy", 30), ("Neutral", 50), ("Happy", 75), ("Delighted", 95)]
ACTIVITIES = [
    ("To-do", "checklist", 5),
    ("Call", "phone", 2),
    ("Meeting", "calendar", 7),
    ("Mail", "mail", 0),
]
PLANS = [("Monthly", 1), ("Quarterly", 3), ("Yearly", 12)]


def upgrade() -> None:
    now = datetime.now(UTC)
    tables = sa.MetaData()
    tables.reflect(op.get_bind(), only=[*PLAIN, *OTHERS])

    def fill(table: str, rows: list[dict]) -> None:
        same = {"version": 1, "created_at": now, "updated_at": now, "archived": False}
        op.bulk_insert(
            tables.tables[table], [{"sequence": n, **same, **row} for n, row in enumerate(rows, 1)]
        )

    fill("currencies", [{"code": c, "name": n, "symbol": s, "digits": d} for c, n, s, d in CURRENCIES])
    fill(
        "countries",
        [{"code": code, "name": name} for code, name in sorted(COUNTRIES.items(), key=lambda i: i[1])],
    )
    for table, names in PLAIN.items():
        fill(table, [{"name": name} for name in names])
    fill("states_of_mind", [{"name": name, "factor": factor} for name, factor in MOODS])
    fill("activity_types", [{"name": name, "icon": icon, "days": days} for name, icon, days in ACTIVITIES])
    fill("recurring_plans", [{"name": name, "months": months} for name, months in PLANS])
    stages = [{"name": n, "probability": p, "is_won": w} for n, p, w in [*STAGES, ("Won", 100, True)]]
    fill(
        "stages",
        [{**s, "kind": "opportunity", "is_folded": s["is_won"], "required_fields": []} for s in stages],
    )
    week = {str(day): [[9 * 60, 17 * 60]] for day in range(5)}
    fill("working_calendars", [{"name": "Office hours", "zone": "UTC", "hours": week}])
    op.bulk_insert(
        tables.tables["organisations"],
        [
            {
                "name": "Holdfast",
                "currency": "EUR",
                "zone": "UTC",
                "language": "en",
                "is_demo": False,
                "version": 1,
                "created_at": now,
                "updated_at": now,
            }
        ],
    )
    op.bulk_insert(tables.tables["permissions"], permissions())


OTHERS = [
    "currencies", "countries", "states_of_mind", "activity_types", "recurring_plans", "stages", "working_calendars",
    "organisations", "permissions",
]  # fmt: skip


EVERY_ACT = (
    "see", "make", "edit", "assign", "move", "close", "delete", "bulk", "export", "decide", "note", "configure",
)  # fmt: skip
THEIRS = ("own", "unassigned_in_my_teams", "watched", "open_teams")
LED = ("led", *THEIRS)
OF_CALLS = ("own", "on_my_lists")


def permissions() -> list[dict[str, str]]:
    """Which role may do what, within which scope, as this revision ships it."""
    rows: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
        ("operator", "call", ("see", "decide", "note"), OF_CALLS),
        ("operator", "*", ("see",), ("about_my_calls", "watched")),
        ("operator", "*", ("note",), ("about_my_calls", "watched")),
        ("operator", "partner", ("see", "note"), ("of_my_calls",)),
        ("operator", "lead", ("make",), ("all",)),
        ("salesperson", "*", ("see", "edit", "assign", "move", "close", "decide", "note", "bulk"), THEIRS),
        ("salesperson", "*", ("make",), ("all",)),
        ("salesperson", "partner", ("see", "make", "edit", "note"), ("all",)),
        (
            "manager",
            "*",
            ("see", "edit", "assign", "move", "close", "delete", "bulk", "export", "decide", "note"),
            LED,
        ),
        ("manager", "*", ("make",), ("all",)),
        ("manager", "partner", ("see", "make", "edit", "delete", "bulk", "export", "note"), ("all",)),
        ("manager", "team", ("configure",), ("led",)),
        ("manager", "list", ("configure",), ("all",)),
        ("administrator", "*", EVERY_ACT, ("all",)),
        ("administrator", "partner", EVERY_ACT, ("all",)),
        ("administrator", "team", ("configure",), ("all",)),
        ("administrator", "list", ("configure",), ("all",)),
        ("administrator", "user", EVERY_ACT, ("all",)),
        ("administrator", "organisation", ("configure",), ("all",)),
    ]
    return [
        {"role": role, "kind": kind, "act": act, "scope": scope}
        for role, kind, acts, scopes in rows
        for act in acts
        for scope in scopes
    ]


def downgrade() -> None:
    """Nothing to take back: the tables themselves go with the revision before this one."""
