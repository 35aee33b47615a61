import pytest

from training.progress import Progress


def test_a_line_an_epoch_with_figures_speed_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Progress(batch_size=32, steps=2, epochs=3)
    for epoch in (1, 2):  # the first had ended before
        shown.on_epoch_begin(epoch)
        for batch in range(2):
            shown.on_train_batch_end(batch, {"loss": 0.5})
        shown.on_epoch_end(epoch, {"loss": 0.25, "val_loss": 0.75})
    lines = [line for line in capsys.readouterr().err.replace("\r", "\n").splitlines() if "val_loss" in line]
    assert [line.split(":")[0].strip() for line in lines] == ["epoch 2/3", "epoch 3/3"]
    assert all("loss 0.250, val_loss 0.750" in line and "images/s" in line for line in lines)
    assert "00:00 left" in lines[-1]
