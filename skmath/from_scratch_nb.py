r"""Naive Bayes.

Bayes' theorem gives the probability of a class y from features x_1 ... x_n:

.. math:: P(y | x_1 \dots x_n) = \frac{P(y) P(x_1 \dots x_n | y)}{P(x_1 \dots x_n)}

The naive assumption is that, given the class, the features are independent, and each
makes an equal contribution: by the chain rule the likelihood is a product of one factor
a feature. The evidence below the line is the same for every class, so

.. math:: P(y | x) \propto P(y) \prod_j P(x_j | y), \qquad
          \hat y = \arg\max_y \; \log P(y) + \sum_j \log P(x_j | y).

1. Count: sums over the rows of each class (counts, means, squares; of categories, how
   often each occurs);
2. divide: the prior P(y), and the parameters of each P(x_j | y);
3. for a new row add logarithms, and normalise.

One pass over X: O(n p) time for counting, O(n p K) for predicting with K classes, and
memory of O(p K) beside X.

References
----------
C. D. Manning, P. Raghavan and H. Schuetze, *Introduction to Information Retrieval*,
2008, chapter 13.
"""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._fit import all_or_nothing
from skmath._registry import Configuration, Entry, Task
from skmath._rows import Rows, check_squares, rows_to_apply, rows_to_fit
from skmath._table import (
    categories_of,
    encode,
    is_number_column,
    may_hold_text,
    plain,
)
from skmath._targets import labels_of, one_hot, with_class_codes
from skmath.probability import (
    Bernoulli,
    Categorical,
    Gaussian,
    Multinomial,
    log_posterior,
    log_prior,
)

__all__ = ["FromScratchNB"]

DISTRIBUTIONS = ("gaussian", "categorical", "bernoulli", "multinomial")

# How scikit-learn validates X: as floats, or as it is, for a column may hold text.
MATRIX = {"accept_sparse": "csr"}
TABLE = {"dtype": None}


