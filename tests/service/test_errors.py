import inspect

import pytest

from lesion.image import InvalidImage
from lesion.manifest import InvalidBundle
from service import errors
from service.api.problems import problem_type


def test_every_error_has_one_place_in_the_table() -> None:
    defined = {
        error
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, Exception) and error.__module__ == errors.__name__
    }
    assert defined | {InvalidImage, InvalidBundle} == set(errors.KINDS)


@pytest.mark.parametrize("error", errors.KINDS)
def test_every_error_says_when_it_happens_and_is_in_the_tree(error: type[Exception]) -> None:
    assert error.__doc__
    assert error.__name__ in (errors.__doc__ or "")


def test_a_subclass_means_what_its_base_means_and_the_rest_is_ours() -> None:
    class Stranger(errors.InvalidPatient):
        """A special case."""

    assert errors.kind(Stranger("x")) is errors.KINDS[errors.InvalidPatient]
    assert errors.kind(ZeroDivisionError()).status == 500


def test_problem_types_are_stable() -> None:
    assert problem_type(errors.PayloadTooLarge) == "urn:problem-type:dermserve:payload-too-large"
