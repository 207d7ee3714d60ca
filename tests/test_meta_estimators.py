"""scikit-learn's meta-estimators do with ours what they do with its own."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from configurations import instances_of
from instances import assert_same, data_for, outputs, settled
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_clusterer, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.experimental import (  # noqa: F401  (they enable what they name)
    enable_halving_search_cv,
    enable_iterative_imputer,
)
from sklearn.feature_selection import RFE, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import adjusted_rand_score, log_loss
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import estimator_html_repr, get_tags

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)
from skmath._tour.registry import entries

# Training is stopped early on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

DOCS = Path(__file__).parents[1] / "docs"


def those_that(applies, *, first=True):
    """Return pytest parameters: each class's first configuration that applies, or all.

    Those that take precomputed matrices are left out: their columns are rows.
    """
    found = []
    for entry in entries():
        ours = [settled(e) for e, _ in instances_of(entry)]
        ours = [e for e in ours if applies(e) and not get_tags(e).input_tags.pairwise]
        found += ours[:1] if first else ours
    assert found
    return pytest.mark.parametrize(
        "estimator",
        [pytest.param(e, id=repr(e).replace("\n", "")) for e in found],
    )


every_estimator = those_that(lambda estimator: True)
every_classifier = those_that(is_classifier)
every_regressor = those_that(is_regressor)
every_supervised = those_that(lambda e: is_classifier(e) or is_regressor(e))
every_transformer = those_that(lambda e: hasattr(e, "transform"))
every_probability = those_that(
    lambda e: is_classifier(e) and hasattr(e, "predict_proba"), first=False
)
every_linear_model = those_that(lambda e: type(e) in (SVDRegressor, GDLinearModel))


def halves(X, y):
    """Return rows to fit on, and rows to judge by."""
    return X[::2], X[1::2], y[::2], y[1::2]


def one_good_column(estimator, n=150, p=4):
    """Return X, y of which y follows the third column of X alone."""
    rng = np.random.default_rng(0)
    X, z = rng.normal(size=(n, p)), rng.normal(size=n)
    if is_regressor(estimator):
        X[:, 2] = z
        return X, 3 * z + 0.1 * rng.normal(size=n)
    group = np.arange(n) % 3
    X[:, 2] = 6 * group + z
    return X, group


# Several estimators as one.


@every_probability
def test_soft_votes_are_the_mean_of_probabilities(estimator):
    X, y = data_for(estimator)
    names = np.array(["ann", "bob", "eve"])[y]
    members = [("ours", estimator), ("other", LogisticRegression(max_iter=1000))]
    vote = VotingClassifier(members, voting="soft", weights=[3, 1]).fit(X, names)
    p = [clone(member).fit(X, y).predict_proba(X) for _, member in members]
    expected = (3 * p[0] + p[1]) / 4
    np.testing.assert_allclose(vote.predict_proba(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(vote.predict(X), vote.classes_[expected.argmax(1)])


@every_classifier
def test_hard_votes_are_the_most_frequent_class(estimator):
    X, y = data_for(estimator)
    other = LogisticRegression(C=1e-9)
    twice = VotingClassifier([("a", estimator), ("b", estimator), ("c", other)])
    np.testing.assert_array_equal(
        twice.fit(X, y).predict(X), clone(estimator).fit(X, y).predict(X)
    )


@every_regressor
def test_votes_for_numbers_are_their_mean(estimator):
    X, y = data_for(estimator)
    vote = VotingRegressor([("ours", estimator), ("other", Ridge())]).fit(X, y)
    mean = (clone(estimator).fit(X, y).predict(X) + Ridge().fit(X, y).predict(X)) / 2
    np.testing.assert_allclose(vote.predict(X), mean, rtol=1e-12)


@every_supervised
def test_a_stack_learns_from_the_members_outputs(estimator):
    X, y = data_for(estimator, n=240)
    X, X_new, y, y_new = halves(X, y)
    if is_classifier(estimator):
        stack, final, method = StackingClassifier, LogisticRegression(), "predict_proba"
        cv, chance = StratifiedKFold(3), 1 / 3
    else:
        stack, final, method = StackingRegressor, Ridge(), "predict"
        cv, chance = KFold(3), 0
    stack = stack([("ours", estimator)], final, cv=cv).fit(X, y)
    seen = cross_val_predict(clone(estimator), X, y, cv=cv, method=method)
    seen = seen.reshape(len(X), -1)
    by_hand = clone(final).fit(seen, y)
    np.testing.assert_allclose(stack.final_estimator_.coef_, by_hand.coef_, rtol=1e-6)
    members = getattr(clone(estimator).fit(X, y), method)(X_new).reshape(len(X), -1)
    np.testing.assert_allclose(stack.transform(X_new), members, rtol=1e-12)
    assert stack.score(X_new, y_new) > chance + 0.2


@every_supervised
def test_one_bag_of_all_rows_is_the_estimator(estimator):
    X, y = data_for(estimator)
    bagging = BaggingClassifier if is_classifier(estimator) else BaggingRegressor
    bag = bagging(estimator, 1, bootstrap=False, random_state=0).fit(X, y)
    alone = clone(bag.estimators_[0]).fit(X, y)
    assert_same({"predict": bag.predict(X)}, {"predict": alone.predict(X)})


@every_supervised
def test_a_bag_is_fitted_on_the_rows_that_it_drew(estimator):
    X, y = data_for(estimator)
    bagging = BaggingClassifier if is_classifier(estimator) else BaggingRegressor
    options = {"max_features": 4, "bootstrap": True, "random_state": 0}
    bag = bagging(estimator, 2, **options).fit(X, y)
    for member, rows, columns in zip(
        bag.estimators_, bag.estimators_samples_, bag.estimators_features_, strict=True
    ):
        times = np.bincount(rows, minlength=len(X))
        X_drawn = X[:, columns]
        by_hand = clone(member).fit(X_drawn, y, sample_weight=times)
        assert_same(outputs(member, X_drawn), outputs(by_hand, X_drawn))


@pytest.mark.parametrize(
    "estimator",
    [
        GDLinearModel("log_loss"),
        FromScratchNB("gaussian"),
        BackpropMLP((3,), alpha=1e-3, max_iter=30, random_state=0),
    ],
    ids=repr,
)
def test_boosting_weighs_the_rows_that_were_wrong(estimator):
    X, y = data_for(estimator)
    boosted = AdaBoostClassifier(estimator, n_estimators=2, random_state=0).fit(X, y)
    first, second = boosted.estimators_
    wrong = first.predict(X) != y
    assert boosted.estimator_errors_[0] == pytest.approx(wrong.mean())
    weight = np.exp(boosted.estimator_weights_[0] * wrong) / len(X)
    by_hand = clone(second).fit(X, y, sample_weight=weight / weight.sum())
    assert_same(outputs(second, X), outputs(by_hand, X), rtol=1e-3, atol=1e-3)
    unweighted = clone(second).fit(X, y).predict_proba(X)
    assert np.abs(unweighted - second.predict_proba(X)).max() > 0.01


@every_regressor
def test_boosting_leaves_out_rows_without_weight(estimator):
    X, y = data_for(estimator)
    spoilt, weight = y.copy(), np.ones(len(y))
    spoilt[::4], weight[::4] = 100 * y.max(), 0
    boosted = AdaBoostRegressor(estimator, n_estimators=3, random_state=0)
    boosted.fit(X, spoilt, sample_weight=weight)
    assert boosted.predict(X).max() < 2 * y.max()


# Probabilities and thresholds.


@those_that(is_classifier, first=False)
def test_calibration_of_a_frozen_classifier_keeps_it_and_its_loss(estimator):
    X, y = data_for(estimator, n=600)
    fitted = clone(estimator).fit(X[:200], y[:200])
    before, rest, new = outputs(fitted, X), slice(200, 400), slice(400, None)
    for method in ("sigmoid", "temperature"):
        calibrated = CalibratedClassifierCV(FrozenEstimator(fitted), method=method)
        calibrated.fit(X[rest], y[rest])
        loss = log_loss(y[new], calibrated.predict_proba(X[new]))
        assert loss < np.log(3) + 0.05  # that of knowing nothing
        if hasattr(fitted, "predict_proba"):
            assert loss < log_loss(y[new], fitted.predict_proba(X[new])) + 0.05
    assert_same(outputs(fitted, X), before, rtol=0, atol=0)


def test_calibration_mends_probabilities_of_columns_that_repeat_each_other():
    X, y = data_for(FromScratchNB("gaussian"), n=600)
    X, X_new, y, y_new = halves(np.tile(X, 5), y)
    overconfident = FromScratchNB("gaussian").fit(X, y)
    calibrated = CalibratedClassifierCV(FromScratchNB("gaussian"), cv=3).fit(X, y)
    before, after = (
        log_loss(y_new, model.predict_proba(X_new))
        for model in (overconfident, calibrated)
    )
    assert after < before - 0.1


@every_probability
def test_a_threshold_moves_the_boundary(estimator):
    X, y = data_for(estimator)
    y = np.where(y == 2, "yes", "no")
    moved = FixedThresholdClassifier(estimator, threshold=0.8, pos_label="yes")
    p = clone(estimator).fit(X, y).predict_proba(X)[:, 1]
    expected = np.where(p >= 0.8, "yes", "no")
    np.testing.assert_array_equal(moved.fit(X, y).predict(X), expected)


@every_classifier
def test_self_training_labels_the_rows_it_is_surest_of(estimator):
    X, y = data_for(estimator)
    labelled = np.arange(len(X)) % 4 < 2
    options = {"criterion": "k_best", "k_best": 10, "max_iter": 1}
    model = SelfTrainingClassifier(estimator, **options)
    model.fit(X, np.where(labelled, y, -1))
    p = clone(estimator).fit(X[labelled], y[labelled]).predict_proba(X)
    new = model.labeled_iter_ == 1
    assert new.sum() == 10
    assert p.max(axis=1)[new].min() >= p.max(axis=1)[~new & ~labelled].max()
    known = new | labelled
    seen = model.transduction_[known]
    np.testing.assert_array_equal(seen[new[known]], p.argmax(axis=1)[new])
    by_hand = clone(estimator).fit(X[known], seen)
    assert_same(outputs(model.estimator_, X), outputs(by_hand, X))


# Several classes, several targets.


@every_probability
def test_one_class_against_the_rest_is_a_fit_for_each(estimator):
    X, y = data_for(estimator)
    model = OneVsRestClassifier(estimator).fit(X, y)
    alone = [clone(estimator).fit(X, 1 * (y == k)) for k in range(3)]
    p = np.column_stack([one.predict_proba(X)[:, 1] for one in alone])
    total = p.sum(axis=1, keepdims=True)
    some = total[:, 0] > 0  # nearest neighbours may all be sure of another
    np.testing.assert_allclose(
        model.predict_proba(X)[some], (p / np.where(total > 0, total, 1))[some]
    )
    if hasattr(estimator, "decision_function"):
        decision = np.column_stack([one.decision_function(X) for one in alone])
        np.testing.assert_allclose(model.decision_function(X), decision)


@every_classifier
def test_one_class_against_one_is_a_fit_for_each_pair(estimator):
    X, y = data_for(estimator)
    model = OneVsOneClassifier(estimator).fit(X, y)
    for one, (i, j) in zip(model.estimators_, [(0, 1), (0, 2), (1, 2)], strict=True):
        pair = (y == i) | (y == j)
        by_hand = clone(estimator).fit(X[pair], 1 * (y[pair] == j))
        assert_same(outputs(one, X), outputs(by_hand, X))


@every_supervised
def test_several_targets_are_a_fit_for_each(estimator):
    X, y = data_for(estimator)
    if is_classifier(estimator):
        Y, meta = np.column_stack([y, y[::-1]]), MultiOutputClassifier
    else:
        Y, meta = np.column_stack([y, y**2]), MultiOutputRegressor
    weight = np.arange(len(X)) % 3 + 1.0
    found = meta(estimator).fit(X, Y, sample_weight=weight).predict(X)
    for column, target in zip(found.T, Y.T, strict=True):
        by_hand = clone(estimator).fit(X, target, sample_weight=weight)
        np.testing.assert_array_equal(column, by_hand.predict(X))


@every_supervised
def test_a_chain_sees_the_targets_before(estimator):
    X, y = data_for(estimator)
    if is_classifier(estimator):
        Y, meta = np.column_stack([y == 0, y == 1]) * 1.0, ClassifierChain
    else:
        Y, meta = np.column_stack([y, y + X[:, 0]]), RegressorChain
    chain = meta(estimator).fit(X, Y)
    second = clone(estimator).fit(np.column_stack([X, Y[:, 0]]), Y[:, 1])
    seen = np.column_stack([X, clone(estimator).fit(X, Y[:, 0]).predict(X)])
    np.testing.assert_array_equal(chain.predict(X)[:, 1], second.predict(seen))


@every_regressor
def test_a_transformed_target_is_fitted_and_predicted_back(estimator):
    X, y = data_for(estimator)
    y = np.exp(y / y.std())
    meta = TransformedTargetRegressor(estimator, func=np.log, inverse_func=np.exp)
    expected = np.exp(clone(estimator).fit(X, np.log(y)).predict(X))
    np.testing.assert_allclose(meta.fit(X, y).predict(X), expected, rtol=1e-12)


@every_regressor
def test_holes_are_filled_by_what_the_other_columns_predict(estimator):
    X, _ = data_for(estimator)
    X[:, 0] = X[:, 1] - 2 * X[:, 2]
    holed, there = X.copy(), np.arange(len(X)) % 5 > 0
    holed[~there, 0] = np.nan
    filled = IterativeImputer(estimator, max_iter=2, skip_complete=True).fit_transform(
        holed
    )
    by_hand = clone(estimator).fit(X[there, 1:], X[there, 0])
    expected = by_hand.predict(X[~there, 1:])
    np.testing.assert_allclose(filled[~there, 0], expected, rtol=1e-9)
    np.testing.assert_array_equal(filled[there], X[there])


# Which columns matter.


@every_linear_model
def test_selection_by_coefficients_keeps_the_columns_that_matter(estimator):
    X, y = one_good_column(estimator)
    y = y + X[:, 0]
    for selector in (
        RFE(estimator, n_features_to_select=2),
        SelectFromModel(estimator, max_features=2, threshold=-np.inf),
    ):
        assert selector.fit(X, y).get_support().tolist() == [True, False, True, False]
    model = GDLinearModel("log_loss", alpha=1e-2)
    X, y = one_good_column(model)
    assert RFE(model, n_features_to_select=1).fit(X, y).get_support().argmax() == 2


@pytest.mark.parametrize(
    "estimator",
    [
        SVDRegressor(),
        GDLinearModel("log_loss", tol=1e-3),
        FromScratchNB("gaussian"),
        BackpropMLP((5,), loss="squared_error", max_iter=10, random_state=0),
    ],
    ids=repr,
)
def test_selection_by_scores_takes_the_column_that_matters(estimator):
    X, y = one_good_column(estimator)
    selector = SequentialFeatureSelector(estimator, n_features_to_select=1, cv=3)
    assert selector.fit(X, y).get_support().tolist() == [False, False, True, False]


@every_estimator
def test_the_column_that_matters_is_the_most_important(estimator):
    X, y = one_good_column(estimator)
    scoring = "adjusted_rand_score" if is_clusterer(estimator) else None
    if is_clusterer(estimator):
        X[:, 2] *= 5  # its distances hide the others'
        estimator = clone(estimator).set_params(n_clusters=3)
    if isinstance(estimator, EigenfaceClassifier):
        # Of images without structure only the grey values tell anything.
        estimator = EigenfaceClassifier(4, brightness=None, metric="euclidean")
    fitted = clone(estimator).fit(X, y)
    found = permutation_importance(fitted, X, y, scoring=scoring, random_state=0)
    others = np.delete(found.importances_mean, 2)
    assert found.importances_mean[2] > others.max() + 0.2


@every_linear_model
def test_the_partial_dependence_of_a_linear_model_is_its_coefficient(estimator):
    X, y = data_for(estimator)
    fitted = clone(estimator).fit(X, y)
    for j in range(3):
        found = partial_dependence(fitted, X, [j], grid_resolution=7)
        slope = np.diff(found["average"][0]) / np.diff(found["grid_values"][0])
        np.testing.assert_allclose(slope, fitted.coef_[j], rtol=1e-6)


# Choosing by folds.


@every_supervised
def test_a_learning_curve_is_the_fits_on_fewer_rows(estimator):
    X, y = data_for(estimator)
    sizes, train, test = learning_curve(
        estimator, X, y, train_sizes=[30, 60], cv=KFold(2)
    )
    for k, (fold, held) in enumerate(KFold(2).split(X)):
        for i, size in enumerate(sizes):
            part = fold[:size]
            by_hand = clone(estimator).fit(X[part], y[part])
            assert train[i, k] == by_hand.score(X[part], y[part])
            assert test[i, k] == by_hand.score(X[held], y[held])


@pytest.mark.parametrize(
    "estimator", [SVDRegressor(), FromScratchNB("gaussian")], ids=repr
)
def test_a_learning_curve_by_batches_is_the_same(estimator):
    X, y = data_for(estimator)
    options = {"train_sizes": [20, 40, 60], "cv": 2, "shuffle": True, "random_state": 0}
    whole = learning_curve(estimator, X, y, **options)
    added = learning_curve(
        estimator, X, y, exploit_incremental_learning=True, **options
    )
    for ours, expected in zip(added, whole, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (SVDRegressor(), {"alpha": [0.01, 1e4, 1e6]}),
        (GDLinearModel(), {"alpha": [1e-4, 10.0, 1e3]}),
        (GDLinearModel("log_loss", tol=1e-3), {"alpha": [1e-4, 10.0, 1e3]}),
        (FromScratchNB("gaussian"), {"var_smoothing": [1e-9, 1e2, 1e4]}),
        (
            BackpropMLP((5,), loss="squared_error", max_iter=20, random_state=0),
            {"learning_rate": [1e-1, 1e-5, 1e-6]},
        ),
        (
            EigenfaceClassifier(brightness=None, metric="euclidean"),
            {"n_components": [1, 2, 5]},
        ),
    ],
    ids=repr,
)
def test_halving_finds_what_the_grid_finds(estimator, grid):
    X, y = data_for(estimator, n=240)
    halving = HalvingGridSearchCV(
        estimator, grid, cv=3, min_resources=60, random_state=0
    ).fit(X, y)
    search = GridSearchCV(estimator, grid, cv=3).fit(X, y)
    assert halving.n_iterations_ >= 2
    assert halving.best_params_ == search.best_params_
    assert_same(outputs(halving.best_estimator_, X), outputs(search.best_estimator_, X))


# What is passed through.


@every_estimator
def test_a_frozen_estimator_stays_as_it_was_fitted(estimator):
    X, y = data_for(estimator)
    fitted = clone(estimator).fit(X, y)
    before = outputs(fitted, X)
    for frozen in (FrozenEstimator(fitted), clone(FrozenEstimator(fitted))):
        frozen.fit(X[:5], y[:5])
        assert_same(outputs(frozen, X), before, rtol=0, atol=0)
    pipeline = make_pipeline(StandardScaler(with_std=False), FrozenEstimator(fitted))
    pipeline.fit(X, y)
    centred = outputs(fitted, X - X.mean(axis=0))
    assert_same(outputs(pipeline, X), centred, rtol=1e-12, atol=1e-12)
    with pytest.raises(NotFittedError):
        FrozenEstimator(clone(estimator)).predict(X)


@every_transformer
def test_feature_names_go_through_columns_and_pipelines(estimator):
    X, y = data_for(estimator)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    columns = ColumnTransformer(
        [("ours", estimator, ["a", "b", "c", "d"]), ("rest", "passthrough", ["e"])]
    )
    model = make_pipeline(StandardScaler().set_output(transform="pandas"), columns)
    found = model.fit_transform(frame, y)
    inner = columns.named_transformers_["ours"]
    assert inner.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    prefix = type(estimator).__name__.lower()
    ours = [f"ours__{prefix}{k}" for k in range(found.shape[1] - 1)]
    assert model.get_feature_names_out().tolist() == [*ours, "rest__e"]
    scaled = model[0].transform(frame)
    by_hand = clone(estimator).fit(scaled[list("abcd")], y)
    assert_same(
        {"transform": found[:, :-1]},
        {"transform": np.asarray(by_hand.transform(scaled[list("abcd")]))},
    )


@pytest.mark.parametrize("library", ["pandas", "polars"])
@every_transformer
def test_frames_come_out_with_the_names_and_the_numbers(estimator, library):
    frames = pytest.importorskip(library)
    X, y = data_for(estimator)
    plain = clone(estimator).fit(X, y)
    table = clone(plain).set_output(transform=library).fit(X, y).transform(X)
    assert isinstance(table, frames.DataFrame)
    assert list(table.columns) == plain.get_feature_names_out().tolist()
    np.testing.assert_array_equal(table.to_numpy(), plain.transform(X))


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


def weighted(estimator):
    """Return X, y, weights, and an estimator that asks for them to fit and score."""
    X, y = data_for(estimator)
    weight = 1.0 + np.arange(len(X)) % 4
    ours = clone(estimator).set_fit_request(sample_weight=True)
    if not is_clusterer(estimator):
        ours.set_score_request(sample_weight=True)
    return X, y, weight, ours


@every_estimator
@pytest.mark.usefixtures("routing")
def test_weights_are_routed_through_a_pipeline(estimator):
    X, y, weight, ours = weighted(estimator)
    scaler = StandardScaler().set_fit_request(sample_weight=False)
    pipeline = make_pipeline(scaler, ours).fit(X, y, sample_weight=weight)
    direct = clone(estimator).fit(scaler.fit_transform(X), y, sample_weight=weight)
    assert_same(outputs(pipeline[-1], X), outputs(direct, X), rtol=0, atol=0)
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        make_pipeline(StandardScaler(), clone(estimator)).fit(
            X, y, sample_weight=weight
        )


@every_supervised
@pytest.mark.usefixtures("routing")
def test_weights_are_routed_through_folds(estimator):
    X, y, weight, ours = weighted(estimator)
    folds = list(KFold(3).split(X))
    found = cross_validate(
        ours,
        X,
        y,
        cv=folds,
        params={"sample_weight": weight},
        return_estimator=True,
    )
    search = GridSearchCV(ours, {"random_state": [0]} if _draws(ours) else {}, cv=folds)
    search.fit(X, y, sample_weight=weight)
    for k, (train, test) in enumerate(folds):
        direct = clone(estimator).fit(X[train], y[train], sample_weight=weight[train])
        score = direct.score(X[test], y[test], sample_weight=weight[test])
        assert found["test_score"][k] == score
        assert search.cv_results_[f"split{k}_test_score"][0] == score
        assert_same(outputs(found["estimator"][k], X), outputs(direct, X), 0, 0)
    direct = clone(estimator).fit(X, y, sample_weight=weight)
    assert_same(outputs(search.best_estimator_, X), outputs(direct, X), 0, 0)


def _draws(estimator):
    return "random_state" in estimator.get_params()


@pytest.mark.usefixtures("routing")
def test_a_validation_set_is_routed_and_scaled_on_its_way():
    network = BackpropMLP((5,), max_iter=15, early_stopping=True, random_state=0)
    X, y = data_for(network)
    X, X_val, y, y_val = halves(X, y)
    ours = clone(network).set_fit_request(X_val=True, y_val=True)
    scaler = StandardScaler()
    pipeline = make_pipeline(scaler, ours, transform_input=["X_val"])
    pipeline.fit(X, y, X_val=X_val, y_val=y_val)
    scaled = scaler.fit_transform(X)
    direct = network.fit(scaled, y, X_val=scaler.transform(X_val), y_val=y_val)
    assert direct.validation_curve_ == ours.validation_curve_
    assert_same(outputs(ours, scaled), outputs(direct, scaled), rtol=0, atol=0)
    # The rows held out of X are others.
    assert clone(network).fit(scaled, y).validation_curve_ != ours.validation_curve_


@pytest.mark.usefixtures("routing")
def test_the_deviation_of_a_prediction_is_routed():
    model = SVDRegressor().set_predict_request(return_std=True)
    X, y = data_for(model)
    pipeline = make_pipeline(StandardScaler(), model).fit(X, y)
    found = pipeline.predict(X, return_std=True)
    expected = SVDRegressor().fit(X, y).predict(X, return_std=True)
    for ours, direct in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, direct, rtol=1e-9)


# How it is shown.


def api_pages():
    """Return the names of the pages that the documentation's build writes."""
    path = DOCS / "_ext" / "api_pages.py"
    spec = importlib.util.spec_from_file_location("api_pages", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.all_pages({})


@pytest.mark.skipif(not DOCS.exists(), reason="only in a checkout")
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_the_diagram_links_to_the_page_of_the_api(entry):
    estimator = settled(entry.estimator())
    link = estimator._get_doc_link()
    site, _, page = link.partition("/api/")
    project = (DOCS.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'Documentation = "{site}"' in project
    assert page.replace(".html", ".rst") in api_pages()
    X, y = data_for(estimator)
    pipeline = make_pipeline(StandardScaler(), estimator)
    for shown in (pipeline, pipeline.fit(X, y)):
        text = estimator_html_repr(shown)
        assert f'href="{link}"' in text
        assert "https://scikit-learn.org" in text  # the scaler's, and its alone
        assert f"scikit-learn.org/stable/modules/generated/{entry.name}" not in text


def test_clusters_go_through_a_pipeline_as_labels():
    model = LaplacianSpectralClustering(3, random_state=0)
    X, group = data_for(model)
    pipeline = make_pipeline(StandardScaler(), model)
    labels = pipeline.fit_predict(X)
    np.testing.assert_array_equal(labels, pipeline[-1].labels_)
    assert adjusted_rand_score(group, labels) > 0.9
