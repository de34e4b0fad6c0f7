"""All settings, read once: environment, then secrets, then the settings file, then these defaults.

A variable is named `COLLOQUY_`, the group, `__`, the setting: `COLLOQUY_DATABASE__URL`. A secret is a file with the
variable's name in small letters, `colloquy_database__url`, in the folder that `COLLOQUY_SECRETS` names, else in
/run/secrets, where containers have theirs. The settings file is
TOML with a table a group; `COLLOQUY_SETTINGS` names it, else it is `settings.toml` in the home
folder, where `colloquy up` writes the addresses of the embedded servers.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, FilePath, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.tls import Least

SECRETS = "/run/secrets"
"""Where Docker and Podman put them."""
BY_STACK = "# Written by `colloquy up`, which takes it away when it ends.\n"
"""First line of the settings file of the embedded servers."""


class TlsSettings(BaseModel):
    """Connections to all servers."""

    least: Least = "1.3"
    """The oldest TLS that is spoken where a connection is encrypted."""


class DatabaseSettings(BaseModel):
    """PostgreSQL."""

    url: SecretStr | None = None
    """`postgresql+psycopg://user:password@host:port/name`."""
    ca: FilePath | None = None
    """PEM file with the authority's certificate: the server must then prove its name (`sslmode=verify-full`)."""


class BrokerSettings(BaseModel):
    """Redis or Valkey."""

    url: SecretStr | None = None
    """`redis://:password@host:port/0`, or `rediss://` for TLS."""
    ca: FilePath | None = None
    """PEM file with the authority's certificate, for `rediss://`; the system's authorities where none is given."""


class MediaSettings(BaseModel):
    """The S3 bucket with the recordings."""

    endpoint_url: str | None = None
    """None for AWS itself."""
    bucket: str = "colloquy-media"
    region: str = "us-east-1"
    access_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    public_url: str | None = None
    """The endpoint as platforms outside reach it, for presigned uploads and downloads; None where it is the same."""
    ca: FilePath | None = None
    """PEM file with the authority's certificate, for an `https://` endpoint of one's own."""
    encryption: Literal["AES256", "aws:kms"] | None = None
    """Asked for with every object that is written; None leaves it to the bucket, which on AWS encrypts always."""
    queue_url: str | None = None
    """SQS queue with the bucket's events."""
    max_bytes: int = 4 * 1024**3
    """Ten hours of 1080p telephone video fit; larger files are refused before download."""
    max_seconds: float = 10 * 3600
    """The longest recording that is analysed."""


class SearchSettings(BaseModel):
    """Elasticsearch where a URL is given, else PostgreSQL full text."""

    url: str | None = None
    """`https://host:9200`."""
    username: str | None = None
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    """In the place of user and password."""
    ca: FilePath | None = None
    """PEM file with the authority's certificate; the system's authorities where none is given."""
    alias: str = "colloquy-segments"


class GrammarSettings(BaseModel):
    """LanguageTool's server where a URL is given, else its rules in this process."""

    url: str | None = None
    """`https://host:8010`."""
    ca: FilePath | None = None
    """PEM file with the authority's certificate; the system's authorities where none is given."""


class SpeechSettings(BaseModel):
    """The speech models; None means the one that a dependency ships."""

    recogniser: str | None = None
    """Folder of a faster-whisper model, or a hub name that is in the cache already: nothing is downloaded."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    compute_type: str = "float32"
    """In int8 the range of numbers is chosen anew for every sound, so that a hundredth of a decibel changes words."""
    threads: int = 1
    """A network: two networks side by side on one thread each beat one network on two."""


class StageSettings(BaseModel):
    """What the judging stages go by."""

    rubric: str = "2026.2"
    """File name in `config/rubrics`, without its ending; in force while nothing was activated."""


class ReliabilitySettings(BaseModel):
    """How soon a stage that nobody works on is noticed; all processes must have the same."""

    lease_seconds: float = Field(default=120.0, gt=0)
    """How long a silent worker keeps a stage: twelve missed heartbeats, so that a busy machine loses none."""
    heartbeat_seconds: float = Field(default=10.0, gt=0)
    """Between two beats of a working stage: one small update costs nothing so rarely."""
    untaken_seconds: float = Field(default=60.0, ge=0)
    """How long a ready stage waits for a worker before it is sent again. A queue longer than that gets
    doubles, which cost one refused claim each."""
    upkeep_seconds: float = Field(default=10.0, gt=0)
    """Between two rounds of upkeep: what a lost message costs at most, beside its age."""
    sweep_seconds: float = Field(default=600.0, gt=0)
    """Between two looks for uploads whose event was lost: a thousand requests for a million objects."""

    @model_validator(mode="after")
    def _beats_within_a_lease(self) -> Self:
        if 2 * self.heartbeat_seconds > self.lease_seconds:
            raise ValueError("lease_seconds must be at least twice heartbeat_seconds")
        return self


class WorkerSettings(BaseModel):
    """How much the workers take on."""

    runs_at_once: int = Field(default=8, ge=1)
    """Runs in the broker and at work together; others stand in line, in fair order. Four for each worker
    process: fewer may leave one idle while judges wait for their siblings, more are taken before their turn."""
    memory_mb: int = Field(default=3500, ge=1)
    """A worker process whose memory was ever above this is replaced after its stage. The engines that ship
    need 2.6 GB at their peak; a third more is a leak, or a larger model, which needs a larger limit."""
    scratch: Path | None = None
    """Folder for temporary files, on a local disk; the system's own where none is given."""
    alive: Path | None = None
    """A file that each process touches while it works, one a process; `python -m workers.alive` looks at it."""


