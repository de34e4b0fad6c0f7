"""The people of a fresh embedded stack: a teacher, a class, and the student `demo`."""

from __future__ import annotations

from sqlalchemy import select

from models.database import Sessions
from models.enums import UserRole
from models.tables import Class, ClassEnrollment, User

NO_LOGIN = "!"
"""No password hashes to this: nobody logs in as these users."""


def seed(sessions: Sessions) -> None:
    """Make them if they are not there."""
    with sessions.begin() as session:
        if session.scalar(select(User.id).where(User.username == "demo")) is not None:
            return
        teacher = User(
            email="teacher@example.org",
            username="demo-teacher",
            password_hash=NO_LOGIN,
            first_name="Demo",
            last_name="Teacher",
            role=UserRole.TEACHER,
        )
        student = User(
            email="demo@example.org",
            username="demo",
            password_hash=NO_LOGIN,
            first_name="Demo",
            last_name="Student",
        )
        session.add_all([teacher, student])
        session.flush()
        group = Class(name="Demo class", teacher_id=teacher.id, language="en", level="B1")
        session.add(group)
        session.flush()
        session.add(ClassEnrollment(class_id=group.id, student_id=student.id))
