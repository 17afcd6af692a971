"""Who did it: a person, a rule, an import, or Holdfast itself."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Actor:
    """The signature under an act, as it stood that day."""

    kind: str
    id: int | None
    name: str


class Acting(Protocol):
    """Anything that can sign an act with `by=`."""

    def as_actor(self) -> Actor: ...


class System:
    """Holdfast itself: what nobody asked for in person, such as emptying the bin."""

    def as_actor(self) -> Actor:
        return Actor("system", None, "Holdfast")


@dataclass(frozen=True)
class Outsider:
    """Somebody outside who has no account, by their address: a watcher who wants no more copies."""

    address: str

    def as_actor(self) -> Actor:
        return Actor("outsider", None, self.address)


SYSTEM = System()
