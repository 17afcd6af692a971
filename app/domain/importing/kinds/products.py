"""What we sell."""

from app.domain.importing.fields import Money, Text
from app.domain.importing.kinds.base import Kind
from app.domain.lists import Product


class Products(Kind):
    cls = Product
    match = ("code", "name")
    fields = {
        "name": Text(longest=120),
        "code": Text(longest=40),
        "price": Money(),
        "currency": Text(longest=3),
    }
