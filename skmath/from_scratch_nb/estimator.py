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

import math
from numbers import Real

import numpy as np
from sklearn.base import (
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators import fitting
from skmath._estimators.base import Estimator
from skmath._estimators.host import on_host
from skmath._estimators.targets import check_same_classes, codes_among, with_class_codes
from skmath._rows.checks import check_squares, rows_to_apply, rows_to_fit
from skmath._rows.rows import Rows, add, is_dask
from skmath._rows.tables import columns_of, may_hold_text
from skmath.from_scratch_nb.columns import (
    Table,
    check_columns,
    check_targets,
    encode_column,
)
from skmath.from_scratch_nb.distributions import (
    COLUMN_BY_COLUMN,
    KEEP_ROWS,
    Options,
    by_column,
    by_kind,
    by_values,
    group_columns,
    named_in,
    refuse_negative_counts,
    select,
    which_categorical,
)
from skmath.from_scratch_nb.priors import check_priors, times_class_weight
from skmath.from_scratch_nb.sums import (
    check_finite,
    evidence,
    log_joint,
    log_likelihood,
    most_probable,
    of_finite,
    posterior,
    probabilities,
)
from skmath.probability import LIKELIHOODS, Samples, log_prior
from skmath.statistics import indicators

__all__ = ["FromScratchNB"]


class FromScratchNB(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClassifierMixin, Estimator
):
    r"""Naive Bayes with a likelihood a feature, on the table as it is.

    Columns may be numbers, strings, booleans or categories, of an array or of a pandas
    or polars frame; values may be missing; categories may be new.

    Parameters
    ----------
    distribution : str, object, list or dict, default="auto"
        Of one column:

        - "gaussian": a normal density in each class;
        - "kde": normal kernels about the values of each class;
        - "bins": a smoothed histogram of quantile bins;
        - "exponential": waiting times and amounts, not negative;
        - "categorical": numbers, strings or booleans, each a category;
        - "bernoulli": whether the value is above zero;
        - "poisson": counts of events;
        - "multinomial", "complement": counts of words, whose columns belong together;
        - "dtype": categorical for strings, booleans and a frame's categoricals,
          gaussian for numbers;
        - "auto": as "dtype", but for numbers in memory the one of gaussian, kde and
          bins (and poisson, where all values are whole and not negative) that tells
          best each value from the others, by its leave-one-out log-likelihood;
        - an object with ``statistics``, ``fit`` and ``log_likelihood`` as
          `skmath.probability.likelihoods` describes them.

        One for all columns; a list with one for each; or a dict from columns to
        distributions, or from distributions to columns, "auto" for those that it does
        not name. Columns are given as `~sklearn.compose.ColumnTransformer` takes them:
        names, indices, slices, masks, callables.
    priors : array-like of shape (n_classes,), default=None
        Probabilities of the classes, in sorted order. None counts them.
    class_weight : dict or "balanced", default=None
        What an error on a row of each class costs: the priors are multiplied by it (or
        equal ones, where "complement" uses none), and the likelihoods stay as they are.
        "balanced" makes the priors equal.
    alpha : float, default=1.0
        Additive smoothing of counts (Laplace's is 1); of poisson, exponential and bins
        the rows of all classes together that are added to each class.
    var_smoothing : float, default=1e-9
        Share of a gaussian feature's own variance that is added to its variance in
        each class; of kde, the least square of a bandwidth.
    bandwidth : float or {"silverman", "scott"}, default="silverman"
        Standard deviation of the kernels of kde, in the units of the feature, or the
        rule that finds it from each class's values. Both rules are for one hump: of
        several that lie far apart they make wide kernels (and "auto" takes bins).
    random_state : int, RandomState instance or None, default=None
        Draws the rows that "auto" looks at, where there are more than 5,000.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Sorted labels.
    class_count_ : array of shape (n_classes,)
        Weight of the rows of each class, ``class_weight`` left aside.
    class_prior_ : array of shape (n_classes,)
        P(y), with ``class_weight``.
    distributions_ : list of str
        The distribution of each column.
    selection_scores_ : dict of int to dict
        Of each column that "auto" chose for, the mean leave-one-out log-likelihood of
        each distribution, in nats.
    parameters_ : dict of str to dict
        The parameters of each distribution, which are attributes too:
    theta_, var_ : array of shape (n_classes, n_gaussian_columns)
        Means and variances, in the units of the feature and their squares.
    categories_ : list of ndarray
        Of each categorical column, in order, its known values: those of the first call
        sorted, and then those of later ones.
    category_log_prob_ : ndarray of shape (n_slots, n_classes)
        log P(x_j = c | y): the categories of one column after another, each column
        followed by a slot for values that were not known; the last is for missing ones.
    feature_log_prob_ : array of shape (n_classes, n_columns)
        log P(x_j = 1 | y) of bernoulli, or log p_j of multinomial columns, or minus
        that of all other classes of complement.
    rate_, mean_ : array of shape (n_classes, n_columns)
        Of poisson and exponential columns.
    bandwidth_ : ndarray of shape (n_classes, n_kde_columns)
        Standard deviations of the kernels.
    edges_ : list of ndarray
        Edges of the bins of each column.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.naive_bayes.GaussianNB : Numbers only; smooths by the largest variance.
    sklearn.naive_bayes.CategoricalNB : Codes only; fails on a category not seen.
    skmath.display.EvidenceDisplay : What each feature says of a row.

    Notes
    -----
    Missing values are NaN, None, pandas' NA and NaT. One is left out of the sums, and
    of the product: that is the sum (or the integral) of the joint probability over all
    its values, by independence. They are taken to be missing at random; that a value is
    missing is not itself evidence.

    Values of a categorical column that are neither numbers nor booleans are told apart
    by their text. A category not seen in `fit` counts as one seen zero times, smoothed
    by alpha. A feature that was never seen in a class has there what all classes have.

    Kernel sums are a fast Gauss transform, to 12 digits or so, in time of
    n + m for n rows learnt and m predicted instead of n m. "kde" and "bins" keep the
    rows that they are made of; all else is sums, whose size does not depend on n.

    Probabilities are overconfident where features repeat one another: each counts as
    independent evidence. `~sklearn.calibration.CalibratedClassifierCV` mends that.

    References
    ----------
    .. [1] T. M. Mitchell, *Machine Learning*, 1997, section 6.9.
    .. [2] T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the
       sample variance", The American Statistician, 37(3), 1983.
    .. [3] G. H. John and P. Langley, "Estimating continuous distributions in Bayesian
       classifiers", UAI 1995.
    .. [4] B. W. Silverman, *Density Estimation for Statistics and Data Analysis*, 1986,
       equation 3.31 and section 3.4.4.
    .. [5] L. Greengard and J. Strain, "The fast Gauss transform", SIAM Journal on
       Scientific and Statistical Computing, 12(1), 1991.
    .. [6] J. D. M. Rennie, L. Shih, J. Teevan and D. R. Karger, "Tackling the poor
       assumptions of naive Bayes text classifiers", ICML 2003, table 4.

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

    Numbers, strings and holes side by side:

    >>> X = [[1.0, "red"], [1.5, None], [4.0, "blue"], [None, "blue"], [5.0, "red"]]
    >>> model = FromScratchNB({0: "gaussian"}).fit(X, [0, 0, 1, 1, 1])
    >>> model.distributions_
    ['gaussian', 'categorical']
    >>> model.predict([[None, "blue"], [1.2, "green"]])
    array([1, 0])
    """

    _parameter_constraints = {
        "distribution": [
            StrOptions({"auto", "dtype", *LIKELIHOODS}),
            list,
            tuple,
            dict,
            HasMethods(["statistics", "fit", "log_likelihood"]),
        ],
        "priors": ["array-like", None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "var_smoothing": [Interval(Real, 0, None, closed="left")],
        "bandwidth": [
            StrOptions({"silverman", "scott"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        distribution="auto",
        *,
        priors=None,
        class_weight=None,
        alpha=1.0,
        var_smoothing=1e-9,
        bandwidth="silverman",
        random_state=None,
    ):
        self.distribution = distribution
        self.priors = priors
        self.class_weight = class_weight
        self.alpha = alpha
        self.var_smoothing = var_smoothing
        self.bandwidth = bandwidth
        self.random_state = random_state

    @fitting.fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @fitting.all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Count the rows of each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)
            Missing values are NaN, None or pandas' NA.
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

        Warns
        -----
        UserWarning
            If all values of a feature are missing in some class, which then gets what
            all classes have.
        """
        return self._count_and_divide(X, y, sample_weight, None)

    @fitting.fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @fitting.restored_if_it_fails
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Add rows to those that were counted.

        The result is that of one fit on all rows, for distributions that are named;
        "auto" chooses on the rows of the first call. New categories may come, new
        classes may not.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), default=None
            All labels that will come; None are those of the first call.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : FromScratchNB

        Raises
        ------
        ValueError
            As `fit`; or if the rows have other columns or classes than those before.
        """
        return self._count_and_divide(X, y, sample_weight, classes)

    def _count_and_divide(self, X, y, sample_weight, classes):
        """Count the rows, add them to those of earlier calls, and divide."""
        rows = self._rows_to_learn(X, y, sample_weight)
        check_same_classes(classes, getattr(self, "classes_", None))
        classes = getattr(self, "classes_", classes)
        if classes is None:
            self.classes_, rows = with_class_codes(rows)
        else:
            self.classes_, rows = codes_among(rows, classes)
        options = Options(self.alpha, self.var_smoothing, self.bandwidth)
        self._choose_distributions(rows, options)
        groups = group_columns(self._likelihoods_, options)
        refuse_negative_counts(rows, groups)
        # Count: sums over the rows of each class.
        n_classes = self.classes_.shape[0]
        rows = rows.in_blocks(widest_output=n_classes)
        sums = rows.sum(sums_by_class, groups, n_classes)
        if hasattr(self, "_sums_"):
            sums = add(self._sums_, sums)
        self._sums_ = tuple(
            s.concatenated() if isinstance(s, Samples) else s for s in sums
        )
        # Divide: the prior P(y), and the parameters of each P(x_j | y).
        self.class_count_, value_count, *totals = self._sums_
        self._warn_of_missing(value_count)
        self._set_priors()
        with np.errstate(over="ignore", invalid="ignore"):
            self._groups_ = [
                (columns, likelihood, likelihood.fit(total))
                for (columns, likelihood), total in zip(groups, totals, strict=True)
            ]
        self._name_parameters()
        return self

    def _rows_to_learn(self, X, y, sample_weight):
        """Return the rows as numbers; the first ones say what the columns are."""
        names, first = named_in(self.distribution), not hasattr(self, "_sums_")
        if hasattr(X, "nnz") and names & COLUMN_BY_COLUMN:
            raise TypeError(
                "Sparse data was passed, but dense data is required where columns are "
                "looked at one by one (distribution 'auto', 'categorical', 'kde' and "
                "'bins'). Use 'gaussian', 'multinomial' or 'bernoulli', or X.toarray()."
            )
        if may_hold_text(X) if first else self._table_ is not None:
            return self._rows_of_table(X, y, sample_weight, reset=first)
        checks = {"takes_dask": not names & KEEP_ROWS, "reset": first, **_finite(X)}
        rows = rows_to_fit(self, X, y, sample_weight, accept_sparse="csr", **checks)
        if first:
            self._table_, self._likelihoods_ = None, self._asked_for(X)
        return rows

    def _rows_of_table(self, X, y, sample_weight, *, reset):
        """Return the rows of a table as numbers; learn its categories."""
        columns = check_columns(self, X, reset=reset)
        y, weight = check_targets(self, columns, y, sample_weight)
        # A row without weight is not there: nor are its categories.
        learned = columns if weight is None else [c[weight > 0] for c in columns]
        if reset:
            self._likelihoods_ = by_kind(self._asked_for(X), learned)
            self._table_ = Table(self._names(), which_categorical(self._likelihoods_))
        self._table_ = self._table_.learn(learned)
        return Rows(self._table_.encode(columns), y, weight)

    def _asked_for(self, X):
        """Return the distribution that is asked for each column of X."""
        return by_column(self.distribution, X, self.n_features_in_, self._names())

    def _names(self):
        return getattr(self, "feature_names_in_", None)

    def _choose_distributions(self, rows, options):
        """Decide the distributions that the first rows left to the data."""
        state = check_random_state(self.random_state)
        chosen, scores = by_values(self._likelihoods_, rows, options, state)
        self._likelihoods_ = chosen
        self.selection_scores_ = getattr(self, "selection_scores_", {}) | scores
        self.distributions_ = [
            name if type(name) is str else type(name).__name__ for name in chosen
        ]

    def _warn_of_missing(self, value_count):
        """Warn of features without a value in some class that has rows."""
        value_count = _arrays.to_numpy(value_count)
        has_rows = _arrays.to_numpy(self.class_count_)[:, None] > 0
        classes, columns = np.nonzero((value_count <= 0) & has_rows)
        if not len(columns):
            return
        names = self._names()
        name = columns[0] if names is None else names[columns[0]]
        label, more = _arrays.to_numpy(self.classes_)[classes[0]], len(columns) - 1
        fitting.warn(
            f"All values of feature {name} are missing in class {label}, which gets "
            "what all classes have"
            + (f"; so it is in {more} more places." if more else ".")
        )

    def _name_parameters(self):
        """Set the likelihoods' parameters as attributes under the field's names."""
        self.parameters_ = {}
        for _, likelihood, parameters in self._groups_:
            shown = {k: v for k, v in parameters.items() if not k.startswith("_")}
            for name, value in shown.items():
                if _arrays.is_array(value):
                    check_squares(value)
                setattr(self, name, value)
            self.parameters_[type(likelihood).__name__.lower()] = shown
            if "_index_" in parameters:
                codes, table = list(parameters["_index_"].values), self._table_
                known = codes if table is None else table.categories_of(codes)
                self.categories_ = known

    def _set_priors(self):
        """Set P(y): as given, or the share of each class's weight; times its costs."""
        count, xp = self.class_count_, _arrays.namespace(self.class_count_)
        if self.priors is None:
            prior = count / xp.sum(count)
        else:
            prior = check_priors(self.priors, count)
        equal = xp.ones_like(prior)
        if self.class_weight is not None:
            costs = (self.class_weight, self.classes_)
            prior, equal = (times_class_weight(p, *costs) for p in (prior, equal))
        self.class_prior_, self._equal_prior_ = prior, equal

    def _log_prior(self):
        """Return log P(y); what costs add to equal priors where none are used."""
        if any(getattr(like, "uses_prior", True) for _, like, _ in self._groups_):
            return log_prior(self.class_prior_)
        weighted = self._equal_prior_
        return log_prior(weighted) - log_prior(0 * weighted + 1)

    def _map(self, method, X, function, *parameters):
        check_is_fitted(self)
        if self._table_ is not None:
            columns = check_columns(self, X, reset=False)
            rows = Rows(self._table_.encode(columns))
        else:
            checks = {"fitted": "class_count_", "method": method}
            rows = rows_to_apply(self, X, accept_sparse="csr", **checks, **_finite(X))
        rows = rows.in_blocks(widest_output=self.classes_.shape[0])
        fitted = (self._groups_, self._log_prior())
        return rows.map(of_finite, function, *fitted, *parameters)

    @on_host
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

    @on_host
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

    @on_host
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

    @on_host
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

    @on_host
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

    def feature_log_likelihood(self, values, feature):
        """Return log P(x_j | y) of values of one feature, all others being missing.

        Parameters
        ----------
        values : array-like of shape (n_values,)
            Numbers, or categories.
        feature : int
            Index of the column.

        Returns
        -------
        ndarray of shape (n_values, n_classes)
            Of a number's density, or a category's or a count's probability.

        Raises
        ------
        ValueError
            If there is no such column, or a value cannot be one of it.
        """
        check_is_fitted(self)
        if not 0 <= feature < self.n_features_in_:
            raise ValueError(
                f"feature={feature} is none of the {self.n_features_in_} columns."
            )
        values = np.asarray(values, dtype=object)
        (column,) = columns_of(values[:, None])
        is_categorical = which_categorical(self._likelihoods_)[feature]
        categories = self._table_ and self._table_.categories[feature]
        X = np.full((len(values), self.n_features_in_), np.nan)
        X[:, feature] = encode_column(column, is_categorical, categories, feature)
        groups = getattr(self, "_host_", self)._groups_
        return _arrays.to_numpy(log_likelihood(X, groups, None))

    @on_host
    def transform(self, X):
        """Return log P(x | y) for each class, the priors left out.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_classes)
        """
        return self._map("transform", X, log_likelihood)

    @property
    def _n_features_out(self):
        return self.classes_.shape[0]

    def sample(self, n_samples=1, random_state=None):
        """Draw rows from the model: a class, then each feature given the class.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Of objects if there are categories, else of floats.
        y : ndarray of shape (n_samples,)

        Raises
        ------
        ValueError
            If a column's distribution cannot be drawn from: of multinomial counts the
            number of words is not known.
        """
        check_is_fitted(self)
        state = check_random_state(random_state)
        prior = _arrays.to_numpy(self.class_prior_)
        codes = state.choice(len(prior), size=n_samples, p=prior / prior.sum())
        X = np.empty((n_samples, len(self.distributions_)))
        for columns, likelihood, parameters in self._groups_:
            if not hasattr(likelihood, "draw"):
                raise ValueError(
                    f"{type(likelihood).__name__} columns cannot be drawn from."
                )
            everything = slice(None) if columns is None else columns
            X[:, everything] = likelihood.draw(parameters, codes, state)
        labels = _arrays.to_numpy(self.classes_)[codes]
        return X if self._table_ is None else self._table_.decode(X), labels

    @property
    def _computes_anywhere(self):
        """Whether all is sums and products, which any namespace has."""
        names = named_in(self.distribution)
        return not names & (COLUMN_BY_COLUMN | {"poisson", "exponential"})

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        names = named_in(self.distribution)
        tags.input_tags.string = bool(names & {"auto", "dtype", "categorical"})
        tags.input_tags.categorical = "categorical" in names
        tags.input_tags.sparse = not names & COLUMN_BY_COLUMN
        tags.input_tags.allow_nan = True
        tags.input_tags.positive_only = bool(
            names & {"multinomial", "complement", "poisson", "exponential"}
        )
        tags.classifier_tags.poor_score = bool(
            names & {"bernoulli", "multinomial", "complement", "poisson", "exponential"}
        )
        tags.array_api_support = True
        # A table is made one of float64.
        kept = [] if "categorical" in names else ["float64", "float32"]
        tags.transformer_tags.preserves_dtype = kept
        return tags


def sums_by_class(X, y, weight, groups, n_classes):
    """Return the weight of each class and its values, and each group's statistics."""
    members = indicators(y, n_classes, X, columns_contiguous=True)
    weighted = _arrays.weigh(members, weight)
    count = weighted.T @ _arrays.namespace(members).ones_like(members[:, 0])
    statistics = (
        likelihood.statistics(select(X, columns), members, weight)
        for columns, likelihood in groups
    )
    return (count, _values_by_class(X, weighted, count), *statistics)


def _values_by_class(X, weighted, count):
    """Return the weight of the values of each feature in each class; check them."""
    xp = _arrays.namespace(weighted)
    if not _arrays.is_array(X) or math.isfinite(float(xp.sum(X))):
        return count[:, None]
    check_finite(X)
    return weighted.T @ xp.astype(~xp.isnan(X), weighted.dtype)


def _finite(X):
    """Return how values are checked: only a dense X may have missing ones.

    One in memory is looked at block by block, while it is in the cache.
    """
    if hasattr(X, "nnz"):
        return {"ensure_all_finite": True}
    return {"ensure_all_finite": "allow-nan" if is_dask(X) else False}
