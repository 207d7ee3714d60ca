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
from sklearn.base import (
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import all_or_nothing, restored_if_it_fails, warn
from skmath._estimators.host import fits_on_host, on_host
from skmath._estimators.targets import check_labels, codes_among, with_class_codes
from skmath._estimators.weights import weigh_classes
from skmath._rows.checks import (
    check_squares,
    rows_to_apply,
    rows_to_fit,
    weights_beside,
)
from skmath._rows.rows import Rows, add, is_dask, is_on_disk
from skmath._rows.tables import (
    CategoricalColumn,
    codes_of,
    columns_of,
    may_hold_text,
    numbers_of,
)
from skmath.from_scratch_nb.columns import (
    asked_distributions,
    choose,
    encode,
    learn_texts,
    open_to_choice,
)
from skmath.from_scratch_nb.sums import (
    count_negative,
    evidence,
    log_joint,
    log_likelihood,
    most_probable,
    of_finite,
    posterior,
    probabilities,
    sums_by_class,
)
from skmath.probability import (
    KDE,
    LIKELIHOODS,
    Gaussian,
    Samples,
    log_prior,
)

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
        Weight of the rows of each class, which also counts in their priors. "balanced"
        gives every class the same.
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
    selection : "loglik", default="loglik"
        What "auto" compares distributions by.
    random_state : int, RandomState instance or None, default=None
        Draws the rows that "auto" looks at, where there are more than 5,000.

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
        "selection": [StrOptions({"loglik"})],
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
        selection="loglik",
        random_state=None,
    ):
        self.distribution = distribution
        self.priors = priors
        self.class_weight = class_weight
        self.alpha = alpha
        self.var_smoothing = var_smoothing
        self.bandwidth = bandwidth
        self.selection = selection
        self.random_state = random_state

    @fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
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
        return self._learn(X, y, sample_weight, None)

    @fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
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
        return self._learn(X, y, sample_weight, classes)

    def _learn(self, X, y, sample_weight, classes):
        before = getattr(self, "_sums_", None)
        rows, columns = self._rows_to_learn(X, y, sample_weight, before is None)
        if before is not None:
            classes = self.classes_
        if classes is None:
            self.classes_, rows = with_class_codes(rows)
        else:
            self.classes_, rows = codes_among(rows, classes)
        if self.class_weight is not None:
            rows = weigh_classes(rows, self.class_weight, self.classes_)
        rows = self._learn_columns(rows, X, columns, before is None)
        n_classes = self.classes_.shape[0]
        groups = self._group_columns()
        self._check_counts(rows, groups)
        # Count: sums over the rows of each class.
        sums = rows.in_blocks(widest_output=n_classes).sum(
            sums_by_class, groups, n_classes
        )
        if before is not None:
            sums = add(before, sums)
        self._sums_ = tuple(s.owned() if isinstance(s, Samples) else s for s in sums)
        self._divide(groups)
        return self

    def _divide(self, groups):
        """Make the prior P(y), and the parameters of each P(x_j | y), of the sums."""
        self.class_count_, seen, *sums = self._sums_
        self._tell_unseen(seen)
        self.class_prior_ = self._prior()
        with np.errstate(over="ignore", invalid="ignore"):
            self._groups_ = [
                (columns, likelihood, likelihood.fit(sums_of_group))
                for (columns, likelihood), sums_of_group in zip(
                    groups, sums, strict=True
                )
            ]
        self._name_parameters()

    def _rows_to_learn(self, X, y, sample_weight, first):
        """Return validated rows, and the columns if X is a table, else None."""
        if hasattr(X, "nnz") and not self._adds_up():
            raise TypeError(
                "Sparse data was passed, but dense data is required where columns are "
                "looked at one by one (distribution 'auto', 'categorical', 'kde' and "
                "'bins'). Use 'gaussian', 'multinomial' or 'bernoulli', or X.toarray()."
            )
        if first:
            self._is_table_ = may_hold_text(X)
        if not self._is_table_:
            self._texts_ = None
            dask = not self._asked() & {"kde", "bins"}
            checks = {"accept_sparse": "csr", "takes_dask": dask}
            given = (self, X, y, sample_weight)
            rows = rows_to_fit(*given, reset=first, **checks, **_finite(X))
            return rows, None
        if first:
            self._texts_ = None
        columns = self._columns(X, reset=first)
        if y is None:
            raise ValueError(
                "FromScratchNB requires y to be passed, but the target y is None."
            )
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_labels(y)
        empty = np.empty((len(columns[0]) if columns else 0, 0))
        check_consistent_length(empty, y)
        if sample_weight is not None:
            sample_weight = weights_beside(sample_weight, empty, np.float64)
        return Rows(np.empty((len(y), len(columns))), y, sample_weight), columns

    def _columns(self, X, reset):
        """Return the columns of a table that was checked."""
        columns = columns_of(X)
        n_rows = len(columns[0]) if columns else np.shape(X)[0]
        shape = (n_rows, len(columns))
        for size, what in zip(shape, ("sample", "feature"), strict=True):
            if not size:
                raise ValueError(
                    f"Found array with 0 {what}(s) (shape={shape}) while a minimum of "
                    f"1 is required by {type(self).__name__}."
                )
        validate_data(self, X, reset=reset, skip_check_array=True)
        return columns

    def _asked(self):
        """Return the distributions that are asked for by name, without columns."""
        names = self.distribution
        if isinstance(names, dict):
            named = [*names.keys(), *names.values()]
        elif isinstance(names, list | tuple):
            named = list(names)
        else:
            named = [names]
        return {name for name in named if isinstance(name, str)}

    def _adds_up(self):
        """Tell whether sums are small: samples are not gathered from a cluster."""
        return not self._asked() & {"auto", "kde", "bins", "categorical"}

    def _learn_columns(self, rows, X, columns, first):
        """Choose each column's distribution; return the rows as numbers."""
        names = getattr(self, "feature_names_in_", None)
        if first:
            p = rows.n_features
            self._likelihoods_ = asked_distributions(self.distribution, X, p, names)
            self.selection_scores_ = {}
        open_columns = open_to_choice(self._likelihoods_)
        if columns is not None:
            rows = self._encoded(rows, columns, open_columns, names, first)
        if first:
            self._choose(rows, open_columns)
        return rows

    def _encoded(self, rows, columns, open_columns, names, first):
        """Return the rows of a table as numbers."""
        if rows.weight is None:
            seen = columns
        else:
            # A row without weight is not there: nor are its categories.
            seen = [column[rows.weight > 0] for column in columns]
        for j in open_columns:
            if isinstance(seen[j], CategoricalColumn):
                self._likelihoods_[j] = "categorical"
        of_texts = self._categorical()
        self._texts_ = learn_texts(seen, of_texts, self._texts_, first, names)
        numbers = encode(columns, of_texts, self._texts_, names)
        return Rows(numbers, rows.y, rows.weight)

    def _categorical(self):
        """Tell which columns are categorical."""
        return [_key(name) == "categorical" for name in self._likelihoods_]

    def _choose(self, rows, open_columns):
        """Name the distribution of the columns of numbers that is left to the data."""
        to_choose = []
        for j in open_columns:
            # Densities of any shape are made of the rows: these are kept in memory.
            if self._likelihoods_[j] == "auto" and _is_in_memory(rows.X):
                to_choose.append(j)
            if self._likelihoods_[j] in ("auto", "dtype"):
                self._likelihoods_[j] = "gaussian"
        if to_choose:
            options = {name: getattr(self, name) for name in ("alpha", "var_smoothing")}
            found = choose(
                rows,
                to_choose,
                check_random_state(self.random_state),
                bandwidth=self.bandwidth,
                **options,
            )
            for j, scores in zip(to_choose, found, strict=True):
                self.selection_scores_[j] = scores
                if scores:
                    self._likelihoods_[j] = max(scores, key=scores.get)
        self.distributions_ = [
            name if type(name) is str else type(name).__name__
            for name in self._likelihoods_
        ]

    def _likelihood(self, name):
        """Return the likelihood of that name, as the parameters have it."""
        if not isinstance(name, str):
            return name
        if name == "gaussian":
            return Gaussian(self.var_smoothing)
        if name == "kde":
            return KDE(self.bandwidth, self.var_smoothing)
        return LIKELIHOODS[name](self.alpha)

    def _group_columns(self):
        """Return (columns, likelihood) for each distribution that is used."""
        asked = self._likelihoods_
        if asked.count(asked[0]) == len(asked):
            return [(None, self._likelihood(asked[0]))]
        groups = {}
        for j, name in enumerate(asked):
            groups.setdefault(_key(name), []).append(j)
        return [
            (np.array(columns), self._likelihood(asked[columns[0]]))
            for columns in groups.values()
        ]

    def _check_counts(self, rows, groups):
        """Raise a ValueError if columns of counts hold negative values."""
        for columns, likelihood in groups:
            counts = getattr(likelihood, "counts", False)
            if counts and int(rows.sum(count_negative, columns)) > 0:
                raise ValueError(
                    "Negative values in data passed to FromScratchNB: "
                    f"{type(likelihood).__name__.lower()} columns hold none."
                )

    def _tell_unseen(self, seen):
        """Warn of features without a value in some class that has rows."""
        seen, count = _arrays.to_numpy(seen), _arrays.to_numpy(self.class_count_)
        classes, columns = np.nonzero((seen <= 0) & (count > 0)[:, None])
        if not len(columns):
            return
        names = getattr(self, "feature_names_in_", np.arange(seen.shape[1]))
        label, more = _arrays.to_numpy(self.classes_)[classes[0]], len(columns) - 1
        warn(
            f"All values of feature {names[columns[0]]} are missing in class {label}, "
            "which gets what all classes have"
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
            if "_places_" in parameters:
                self.categories_ = self._categories(parameters["_places_"].values)

    def _categories(self, values):
        """Return the categories of each categorical column, texts for their places."""
        texts = self._texts_ or [None] * self.n_features_in_
        of_column = [
            known for known, yes in zip(texts, self._categorical(), strict=True) if yes
        ]
        return [
            numbers if t is None else np.array(t, dtype=object)
            for numbers, t in zip(values, of_column, strict=True)
        ]

    def _prior(self):
        """Return P(y): as given, or the share of each class's weight."""
        xp, n_classes = _arrays.namespace(self.class_count_), self.classes_.shape[0]
        if self.priors is None:
            return self.class_count_ / xp.sum(self.class_count_)
        try:
            priors = _arrays.like(self.priors, self.class_count_, "same")
        except (TypeError, ValueError) as failure:
            raise ValueError(
                f"priors must be numbers, one for each class, got {self.priors!r}."
            ) from failure
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
        check_is_fitted(self)
        if self._is_table_:
            columns = self._columns(X, reset=False)
            names = getattr(self, "feature_names_in_", None)
            rows = Rows(encode(columns, self._categorical(), self._texts_, names))
        else:
            checks = {"fitted": "class_count_", "method": method}
            rows = rows_to_apply(self, X, accept_sparse="csr", **checks, **_finite(X))
        rows = rows.in_blocks(widest_output=self.classes_.shape[0])
        fitted = (self._groups_, self._log_prior())
        return rows.map(of_finite, function, *fitted, *parameters)

    def _log_prior(self):
        """Return log P(y), or zeros where no likelihood uses it."""
        used = any(getattr(like, "uses_prior", True) for _, like, _ in self._groups_)
        return log_prior(self.class_prior_) if used else 0 * self.class_prior_

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
        texts = None if self._texts_ is None else self._texts_[feature]
        (column,) = columns_of(values[:, None])
        block = np.full((len(values), self.n_features_in_), np.nan)
        if self._categorical()[feature]:
            block[:, feature] = codes_of(column, texts)
        else:
            block[:, feature] = numbers_of(column, feature)
        groups = getattr(self, "_host_", self)._groups_
        return _arrays.to_numpy(log_likelihood(block, groups, None))

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
        return self._decoded(X), _arrays.to_numpy(self.classes_)[codes]

    def _decoded(self, X):
        """Return drawn rows with the categories in the place of their codes."""
        of_text = {j: t for j, t in enumerate(self._texts_ or []) if t is not None}
        if not of_text:
            return X
        table = X.astype(object)
        for j, texts in of_text.items():
            table[:, j] = np.array(texts, dtype=object)[X[:, j].astype(int)]
        return table

    @property
    def _computes_anywhere(self):
        """Whether all is sums and products, which any namespace has."""
        return self._adds_up() and not self._asked() & {"poisson", "exponential"}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        names = self._asked()
        in_blocks = self._adds_up()
        tags.input_tags.string = bool(names & {"auto", "dtype", "categorical"})
        tags.input_tags.categorical = "categorical" in names
        tags.input_tags.sparse = in_blocks
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


def _finite(X):
    """Return how values are checked: only a dense X may have holes.

    One in memory is looked at block by block, while it is in the cache.
    """
    if hasattr(X, "nnz"):
        return {"ensure_all_finite": True}
    return {"ensure_all_finite": "allow-nan" if is_dask(X) else False}


def _key(name):
    """Return what columns of one group share: a name, or the object itself."""
    return name if isinstance(name, str) else id(name)


def _is_in_memory(X):
    return isinstance(X, np.ndarray) and not is_on_disk(X)
