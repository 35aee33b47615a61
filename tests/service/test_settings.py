from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Settings


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
