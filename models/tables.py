"""All tables, imported so that the metadata knows them."""

from models.audit import AuditEvent
from models.base import Base
from models.conversations import (
    AssignmentSubmission,
    Conversation,
    ConversationEvaluation,
    ConversationSegment,
    GrammarErrorRow,
    VocabularyAnalysis,
)
from models.failures import StageFailure
from models.people import Assignment, Class, ClassEnrollment, User, UserProfile
from models.progress import Achievement, PracticeSession, ProgressTracking, UserAchievement
from models.rounds import Round
from models.rubrics import RubricActivation, RubricVersion
from models.runs import (
    Circuit,
    DeadLetter,
    Run,
    ScoreEvidence,
    StageCheckpoint,
    StageResult,
)
from models.search_documents import SearchDocumentRow

__all__ = [
    "Achievement",
    "Assignment",
    "AssignmentSubmission",
    "AuditEvent",
    "Base",
    "Circuit",
    "Class",
    "ClassEnrollment",
    "Conversation",
    "ConversationEvaluation",
    "ConversationSegment",
    "DeadLetter",
    "GrammarErrorRow",
    "PracticeSession",
    "ProgressTracking",
    "Round",
    "RubricActivation",
    "RubricVersion",
    "Run",
    "ScoreEvidence",
    "SearchDocumentRow",
    "StageCheckpoint",
    "StageFailure",
    "StageResult",
    "User",
    "UserAchievement",
    "UserProfile",
    "VocabularyAnalysis",
]
