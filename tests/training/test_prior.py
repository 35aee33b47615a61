import numpy as np
import pytest

from training.options.fit import Loss
from training.prior import supposed

pytestmark = pytest.mark.tensorflow

SHARES, COUNTS = np.array([0.6, 0.3, 0.1, 0.0]), np.array([600, 300, 100, 0])


def test_each_loss_supposes_its_own() -> None:
    np.testing.assert_allclose(supposed(Loss(), SHARES, COUNTS), [1 / 3, 1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(supposed(Loss(kind="cross_entropy"), SHARES, COUNTS), SHARES)
    np.testing.assert_allclose(supposed(Loss(kind="focal"), SHARES, COUNTS), SHARES)
    balanced = supposed(Loss(kind="class_balanced", beta=0.999999), SHARES, COUNTS)
    np.testing.assert_allclose(balanced, [1 / 3, 1 / 3, 1 / 3, 0], atol=1e-3)
    np.testing.assert_allclose(supposed(Loss(kind="class_balanced", beta=0.0), SHARES, COUNTS), SHARES)
