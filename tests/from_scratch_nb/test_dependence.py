"""One step beyond independence, and the temperature: by formulas and brute force."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from scipy.special import logsumexp
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import OneHotEncoder

from skmath import FromScratchNB
from skmath.from_scratch_nb import dependence
from skmath.probability import (
    AODE,
    TAN,
    cells_of,
    conditional_mutual_information,
    likeliest_temperature,
    most_informative_tree,
)
from skmath.statistics import indicators


def table(seed=0, n=150, holes=0.1):
    """Four columns, two of categories, two of numbers, with holes; three classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    X = np.column_stack(
        [
            rng.integers(0, 4, n),
            (rng.integers(0, 2, n) + y) % 3,
            rng.standard_normal(n) + y,
            np.where(rng.random(n) < 0.4, 0.0, rng.exponential(size=n)),
        ]
    )
    X[rng.random(X.shape) < holes] = np.nan
    return X, y


CATEGORICAL = [True, True, False, False]


def fitted(kind, X, y, weight=None):
    weight = np.ones(len(y)) if weight is None else weight
    model = kind(cells_of(X, weight, CATEGORICAL, 5))
    sums = model.statistics(X, indicators(y, 3, X), weight)
    return model, sums, model.fit(sums)


def test_aode_is_webbs_formula():
    # Categories only: counts by hand, one after another.
    rng = np.random.default_rng(1)
    X, y = rng.integers(0, 3, (60, 4)).astype(float), rng.integers(0, 2, 60)
    model = FromScratchNB("categorical", dependence="aode", calibrate=None).fit(X, y)

    def share(among, wanted, n_values):
        return (np.sum(among & wanted) + 1 / n_values) / (np.sum(among) + 1)

    new = X[:5]
    joint = np.empty((5, 2))
    for row, k in itertools.product(range(5), range(2)):
        own, terms = y == k, []
        for i in range(4):
            parent = own & (X[:, i] == new[row, i])
            product = share(own, X[:, i] == new[row, i], 3)
            for j in set(range(4)) - {i}:
                product *= share(parent, X[:, j] == new[row, j], 3)
            terms.append(product)
        joint[row, k] = own.mean() * np.mean(terms)
    expected = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(new), expected, rtol=1e-12)


@pytest.mark.parametrize("kind", [AODE, TAN])
def test_rows_left_out_are_refits_without_them(kind):
    X, y = table()
    weight = np.random.default_rng(2).integers(1, 3, len(y)).astype(float)
    model, sums, parameters = fitted(kind, X, y, weight)
    found = model.left_out(X, y, 1.0, sums, parameters)
    for i in range(0, len(y), 7):
        less = weight.copy()
        less[i] -= 1
        there = less > 0
        again = model.statistics(X[there], indicators(y[there], 3, X), less[there])
        refit = model.fit(again) | {"tree_": parameters.get("tree_")}
        of_row = model.log_likelihood(X[i : i + 1], refit)[0, y[i]]
        np.testing.assert_allclose(found[i], of_row, atol=1e-11)


@pytest.mark.parametrize("kind", [AODE, TAN])
def test_evidence_by_feature_sums_to_the_likelihood(kind):
    X, y = table()
    model, _, parameters = fitted(kind, X, y)
    each = model.by_feature(X, parameters)
    np.testing.assert_allclose(
        each.sum(axis=1), model.log_likelihood(X, parameters), atol=1e-12
    )


def test_pairs_without_values_of_the_other_are_naive_bayes():
    X, y = table(holes=0.0)
    only = np.full((4, 4), np.nan)
    np.fill_diagonal(only, X[0])
    expected = None
    for kind in (AODE, TAN):
        model, _, parameters = fitted(kind, X, y)
        found = model.log_likelihood(only, parameters)
        expected = found if expected is None else expected
        np.testing.assert_allclose(found, expected, atol=1e-12)
    # Of a category it is its smoothed share.
    share = [(np.mean(X[y == k, 0] == X[0, 0])) for k in range(3)]
    count = np.bincount(y)
    smoothed = (count * share + 1 / 4) / (count + 1)
    np.testing.assert_allclose(np.exp(expected[0]), smoothed, rtol=1e-12)


