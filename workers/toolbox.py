"""The one composition root: which product stands behind which port, by the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from config.settings import Settings
from config.tls import VERSIONS
from models.database import Sessions
from models.evaluation_store import SqlEvaluations
from models.search import PostgresSearch
from pipeline.adapters.cefr import CefrLists
from pipeline.adapters.elasticsearch import ElasticsearchIndex
from pipeline.adapters.faster_whisper import FasterWhisper
from pipeline.adapters.languagetool import LanguageToolServer
from pipeline.adapters.lingotweaker import LingoTweaker
from pipeline.adapters.minilm import MiniLm
from pipeline.adapters.pyannote import PyannoteDiarizer
from pipeline.adapters.pyav import PyAv
from pipeline.adapters.s3 import S3Media
from pipeline.adapters.segmentation import PyannoteSegmentation
from pipeline.adapters.spacy import Spacy
from pipeline.adapters.steady_voice import SteadyVoice
from pipeline.adapters.whisper_head import WhisperHead
from pipeline.adapters.wordfreq import WordFreq
from pipeline.errors import PermanentError
from pipeline.ports import GrammarChecker, MediaStore, SearchIndex, Tool
from pipeline.rubric import Rubric, parse, shipped


class Toolbox(Mapping[str, Tool]):
    """Tools by the name of the parameter that takes them, each made on first use."""

    def __init__(
        self, settings: Settings, *, media: MediaStore, sessions: Sessions | None = None
    ) -> None:
        """Without sessions there are no `evaluations` and no `search_index`."""
        self._made: dict[str, Tool] = {}
        self._makers: dict[str, Callable[[], Tool]] = {
            "media": lambda: media,
            "decoder": lambda: PyAv(settings.media.max_seconds),
            "voice_activity": PyannoteSegmentation,
            "transcriber": lambda: _transcriber(settings),
            "pronunciation_judge": lambda: WhisperHead(_encoder(settings, self["transcriber"])),
            "filled_pauses": SteadyVoice,
            "diarizer": PyannoteDiarizer,
            "grammar_checker": lambda: grammar_checker(settings),
            "text_analyzer": Spacy,
            "word_frequencies": WordFreq,
            "level_list": CefrLists,
            "sentence_vectors": MiniLm,
            "rubric": lambda: rubric(settings.stages.rubric),
        }
        if sessions is not None:
            self._makers["evaluations"] = lambda: SqlEvaluations(sessions)
            self._makers["search_index"] = lambda: search_index(settings, sessions)

    def __getitem__(self, name: str) -> Tool:
        """The tool; KeyError when there is none of that name."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """How many."""
        return len(self._makers)


def _transcriber(settings: Settings) -> FasterWhisper:
    speech = settings.speech
    return FasterWhisper(
        speech.recogniser,
        device=speech.device,
        compute_type=speech.compute_type,
        threads=speech.threads,
    )


def _encoder(settings: Settings, transcriber: Tool) -> FasterWhisper:
    """The recogniser where it is the model that the head was made for, so that it is in memory once."""
    speech = settings.speech
    same = (speech.recogniser, speech.device, speech.compute_type) == (None, "cpu", "float32")
    if same and isinstance(transcriber, FasterWhisper):
        return transcriber
    return FasterWhisper(None, threads=speech.threads)


def grammar_checker(settings: Settings) -> GrammarChecker:
    """The server where one is configured, else the rules in this process."""
    return grammar_server(settings) if settings.grammar.url else LingoTweaker()


def grammar_server(settings: Settings) -> LanguageToolServer:
    """The configured one."""
    grammar = settings.grammar
    return LanguageToolServer(grammar.url or "", ca=grammar.ca, least=VERSIONS[settings.tls.least])


def search_index(settings: Settings, sessions: Sessions) -> SearchIndex:
    """Elasticsearch where it is configured, else PostgreSQL."""
    return elasticsearch(settings) if settings.search.url else PostgresSearch(sessions)


def elasticsearch(settings: Settings) -> ElasticsearchIndex:
    """The configured server."""
    search = settings.search
    login = None
    if search.username and search.password:
        login = (search.username, search.password.get_secret_value())
    return ElasticsearchIndex(
        search.url or "",
        search.alias,
        login=login,
        api_key=search.api_key.get_secret_value() if search.api_key else None,
        ca=search.ca,
        least=VERSIONS[settings.tls.least],
    )


def rubric(version: str) -> Rubric:
    """A rubric that ships; PermanentError for an unknown version."""
    known = shipped()
    if version not in known:
        raise PermanentError(
            f"There is no rubric {version!r}.",
            code="unknown-rubric",
            advice=f"There are: {', '.join(sorted(known))}.",
        )
    return parse(known[version])


def s3_media(settings: Settings) -> S3Media:
    """The configured bucket."""
    media = settings.media
    return S3Media(
        media.bucket,
        endpoint_url=media.endpoint_url,
        region=media.region,
        access_key=media.access_key.get_secret_value() if media.access_key else None,
        secret_key=media.secret_key.get_secret_value() if media.secret_key else None,
        public_url=media.public_url,
        ca=media.ca,
        least=VERSIONS[settings.tls.least],
        encryption=media.encryption,
    )
