"""What was drawn is drawn again only when it must be, and takes no more room than it may."""

from app.keeping import Drawn


class Shelf:
    """Room for ten letters, and who was drawn for it."""

    def __init__(self):
        self.kept, self.drawn = Drawn(most=10), []

    def get(self, name, letters):
        def draw():
            self.drawn.append(name)
            return name * letters

        assert self.kept.get(name, draw) == name * letters


def test_a_piece_is_drawn_once():
    shelf = Shelf()
    for _again in range(3):
        shelf.get("a", 4)
    assert shelf.drawn == ["a"]


def test_what_nobody_has_asked_for_longest_goes_first():
    shelf = Shelf()
    for name in ("a", "b", "a", "c", "a", "c", "b"):
        shelf.get(name, 4)
    assert shelf.drawn == ["a", "b", "c", "b"]


def test_a_long_piece_takes_the_room_of_several_short_ones():
    shelf = Shelf()
    for name in "abcdefghij":
        shelf.get(name, 1)
    shelf.get("k", 8)
    for name in "ijkh":
        shelf.get(name, 8 if name == "k" else 1)
    assert "".join(shelf.drawn) == "abcdefghijkh"


def test_what_was_drawn_twice_at_a_time_counts_once():
    kept = Drawn(most=10)

    def meanwhile():
        kept.get("a", lambda: "aaaa")
        return "aaaa"

    kept.get("a", meanwhile)
    kept.get("b", lambda: "bbbb")
    assert kept.get("a", lambda: "drawn again") == "aaaa"