def test_the_tree_is_the_best_of_all_trees():
    rng = np.random.default_rng(3)
    for _ in range(20):
        information = rng.standard_normal((4, 4))
        information = information + information.T
        pairs = list(itertools.combinations(range(4), 2))
        best = max(
            sum(information[edge] for edge in edges)
            for edges in itertools.combinations(pairs, 3)
            if len(set(itertools.chain(*edges))) == 4 and is_tree(edges)
        )
        tree = most_informative_tree(information)
        assert (tree == -1).sum() == 1
        total = sum(
            information[j, parent] for j, parent in enumerate(tree) if parent >= 0
        )
        np.testing.assert_allclose(total, best)


def is_tree(edges):
    reached = {0}
    for _ in edges:
        reached |= {v for edge in edges if reached & set(edge) for v in edge}
    return len(reached) == 4


def test_mutual_information_is_its_definition():
    X, y = table(n=4000, holes=0.0)
    X = X[:, :2]
    model = AODE(cells_of(X, np.ones(4000), [True, True], 5))
    sums = model.statistics(X, indicators(y, 3, X), None)
    first = model.fit(sums)["_cells_"].first
    pairs = [sums.of_class(k) for k in range(3)]
    found = conditional_mutual_information(pairs, first)[0, 1]
    expected = 0.0
    for k in range(3):
        joint = sums.of_class(k).toarray()[: first[1] - 1, first[1] : -2]
        n = joint.sum()
        p = joint / n
        product = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
        some = p > 0
        own = np.sum(p[some] * np.log(p[some] / product[some]))
        values = [(p.sum(axis=axis) > 0).sum() for axis in (0, 1)]
        expected += n / 4000 * own - (values[0] - 1) * (values[1] - 1) / 8000
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_parity_needs_pairs(dependence):
    # Neither column says anything alone; both together say all.
    rng = np.random.default_rng(4)
    X = rng.integers(0, 2, (400, 2)).astype(float)
    y = X.sum(axis=1) % 2
    assert FromScratchNB("categorical").fit(X, y).score(X, y) < 0.7
    model = FromScratchNB("categorical", dependence=dependence).fit(X, y)
    assert model.score(X, y) == 1.0


@pytest.mark.parametrize("dependence", ["aode", "tan"])
@pytest.mark.parametrize("scale", [1e-12, 1e9])
def test_units_of_numbers_do_not_matter(dependence, scale):
    X, y = table()
    model = FromScratchNB("dtype", dependence=dependence, random_state=0)
    expected = model.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(
        model.fit(X * scale, y).predict_proba(X * scale), expected, atol=1e-9
    )


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_weights_are_repetitions(dependence):
    X, y = table()
    weight = np.random.default_rng(5).integers(0, 3, len(y))
    repeated = np.repeat(np.arange(len(y)), weight)
    model = FromScratchNB("dtype", dependence=dependence, random_state=0)
    expected = model.fit(X[repeated], y[repeated]).predict_proba(X)
    found = model.fit(X, y, sample_weight=weight).predict_proba(X)
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_order_of_columns_does_not_matter(dependence):
    X, y = table()
    order = [2, 0, 3, 1]
    model = FromScratchNB("dtype", dependence=dependence, random_state=0)
    expected = model.fit(X, y).predict_proba(X)
    found = model.fit(X[:, order], y).predict_proba(X[:, order])
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_batches_of_categories_are_one_fit(dependence):
    X, y = table()
    X = X[:, :2]
    model = FromScratchNB("categorical", dependence=dependence, calibrate=None)
    expected = model.fit(X, y).predict_proba(X)
    parts = FromScratchNB("categorical", dependence=dependence, calibrate=None)
    # Whichever categories the first batch has.
    order = np.argsort(X[:, 0], kind="stable")
    for rows in np.array_split(order, 4):
        parts.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    np.testing.assert_allclose(parts.predict_proba(X), expected, rtol=1e-10)


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_what_was_not_seen_is_answered(dependence):
    colour = np.array([["red", 1.0], ["blue", 2.0], ["red", 3.0], [None, 4.0]], object)
    colour = np.repeat(colour, 5, axis=0)
    y = np.repeat([0, 1, 0, 1], 5)
    model = FromScratchNB(dependence=dependence).fit(colour, y)
    new = np.array([["green", 1.0], [None, None], ["green", np.nan]], object)
    p = model.predict_proba(new)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    # Nothing is known of the last two: the priors.
    np.testing.assert_allclose(p[1], [0.5, 0.5])
    assert model.distributions_ == ["categorical", "bins"]


