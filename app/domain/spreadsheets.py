"""Text that goes to people's spreadsheets, and comes back from there."""

# A cell that begins with one of these is a formula to a spreadsheet, and may do what it says.
FORMULAS = frozenset("=+-@\t\r")


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs: an apostrophe before what would be a formula."""
    return f"'{text}" if text.lstrip(" ")[:1] in FORMULAS and text.strip(" ") else text


def meant(text: str) -> str:
    """The cell without the apostrophe that made it harmless: telephone numbers come back as they were."""
    return text[1:] if text[:1] == "'" and text[1:].lstrip(" ")[:1] in FORMULAS and len(text) > 1 else text
