"""Names that sound real, of people, companies and places in the countries we pretend to sell to."""

from dataclasses import dataclass
from random import Random

from app.domain.text import fold


@dataclass(frozen=True)
class Land:
    """A country with its people, its towns and the way its companies are called."""

    code: str
    prefix: str
    digits: int  # of a number, without the prefix
    language: str
    first: tuple[str, ...]
    last: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]  # with their dialling codes
    forms: tuple[str, ...]  # of a company's name: {last}, {town}, {trade}
    trades: tuple[str, ...]

    def person(self, luck: Random) -> str:
        return f"{luck.choice(self.first)} {luck.choice(self.last)}"

    def company(self, luck: Random) -> str:
        return luck.choice(self.forms).format(
            last=luck.choice(self.last), town=luck.choice(self.towns)[0], trade=luck.choice(self.trades)
        )


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def towns(text: str) -> tuple[tuple[str, str], ...]:
    """`Bamberg 951, Kiel 431` by name and code."""
    return tuple((name, code) for name, _, code in (each.strip().rpartition(" ") for each in text.split(",")))


LANDS = (
    Land(
        "DE", "+49", 10, "de",
        words("Clara Georg Jonas Lena Matthias Ulrike Sven Katrin Jürgen Heike Felix Sabine Lukas Anke Torsten"),
        words("Hofmann Reuter Brandt Köhler Schäfer Lorenz Winkler Böhm Krüger Vogt Seidel Arnold Groß Jäger Busch"),
        towns("Bamberg 951, Kiel 431, Lehrte 5132, Ilsede 5172, Anklam 3971, Wedel 4103, Rheda 5242, Erfurt 361"),
        ("{trade} {last}", "{trade} {town}", "{last} {trade} GmbH"),
        words("Brauerei Wasserwerke Molkerei Stahlwerk Chemiehafen Galvanik Fernwärme Papierfabrik Kelterei"),
    ),
    Land(
        "AT", "+43", 10, "de",
        words("Johanna Leopold Elisabeth Franz Magdalena Stefan Theresa Wolfgang Veronika Florian"),
        words("Gruber Hölzl Pichler Moser Egger Brunner Lechner Stadler Reiter Aigner"),
        towns("Linz 732, Graz 316, Steyr 7252, Villach 4242, Dornbirn 5572"),
        ("{last} {trade}", "{trade} {town}", "{last} & Söhne {trade}"),
        words("Kraftwerke Mühle Metallbau Alpenmilch Holzwerk Glashütte Seilbahnen"),
    ),
    Land(
        "CH", "+41", 9, "de",
        words("Reto Ursina Beat Nadja Urs Corinne Marco Seraina Andri Fabienne"),
        words("Ammann Zürcher Frei Meier Caflisch Hunziker Odermatt Bühler Graf Steiner"),
        towns("Chur 81, Luzern 41, Thun 33, Aarau 62, Sion 27"),
        ("{last} {trade} AG", "{trade} {town}", "{last} AG, {trade}"),
        words("Pharma Uhrwerke Käserei Bergbahnen Präzision Laborbau Kältetechnik"),
    ),
    Land(
        "NL", "+31", 9, "nl",
        words("Sanne Pieter Femke Joost Anouk Ruben Marieke Bram Lotte Daan"),
        words("Dalen Hofman Bakker Visser Kuipers Mulder Dekker Jansen Smit Postma"),
        towns("Breda 76, Zwolle 38, Delft 15, Venlo 77, Groningen 50"),
        ("Kwekerij Van {last}", "{last} {trade}", "{trade} {town}", "{last} & Zonen"),
        words("Brouwerij Waterschap Zuivel Scheepswerf Tuinbouw Logistiek Gemaal"),
    ),
    Land(
        "DK", "+45", 8, "da",
        words("Mette Søren Freja Anders Signe Jakob Karen Lars Astrid Niels"),
        words("Holm Kjær Lund Thomsen Østergaard Dahl Bach Møller Krogh Winther"),
        towns("Skagen 98, Odense 66, Esbjerg 75, Kolding 76, Hobro 99"),
        ("{town} {trade}", "{last} {trade} A/S", "{trade} {town}"),
        words("Skibsværft Mejeri Fjernvarme Bryggeri Fiskeri Vindkraft Slagteri"),
    ),
    Land(
        "SE", "+46", 9, "sv",
        words("Astrid Erik Ebba Gustav Maja Oskar Linnea Nils Tove Henrik"),
        words("Lindqvist Lindahl Bergström Åkesson Sjöberg Nyström Ek Hedlund Wallin Öberg"),
        towns("Västerås 21, Umeå 90, Lund 46, Kiruna 980, Borås 33"),
        ("{town} {trade}", "{last} {trade} AB", "{trade} i {town}"),
        words("Pappersbruk Gruvor Energi Mejeri Stålverk Fjärrvärme Sågverk"),
    ),
    Land(
        "NO", "+47", 8, "nb",
        words("Ingrid Håkon Solveig Lars Marit Øyvind Silje Terje Kari Magnus"),
        words("Hansen Solberg Nygård Bakken Haugen Lie Strand Moen Fjeld Sæther"),
        towns("Bodø 75, Molde 71, Tromsø 77, Ålesund 70, Hamar 62"),
        ("{trade} {town}", "{last} {trade} AS", "{town} {trade}"),
        words("Fjordrøyk Havbruk Kraftlag Verft Smelteverk Fiskemottak Cementa"),
    ),
    Land(
        "FI", "+358", 9, "fi",
        words("Saara Mika Aino Pekka Hanna Ville Outi Juha Eeva Antti"),
        words("Koivisto Lahti Salmi Aho Koskinen Virtanen Heikkilä Niemi Laine Mäkelä"),
        towns("Tampere 3, Oulu 8, Turku 2, Kuopio 17, Vaasa 6"),
        ("{last} {trade} Oy", "{town} {trade}", "Pohjola {trade}"),
        words("Dairy Paperi Sahat Energia Telakka Panimo Konepaja"),
    ),
    Land(
        "PL", "+48", 9, "pl",
        words("Tomasz Agnieszka Piotr Magdalena Łukasz Ewa Krzysztof Zofia Marek Joanna"),
        words("Wrona Zieliński Kowalczyk Mazur Wójcik Dudek Pawlak Sikora Król Żak"),
        towns("Gdynia 58, Łódź 42, Lublin 81, Opole 77, Rzeszów 17"),
        ("{trade} {town}", "{last} {trade}", "{last} i Synowie"),
        words("Browar Huta Wodociągi Mleczarnia Stocznia Cukrownia Odlewnia"),
    ),
    Land(
        "IT", "+39", 10, "it",
        words("Giulia Marco Chiara Alessandro Elena Davide Francesca Paolo Silvia Matteo"),
        words("Morandi Valsesia Conti Ferri Galli Marchetti Riva Serra Bellini Fontana"),
        towns("Biella 015, Parma 0521, Lecce 0832, Udine 0432, Trento 0461"),
        ("{trade} {last}", "{trade} {town}", "Fratelli {last} {trade}"),
        words("Tessitura Cartiera Acciaierie Cantina Ceramiche Acquedotti Caseificio"),
    ),
    Land(
        "ES", "+34", 9, "es",
        words("Lucía Álvaro Carmen Diego Marta Javier Pilar Sergio Nuria Íñigo"),
        words("Segre Ibáñez Navarro Ortega Vidal Castro Molina Prieto Serrano Núñez"),
        towns("Lleida 973, Vigo 986, Murcia 968, Burgos 947, Gijón 985"),
        ("{trade} {town}", "{trade} de {last}", "{last} {trade} SL"),
        words("Aguas Conservas Bodegas Astilleros Cementos Almazara Cerámicas"),
    ),
    Land(
        "PT", "+351", 9, "pt",
        words("Inês Tiago Beatriz Rui Catarina Nuno Marta Duarte Leonor Vasco"),
        words("Carvalho Teixeira Moura Antunes Lopes Pinho Ramalho Serra Vieira Brandão"),
        towns("Aveiro 234, Braga 253, Évora 266, Faro 289"),
        ("{trade} {last}", "{trade} de {town}", "{last} & Filhos"),
        words("Cortiças Conservas Adegas Moagem Águas Vidros"),
    ),
    Land(
        "FR", "+33", 9, "fr",
        words("Camille Hugo Élise Bastien Manon Thibault Aurélie Étienne Margaux Gaël"),
        words("Devaux Lefèvre Rousseau Chevalier Gauthier Marchand Renaud Besson Faure Perrin"),
        towns("Rennes 2, Grasse 4, Dijon 3, Albi 5, Lens 3"),
        ("{trade} {last}", "{trade} de {town}", "{last} Frères"),
        words("Papeteries Laiterie Verrerie Brasserie Fonderie Parfumerie Sucrerie"),
    ),
    Land(
        "GB", "+44", 10, "en",
        words("Priya Callum Imogen Rhys Fiona Gareth Nisha Alistair Bronwen Owen"),
        words("Nair Whitfield Ashworth Pritchard Macleod Thornton Okafor Hargreaves Lockwood Bevan"),
        towns("Leeds 113, Swansea 1792, Dundee 1382, Hull 1482, Derby 1332"),
        ("{last} {trade}", "{town} {trade}", "{last} & Sons"),
        words("Brewery Foundry Waterworks Creamery Shipyard Potteries Distillery"),
    ),
    Land(
        "US", "+1", 10, "en",
        words("Megan Tyler Alicia Marcus Hannah Derek Yolanda Scott Renee Carlos"),
        words("Whitaker Delgado Novak Sterling Hayes Lindgren Freeman Castillo Boone Merritt"),
        towns("Duluth 218, Boise 208, Tulsa 918, Dayton 937, Spokane 509"),
        ("{last} {trade}", "{town} {trade} Inc.", "{last} & Co."),
        words("Dairy Steel Water Brewing Aggregates Packaging Instruments"),
    ),
)  # fmt: skip
BY_CODE = {land.code: land for land in LANDS}