@pytest.mark.parametrize("dependence", ["aode", "tan"])
@pytest.mark.filterwarnings("ignore:All values of feature")
def test_columns_without_values_leave_the_priors(dependence):
    X, y = np.full((40, 2), np.nan), np.repeat([0, 1], [10, 30])
    model = FromScratchNB(dependence=dependence).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X[:1]), [[0.25, 0.75]])


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_log_odds_are_evidence_and_priors(dependence):
    X, y = table()
    model = FromScratchNB(dependence=dependence, class_weight={0: 3.0}).fit(X, y)
    evidence = model.feature_evidence(X).sum(axis=1)
    log_p = model.predict_log_proba(X)
    prior = np.log(model.class_prior_)
    np.testing.assert_allclose(
        log_p[:, 0] - log_p[:, 1],
        evidence[:, 0] - evidence[:, 1] + prior[0] - prior[1],
        atol=1e-9,
    )


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_rows_are_drawn_from_the_pairs(dependence):
    # The classes are told by whether two columns agree, and by nothing else.
    rng = np.random.default_rng(10)
    X = np.column_stack(
        [
            rng.choice(["left", "right"], 2000).astype(object),
            rng.choice(["left", "right"], 2000).astype(object),
            np.where(rng.random(2000) < 0.3, 0.0, rng.uniform(1, 2, 2000)),
        ]
    )
    y = (X[:, 0] == X[:, 1]) ^ (rng.random(2000) < 0.1)
    model = FromScratchNB(dependence=dependence, random_state=0).fit(X, y)
    drawn, labels = model.sample(20_000, random_state=0)
    agree = drawn[:, 0] == drawn[:, 1]
    # AODE has one model in three in which the number is the parent of both.
    expected = 0.9 if dependence == "tan" else (0.9 + 0.9 + 0.5) / 3
    assert abs(np.mean(agree == labels) - expected) < 0.03
    number = drawn[:, 2].astype(float)
    assert abs(np.mean(number == 0) - 0.3) < 0.03
    assert np.all((number == 0) | ((number >= 1) & (number <= 2)))
    assert abs(np.mean(number[number > 0]) - 1.5) < 0.02


# The temperature


def test_temperature_is_the_minimum():
    rng = np.random.default_rng(6)
    logs, codes = 3 * rng.standard_normal((300, 4)), rng.integers(0, 4, 300)
    logs[np.arange(300), codes] += 2
    prior, weight = np.log([0.1, 0.2, 0.3, 0.4]), rng.random(300)

    def objective(log_beta):
        z = prior + np.exp(log_beta) * logs
        own = z[np.arange(300), codes] - logsumexp(z, axis=1)
        return 2.0 * log_beta**2 - weight @ own

    best = minimize_scalar(objective, bounds=(-6, 6), options={"xatol": 1e-10})
    found = likeliest_temperature(logs, prior, codes, weight)
    np.testing.assert_allclose(np.log(found), -best.x, atol=1e-6)


def test_repeated_columns_count_once():
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 20_000)
    x = rng.standard_normal(20_000) + y
    once = FromScratchNB("gaussian").fit(x[:, None], y)
    X = np.repeat(x[:, None], 4, axis=1)
    model = FromScratchNB("gaussian", calibrate="temperature", random_state=0)
    model.fit(X, y)
    np.testing.assert_allclose(model.temperature_, 4, rtol=0.1)
    np.testing.assert_allclose(
        model.predict_proba(X), once.predict_proba(x[:, None]), atol=0.02
    )


