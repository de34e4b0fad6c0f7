"""Users, profiles, classes, enrolments, assignments."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Falsehood, Key, Moment, Now, Truth
from models.enums import ENROLLMENT_STATUS, USER_ROLE, EnrollmentStatus, UserRole


class User(Base):
    """A student, a teacher or an admin."""

    __tablename__ = "users"
    __table_args__ = (
        Index("idx_users_email", "email"),
        Index("idx_users_role", "role"),
        Index("idx_users_active", "is_active"),
        Index("uq_users_email_lower", func.lower(text("email")), unique=True),
        UniqueConstraint("email"),
        UniqueConstraint("username"),
    )

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(255))
    username: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(255))
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    role: Mapped[UserRole] = mapped_column(USER_ROLE, server_default="student")
    language_preference: Mapped[str] = mapped_column(String(10), server_default="en")
    timezone: Mapped[str | None] = mapped_column(String(50), server_default="UTC")
    avatar_url: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[Truth]
    is_verified: Mapped[Falsehood]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    last_login: Mapped[Moment]


class UserProfile(Base):
    """What a user tells of themselves."""

    __tablename__ = "user_profiles"
    __table_args__ = (Index("idx_user_profiles_user_id", "user_id"),)

    id: Mapped[Key]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    bio: Mapped[str | None] = mapped_column(Text)
    learning_goals: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    current_level: Mapped[str | None] = mapped_column(String(10))
    target_level: Mapped[str | None] = mapped_column(String(10))
    learning_style: Mapped[str | None] = mapped_column(String(50))
    availability: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    preferences: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class Class(Base):
    """A class and its teacher."""

    __tablename__ = "classes"
    __table_args__ = (Index("idx_classes_teacher_id", "teacher_id"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str | None] = mapped_column(Text)
    teacher_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(10))
    level: Mapped[str] = mapped_column(String(10))
    max_students: Mapped[int | None] = mapped_column(server_default=text("30"))
    is_active: Mapped[Truth]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class ClassEnrollment(Base):
    """A student in a class."""

    __tablename__ = "class_enrollments"
    __table_args__ = (
        UniqueConstraint("class_id", "student_id"),
        Index("idx_class_enrollments_student_id", "student_id"),
    )

    id: Mapped[Key]
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"))
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    enrolled_at: Mapped[Now]
    status: Mapped[EnrollmentStatus | None] = mapped_column(
        ENROLLMENT_STATUS, server_default="active"
    )


class Assignment(Base):
    """A task that a teacher sets for a class."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index("idx_assignments_class_id", "class_id"),
        Index("idx_assignments_teacher_id", "teacher_id"),
        CheckConstraint("duration_minutes >= 0", name="duration"),
    )

    id: Mapped[Key]
    class_id: Mapped[UUID | None] = mapped_column(ForeignKey("classes.id", ondelete="CASCADE"))
    teacher_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    instructions: Mapped[str] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(String(100))
    difficulty_level: Mapped[str] = mapped_column(String(10))
    duration_minutes: Mapped[int | None]
    due_date: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_active: Mapped[Truth]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
