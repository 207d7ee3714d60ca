"""Scikit-learn's checks over every estimator in every configuration."""

import pytest
from configurations import INPUTS, OTHERWISE, instances_of
from instances import instances
from sklearn.utils.estimator_checks import parametrize_with_checks

from skmath._tour.registry import entries

EXCUSED = {
    repr(estimator): dict(configuration.excused)
    for entry in entries()
    for estimator, configuration in instances_of(entry)
}


@parametrize_with_checks(
    [estimator for entry in entries() for estimator, _ in instances_of(entry)],
    expected_failed_checks=lambda estimator: EXCUSED[repr(estimator)],
)
# A check may stop a descent early, make a graph of parts, rows without clusters or
# collinear columns, or have so few columns that face space is of one dimension.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:The graph has:UserWarning")
@pytest.mark.filterwarnings("ignore:No number of clusters:UserWarning")
@pytest.mark.filterwarnings("ignore:In a face space of one dimension:UserWarning")
@pytest.mark.filterwarnings("ignore::skmath.exceptions.CollinearityWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_every_estimator_is_checked_in_three_configurations_at_least():
    assert len(entries()) >= 6
    for entry in entries():
        assert len({repr(e) for e, _ in instances_of(entry)}) >= 3, entry.name


def test_every_excuse_has_a_reason():
    for entry in entries():
        for _, configuration in instances_of(entry):
            assert all(configuration.excused.values())


def test_no_estimator_is_excused_as_it_is_by_default():
    for entry in entries():
        excuses = [
            configuration.excused
            for _, configuration in instances_of(entry)
            if not configuration.params
        ]
        assert excuses == [{}], entry.name


@pytest.mark.parametrize(("estimator", "configuration"), instances())
def test_tags_say_what_the_registry_declares(estimator, configuration):
    tags = estimator.__sklearn_tags__()
    assert set(configuration.inputs) <= {*INPUTS, OTHERWISE}
    assert tags.array_api_support == ("array_api" in configuration.inputs)
    sparse = {"sparse", OTHERWISE} & set(configuration.inputs)
    assert tags.input_tags.sparse == bool(sparse)
    assert tags.input_tags.string == ("tables" in configuration.inputs)
