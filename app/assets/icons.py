"""The icons our pages may show: each drawn where it stands, or laid over a plane of colour by our styles."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

# The icons our pages may name, by Tabler's names. One more is one more word here.
ICONS = """
    activity adjustments alert-circle alert-triangle archive arrow-back-up arrow-down arrow-right arrow-up
    arrow-up-right at bell bolt building calendar chart-bar check checklist chevron-down chevron-left chevron-right
    chevron-up clock copy corner-down-left device-desktop dots download external-link file filter flask
    git-merge grip-vertical history home hourglass inbox info-circle key keyboard language layout-columns
    layout-kanban layout-list link lock logout mail map-pin menu message mood-smile moon note paperclip pencil
    phone phone-off pin player-pause player-play plus receipt refresh search send settings shield shopping-cart sitemap
    star sun tag thumb-down trash trophy upload user user-off user-plus users wifi-off world x
""".split()
# Two that the design calls by shorter names.
RENAMED = {"player-skip": "player-skip-forward", "layout-sidebar-left": "layout-sidebar"}
# Those that our styles show filled, too, as another icon of this name.
FILLED = {"star-on": "star"}
# An icon as our styles name it, where it is laid over a plane of colour and so needs no element of its own.
LAID = re.compile(r"""url\(["']?icon:([\w-]+)["']?\)""")
LOOKS = {
    "fill": "none",
    "stroke": "currentColor",
    "stroke-width": "1.6",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}
# Tabler draws in a box of 24, we show 16: the line is widened so that it stays 1.5 px.
OF_TABLER = "0 0 24 24"
WIDENED = {"stroke-width": "2.25"}
# What is cut out of a plane in our own icons: it has the colour of what lies below.
CUT_OUT = "var(--cut,#fff)"


class Icon(NamedTuple):
    """A sign in the colour of what stands around it."""

    box: str
    shapes: str
    # What its lines and planes look like, beside what is usual.
    looks: dict[str, str]

    @property
    def mask(self) -> str:
        """As an address for styles, which lay it over a plane: the colour shows where it is white, and nothing else."""
        said = {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": self.box,
            "color": "#fff",
            **LOOKS,
            **self.looks,
        }
        written = " ".join(f"{name}='{value}'" for name, value in said.items())
        shapes = self.shapes.replace(CUT_OUT, "#000").replace('"', "'")
        return "data:image/svg+xml," + quote(f"<svg {written}>{shapes}</svg>", safe=" /:=',.")


class Icons(dict[str, Icon]):
    """Each icon by name: those of Tabler, those that are filled, and our own."""

    @classmethod
    def read(cls, of_tabler: Path, own: Path) -> "Icons":
        """Raises LookupError for a name that Tabler does not have."""
        nodes = json.loads(of_tabler.read_bytes())
        named = {icon: icon for icon in ICONS} | RENAMED | FILLED
        unknown = sorted(set(named.values()) - nodes.keys())
        if unknown:
            raise LookupError(f"Tabler has no icon named {', '.join(unknown)}.")
        filled = {name: {"fill": "currentColor"} for name in FILLED}
        icons = {
            name: Icon(OF_TABLER, drawn(nodes[tabler]), WIDENED | filled.get(name, {}))
            for name, tabler in sorted(named.items())
        }
        symbols = re.findall(
            r'<symbol id="([^"]+)" viewBox="([^"]+)">(.*?)</symbol>', own.read_text(), re.DOTALL
        )
        return cls(icons | {name: Icon(box, shapes, {}) for name, box, shapes in symbols})

    @property
    def for_pages(self) -> str:
        """Each icon that pages draw, by name: its box, and the shapes in it."""
        return json.dumps(
            {name: (icon.box, icon.shapes) for name, icon in self.items() if name not in FILLED}
        )

    def laid_into(self, styles: str) -> str:
        """Styles with the icons that they name; raises LookupError for one that there is not."""
        return LAID.sub(lambda found: f'url("{self.named(found[1]).mask}")', styles)

    def named(self, name: str) -> Icon:
        if name not in self:
            raise LookupError(f"Our styles name an icon that there is not: {name}.")
        return self[name]


def drawn(node: list[Any]) -> str:
    shapes = ("".join(f' {name}="{value}"' for name, value in shape[1].items()) for shape in node)
    return "".join(f"<{shape[0]}{written}/>" for shape, written in zip(node, shapes, strict=True))