class ListeningSettings(BaseModel):
    """A server of our own."""

    host: str = "127.0.0.1"
    certificate: FilePath | None = None
    """PEM file, for HTTPS; plain HTTP where none is given."""
    key: FilePath | None = None
    """PEM file with the certificate's key."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class ServiceSettings(ListeningSettings):
    """The HTTP service: the webhook for the bucket's events, and uploads and downloads for platforms."""

    port: int = 8071
    hook_secret: SecretStr | None = None
    """Shared with whoever sends the bucket's events; without one `POST /hooks/s3` answers nobody."""
    tokens: dict[str, SecretStr] = {}
    """A platform's name and its token; without any `/conversations` answers nobody."""
    upload_seconds: int = Field(default=3600, ge=60, le=7 * 24 * 3600)
    """How long a presigned upload may begin: an hour is enough for a slow line, a week the most that S3 signs."""
    download_seconds: int = Field(default=900, ge=60, le=3600)
    """How long a presigned download is good: a player asks by it again at each jump, so it must outlast a teacher's
    walk through the evidence of ten minutes; an hour at most, since whoever has it may listen."""


class MetricsSettings(ListeningSettings):
    """The page that Prometheus reads."""

    port: int = 9808
    every_seconds: float = Field(default=10.0, gt=0)
    """Between two looks at database, broker and queue; scrapes are answered from the last one."""


class FlowerSettings(ListeningSettings):
    """Flower, the page of tasks and workers."""

    port: int = 5555
    user: str = "colloquy"
    password: SecretStr | None = None
    """Without one Flower does not start."""
    state: Path | None = None
    """The file in which it keeps what it has seen; `flower.db` in the home folder where none is given."""


class LogSettings(BaseModel):
    """How the program tells what it does, on stderr."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = False


def default_home() -> Path:
    """`COLLOQUY_HOME`, else `.colloquy` in the user's home folder."""
    return Path(os.environ.get("COLLOQUY_HOME", Path.home() / ".colloquy"))


class Settings(BaseSettings):
    """Every setting of every process."""

    model_config = SettingsConfigDict(
        env_prefix="COLLOQUY_",
        env_nested_delimiter="__",
        # Compose files can give an empty one, but not leave one out.
        env_ignore_empty=True,
        extra="ignore",
    )

    home: Path = Field(default_factory=default_home)
    """Where the embedded servers keep their data."""
    tls: TlsSettings = TlsSettings()
    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    media: MediaSettings = MediaSettings()
    search: SearchSettings = SearchSettings()
    grammar: GrammarSettings = GrammarSettings()
    speech: SpeechSettings = SpeechSettings()
    stages: StageSettings = StageSettings()
    reliability: ReliabilitySettings = ReliabilitySettings()
    workers: WorkerSettings = WorkerSettings()
    service: ServiceSettings = ServiceSettings()
    metrics: MetricsSettings = MetricsSettings()
    flower: FlowerSettings = FlowerSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, secrets, file: the first that knows a setting wins."""
        del dotenv_settings
        file = Path(os.environ.get("COLLOQUY_SETTINGS", default_home() / "settings.toml"))
        secrets = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=os.environ.get("COLLOQUY_SECRETS", SECRETS),
            secrets_dir_missing="ok",
            secrets_prefix="colloquy_",
            secrets_nested_delimiter="__",
        )
        return init_settings, env_settings, secrets, TomlConfigSettingsSource(settings_cls, file)


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
