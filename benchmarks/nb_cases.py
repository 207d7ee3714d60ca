"""The cases of FromScratchNB, against scikit-learn's classes, one a distribution.

Where the model is the same the score is minus the log-loss of the posteriors, which a
difference in them would change.
"""

import numpy as np
from case import Case
from scipy import sparse
from sklearn.metrics import log_loss
from sklearn.utils import Bunch

import skmath

# Data


def classes(n, p, n_classes):
    """Return a loader of rows whose means rise with the class."""

    def load(quick):
        rng = np.random.default_rng(0)
        rows = n // 10 if quick else n
        y = rng.integers(0, n_classes, rows)
        X = rng.standard_normal((rows, p)) + 0.1 * y[:, None]
        return Bunch(X=X, y=y)

    return load


def documents(quick):
    """100,000 documents of about 50 words of 50,000, in 5 classes."""
    n, p, n_words = 10_000 if quick else 100_000, 50_000, 50
    rng = np.random.default_rng(0)
    y = rng.integers(0, 5, n)
    # Each class has words of its own among those that all have.
    words = rng.integers(0, p, (n, n_words), dtype=np.int32)
    own = rng.random((n, n_words)) < 0.05
    words = np.where(own, words % (p // 5) + y[:, None] * (p // 5), words)
    ends = np.arange(0, n * n_words + 1, n_words, dtype=np.int32)
    counts = rng.integers(1, 4, n * n_words).astype(float)
    X = sparse.csr_array((counts, words.ravel().astype(np.int32), ends), shape=(n, p))
    X.sum_duplicates()
    return Bunch(X=X, y=y)


def codes(quick):
    """200,000 rows of 20 columns of ten categories each."""
    n = 20_000 if quick else 200_000
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    shift = (rng.random((n, 20)) < 0.2) * y[:, None]
    return Bunch(X=(rng.integers(0, 10, (n, 20)) + shift) % 10, y=y)


def two_humps(quick):
    """5,000 rows to fit and 20,000 to predict, of two classes of equal means."""
    n = 2_500 if quick else 25_000
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    side = rng.choice([-1.0, 1.0], (n, 10))
    X = rng.standard_normal((n, 10)) + (0.5 + y[:, None]) * side
    m = n // 5
    return Bunch(X=X[:m], y=y[:m], X_test=X[m:], y_test=y[m:])


def mixed_frame(n, p):
    """Return a loader of a frame, half numbers and half strings, 10% missing."""

    def load(quick):
        import pandas as pd

        rows = n // 10 if quick else n
        rng = np.random.default_rng(0)
        y = rng.integers(0, 2, rows)
        letters = np.array(list("abcdefgh"), dtype=object)
        columns = {}
        for j in range(p // 2):
            columns[f"number {j}"] = rng.standard_normal(rows) + 0.3 * y
            more = y * (rng.random(rows) < 0.3)
            code = np.minimum(rng.integers(0, 8, rows) + more, 7)
            columns[f"text {j}"] = letters[code]
        X = pd.DataFrame(columns)
        return Bunch(X=X.mask(rng.random(X.shape) < 0.1), y=y)

    return load


def halves(load):
    """Return a loader of the rows of another, one half to fit and one to predict."""

    def load_halves(quick):
        X, y = (data := load(quick)).X, data.y
        n = len(y) // 2
        return Bunch(X=X[:n], y=y[:n], X_test=X[n:], y_test=y[n:])

    return load_halves


def tumours(quick):
    """Breast cancer, and 100 of its rows one by one."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    n = 10 if quick else 100
    return Bunch(X=X, y=y, rows=[X[i : i + 1] for i in range(n)], y_rows=y[:n])


# Contenders


def ours(*args, **options):
    return lambda data: skmath.FromScratchNB(*args, **options)


def sklearns(name, **options):
    def make(data):
        from sklearn import naive_bayes

        return getattr(naive_bayes, name)(**options)

    return make


def imputed_and_encoded(data):
    """Return what scikit-learn's users write for such a frame."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    text = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
    )
    numbers = make_column_selector(dtype_include="number")
    non_numeric = make_column_selector(dtype_exclude="number")
    columns = make_column_transformer((SimpleImputer(), numbers), (text, non_numeric))
    return make_pipeline(columns, GaussianNB())


class KernelDensities:
    """Naive Bayes of scikit-learn's KernelDensity, one a class and feature.

    Parameters
    ----------
    bandwidth : ndarray of shape (n_classes, n_features)
        Its own has one for all.
    """

    def __init__(self, bandwidth):
        self.bandwidth = bandwidth

    def fit(self, X, y):
        """Keep the rows of each class."""
        from sklearn.neighbors import KernelDensity

        self.prior = np.bincount(y) / len(y)
        self.of_class = [
            [
                KernelDensity(bandwidth=h).fit(X[y == k, j : j + 1])
                for j, h in enumerate(of_column)
            ]
            for k, of_column in enumerate(self.bandwidth)
        ]
        return self

    def predict_proba(self, X):
        """Return P(y | x)."""
        joint = [
            log_prior
            + sum(d.score_samples(X[:, j : j + 1]) for j, d in enumerate(of_column))
            for log_prior, of_column in zip(
                np.log(self.prior), self.of_class, strict=True
            )
        ]
        joint = np.stack(joint, axis=1)
        proba = np.exp(joint - joint.max(axis=1, keepdims=True))
        return proba / proba.sum(axis=1, keepdims=True)


def kernel_densities(data):
    """Return the peer, of the bandwidths that ours has."""
    model = skmath.FromScratchNB("kde").fit(data.X, data.y)
    return KernelDensities(model.bandwidth_).fit(data.X, data.y)


def plain_aode(data):
    """Return AODE as it is written in an hour, of strings and ten bins of numbers."""
    from naive_bayes_tables import AveragedOneDependence

    return AveragedOneDependence()


def fitted(make):
    """Return a maker of models that are fitted already."""
    return lambda data: make(data).fit(data.X, data.y)


# Actions and scores


def fit(model, data):
    return model.fit(data.X, data.y)


def predict(model, data):
    model.predict(data.X)
    return model


def predict_each(model, data):
    return np.concatenate([model.predict(row) for row in data.rows])


def fit_then_predict(model, data):
    return predict(model.fit(data.X, data.y), data)


def minus_log_loss(model, data):
    # Of a part of the rows: it is not what is measured.
    return -log_loss(data.y[:20_000], model.predict_proba(data.X[:20_000]))


def share_of_right(model, data):
    return float(np.mean(model.predict(data.X) == data.y))


def gaussian(name, action, n, p, n_classes):
    make, peer = ours("gaussian"), sklearns("GaussianNB")
    if action is predict:
        make, peer = fitted(make), fitted(peer)
    return Case(
        name=f"FromScratchNB.{name}",
        estimator="FromScratchNB",
        dataset=f"{n_classes} classes",
        data=classes(n, p, n_classes),
        ours=make,
        peers={"GaussianNB": peer},
        action=action,
        accuracy=minus_log_loss,
        metric="-log-loss",
        # Both smooth a variance by 1e-9, each by that of its own feature or of all.
        rtol=1e-6,
    )


NB_CASES = [
    gaussian("fit", fit, 100_000, 50, 2),
    gaussian("fit_tall", fit, 1_000_000, 20, 5),
    gaussian("fit_wide", fit, 60_000, 784, 10),
    gaussian("predict_2", predict, 100_000, 50, 2),
    gaussian("predict_5", predict, 100_000, 50, 5),
    gaussian("predict_10", predict, 100_000, 50, 10),
    gaussian("predict_20", predict, 100_000, 50, 20),
    Case(
        name="FromScratchNB.multinomial",
        estimator="FromScratchNB",
        dataset="documents, sparse",
        data=documents,
        ours=ours("multinomial"),
        peers={"MultinomialNB": sklearns("MultinomialNB")},
        action=fit_then_predict,
        accuracy=minus_log_loss,
        metric="-log-loss",
        # Sums in another order.
        rtol=1e-9,
    ),
    Case(
        name="FromScratchNB.categorical",
        estimator="FromScratchNB",
        dataset="integers, ten values per column",
        data=codes,
        ours=ours("categorical"),
        peers={"CategoricalNB": sklearns("CategoricalNB")},
        action=fit_then_predict,
        accuracy=minus_log_loss,
        metric="-log-loss",
        # Sums in another order.
        rtol=1e-9,
    ),
    Case(
        name="FromScratchNB.kde",
        estimator="FromScratchNB",
        dataset="two modes per class, predicting 20,000",
        data=two_humps,
        ours=fitted(ours("kde")),
        peers={"KernelDensity": kernel_densities},
        action=lambda model, data: model.predict_proba(data.X_test),
        accuracy=lambda proba, data: -log_loss(data.y_test, proba),
        metric="-log-loss",
        # Ours are sums by a series, to 12 digits.
        rtol=1e-9,
    ),
    Case(
        name="FromScratchNB.frame",
        estimator="FromScratchNB",
        dataset="numbers and strings, 10% missing",
        data=mixed_frame(100_000, 10),
        ours=ours(),
        peers={"imputers + encoder + GaussianNB": imputed_and_encoded},
        action=fit_then_predict,
        accuracy=share_of_right,
        metric="accuracy",
    ),
    Case(
        name="FromScratchNB.aode",
        estimator="FromScratchNB",
        dataset="numbers and strings, 10% missing",
        data=halves(mixed_frame(40_000, 20)),
        ours=ours(dependence="aode", calibrate=None, random_state=0),
        peers={"AODE of ten bins": plain_aode},
        action=lambda model, data: model.fit(data.X, data.y).predict(data.X_test),
        accuracy=lambda predicted, data: float(np.mean(predicted == data.y_test)),
        metric="accuracy",
    ),
    Case(
        name="FromScratchNB.default_row",
        estimator="FromScratchNB",
        dataset="breast cancer, 100 rows one by one",
        data=tumours,
        ours=fitted(ours(random_state=0)),
        peers={"GaussianNB": fitted(sklearns("GaussianNB"))},
        action=predict_each,
        accuracy=lambda predicted, data: float(np.mean(predicted == data.y_rows)),
        metric="accuracy",
    ),
    Case(
        name="FromScratchNB.gaussian_row",
        estimator="FromScratchNB",
        dataset="breast cancer, 100 rows one by one",
        data=tumours,
        ours=fitted(ours("gaussian")),
        peers={"GaussianNB": fitted(sklearns("GaussianNB"))},
        action=predict_each,
        accuracy=lambda predicted, data: float(np.mean(predicted == data.y_rows)),
        metric="accuracy",
        # Each smooths variances in its own way: a row or two of a hundred.
        atol=0.02,
    ),
]