class FromScratchNB(ClassifierMixin, BaseEstimator):
    r"""Naive Bayes with a likelihood a feature, on numbers and strings.

    Parameters
    ----------
    distribution : str or list of str, default="auto"
        "gaussian", "categorical", "bernoulli" or "multinomial" for all columns, or a
        list with one for each. "auto" takes categorical for a column that holds
        anything but numbers, gaussian for the others.
    priors : array-like of shape (n_classes,), default=None
        Probabilities of the classes, in sorted order. None counts them.
    alpha : float, default=1.0
        Additive smoothing of counts (Laplace's is 1).
    var_smoothing : float, default=1e-9
        Share of a gaussian feature's own variance that is added to its variance in
        each class.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Sorted labels.
    class_count_ : array of shape (n_classes,)
        Weight of the rows of each class.
    class_prior_ : array of shape (n_classes,)
        P(y).
    distributions_ : list of str
        The distribution of each column.
    categories_ : list of ndarray
        Of each categorical column, in order, its known values.
    theta_, var_ : array of shape (n_classes, n_gaussian_columns)
        Means and variances, in the units of the feature and their squares.
    category_log_prob_ : ndarray of shape (n_slots, n_classes)
        log P(x_j = c | y): the categories of one column after another, each column
        followed by a slot for values that were not known.
    feature_log_prob_ : array of shape (n_classes, n_columns)
        log P(x_j = 1 | y) of bernoulli, or log p_j of multinomial columns.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.naive_bayes.GaussianNB : Numbers only; smooths by the largest variance.
    sklearn.naive_bayes.CategoricalNB : Codes only; fails on a category not seen.

    Notes
    -----
    Values of a categorical column that are not numbers are told apart by their text.
    A category not seen in `fit` counts as one seen zero times, smoothed by alpha.

    References
    ----------
    .. [1] T. M. Mitchell, *Machine Learning*, 1997, section 6.9.
    .. [2] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the
       sample variance", The American Statistician, 37(3), 1983.

    Examples
    --------
    >>> from skmath import FromScratchNB
    >>> from skmath.datasets import load_play_tennis
    >>> X, y = load_play_tennis(return_X_y=True)
    >>> model = FromScratchNB().fit(X, y)
    >>> model.classes_.tolist(), model.class_prior_.round(3).tolist()
    (['no', 'yes'], [0.357, 0.643])
    >>> model.predict([["sunny", "cool", "high", "strong"]])
    array(['no'], dtype=object)
    """

    _parameter_constraints = {
        "distribution": [StrOptions({"auto", *DISTRIBUTIONS}), list, tuple],
        "priors": ["array-like", None],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "var_smoothing": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self, distribution="auto", *, priors=None, alpha=1.0, var_smoothing=1e-9
    ):
        self.distribution = distribution
        self.priors = priors
        self.alpha = alpha
        self.var_smoothing = var_smoothing

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Count the rows of each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels, numbers or strings.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 is the same row twice.

        Returns
        -------
        self : FromScratchNB

        Raises
        ------
        ValueError
            If X or y cannot be used, priors are not probabilities of the classes, or
            counts are negative.
        """
        checks, X = self._checks(X), plain(X)
        matrix = checks is MATRIX
        rows = rows_to_fit(self, X, y, sample_weight, takes_dask=matrix, **checks)
        self._learn_columns(rows, checks)
        rows = self._encoded(rows, checks)
        self.classes_, rows = with_class_codes(rows)
        groups = self._group_columns()
        self._check_counts(rows, groups)
        # Count: sums over the rows of each class.
        n_classes = self.classes_.shape[0]
        self.class_count_, *sums = rows.sum(sums_by_class, groups, n_classes)
        # Divide: the prior P(y), and the parameters of each P(x_j | y).
        self.class_prior_ = self._prior()
        with np.errstate(over="ignore", invalid="ignore"):
            self._groups_ = [
                (columns, likelihood, likelihood.fit(sums_of_group))
                for (columns, likelihood), sums_of_group in zip(
                    groups, sums, strict=True
                )
            ]
        self._name_parameters()
        return self

    def _checks(self, X):
        """Return how X is validated: as a table where a column may hold text."""
        names = self.distribution
        names = {names} if isinstance(names, str) else set(names)
        text = "categorical" in names or ("auto" in names and may_hold_text(X))
        return TABLE if text else MATRIX

    def _learn_columns(self, rows, checks):
        """Choose each column's distribution and learn the categories."""
        p, asked = rows.n_features, self.distribution
        asked = [asked] * p if isinstance(asked, str) else asked
        if len(asked) != p or not set(asked) <= {"auto", *DISTRIBUTIONS}:
            raise ValueError(
                f"distribution must name one of {DISTRIBUTIONS} or 'auto' for each of "
                f"the {p} columns of X, got {self.distribution!r}."
            )
        # A row without weight is not there: nor are its categories.
        seen = rows.X
        if checks is TABLE and rows.weight is not None:
            seen = seen[rows.weight > 0]
        self.distributions_, self._known_ = [], []
        for j, name in enumerate(asked):
            if name == "auto":
                number = checks is MATRIX or is_number_column(seen[:, j])
                name = "gaussian" if number else "categorical"
            known = categories_of(seen[:, j]) if name == "categorical" else None
            self.distributions_.append(name)
            self._known_.append(known)
        self.categories_ = [known for known in self._known_ if known is not None]

    def _encoded(self, rows, checks):
        """Return the rows as numbers, categories being replaced by their codes."""
        if checks is MATRIX and not self.categories_:
            return rows
        return Rows(encode(rows.X, self._known_), rows.y, rows.weight)

    def _group_columns(self):
        """Return (columns, likelihood) for each distribution that is used."""
        likelihoods = {
            "gaussian": Gaussian(self.var_smoothing),
            "categorical": Categorical(
                tuple(len(known) for known in self.categories_), self.alpha
            ),
            "bernoulli": Bernoulli(self.alpha),
            "multinomial": Multinomial(self.alpha),
        }
        names = np.array(self.distributions_)
        groups = []
        for name in dict.fromkeys(self.distributions_):
            columns = np.flatnonzero(names == name)
            everything = len(columns) == len(names)
            groups.append((None if everything else columns, likelihoods[name]))
        return groups

    def _check_counts(self, rows, groups):
        """Raise a ValueError if columns of counts hold negative values."""
        for columns, likelihood in groups:
            counts = isinstance(likelihood, Multinomial)
            if counts and int(rows.sum(count_negative, columns)) > 0:
                raise ValueError(
                    "Negative values in data passed to FromScratchNB: multinomial "
                    "columns hold counts."
                )

    def _name_parameters(self):
        """Set the likelihoods' parameters as attributes under the field's names."""
        for _, _, parameters in self._groups_:
            for name, value in parameters.items():
                check_squares(value)
                setattr(self, name, value)

    def _prior(self):
        """Return P(y): as given, or the share of each class's weight."""
        xp, n_classes = _arrays.namespace(self.class_count_), self.classes_.shape[0]
        if self.priors is None:
            return self.class_count_ / xp.sum(self.class_count_)
        priors = _arrays.like(self.priors, self.class_count_, "same")
        if priors.shape != (n_classes,):
            raise ValueError(
                f"priors must have one entry for each of the {n_classes} classes, got "
                f"shape {tuple(priors.shape)}."
            )
        if bool(xp.any(priors < 0)) or abs(float(xp.sum(priors)) - 1) > 1e-6:
            raise ValueError(
                f"priors must not be negative and must sum to 1, got {self.priors}."
            )
        return priors

    def _map(self, method, X, function, *parameters):
        checks, X = self._checks(X), plain(X)
        rows = rows_to_apply(self, X, fitted="class_count_", method=method, **checks)
        rows, prior = self._encoded(rows, checks), log_prior(self.class_prior_)
        return rows.map(function, self._groups_, prior, *parameters)

    def predict(self, X):
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples,)
        """
        check_is_fitted(self)
        return self._map("predict", X, most_probable, self.classes_)

    def predict_joint_log_proba(self, X):
        """Return log P(x, y) for each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_joint_log_proba", X, log_joint)

    def predict_log_proba(self, X):
        """Return log P(y | x) for each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_log_proba", X, posterior)

    def predict_proba(self, X):
        """Return P(y | x) for each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("predict_proba", X, probabilities)

    def feature_evidence(self, X):
        """Return what each feature of each row says for and against each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_features, n_classes)
            log P(x_j | y) less its mean over the classes. The difference between two
            classes is the log-likelihood ratio; summed over the features, and with the
            difference of the log priors, it is their posterior log odds.
        """
        return self._map("feature_evidence", X, evidence)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        names = self.distribution
        names = {names} if isinstance(names, str) else set(names)
        text = bool(names & {"auto", "categorical"})
        tags.input_tags.string = text
        tags.input_tags.categorical = "categorical" in names
        tags.input_tags.sparse = "categorical" not in names
        tags.input_tags.positive_only = "multinomial" in names
        tags.classifier_tags.poor_score = bool(names & {"bernoulli", "multinomial"})
        tags.array_api_support = "categorical" not in names
        return tags


