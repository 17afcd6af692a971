"""Records from other people's files: read, mapped, checked, rehearsed, applied, and taken back as a whole."""

from app.domain.importing.failing import FailedRows
from app.domain.importing.kinds import KINDS
from app.domain.importing.mapping import load
from app.domain.importing.records import ExternalId, Import, ImportRow
from app.domain.importing.rehearsing import Rehearsal, rehearse
from app.domain.importing.running import begin, failed_rows, prepare

__all__ = [
    "KINDS",
    "ExternalId",
    "FailedRows",
    "Import",
    "ImportRow",
    "Rehearsal",
    "begin",
    "failed_rows",
    "load",
    "prepare",
    "rehearse",
]
