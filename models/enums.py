"""The five enums, as PostgreSQL types."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Enum


class UserRole(StrEnum):
    """What a user may be."""

    STUDENT = "student"
    TEACHER = "teacher"
    ADMIN = "admin"


class EnrollmentStatus(StrEnum):
    """How a student stands to a class."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    SUSPENDED = "suspended"
    COMPLETED = "completed"


class ConversationStatus(StrEnum):
    """Where a conversation stands."""

    DRAFT = "draft"
    RECORDING = "recording"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class ErrorSeverity(StrEnum):
    """How much a grammar error hinders understanding."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class SubmissionStatus(StrEnum):
    """Where a submission stands."""

    SUBMITTED = "submitted"
    GRADED = "graded"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"


def named(kind: type[StrEnum], name: str) -> Enum:
    """The PostgreSQL enum type of that name, with the values as they are."""
    return Enum(kind, name=name, values_callable=lambda members: [one.value for one in members])


USER_ROLE = named(UserRole, "user_role")
ENROLLMENT_STATUS = named(EnrollmentStatus, "enrollment_status")
CONVERSATION_STATUS = named(ConversationStatus, "conversation_status")
ERROR_SEVERITY = named(ErrorSeverity, "error_severity")
SUBMISSION_STATUS = named(SubmissionStatus, "submission_status")
ENUMS = (USER_ROLE, ENROLLMENT_STATUS, CONVERSATION_STATUS, ERROR_SEVERITY, SUBMISSION_STATUS)
"""All five."""
