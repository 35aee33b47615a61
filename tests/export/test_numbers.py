"""Options that are numbers: NaN and infinity switch nothing off."""

import pytest

from export.__main__ import main

WRONG = ["nan", "inf", "-0.1", "1.5", "much"]


@pytest.mark.parametrize("number", WRONG)
@pytest.mark.parametrize(
    "command", [["verify", "models/dermoscopy/2"], ["quantize", "models/dermoscopy/2", "--run", "r"]]
)
def test_a_bound_is_a_share(command: list[str], number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*command, f"--bound={number}"])
    assert f"expected a number from 0 to 1, received '{number}'" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["nan", "inf", "0", "-1", "much"])
def test_a_tolerance_is_above_zero(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["convert", "runs/x", f"--tolerance={number}"])
    assert f"expected a number above 0, received '{number}'" in capsys.readouterr().err
