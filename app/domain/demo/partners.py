"""The companies that Lindqvist Instruments deals with, and the people there."""

from __future__ import annotations

from random import Random
from typing import Any

import sqlalchemy as sa

from app.domain.actor import SYSTEM
from app.domain.demo import names
from app.domain.demo.cast import Cast
from app.domain.history import write_many
from app.domain.lists import PartnerTag
from app.domain.partner import Partner
from app.domain.text import fold
from app.extensions import db

FUNCTIONS = (
    "Plant engineer",
    "Purchasing",
    "Production manager",
    "Maintenance lead",
    "Owner",
    "Quality manager",
)
STREETS = ("Harbour Road", "Mill Lane", "Station Street", "Works Road")
CURRENCIES = {"GB": "GBP", "US": "USD", "SE": "SEK", "DK": "DKK"}
# Those on the first screen: company, country, town, its people.
FAMILIAR = [
    ("Hofmann Brewery", "DE", "Bamberg 951", ["Clara Hofmann", "Ines Carvalho", "Georg Hofmann"]),
    ("Tessitura Morandi", "IT", "Biella 015", ["Chiara Morandi"]),
    ("Ostsee Aquafarm", "DE", "Rostock 381", ["Sven Busch"]),
    ("Agrar Uckermark", "DE", "Prenzlau 3984", ["Heike Vogt"]),
    ("Polar Freight", "NO", "Tromsø 77", ["Lars Moen"]),
    ("Galvanik Rheda", "DE", "Rheda 5242", ["Jürgen Winkler"]),
    ("Flugplatz Barth", "DE", "Barth 38231", ["Anke Seidel"]),
    ("Wasserwerke Lehrte", "DE", "Lehrte 5132", ["Torsten Köhler", "Ulrike Arnold"]),
    ("Fjordrøyk", "NO", "Molde 71", ["Solveig Haugen"]),
    ("Aguas del Segre", "ES", "Lleida 973", ["Nuria Vidal"]),
    ("Voltwerk Nord", "DE", "Kiel 431", ["Lena Böhm"]),
    ("Kwekerij Van Dalen", "NL", "Venlo 77", ["Joost van Dalen"]),
    ("Cementa Øst", "NO", "Hamar 62", ["Terje Solberg"]),
    ("Serra Water", "PT", "Évora 266", ["Duarte Serra"]),
    ("Hafenlogistik Wedel", "DE", "Wedel 4103", ["Katrin Lorenz"]),
    ("Cartiera Valsesia", "IT", "Biella 015", ["Paolo Valsesia"]),
    ("Skagen Shipyard", "DK", "Skagen 98", ["Mette Kjær"]),
    ("Fernwärme Anklam", "DE", "Anklam 3971", ["Felix Krüger"]),
    ("Uniklinik Greifen", "DE", "Greifswald 3834", ["Sabine Jäger"]),
    ("Stahlwerk Ilsede", "DE", "Ilsede 5172", ["Jonas Reuter", "Matthias Schäfer"]),
    ("Meierei Holtsee", "DE", "Kiel 431", ["Anke Lorenz"]),
    ("Wohnbau Stralau", "DE", "Berlin 30", ["Lukas Groß"]),
    ("Chemiehafen Brake", "DE", "Brake 4401", ["Torsten Busch"]),
    ("Pohjola Dairy", "FI", "Tampere 3", ["Saara Koivisto", "Pekka Lahti", "Aino Salmi"]),
]
Row = dict[str, Any]


class Partners:
    """Everybody outside whom the lively cases are about."""

    def __init__(self, cast: Cast, luck: Random) -> None:
        self.cast, self.luck = cast, luck
        self.tags = list(
            db.session.scalars(sa.select(PartnerTag.id).where(PartnerTag.parent_id.is_not(None)))
        )
        self.people: dict[int, list[int]] = {}
        self.companies: dict[str, int] = {}

    def meet(self, number: int) -> None:
        """Come to know this many companies, the familiar ones first."""
        luck, rows, staff = self.luck, [], []
        for name, code, town, people in FAMILIAR[:number]:
            land = names.BY_CODE[code]
            rows.append(company(self.cast, luck, land, town, name))
            staff.append((land, town, people))
        taken = {row["name"] for row in rows}
        while len(rows) < number:
            land = luck.choice(names.LANDS)
            town, name = " ".join(luck.choice(land.towns)), land.company(luck)
            if name not in taken:
                taken.add(name)
                rows.append(company(self.cast, luck, land, town, name))
                staff.append((land, town, [land.person(luck) for _ in range(luck.choice((1, 1, 2, 3)))]))
        for row in rows:
            row["tags"] = luck.sample(self.tags, luck.choice((0, 1, 1, 2)))
        many = write_many("demo", by=SYSTEM)
        ids = many.make(Partner, rows)
        persons = [
            person(luck, land, town, name, row)
            for row, (land, town, people) in zip(rows, staff, strict=True)
            for name in dict.fromkeys(people)
        ]
        many.make(Partner, persons)
        self.companies = dict(zip((row["name"] for row in rows), ids, strict=True))
        for each in persons:
            self.people.setdefault(each["company_id"], []).append(each["id"])

    def named(self, name: str) -> tuple[Partner, Partner]:
        """A company that the script names, with the first of its people; another where it was not met."""
        return self.both(self.companies[name]) if name in self.companies else self.any()

    def any(self) -> tuple[Partner, Partner]:
        """Some company, and some of its people; a few ask more often than the others."""
        ids = list(self.companies.values())
        return self.both(ids[int(len(ids) * self.luck.random() ** 1.6)], self.luck)

    def both(self, company_id: int, luck: Random | None = None) -> tuple[Partner, Partner]:
        people = self.people[company_id]
        contact = luck.choice(people) if luck else people[0]
        return db.session.get_one(Partner, company_id), db.session.get_one(Partner, contact)


def company(cast: Cast, luck: Random, land: names.Land, town: str, name: str) -> Row:
    """A company with its address; what it is worth knowing of it."""
    place, _, code = town.rpartition(" ")
    domain = names.domain_of(name)
    return {
        "name": name,
        "is_company": True,
        "is_customer": luck.random() < 0.7,
        "is_prospect": luck.random() < 0.3,
        "is_supplier": luck.random() < 0.05,
        "email": f"info@{domain}",
        "website": f"https://{domain}",
        "phone": names.number_of(land, code, luck),
        "city": place,
        "zip": f"{luck.randrange(10_000, 99_999)}",
        "street": f"{luck.choice(STREETS)} {luck.randint(1, 120)}",
        "country_id": cast.codes[land.code],
        "language": land.language,
        "currency": CURRENCIES.get(land.code, "EUR"),
        "employees": luck.choice((8, 20, 45, 120, 300, 900)),
        "industry_id": luck.randint(1, 7),
        "level_id": luck.choice((None, None, 1, 2, 3)),
        "salesperson_id": luck.choice(cast.seller_ids),
    }


def person(luck: Random, land: names.Land, town: str, name: str, of: Row) -> Row:
    """Somebody who works there."""
    local = ".".join(
        "".join(sign for sign in part if sign.isascii() and sign.isalnum()) for part in fold(name).split()
    )
    return {
        "name": name,
        "is_company": False,
        "company_id": of["id"],
        "function": luck.choice(FUNCTIONS),
        "email": f"{local}@{names.domain_of(of['name'])}",
        "phone": names.number_of(land, town.rpartition(" ")[2], luck),
        "city": of["city"],
        "country_id": of["country_id"],
        "language": of["language"],
        "do_not_call": luck.random() < 0.03,
    }
