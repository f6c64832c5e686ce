"""Settings come from the environment, and say what is wrong with them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from server.commands.settings import described, show
from server.masking import masked_url
from server.settings import PREFIX, Settings, SettingsError, read_settings, variable

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def test_the_defaults_serve_this_machine_from_a_folder_here() -> None:
    settings = read_settings()

    assert (settings.host, settings.port, settings.wait_seconds) == ("127.0.0.1", 8000, 30)
    assert settings.catalogue_url == f"sqlite:///{Path('var/qatlas.db').absolute()}"
    assert settings.workers >= 1


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", "::1", "::1"),
        ("host", "localhost", "localhost"),
        ("host", "127.0.0.2", "127.0.0.2"),
        ("port", "0", 0),
        ("home", "/tmp/atlas", Path("/tmp/atlas")),
        ("database_url", "postgresql://me:secret@host/name", "postgresql://me:secret@host/name"),
        ("wait_seconds", "2.5", 2.5),
        ("max_starts", "1", 1),
        ("workers", "3", 3),
        ("export_bytes", "0", 0),
        ("scheduler", "tcp://10.0.0.5:8786", "tcp://10.0.0.5:8786"),
        (
            "allowed_origins",
            "https://a.example/, HTTP://B.example:81",
            ("https://a.example", "http://b.example:81"),
        ),
        ("allowed_hosts", "a.example,b", ("a.example", "b")),
        ("log_level", "DEBUG", "debug"),
        ("port", "", 8000),
    ],
)
def test_variables_are_read(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(variable(name), text)

    assert getattr(read_settings(), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("host", "0.0.0.0"),
        ("host", "192.168.1.5"),
        ("host", "example.org"),
        ("port", "http"),
        ("port", "65536"),
        ("home", __file__),
        ("database_url", "mysql://me@host/name"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:///:memory:"),
        ("database_url", "qatlas.db"),
        ("wait_seconds", "-1"),
        ("wait_seconds", "601"),
        ("wait_seconds", "nan"),
        ("max_starts", "0"),
        ("workers", "0"),
        ("workers", "1.5"),
        ("scheduler", "10.0.0.5"),
        ("allowed_origins", "a.example"),
        ("allowed_origins", "https://a.example/path"),
        ("allowed_hosts", "https://a.example"),
        ("log_level", "loud"),
    ],
)
def test_a_bad_value_gets_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(variable(name), text)

    with pytest.raises(SettingsError) as refused:
        read_settings()

    assert str(refused.value).startswith(f"{variable(name)} is {text!r}; it takes ")
    assert str(refused.value).count("; it takes ") == 1


def test_anything_but_loopback_is_refused_for_want_of_access_control(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QATLAS_HOST", "0.0.0.0")

    with pytest.raises(SettingsError, match="there is no access control yet"):
        read_settings()


def test_passwords_are_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QATLAS_DATABASE_URL", "postgresql://me:sec/r@et@host/name?sslmode=require")

    show(read_settings())

    printed = capsys.readouterr().out
    assert "postgresql://me:***@host/name?sslmode=require" in printed
    assert "r@et" not in printed


def test_a_refused_address_is_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QATLAS_DATABASE_URL", "mysql://me:secret@host/name")

    with pytest.raises(SettingsError) as refused:
        read_settings()

    assert "secret" not in str(refused.value)
    assert "mysql://me:***@host/name" in str(refused.value)


def test_the_token_of_uploads_is_read_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "0123456789abcdeF"
    monkeypatch.setenv("QATLAS_UPLOAD_TOKEN", token)

    settings = read_settings()
    show(settings)

    assert settings.upload_token is not None
    assert settings.upload_token.get_secret_value() == token
    printed = capsys.readouterr().out
    assert next(row for row in printed.splitlines() if "UPLOAD_TOKEN" in row).split()[1] == "***"
    assert token not in printed + repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize("token", ["0123456789abcde", "a secret of two words", "0123456789abcdeé"])
def test_a_token_that_cannot_be_one_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("QATLAS_UPLOAD_TOKEN", token)

    with pytest.raises(SettingsError, match="at least 16 letters") as refused:
        read_settings()

    assert str(refused.value).startswith("QATLAS_UPLOAD_TOKEN is '***'; it takes ")
    assert token not in str(refused.value)
    with pytest.raises(ValidationError) as raised:
        Settings()
    assert token not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////srv/qatlas.db", "sqlite:////srv/qatlas.db"),
        ("postgresql://me@host/name", "postgresql://me@host/name"),
        ("postgresql://me:a@b@host:1/name", "postgresql://me:***@host:1/name"),
        (
            "postgresql://host/name?user=me&password=x&a=b",
            "postgresql://host/name?user=me&password=***&a=b",
        ),
    ],
)
def test_addresses_lose_their_passwords_only(url: str, shown: str) -> None:
    assert masked_url(url) == shown


def test_a_folder_with_any_name_has_a_database(tmp_path: Path) -> None:
    from catalog.database import Database

    home = tmp_path / "a b?c#d%20e"

    url = Settings(home=home).catalogue_url

    assert Database(url).engine.url.database == str(home / "qatlas.db")


def test_the_document_lists_every_setting_as_it_is() -> None:
    rows = [
        f"| `{variable(name)}` | `{default}` | {meaning} |"
        for name, default, meaning in described()
    ]

    lines = DOCUMENT.read_text().splitlines()

    assert [line for line in lines if line.startswith(f"| `{PREFIX}")] == rows