def count_negative(X, y, weight, columns):
    """Return how many values of a block's columns are negative."""
    X = _take(X, columns)
    values = X if _arrays.is_array(X) else X.data
    xp = _arrays.namespace(values)
    return xp.sum(xp.astype(values < 0, values.dtype))


def sums_by_class(X, y, weight, groups, n_classes):
    """Return the weight of each class, and the statistics of each group of columns."""
    members = one_hot(y, n_classes, X)
    count = _arrays.namespace(members).sum(_arrays.weigh(members, weight), axis=0)
    statistics = (
        likelihood.statistics(_take(X, columns), members, weight)
        for columns, likelihood in groups
    )
    return (count, *statistics)


def log_joint(X, groups, log_prior):
    """Return log P(y) + sum_j log P(x_j | y) of a block, shape (n, n_classes)."""
    total = 0.0
    for columns, likelihood, parameters in groups:
        parameters = {name: _arrays.like(v, X) for name, v in parameters.items()}
        total = total + likelihood.log_likelihood(_take(X, columns), parameters)
    total = total + _arrays.like(log_prior, X)
    return _arrays.like(total, X, "same")


def posterior(X, groups, log_prior):
    """Return log P(y | x) of a block."""
    return log_posterior(log_joint(X, groups, log_prior))