THINGS = (
    "Flow meters", "Level sensors", "pH probes", "Data loggers", "Pressure transmitters", "Conductivity meters",
    "Turbidity meters", "Gas detection", "Dust measurement", "Leak detection", "Heat meters", "Level radars",
    "Climate computers", "Oxygen monitoring", "Ultrasonic meters", "Flow computers", "Steam metering",
    "Lab balances", "Temperature mapping", "Valve positioners",
)  # fmt: skip
PLACES = (
    "for bottling line {n}", "for {n} silos", "in the boiler hall", "on tank farm {n}", "for pump station {n}",
    "along the rinse line", "in kiln {n}", "for the cold chain", "in district {n}", "for plant {n}",
    "in the dye house", "for the whey line", "at the north quay", "in block {n}", "for the battery hall",
)  # fmt: skip
TROUBLES = (
    "Display shows E-14 on meter {n}", "Wrong flange delivered", "Leaking seal on unit {n}", "Late delivery",
    "Certificates for the audit", "Spare gasket set DN {n}0", "Meter {n} drifts by about 1 %",
    "Firmware of transmitter {n} does not update", "Calibration due on line {n}", "Noise on the analogue output",
)  # fmt: skip


def matter(luck: Random) -> str:
    """What somebody wants from us."""
    return f"{luck.choice(THINGS)} {luck.choice(PLACES).format(n=luck.randint(1, 12))}"


def trouble(luck: Random) -> str:
    """What somebody is unhappy about."""
    return luck.choice(TROUBLES).format(n=luck.randint(1, 9))


def domain_of(company: str) -> str:
    """An address that nobody can have."""
    plain = company.casefold()
    for letter, latin in (("ß", "ss"), ("ø", "o"), ("ł", "l"), ("æ", "ae"), ("đ", "d"), ("ı", "i")):
        plain = plain.replace(letter, latin)
    kept = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in fold(plain))
    return "-".join(part for part in kept.split("-") if part) + ".example"


def number_of(land: Land, code: str, luck: Random) -> str:
    """A telephone number as people there would write it, in a block that is nobody's."""
    rest = land.digits - len(code)
    last = f"{luck.randrange(10 ** (rest - 3)):0{rest - 3}}"
    return f"{land.prefix} {code} 555{' ' if len(last) > 2 else ''}{last}"
