"""Settings, read from `QATLAS_…` variables of the environment. Nothing else configures a server."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, cast, get_args
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.errors import QatlasError
from server.masking import masked_url

PREFIX = "QATLAS_"
MAX_WAIT_SECONDS = 600.0
LogLevel = Literal["critical", "error", "warning", "info", "debug"]
Words = Annotated[tuple[str, ...], NoDecode]
_DATABASES = ("sqlite", "postgresql")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_ORIGIN = re.compile(r"https?://[^/\s@]+")
_TOKEN = re.compile(r"(?=.{16})[A-Za-z0-9._~+/-]+=*")
"""What RFC 6750 lets stand behind `Bearer`; anything else could be set but never sent."""


class SettingsError(QatlasError):
    """A variable of the environment holds what its setting does not take."""

    code = "BAD_SETTING"


def _setting(
    default: object, meaning: str, takes: str, shown: str | None = None, **bounds: float
) -> Any:
    """A setting; `shown` is what documents say instead of a default that depends on where."""
    told = str(default) if shown is None else shown
    extra: JsonDict = {"takes": takes, "shown": told}
    return Field(default, description=meaning, json_schema_extra=extra, **cast(Any, bounds))


class Settings(BaseSettings):
    """What one server, and every command, goes by."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=False,
        hide_input_in_errors=True,
    )

    host: str = _setting(
        "127.0.0.1",
        "Address that the server listens on. Only loopback: there is no access control yet.",
        "a loopback address, since there is no access control yet: 127.0.0.1, ::1 or localhost",
    )
    port: int = _setting(
        8000,
        "Port that the server listens on; 0 takes any free one.",
        "a port number from 0 to 65535",
        ge=0,
        le=65535,
    )
    home: Path = _setting(
        Path("var"),
        "Folder of everything that is kept: the SQLite database, artifacts, the sample market.",
        "the path of a folder",
        "./var",
    )
    database_url: str = _setting(
        "",
        "Database of the catalogue: `sqlite:///file` or `postgresql://user:password@host/name`.",
        "sqlite:///path/of/a/file.db or postgresql://user:password@host/name",
        "sqlite:///{home}/qatlas.db",
    )
    wait_seconds: float = _setting(
        30.0,
        "How long an operation waits for computations unless it says otherwise.",
        "a number of seconds from 0 to 600",
        "30",
        ge=0.0,
        le=MAX_WAIT_SECONDS,
        allow_inf_nan=False,
    )
    max_starts: int = _setting(
        16,
        "How many computations one operation may start.",
        "a whole number of at least 1",
        ge=1,
    )
    workers: int = _setting(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "How many computations run at a time, each in a process of its own.",
        "a whole number of at least 1",
        "number of cores",
        ge=1,
    )
    export_bytes: int = _setting(
        2_000_000_000,
        "How much is kept of the files that go out; those not fetched for longest are removed.",
        "a whole number of bytes of at least 0",
        ge=0,
    )
    upload_bytes: int = _setting(
        500_000_000,
        "How large a file of factors may be that is uploaded; 0 refuses all uploads.",
        "a whole number of bytes of at least 0",
        ge=0,
    )
    upload_token: SecretStr | None = _setting(
        None,
        "Secret that whoever uploads a file of factors sends; without one, uploads are refused.",
        "at least 16 letters, digits and -._~+/ without spaces, such as "
        "`openssl rand -hex 32` prints",
        "none",
    )
    shadow: float = _setting(
        0.0,
        "Share of factor values, by expression and instrument, that Qlib computes a second time.",
        "a number from 0 to 1",
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
    )
    shadow_strict: bool = _setting(
        False,
        "Whether a computation fails where Qlib's second value differs; else it is counted.",
        "true or false",
    )
    scheduler: str | None = _setting(
        None,
        "Address of a Dask scheduler to compute on; without one, workers start on this machine.",
        "the address of a Dask scheduler, such as tcp://10.0.0.5:8786",
        "none",
    )
    allowed_origins: Words = _setting(
        (),
        "Origins, separated by commas, whose pages may ask this server besides its own.",
        "origins separated by commas, each a scheme and a host, such as https://lab.example.org",
        "none",
    )
    allowed_hosts: Words = _setting(
        (),
        "Host names, separated by commas, that requests may be addressed to besides loopback's.",
        "host names separated by commas, without ports, such as qatlas.example.org",
        "none",
    )
    log_level: LogLevel = _setting(
        "info", "How much the server writes to stderr.", f"one of {', '.join(get_args(LogLevel))}"
    )

    ADDRESSES: ClassVar[frozenset[str]] = frozenset({"database_url", "scheduler"})
    SECRETS: ClassVar[frozenset[str]] = frozenset({"upload_token"})

    @property
    def catalogue_url(self) -> str:
        """The catalogue's database, its default put in."""
        return self.database_url or f"sqlite:///{quote(str(self.home.absolute() / 'qatlas.db'))}"

    @field_validator("host")
    @classmethod
    def _loopback(cls, host: str) -> str:
        if host == "localhost" or ip_address(host).is_loopback:
            return host
        raise ValueError(host)

    @field_validator("home")
    @classmethod
    def _folder(cls, home: Path) -> Path:
        home = home.expanduser()
        if home.exists() and not home.is_dir():
            raise ValueError(home)
        return home

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str) -> str:
        scheme, _, rest = url.partition("://")
        backend = scheme.partition("+")[0]
        if backend not in _DATABASES or not rest.strip("/") or ":memory:" in rest:
            raise ValueError(url)
        return url

    @field_validator("upload_token")
    @classmethod
    def _token(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("not a token")
        return token

    @field_validator("scheduler")
    @classmethod
    def _scheduler(cls, address: str) -> str:
        if not re.fullmatch(r"[a-z]+://\S+", address):
            raise ValueError(address)
        return address

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _origins(cls, text: object) -> object:
        return _words(text, _ORIGIN)

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _hosts(cls, text: object) -> object:
        return _words(text, _HOST)

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level


def read_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: A variable holds what its setting does not take.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(" ".join(map(_sentence, error.errors()))) from None


def variable(name: str) -> str:
    """The variable of the environment that a setting is read from."""
    return f"{PREFIX}{name.upper()}"


def masked(name: str, value: object) -> str:
    """A setting's value as it may be shown: without passwords and secrets."""
    if value is None or value == ():
        return "none"
    if name in Settings.SECRETS:
        return "***"
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, float):
        return f"{value:g}"
    return masked_url(str(value)) if name in Settings.ADDRESSES else str(value)


def _words(text: object, pattern: re.Pattern[str]) -> object:
    if not isinstance(text, str):
        return text
    words = tuple(word.strip().lower().rstrip("/") for word in text.split(",") if word.strip())
    if not all(map(pattern.fullmatch, words)):
        raise ValueError(text)
    return words


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    extra = Settings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    given = masked(name, error["input"])
    return f"{variable(name)} is {given!r}; it takes {extra['takes']}."