def probabilities(X, groups, log_prior):
    """Return P(y | x) of a block."""
    log_p = posterior(X, groups, log_prior)
    return _arrays.namespace(log_p).exp(log_p)


def most_probable(X, groups, log_prior, classes):
    """Return the labels of a block."""
    return labels_of(log_joint(X, groups, log_prior), classes)


def evidence(X, groups, log_prior):
    """Return log P(x_j | y) of a block, less its mean over the classes."""
    parts, order = [], []
    for columns, likelihood, parameters in groups:
        parameters = {name: _arrays.like(v, X) for name, v in parameters.items()}
        parts.append(likelihood.by_feature(_take(X, columns), parameters))
        order.extend(range(X.shape[1]) if columns is None else columns)
    xp = _arrays.namespace(parts[0])
    each = _arrays.like(xp.concat(parts, axis=1), X, "same")
    each = xp.take(
        each, xp.asarray(np.argsort(order), device=_arrays.device(each)), axis=1
    )
    return each - xp.mean(each, axis=2, keepdims=True)


def _take(X, columns):
    """Return some columns of a block; None stands for all of them."""
    if columns is None:
        return X
    if not _arrays.is_array(X):
        return X[:, columns]
    return _arrays.namespace(X).take(X, _arrays.like(columns, X), axis=1)


def _tasks():
    from sklearn.datasets import load_iris
    from sklearn.model_selection import LeaveOneOut, StratifiedKFold
    from sklearn.naive_bayes import CategoricalNB, GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

    from skmath.datasets import load_play_tennis

    smoothing = [1e-9, 1e-3, 1e-2]
    alphas = [0.5, 1.0, 2.0]
    return [
        Task(
            data="iris",
            load=lambda: load_iris(return_X_y=True),
            ours=make_pipeline(FunctionTransformer(), FromScratchNB()),
            grid={"fromscratchnb__var_smoothing": smoothing},
            peer=make_pipeline(FunctionTransformer(), GaussianNB()),
            peer_grid={"gaussiannb__var_smoothing": smoothing},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(10, shuffle=True, random_state=0),
        ),
        Task(
            data="play tennis, strings",
            load=lambda: load_play_tennis(return_X_y=True),
            ours=make_pipeline(FunctionTransformer(), FromScratchNB()),
            grid={"fromscratchnb__alpha": alphas},
            peer=make_pipeline(OrdinalEncoder(), CategoricalNB(min_categories=3)),
            peer_grid={"categoricalnb__alpha": alphas},
            scoring="accuracy",
            metric="accuracy",
            cv=LeaveOneOut(),
        ),
    ]


_ANY = ("numpy", "memmap", "sparse", "dask", "array_api")

ENTRY = Entry(
    estimator=FromScratchNB,
    counterpart="GaussianNB, CategoricalNB, BernoulliNB, MultinomialNB",
    adds="one estimator for mixed columns, strings as they are, unseen categories",
    configurations=(
        Configuration({}, _ANY),
        Configuration({"distribution": "gaussian"}, _ANY),
        Configuration({"distribution": "categorical"}),
        Configuration({"distribution": "bernoulli"}, _ANY),
        Configuration({"distribution": "multinomial"}, _ANY),
    ),
    tasks=_tasks,
    display="EvidenceDisplay",
)