def test_temperature_leaves_what_is_right():
    rng = np.random.default_rng(8)
    y = rng.integers(0, 2, 20_000)
    X = rng.standard_normal((20_000, 3)) + 0.5 * y[:, None]
    model = FromScratchNB("gaussian", calibrate="temperature", random_state=0)
    np.testing.assert_allclose(model.fit(X, y).temperature_, 1, rtol=0.1)


def test_costs_of_classes_are_kept_by_the_temperature():
    # A cost multiplies the odds of a class, however sure the features are.
    X, y = load_breast_cancer(return_X_y=True)
    even = FromScratchNB(random_state=0).fit(X, y).predict_log_proba(X)
    dear = FromScratchNB(random_state=0, class_weight={0: 5.0, 1: 1.0}).fit(X, y)
    log_p = dear.predict_log_proba(X)
    np.testing.assert_allclose(
        log_p[:, 0] - log_p[:, 1], even[:, 0] - even[:, 1] + np.log(5), atol=1e-8
    )


def test_the_default_is_right_about_what_it_has_not_seen():
    X, y = load_breast_cancer(return_X_y=True)
    plain = FromScratchNB(dependence=None, calibrate=None, random_state=0)
    losses = [
        log_loss(y, cross_val_predict(model, X, y, cv=5, method="predict_proba"))
        for model in (plain, FromScratchNB(random_state=0))
    ]
    assert losses[1] < 0.5 * losses[0]


def test_named_distributions_are_independent_by_default():
    X, y = load_wine(return_X_y=True)
    model = FromScratchNB("gaussian").fit(X, y)
    assert model.dependence_ is None
    assert model.temperature_ == 1.0


# Bad input


def test_pairs_of_densities_are_refused():
    X, y = table()
    with pytest.raises(ValueError, match=r"distribution must be one of .* got 'kde'"):
        FromScratchNB("kde", dependence="aode").fit(X, y)


def test_too_many_pairs_are_refused():
    n = 9000
    X = np.arange(2.0 * n).reshape(n, 2)
    with pytest.raises(ValueError, match=r"dependence='tan' would count .* pairs"):
        FromScratchNB("categorical", dependence="tan").fit(X, np.arange(n) % 2)


def test_too_many_pairs_of_rows_that_are_not_looked_at_are_refused():
    X = np.column_stack([np.arange(30_000) % 12_000, np.arange(30_000) % 3.0])
    with pytest.raises(ValueError, match=r"dependence='aode' would count .* pairs"):
        FromScratchNB("categorical", dependence="aode").fit(X, np.arange(30_000) % 2)


def test_as_many_intervals_as_can_be_held(monkeypatch):
    # Two columns of 7 intervals in two classes; ten would be more.
    monkeypatch.setattr(dependence, "MAX_ENTRIES", 2 * (2 * 7) ** 2)
    X = np.random.default_rng(11).standard_normal((300, 2))
    y = (X.prod(axis=1) > 0).astype(int)
    model = FromScratchNB(dependence="aode", random_state=0).fit(X, y)
    assert list(model.dependence_scores_) == ["aode, 5 intervals", "aode, 7 intervals"]
    assert {len(edges) for edges in model.edges_} <= {4, 6}


# Columns whose pairs are too many


