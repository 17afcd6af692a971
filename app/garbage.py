"""What the collector of garbage need not look at."""

import gc


def spare_what_is_here() -> None:
    """Whatever is loaded by now stays, and is looked through no more: an application is no garbage.

    In a child that is forked afterwards the collector would even touch, and so copy, all of it. What is garbage by
    now goes first, or it would stay as well.
    """
    gc.collect()
    gc.freeze()
