"""What every record is made of: its identity, its types of column, its names in the database."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An instant. SQLite forgets zones whatever is asked, so UTC goes in and aware UTC comes out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True
    python_type = datetime

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs its zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(sa.TypeDecorator[Decimal]):
    """An exact number such as a rate of exchange, kept as its digits (SQLite keeps no exact decimals)."""

    impl = sa.String(40)
    cache_ok = True
    python_type = Decimal

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


# Folded text and ranks are compared sign by sign, alike on every database, so that beginnings find an index.
Folded = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# Money is whole minor units (cents): exact in both databases, up to nine quintillion of them.
Minor = Annotated[int, mapped_column(sa.BigInteger)]


class Base(DeclarativeBase):
    """Everything that is kept in a table."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime,
            Decimal: ExactDecimal,
            int: sa.Integer,
            dict: Json,
            list: Json,
        },
    )


@cache
def inserting(cls: type[Base]) -> sa.Insert:
    """An insert of plain rows, past the session."""
    return sa.insert(Base.metadata.tables[cls.__tablename__])


Id = Annotated[int, mapped_column(BigId, primary_key=True)]


def where_set(column: str) -> dict[str, Any]:
    """For an index of those rows only that have something in this column.

    Most have not: among so many the few look like half the table, and each new row would be told to an index that
    has nothing to say of it.
    """
    return {f"{database}_where": sa.text(f"{column} IS NOT NULL") for database in ("sqlite", "postgresql")}


def where_named(table: str, *columns: str) -> tuple[sa.Index, ...]:
    """An index of each of these columns, of those rows only that name something in it."""
    return tuple(sa.Index(f"ix_{table}_{column}", column, **where_set(column)) for column in columns)


def link_to(target: str, *, index: bool = True, **options: Any) -> Any:
    """A column that names a record of another table; what is named cannot vanish from under it."""
    return mapped_column(BigId, sa.ForeignKey(target), index=index, **options)
