"""What the cases are about, and what people say in them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from app.domain.demo import names


@dataclass(frozen=True)
class Idea:
    """What a case is to become: its last step is `ago` days past, and how it `ends` (None: it goes on).

    Its next step is `due` in so many days (None: as it comes). A call may be `about` another case.
    """

    name: str
    kind: str = "opportunity"
    company: str = ""
    owner: str = "Nora Lindahl"
    team: str = "Process sales"
    worth: int = 0
    stage: str = "New"
    tags: tuple[str, ...] = ()
    ago: int = 1
    ends: str | None = None
    due: int | None = None
    about: str = ""


NORA, OTTO, PRIYA, TOMASZ, HANNA, MARC, OLGA = (
    "Nora Lindahl", "Otto Brandt", "Priya Nair", "Tomasz Wrona", "Hanna Koskinen", "Marc Devaux", "Olga Petrenko",
)  # fmt: skip
SELLERS = {
    "Process sales": (NORA, NORA, OTTO, PRIYA, TOMASZ, HANNA),
    "Nordics": (HANNA, "Jens Krogh", "Ingrid Solberg"),
    "Resellers": ("Rui Antunes", "Felix Arnold"),
}
HELPERS = {"Support": (OTTO, "Seraina Caflisch", "Jens Krogh"), "Field service": ("Jens Krogh",)}


def scene(  # noqa: PLR0917  (a table, read by columns)
    stage: str, worth: int, name: str, company: str, owner: str, ago: int, *tags: str
) -> Idea:
    return Idea(name, "opportunity", company, owner, "Process sales", worth, stage, tags, ago)


SCENES = [
    scene(
        "Proposal",
        48_200,
        "Flow meters for bottling line 3",
        "Hofmann Brewery",
        NORA,
        2,
        "Retrofit",
        "Key account",
    ),
    scene("New", 31_500, "Steam metering for the dye house", "Tessitura Morandi", TOMASZ, 3),
    scene("New", 8_900, "pH probes, three pilot tanks", "Ostsee Aquafarm", PRIYA, 1, "Aquaculture"),
    scene("New", 22_400, "Level sensors for 14 silos", "Agrar Uckermark", NORA, 2),
    scene("New", 12_750, "Data loggers for the cold chain", "Polar Freight", OTTO, 1),
    scene("New", 17_200, "Conductivity meters, rinse line", "Galvanik Rheda", HANNA, 4, "Retrofit"),
    scene("New", 29_600, "Weather mast, runway 09", "Flugplatz Barth", NORA, 5),
    scene(
        "Qualified", 64_000, "Retrofit of pump station 7", "Wasserwerke Lehrte", NORA, 3, "Retrofit", "Tender"
    ),
    scene("Qualified", 18_600, "Calibration contract", "Hofmann Brewery", PRIYA, 6),
    scene("Qualified", 15_200, "Oxygen monitoring, smokehouse", "Fjordrøyk", TOMASZ, 19),
    scene("Qualified", 27_300, "Turbidity meters, two plants", "Aguas del Segre", NORA, 4),
    scene("Qualified", 48_900, "Gas detection, battery hall", "Voltwerk Nord", OTTO, 2, "Safety"),
    scene("Site visit", 41_800, "Climate computers, six bays", "Kwekerij Van Dalen", HANNA, 5, "Greenhouse"),
    scene("Site visit", 33_400, "Dust measurement, kiln 2", "Cementa Øst", NORA, 7),
    scene("Site visit", 19_700, "Leak detection pilot", "Serra Water", PRIYA, 2, "Pilot", "Tender"),
    scene("Site visit", 72_500, "Flow computers, tank farm", "Hafenlogistik Wedel", NORA, 16),
    scene("Proposal", 36_900, "Pressure transmitters, boiler hall", "Cartiera Valsesia", TOMASZ, 3),
    scene("Proposal", 54_000, "Spare parts framework", "Skagen Shipyard", NORA, 23, "Framework"),
    scene("Proposal", 88_600, "Ultrasonic meters, district 4", "Fernwärme Anklam", NORA, 5, "Tender"),
    scene("Proposal", 26_400, "Lab balances and service", "Uniklinik Greifen", PRIYA, 4),
    scene("Negotiation", 142_000, "Plant-wide metering, phase 1", "Stahlwerk Ilsede", NORA, 1, "Key account"),
    scene("Negotiation", 38_500, "Service agreement, four sites", "Meierei Holtsee", OTTO, 2),
    scene("Negotiation", 57_000, "Heat meters, block C", "Wohnbau Stralau", NORA, 6, "Tender"),
    scene("Negotiation", 29_800, "Replacement level radars", "Chemiehafen Brake", TOMASZ, 3, "Retrofit"),
    Idea(
        "Display shows E-14 on meter 2",
        "claim",
        "Hofmann Brewery",
        OTTO,
        "Support",
        ago=4,
        ends="waiting",
        due=8,
    ),
    Idea("Certificates for the audit", "request", "Hofmann Brewery", OTTO, "Support", ago=9),
    Idea("Calibration due in March", "call", "Pohjola Dairy", OLGA, ago=2),
    Idea(
        "Display E-14: when may the technician come?",
        "call",
        "Hofmann Brewery",
        OLGA,
        ends="not held",
        due=0,
        about="Display shows E-14 on meter 2",
    ),
    Idea(
        "Service check: heat meters, block C", "call", "Wohnbau Stralau", OLGA, ago=2, ends="not held", due=-1
    ),
    Idea(
        "Level radars delivered three weeks late", "claim", "Chemiehafen Brake", MARC, "Head office", due=-1
    ),
    Idea(
        "Framework for all twelve waterworks",
        "opportunity",
        "Wasserwerke Lehrte",
        MARC,
        "Sales",
        186_000,
        "Negotiation",
        ("Framework", "Key account"),
        due=0,
    ),
    Idea(
        "Visit of our calibration laboratory",
        "request",
        "Uniklinik Greifen",
        MARC,
        "Head office",
        ago=2,
        due=3,
    ),
]

NOTES = (
    "Budget is approved for this year if delivery is before Christmas.",
    "Competitor offered magnetic-inductive only.",
    "They want six meters instead of four.",
    "Purchasing closes in the middle of the month; two signatures needed.",
    "The old meters are from 2011 and out of calibration.",
    "Access to the hall only in the early shift.",
    "Asked for references from other plants of this size.",
    "Drawing of the line is in the shared folder of the project.",
    "They compare with the service contract of their other site.",
    "Decides together with production.",
)  # fmt: skip
TALKS = (
    "{name} likes the layout; two points are open before they sign.",
    "Talked with {name} about delivery times: week 11 would still do.",
    "{name} asks for the hygienic flange for all of them.",
    "Sent the data sheet to {name}; wants to show it to the maintenance crew.",
    "{name} was friendly, but has no figures yet. Asked us to be patient until Thursday.",
    "Visited the site with {name}: cable ways are short, no crane needed.",
    "{name} complains about the last delivery, two gaskets were missing.",
    "Price was discussed; {name} expects five per cent for a framework.",
)  # fmt: skip
STEPS = {
    "Call": ("Call {name} about the revised offer", "Ask {name} for the drawing", "Hear what {name} decided"),
    "Mail": (
        "Send {name} the data sheet",
        "Send the revised offer",
        "Answer the questions about calibration",
    ),
    "Meeting": ("Visit the site with {name}", "Show the MF-300 to {name}", "Go through the contract"),
    "To-do": ("Work out the price", "Check stock of sensors", "Ask the workshop about dates"),
}
DONE = ("Done, they are content.", "Reached at the second try.", "Takes a few days more.", "All agreed.")


def invent(luck: Random) -> Idea:
    """A case that nobody wrote down beforehand."""
    kind = luck.choices(
        ("opportunity", "lead", "call", "request", "claim", "issue", "bug", "task"),
        (58, 12, 10, 7, 5, 3, 2, 3),
    )[0]
    if kind == "opportunity":
        return opportunity(luck)
    if kind in {"lead", "call"}:
        return first_contact(luck, kind)
    # What is wrong in the software is not mended in the field.
    team = "Support" if kind in {"issue", "bug"} else luck.choice(("Support", "Support", "Field service"))
    ends = luck.choice((None, "waiting", "closed", "closed", "closed", "cancelled"))
    ago = luck.randint(1, 20) if ends in {None, "waiting"} else luck.randint(1, 300)
    return Idea(names.trouble(luck), kind, "", luck.choice(HELPERS[team]), team, ago=ago, ends=ends)


def opportunity(luck: Random) -> Idea:
    team = luck.choices(tuple(SELLERS), (6, 3, 2))[0]
    ends = luck.choices((None, "won", "lost", "cancelled"), (45, 32, 19, 4))[0]
    stages = ("New", "Qualified", "Site visit", "Proposal", "Negotiation")
    return Idea(
        names.matter(luck),
        owner=luck.choice(SELLERS[team]),
        team=team,
        worth=worth(luck),
        stage=luck.choices(stages, (4, 4, 3, 3, 2) if ends is None else (0, 1, 2, 4, 5))[0],
        ago=luck.randint(1, 30) if ends is None else luck.randint(1, 420),
        ends=ends,
    )


def first_contact(luck: Random, kind: str) -> Idea:
    if kind == "call":
        return Idea(
            f"Service check: {names.matter(luck)}",
            "call",
            ago=luck.randint(1, 25),
            ends=luck.choice((None, None, "held")),
        )
    team = luck.choice(tuple(SELLERS))
    ends = luck.choice((None, None, None, "converted", "cancelled"))
    return Idea(
        names.matter(luck), "lead", "", luck.choice(SELLERS[team]), team, ago=luck.randint(1, 40), ends=ends
    )


def worth(luck: Random) -> int:
    """In whole euros: most are small, a few are large."""
    return int(luck.lognormvariate(10.2, 0.8) // 50 * 50) + 900
