from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings, unknown


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERMSERVE_PORT", "8001")
    monkeypatch.setenv("DERMSERVE_MODELS", "/srv/models")
    assert Settings().port == 8001
    assert Settings().models == Path("/srv/models")


def test_settings_are_frozen_and_checked() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(port=70_000)
    with pytest.raises(ValidationError):
        Settings.model_validate({"prot": 1})


def test_precision_and_provider_are_of_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings().precision, Settings().provider, Settings().cache) == ("auto", "auto", None)
    monkeypatch.setenv("DERMSERVE_PRECISION", "int8")
    monkeypatch.setenv("DERMSERVE_PROVIDER", "openvino")
    monkeypatch.setenv("DERMSERVE_CACHE", "/var/cache/dermserve")
    given = Settings()
    assert (given.precision, given.provider, given.cache) == ("int8", "openvino", Path("/var/cache/dermserve"))
    monkeypatch.setenv("DERMSERVE_PRECISION", "int4")
    with pytest.raises(ValidationError, match="precision"):
        Settings()


def test_a_misspelt_setting_is_found_and_others_variables_are_left_alone() -> None:
    kubernetes = ["DERMSERVE_SERVICE_HOST", "DERMSERVE_SERVICE_PORT_HTTP", "DERMSERVE_PORT_8000_TCP_ADDR"]
    assert unknown(["DERMSERVE_PROT", "DERMSERVE_PORT", "DERMSERVE_DATA", "PATH", *kubernetes]) == ["DERMSERVE_PROT"]


def test_a_service_link_of_kubernetes_is_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DERMSERVE_PORT", "tcp://10.0.0.1:8000")
    assert Settings().port == 8000
