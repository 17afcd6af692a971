"""What can be imported, by the word that the command takes."""

from app.domain.importing.kinds.base import Kind
from app.domain.importing.kinds.cases import Cases
from app.domain.importing.kinds.partners import Partners
from app.domain.importing.kinds.products import Products
from app.domain.importing.kinds.users import Users

__all__ = ["KINDS", "Kind"]

KINDS: dict[str, type[Kind]] = {
    "users": Users,
    "partners": Partners,
    "products": Products,
    "cases": Cases,
}
