"""What all tables share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import DateTime, MetaData, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, mapped_column

CONVENTION = {
    "ix": "idx_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The metadata that migrations are held to."""

    metadata = MetaData(naming_convention=CONVENTION)


Key = Annotated[UUID, mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())]
"""A random UUID made by the database."""
Now = Annotated[datetime | None, mapped_column(DateTime(timezone=True), server_default=func.now())]
"""The time of the insert; for `updated_at` a trigger keeps it."""
Moment = Annotated[datetime | None, mapped_column(DateTime(timezone=True))]
Truth = Annotated[bool | None, mapped_column(server_default=text("true"))]
Falsehood = Annotated[bool | None, mapped_column(server_default=text("false"))]