@pytest.fixture(scope="module")
def parity_and_a_code():
    """Two columns that tell the class together, and one of 2,000 categories."""
    rng = np.random.default_rng(12)
    X = rng.integers(0, 2, (4000, 2)).astype(object)
    code = rng.permutation(np.arange(4000) // 2)
    X = np.column_stack([X[:, 0], [f"code {c}" for c in code], X[:, 1]])
    y = np.where(rng.random(4000) < 0.1, 1, (X[:, 0] + X[:, 2]) % 2).astype(int)
    return X, y, FromScratchNB().fit(X, y)


def test_a_column_of_thousands_is_independent_of_the_pairs(parity_and_a_code):
    X, y, model = parity_and_a_code
    assert model.dependence_ in ("aode", "tan")
    assert model.distributions_ == ["bins", "categorical", "bins"]
    alone = FromScratchNB(dependence=None, calibrate=None).fit(X[:, 1:2], y)
    pairs = FromScratchNB(dependence=model.dependence_, calibrate=None)
    pairs.fit(X[:, [0, 2]], y)
    expected = alone.transform(X[:, 1:2]) + pairs.transform(X[:, [0, 2]])
    np.testing.assert_allclose(model.transform(X), expected)
    assert [len(values) for values in model.categories_] == [2000]
    assert len(model.edges_) == 2
    evidence = model.feature_evidence(X)[:, 1] * model.temperature_
    np.testing.assert_allclose(evidence, alone.feature_evidence(X[:, 1:2])[:, 0])


def test_what_is_chosen_with_it_is_drawn_and_added_to(parity_and_a_code):
    X, y, model = parity_and_a_code
    drawn, labels = model.sample(2000, random_state=0)
    assert np.mean((drawn[:, 0] + drawn[:, 2]) % 2 == labels) > 0.8
    assert set(drawn[:, 1]) <= set(X[:, 1])
    parts = FromScratchNB().fit(X, y).partial_fit(X[:2000], y[:2000])
    both = np.r_[0:4000, 0:2000]
    expected = FromScratchNB(dependence=model.dependence_, calibrate=None)
    expected.fit(X[both][:, [0, 2]], y[both])
    alone = FromScratchNB(dependence=None, calibrate=None).fit(X[both][:, 1:2], y[both])
    np.testing.assert_allclose(
        parts.transform(X),
        alone.transform(X[:, 1:2]) + expected.transform(X[:, [0, 2]]),
    )


def test_missing_values_count_where_dependences_are_compared():
    # All that tells the classes is which values are missing.
    rng = np.random.default_rng(13)
    X, y = rng.standard_normal((400, 3)), np.arange(400) % 2
    X[rng.random(X.shape) < 0.1 + 0.7 * y[:, None]] = np.nan
    model = FromScratchNB(missing="category").fit(X, y)
    assert max(model.dependence_scores_.values()) < 0.45
    assert min(FromScratchNB().fit(X, y).dependence_scores_.values()) > 0.6


# What features say on average


def test_importances_are_mutual_information():
    # Of one category and the class, by its definition.
    rng = np.random.default_rng(9)
    y = rng.integers(0, 2, 500)
    X = np.column_stack([(rng.random(500) < 0.2 + 0.6 * y), rng.integers(0, 3, 500)])
    model = FromScratchNB("categorical", alpha=1e-10).fit(X.astype(float), y)
    joint = np.histogram2d(X[:, 0], y, bins=2)[0] / 500
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    expected = np.sum(joint * np.log(joint / product))
    np.testing.assert_allclose(model.feature_importances_[0], expected, rtol=1e-6)
    assert model.feature_importances_[1] < 0.01


@pytest.mark.parametrize("dependence", [None, "aode", "tan"])
def test_features_can_be_selected(dependence):
    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(0)
    X = np.column_stack([X[:, :4], rng.standard_normal((len(y), 4))])
    model = FromScratchNB("dtype", dependence=dependence)
    assert RFE(model, n_features_to_select=4).fit(X, y).support_[:4].all()
    assert SelectFromModel(model).fit(X, y).get_support()[4:].sum() == 0


# Sparse X


def test_one_hot_columns_are_answered():
    X, y = table(holes=0.0)
    Z = OneHotEncoder().fit_transform(X[:, :2])
    model = FromScratchNB(random_state=0).fit(Z, y)
    assert set(model.distributions_) <= {"bernoulli", "multinomial"}
    named = FromScratchNB(model.distributions_[0], calibrate="temperature")
    np.testing.assert_allclose(
        model.predict_proba(Z), named.fit(Z, y).predict_proba(Z), rtol=1e-12
    )
    assert set(model.selection_scores_) == {"bernoulli", "multinomial"}


def test_sparse_columns_below_zero_are_no_counts():
    X, y = table(holes=0.0)
    model = FromScratchNB(random_state=0).fit(csr_array(X[:, 2:]), y)
    assert "multinomial" not in model.selection_scores_


def test_the_same_rows_give_the_same_model():
    X, y = load_digits(return_X_y=True)  # of which some rows are left out in turn
    first, again = (FromScratchNB().fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, again)
