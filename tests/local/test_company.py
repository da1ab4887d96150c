"""`tongxin oidc`, and the settings of the company's identity provider."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.home import Home, free_port
from services.gateway.settings import CompanySettings
from tests.local.test_up import tongxin
from tests.pages.company.provider import CLIENT, Company, running

SECRET = "what the provider has given to the site"


@pytest.fixture(scope="module")
def provider() -> Iterator[Company]:
    with running() as company:
        yield company


async def test_the_secret_comes_by_a_pipe_and_lies_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Also before the first start; the next one takes its place."""
    file = tmp_path / "secrets" / "gateway" / "oidc_secret"
    for given in ("the first\n", f"  {SECRET}\n"):
        code, out, errors = await tongxin("oidc", "secret", home=tmp_path, typed=given)
        assert code == 0, errors
        assert given.strip() not in out + errors
        assert file.read_text() == given.strip()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.glob("oidc_secret*")) == [file]
    deeds = (tmp_path / "log" / "operator.log").read_text()
    assert deeds.count("client secret given") == 2
    assert SECRET not in deeds
    code, _, errors = await tongxin("oidc", "secret", home=tmp_path, typed="\n")
    assert (code, errors) == (1, "tongxin: No secret was given.\n")
    assert file.read_text() == SECRET


async def test_check_says_what_the_provider_must_know(
    tmp_path: Path, provider: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXIN_OIDC_ISSUER", provider.issuer)
    monkeypatch.setenv("TONGXIN_OIDC_CLIENT", CLIENT)
    code, out, errors = await tongxin("oidc", "check", home=tmp_path, port=8123)
    assert code == 0, errors
    assert f"{provider.issuer} answers" in out
    assert "without secret" in out
    assert "redirect URI: http://127.0.0.1:8123/sign-in/company/back" in out
    assert "after signing out there: http://127.0.0.1:8123/" in out


async def test_check_says_when_nobody_answers_and_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, errors = await tongxin("oidc", "check", home=tmp_path)
    assert (code, "names no provider" in errors) == (1, True)
    monkeypatch.setenv("TONGXIN_OIDC_ISSUER", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("TONGXIN_OIDC_CLIENT", CLIENT)
    code, out, errors = await tongxin("oidc", "check", home=tmp_path)
    assert code == 1
    assert "did not answer as an OpenID provider" in errors
    assert "ConnectError" in out + errors


def test_what_is_said_of_the_provider_reaches_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "TONGXIN_OIDC_ISSUER": "https://login.company.example",
        "TONGXIN_OIDC_CLIENT": "tongxin",
        "TONGXIN_OIDC_SCOPES": "openid staff",
        "TONGXIN_OIDC_EMPLOYEE_CLAIM": "number",
        "TONGXIN_OIDC_ROLES": "union-hr=hr, A=B=it",
        "TONGXIN_OIDC_ROLES_CLAIM": "memberOf",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    home = Home(tmp_path)
    home.run.mkdir()
    (home.run / "nats.port").write_text("1")
    assert told.items() <= home.environment("gateway", demo=False).items()
    settings = CompanySettings.from_environment()
    assert settings
    assert settings.roles == {"union-hr": "hr", "A=B": "it"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TONGXIN_OIDC_ISSUER", "http://login.company.example"),
        ("TONGXIN_OIDC_ISSUER", "https:///nowhere"),
        ("TONGXIN_OIDC_ISSUER", "login.company.example"),
        ("TONGXIN_OIDC_CLIENT", ""),
        ("TONGXIN_OIDC_SCOPES", "profile"),
        ("TONGXIN_OIDC_ROLES", "union-hr"),
        ("TONGXIN_OIDC_ROLES", "bosses=chair"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("TONGXIN_OIDC_ISSUER", "https://login.company.example")
    monkeypatch.setenv("TONGXIN_OIDC_CLIENT", "tongxin")
    assert CompanySettings.from_environment()
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match="validation error"):
        CompanySettings.from_environment()
