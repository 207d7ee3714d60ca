r"""Naive Bayes with one distribution per feature.

Bayes' theorem gives the probability of a class y from features x_1 ... x_n:

.. math:: P(y | x_1 \dots x_n) = \frac{P(y) P(x_1 \dots x_n | y)}{P(x_1 \dots x_n)}

The naive assumption is that, given the class, the features are independent, and each
makes an equal contribution: by the chain rule the likelihood is a product with one
factor per feature. The evidence in the denominator is the same for every class, so

.. math:: P(y | x) \propto P(y) \prod_j P(x_j | y), \qquad
          \hat y = \arg\max_y \; \log P(y) + \sum_j \log P(x_j | y).

Dependent features are counted in pairs (``dependence``), and a temperature T that
corrects over-confident probabilities is learnt from held-out rows (``calibrate``):

.. math:: P_T(y | x) \propto P(y) P(x | y)^{1 / T}.

1. Count: sums over the rows of each class (counts, means, squares, and how often each
   category occurs);
2. divide: the prior P(y), and the parameters of each P(x_j | y);
3. for a new row add logarithms, and normalise.

Fitting takes one pass over X: O(n p) time for counting, O(n p K) for predicting with K
classes, and O(p K) memory in addition to X.

References
----------
C. D. Manning, P. Raghavan and H. Schuetze, *Introduction to Information Retrieval*,
2008, chapter 13.
"""

import itertools
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skmath import _arrays
from skmath._estimators import fitting
from skmath._estimators.base import Estimator
from skmath._estimators.decorators import checks_parameters
from skmath._estimators.score import ChunkedScoreMixin
from skmath._estimators.targets import check_same_classes, codes_among, with_class_codes
from skmath._estimators.tasks import TasksMixin, in_steps
from skmath._rows.checks import check_squares
from skmath._rows.rows import add, one_thread
from skmath.from_scratch_nb.choices import choose
from skmath.from_scratch_nb.counting import sample_rows, sums_by_class
from skmath.from_scratch_nb.distributions import (
    COLUMN_BY_COLUMN,
    USE_SCIPY,
    named_in,
    names_of,
    resolve_options,
    which_categorical,
    without_negative_counts,
)
from skmath.from_scratch_nb.left_out_rows import can_be_left_out, temperature_of
from skmath.from_scratch_nb.missingness import with_missingness
from skmath.from_scratch_nb.posteriors import Posteriors
from skmath.from_scratch_nb.priors import check_priors, times_class_weight
from skmath.from_scratch_nb.reading import rows_to_learn
from skmath.probability import LIKELIHOODS, Samples, log_prior

__all__ = ["FromScratchNB"]

FOLLOW_X = (
    *("classes_", "class_count_", "class_prior_", "parameters_"),
    *("_log_prior_", "_sums_", "_groups_"),
)
"""Fitted attributes in the namespace of X, in addition to the parameters."""


class FromScratchNB(
    TasksMixin, Posteriors, ChunkedScoreMixin, ClassifierMixin, Estimator
):
    r"""Naive Bayes with one distribution per feature, for mixed and incomplete tables.

    Columns may hold numbers, strings, booleans or categories, in an array or in a
    pandas or polars frame. Values may be missing, and new rows may have new categories.

    Parameters
    ----------
    distribution : str, object, list or dict, default="auto"
        Distribution of a column given the class:

        - "gaussian": normal density;
        - "kde": kernel density estimate with normal kernels;
        - "bins": smoothed histogram with quantile bins;
        - "exponential", "gamma", "lognormal": for waiting times and amounts, which are
          not negative. Because a zero has no logarithm, gamma and lognormal leave it
          out of their sums and treat it as the smallest value in prediction, so that
          the number of zeros per class has no effect. "bins" counts them;
        - "categorical": each number, string or boolean is a category;
        - "bernoulli": whether the value is above ``binarize``;
        - "poisson": counts of events;
        - "multinomial", "complement": word counts, whose columns belong together;
        - "dtype": categorical for strings, booleans and a frame's categoricals,
          gaussian for numbers, dates and durations;
        - "ignored": the column may hold anything and is not used;
        - "auto": like "dtype", but for numbers in memory it selects the distribution
          with the highest leave-one-out log-likelihood of the values' rounding cells:
          among gaussian, kde and bins; exponential, gamma and lognormal, if no value is
          negative or none is 0; poisson, if all values are whole; categorical, if each
          value has ten rows per class on average. Two distinct numbers, each in several
          rows, are bernoulli (0 and 1) or categorical. All columns of a sparse X get
          the same distribution, the one that predicts the classes of held-out rows
          best: bernoulli, multinomial (if no value is negative) or gaussian (if some
          value is not 0 or 1);
        - an object with the methods ``statistics``, ``fit`` and ``log_likelihood``, as
          described in `skmath.probability.likelihoods`.

        Pass one for all columns; a list with one per column; or a dict from columns to
        distributions, or from distributions to columns, where columns that are not
        named get "auto". Columns are given as in
        `~sklearn.compose.ColumnTransformer`: names, indices, slices, masks, callables.
    priors : array-like of shape (n_classes,), default=None
        Probabilities of the classes in sorted order. Set this if class frequencies
        differ at prediction time; None estimates them from y.
    class_weight : dict or "balanced", default=None
        Cost of misclassifying a row of each class. It multiplies the priors (or equal
        priors, if all columns are "complement", which uses none) and does not change
        the likelihoods. "balanced" makes the priors equal.
    alpha : float, array-like of shape (n_features,) or "auto", default="auto"
        Additive smoothing of counts, in rows (Laplace's is 1). For poisson, exponential
        and bins it is the number of rows, distributed like all classes together, that
        are added to each class. "auto" is 1, except for categorical columns: there it
        is the value between 0.001 and 1 (100 for more than 30 categories) with the
        highest leave-one-out log-likelihood, because with many categories 1 outweighs
        the data, or is too little if they are noise. With 0, categories that do not
        occur in a class are practically impossible there.
    var_smoothing : float or "auto", default="auto"
        Fraction of a gaussian feature's variance (over all classes) that is added to
        its variance in each class; for gamma and lognormal the same of the logarithms;
        for kde, the lower bound of the squared bandwidth. "auto" adds one row with that
        variance to each class, as alpha=1 does for counts (for kde it is 1e-9), so that
        other values are unlikely, but not impossible, if a class has a single value.
    bandwidth : float or {"silverman", "scott"}, default="silverman"
        Standard deviation of the kernels of kde in the units of the feature, or the
        rule that computes it from each class's values. Both rules assume one mode; for
        several distant modes the kernels are too wide (and "auto" selects bins).
    norm : bool, default=False
        Whether the weights of complement are divided by their sum in each class, as in
        the second step of Rennie et al.'s table 4.
    min_categories : int or array-like of shape (n_features,), default=None
        Minimum number of categories of a categorical column; None counts those in the
        data.
    binarize : float or None, default=0.0
        Threshold of bernoulli: values above it are 1. None means 0.
    max_categories : "auto", int or None, default="auto"
        Maximum number of categories of columns whose distribution is "auto" or "dtype".
        Columns with more are ignored with a warning ("ignored" in `distributions_`).
        "auto" ignores free text and identifiers: columns in which more than n/2 +
        sqrt(n) of the n rows with a value have one that occurs only once, so that most
        new rows would have an unknown value (Good's estimate [9]_). Rows of weight 0 do
        not count, all others count once. None keeps all columns. The rows of the first
        call decide.
    missing : {"ignore", "category"}, default="ignore"
        "ignore" leaves missing values out of sums and products. "category" uses them as
        evidence: as one more category of a categorical column; for a number,
        P(missing | y) = (M_y + alpha) / (N_y + 2 alpha), where M_y of the total weight
        N_y of class y is missing, and the density is multiplied by 1 - P(missing | y).
        If a column had no missing values in `fit`, they count as an unknown category.
    dependence : {"auto", "aode", "tan"} or None, default="auto"
        Whether a feature may depend on another one, given the class:

        - None: no, as in naive Bayes;
        - "aode": averages models in which each feature in turn is the parent of all
          others [7]_;
        - "tan": the parents form the tree with the most mutual information [8]_;
        - "auto": if ``distribution`` is "auto" too, the one of these that predicts the
          classes of held-out rows best (`dependence_scores_`); else None.

        Pairs of categories and intervals are counted, so the columns' distributions
        must be "auto", "dtype", "categorical" or "bins". Numbers are cut into 5 to 40
        intervals of equal frequency; the number is the one that predicts held-out rows
        best. The counts take 8 K V^2 bytes for K classes and V values of all columns
        together. "auto" limits them to 32 MiB by keeping the columns with the most
        categories independent; "aode" and "tan" raise an error above 1 GiB.
    calibrate : {"auto", "temperature"} or None, default="auto"
        Whether the likelihood is raised to a power 1 / T that maximises the probability
        of the classes of held-out rows; T is above 1 if features are redundant.
        "temperature" always does, "auto" only for several features whose
        ``distribution`` is "auto".
    random_state : int, RandomState instance or None, default=0
        Controls which rows "auto" and ``calibrate`` use, if there are more than 5,000,
        or 500 and many pairs. With None, repeated fits on the same rows may give
        slightly different probabilities.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Sorted labels.
    class_count_ : array of shape (n_classes,)
        Total weight of the rows of each class, without ``class_weight``.
    class_prior_ : array of shape (n_classes,)
        P(y), including ``class_weight``.
    distributions_ : list of str
        The distribution of each column; "ignored" for columns that are not used.
    missing_log_prob_ : ndarray of shape (n_features_in_, n_classes)
        log P(x_j missing | y), if ``missing="category"``.
    selection_scores_ : dict of int to dict
        For each column whose distribution was selected by "auto", the mean
        leave-one-out log-likelihood of each candidate, in nats.
    dependence_ : {"aode", "tan"} or None
        The value of ``dependence`` that was used.
    dependence_scores_ : dict of str to float
        Log-loss, in nats, of each model that "auto" compared: of rows that are left out
        one at a time, at the best temperature.
    temperature_ : float
        T; 1 without calibration.
    parameters_ : dict of str to dict
        The parameters of each distribution, which are attributes too:
    theta_, var_ : array of shape (n_classes, n_gaussian_columns)
        Means and variances, in the units of the feature and their squares.
    categories_ : list of ndarray
        Known values of each categorical column: those of the first call sorted, then
        those of later calls; numbers are all sorted and come before strings.
    category_log_prob_ : ndarray of shape (n_slots, n_classes)
        log P(x_j = c | y) for the categories of one column after another. Each column
        ends with a slot for unknown values; the last slot of all is for missing ones.
        Columns that are counted in pairs have no slots.
    category_alpha_ : ndarray of shape (n_categorical_columns,)
        The smoothing of each column, in rows.
    feature_log_prob_ : array of shape (n_classes, n_columns)
        log P(x_j = 1 | y) for bernoulli columns, log p_j for multinomial columns; for
        complement columns minus log p_j of all other classes.
    rate_, mean_ : array of shape (n_classes, n_columns)
        Parameters of poisson and exponential columns.
    bandwidth_ : ndarray of shape (n_classes, n_kde_columns)
        Standard deviations of the kernels.
    edges_ : list of ndarray
        Edges of the bins of each column, or of the intervals that are counted in pairs.
    shape_ : ndarray of shape (n_classes, n_gamma_columns)
        Shapes of gamma columns, whose means are ``gamma_mean_``.
    log_theta_, log_var_ : ndarray of shape (n_classes, n_lognormal_columns)
        Means and variances of the logarithms.
    tree_ : ndarray of int of shape (n_features_in_,)
        For "tan", the parent of each feature; -1 for the root, and for features that
        are not counted in pairs.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if all column names of X are strings.

    See Also
    --------
    sklearn.naive_bayes.GaussianNB : Numbers only; smooths by the largest variance.
    sklearn.naive_bayes.CategoricalNB : Codes only; fails on unknown categories.
    skmath.display.EvidenceDisplay : The evidence of each feature for one row.
    skmath.display.ReliabilityDisplay : Predicted probabilities and observed frequency.
    skmath.display.DependenceTreeDisplay : The tree of ``dependence="tan"``.

    Notes
    -----
    Missing values are NaN, None, pandas' NA and NaT. They are left out of the sums and
    of the product, which by independence equals summing (or integrating) the joint
    probability over all values. This assumes that values are missing at random; use
    ``missing="category"`` otherwise.

    Equal values are the same category, whatever their type: 0, 0.0, False and
    ``Decimal(0)``, in arrays and in frames of any library. A string that spells a
    number or boolean (``str(value)``: "0", "1.5", "True") is that value; "007" and
    "1.50" are not. Bytes are decoded as UTF-8, Enum members are their values, and other
    objects are compared by their string. An unknown category counts as one that
    occurred zero times, smoothed by alpha; if a column has only unknown ones, such as
    strings in place of numbers, a warning is raised. If a class has no value of a
    feature, it gets the distribution over all classes.

    Dates, times and durations become numbers of seconds: dates since the start of 1970,
    in UTC if they have a time zone; periods by their start; times of day since
    midnight. So they do not depend on library or resolution. `sample` and `categories_`
    return them as `datetime` objects. A column with a time zone in `fit` and none in
    `predict`, or with dates in place of durations or numbers, raises an error that
    names it.

    Kernel sums are computed by a fast Gauss transform, to about 12 digits, in O(n + m)
    time for n fitted and m predicted rows instead of O(n m). "kde" and "bins" store the
    rows; all other distributions store sums, whose size does not depend on n.

    Redundant features each count as independent evidence, so that the product is
    over-confident; the temperature corrects this on average. The priors, with
    ``class_weight``, are not raised to the power 1 / T.

    Callbacks of scikit-learn, such as ``ProgressBar``, follow the steps "choose",
    "count", "divide" and "calibrate" of `fit` and the passes over the rows.

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
    .. [7] G. I. Webb, J. R. Boughton and Z. Wang, "Not so naive Bayes: aggregating
       one-dependence estimators", Machine Learning, 58, 2005, equation 8.
    .. [8] N. Friedman, D. Geiger and M. Goldszmidt, "Bayesian network classifiers",
       Machine Learning, 29, 1997, section 4.
    .. [9] I. J. Good, "The population frequencies of species and the estimation of
       population parameters", Biometrika, 40, 1953.

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

    Numbers, strings and missing values in one table:

    >>> X = [[1.0, "red"], [1.5, None], [4.0, "blue"], [None, "blue"], [5.0, "red"]]
    >>> model = FromScratchNB({0: "gaussian"}).fit(X, [0, 0, 1, 1, 1])
    >>> model.distributions_
    ['gaussian', 'categorical']
    >>> model.predict([[None, "blue"], [1.2, "green"]])
    array([1, 0])
    """

    _parameter_constraints = {
        "distribution": [
            StrOptions({"auto", "dtype", "ignored", *LIKELIHOODS}),
            list,
            tuple,
            dict,
            HasMethods(["statistics", "fit", "log_likelihood"]),
        ],
        "priors": ["array-like", None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "alpha": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="left"),
            "array-like",
        ],
        "var_smoothing": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "bandwidth": [
            StrOptions({"silverman", "scott"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "norm": ["boolean"],
        "min_categories": [
            None,
            Interval(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "binarize": [None, Interval(Real, None, None, closed="neither")],
        "max_categories": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            None,
        ],
        "missing": [StrOptions({"ignore", "category"})],
        "dependence": [StrOptions({"auto", "aode", "tan"}), None],
        "calibrate": [StrOptions({"auto", "temperature"}), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        distribution: Any = "auto",
        *,
        priors: Any = None,
        class_weight: Any = None,
        alpha: Any = "auto",
        var_smoothing: Any = "auto",
        bandwidth: Any = "silverman",
        norm: bool = False,
        min_categories: Any = None,
        binarize: float | None = 0.0,
        max_categories: Any = "auto",
        missing: str = "ignore",
        dependence: str | None = "auto",
        calibrate: str | None = "auto",
        random_state: Any = 0,
    ) -> None:
        self.distribution = distribution
        self.priors = priors
        self.class_weight = class_weight
        self.alpha = alpha
        self.var_smoothing = var_smoothing
        self.bandwidth = bandwidth
        self.norm = norm
        self.min_categories = min_categories
        self.binarize = binarize
        self.max_categories = max_categories
        self.missing = missing
        self.dependence = dependence
        self.calibrate = calibrate
        self.random_state = random_state

    @fitting.fits_on_host
    @checks_parameters
    @fitting.all_or_nothing
    @in_steps(4)
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Estimate the priors and the distribution of each feature in each class.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)
            Missing values are NaN, None or pandas' NA.
        y : array-like of shape (n_samples,)
            Class labels, numbers or strings.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 has the same effect as passing the row twice.

        Returns
        -------
        self : FromScratchNB

        Raises
        ------
        ValueError
            If X or y cannot be used, if `priors` are not one probability per class, or
            if counts are negative.

        Warns
        -----
        UserWarning
            If all values of a feature are missing in some class, which then gets the
            distribution over all classes; or if a column is ignored because of
            `max_categories`.
        """
        return self._count_and_divide(X, y, sample_weight, None)

    @fitting.fits_on_host
    @checks_parameters
    @fitting.restored_if_it_fails
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Add more rows to the counts.

        For named distributions the result is the same as one `fit` on all rows; "auto"
        and ``max_categories`` decide on the rows of the first call. Later calls may
        have new categories, but no new classes.

        Parameters
        ----------
        X : array-like, sparse matrix, Dask array or data frame of shape \
                (n_samples, n_features)
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), default=None
            All labels that any call may contain; None means those of the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 has the same effect as passing the row twice.

        Returns
        -------
        self : FromScratchNB

        Raises
        ------
        ValueError
            As for `fit`; or if columns or classes differ from those of earlier calls.
        """
        return self._count_and_divide(X, y, sample_weight, classes)

    def _count_and_divide(self, X, y, sample_weight, classes):
        """Count the rows, add them to those of earlier calls, and divide."""
        with self._step("choose", reads_rows=True):
            rows = self._rows_to_learn(X, y, sample_weight)
            check_same_classes(classes, getattr(self, "classes_", None))
            classes = getattr(self, "classes_", classes)
            if classes is None:
                self.classes_, rows = with_class_codes(rows)
            else:
                self.classes_, rows = codes_among(rows, classes)
            options = resolve_options(self)
            if not hasattr(self, "_sums_"):
                self._choose(rows, options)
            groups = self._choice_.groups(options)
        with self._step("count", reads_rows=True):
            # Count: sums over the rows of each class.
            rows = without_negative_counts(rows, groups, self.selection_scores_)
            blocks = rows.in_blocks(widest_output=options.n_classes)
            with one_thread():  # products as narrow as there are classes
                sums = blocks.sum(sums_by_class, groups, options.n_classes)
            if hasattr(self, "_sums_"):
                sums = add(self._sums_, sums)
            self._sums_ = tuple(
                s.concatenated() if isinstance(s, Samples) else s for s in sums
            )
        with self._step("divide"):
            # Divide: the prior P(y), and the parameters of each P(x_j | y).
            self.class_count_, value_count, row_count, *totals = self._sums_
            options = options.with_unit_of(row_count)
            groups = self._choice_.groups(options)
            if self.missing == "ignore":
                self._warn_of_missing(value_count)
            self._set_priors(groups)
            with np.errstate(over="ignore", invalid="ignore"):
                self._groups_ = [
                    (columns, likelihood, likelihood.fit(total))
                    for (columns, likelihood), total in zip(groups, totals, strict=True)
                ]
            self._name_parameters()
            if self.missing == "category":
                counts = (self.class_count_, value_count)
                count, value_count = map(_arrays.to_numpy, counts)
                self._groups_, self.missing_log_prob_ = with_missingness(
                    self._groups_, count, value_count, self._is_ignored(), options
                )
        with self._step("calibrate"):
            self._set_temperature(rows, totals, options)
        state = check_random_state(self.random_state)
        self._sample_ = sample_rows(rows, options.n_classes, state)
        return self

    def _rows_to_learn(self, X, y, sample_weight):
        """Return the rows as numbers; the first call determines the column types."""
        is_known, names = hasattr(self, "_sums_"), named_in(self.distribution)
        known = (self._table_, self._likelihoods_) if is_known else None
        takes_sparse = self._is_selected_by_data or not names & COLUMN_BY_COLUMN
        rows, self._table_, self._likelihoods_ = rows_to_learn(
            self, X, y, sample_weight, known, takes_sparse=takes_sparse
        )
        rows.progress = self._progress
        return rows

    def _names(self):
        return getattr(self, "feature_names_in_", None)

    def _choose(self, rows, options):
        """Select what is "auto", on the rows of the first call."""
        requested, kinds = (self.distribution, self.dependence), self._likelihoods_
        choice = choose(*requested, rows, kinds, options, self.random_state)
        self._choice_, self._likelihoods_ = choice, choice.distributions
        self.distributions_ = names_of(choice.distributions)
        self.selection_scores_ = choice.scores
        self.dependence_ = choice.pairs and type(choice.pairs).__name__.lower()
        self.dependence_scores_ = choice.losses

    def _set_temperature(self, rows, totals, options):
        """Set the temperature, by leaving rows out of the model."""
        self.temperature_ = 1.0
        if self.calibrate is None:
            return
        if self.calibrate == "auto":
            if self.n_features_in_ == 1 or not self._is_selected_by_data:
                return
        elif not can_be_left_out(self._groups_):
            raise ValueError(
                "calibrate='temperature' is not supported with distribution="
                f"{self.distribution!r}, which has no closed form for leaving a row "
                "out. Use calibrate=None, and wrap the classifier in "
                "sklearn.calibration.CalibratedClassifierCV."
            )
        state = check_random_state(self.random_state)
        prior = log_prior(self.class_count_)
        self.temperature_ = temperature_of(
            rows, self._groups_, totals, prior, options, state
        )

    @property
    def _is_selected_by_data(self):
        return isinstance(self.distribution, str) and self.distribution == "auto"

    def _is_ignored(self):
        """Return whether each column is ignored."""
        return np.array([name == "ignored" for name in self.distributions_])

    def _warn_of_missing(self, value_count):
        """Warn of features whose values are all missing in some class."""
        value_count = _arrays.to_numpy(value_count)
        has_rows = _arrays.to_numpy(self.class_count_)[:, None] > 0
        is_missing = (value_count <= 0) & has_rows
        if not is_missing.any():
            return
        classes, columns = np.nonzero(is_missing & ~self._is_ignored())
        if not len(columns):
            return
        names = self._names()
        name = columns[0] if names is None else names[columns[0]]
        label, more = _arrays.to_numpy(self.classes_)[classes[0]], len(columns) - 1
        fitting.warn(
            f"All values of feature {name} are missing in class {label}, which gets "
            "the distribution over all classes"
            + (f"; the same holds for {more} more pairs." if more else ".")
        )

    def _name_parameters(self):
        """Set the parameters of the distributions as fitted attributes."""
        self.parameters_: dict[str, Any] = {}
        codes: dict[int, Any] = {}
        for columns, likelihood, parameters in self._groups_:
            shown = {k: v for k, v in parameters.items() if not k.startswith("_")}
            if "tree_" in shown and columns is not None:
                tree = np.full(self.n_features_in_, -1)
                tree[columns] = np.append(columns, -1)[shown["tree_"]]
                shown["tree_"] = tree
            for name, value in shown.items():
                if _arrays.is_array(value):
                    check_squares(value)
                setattr(self, name, value)
            self.parameters_[type(likelihood).__name__.lower()] = shown
            if "_categories_" in parameters:
                is_category = which_categorical(self._likelihoods_)
                columns = range(len(is_category)) if columns is None else columns
                categorical = [j for j in columns if is_category[j]]
                codes |= zip(categorical, parameters["_categories_"], strict=True)
        if codes:
            self.categories_ = [codes[j] for j in sorted(codes)]
            if self._table_ is not None:
                is_category = which_categorical(self._likelihoods_)
                self.categories_ = self._table_.categories_of(
                    self.categories_, is_category
                )

    def _set_priors(self, groups):
        """Set P(y): `priors` or the class frequencies, times `class_weight`."""
        count, xp = self.class_count_, _arrays.namespace(self.class_count_)
        if self.priors is None:
            prior = count / xp.sum(count)
        else:
            prior = check_priors(self.priors, count)
        equal_prior = xp.ones_like(prior)
        if self.class_weight is not None:
            weights = (self.class_weight, self.classes_)
            prior, equal_prior = (
                times_class_weight(p, *weights) for p in (prior, equal_prior)
            )
        self.class_prior_ = prior
        # Without likelihoods that use priors, costs are applied to equal priors.
        uses_prior = any(
            getattr(likelihood, "uses_prior", True) for _, likelihood in groups
        )
        self._log_prior_ = log_prior(prior) if uses_prior else log_prior(equal_prior)
        if not uses_prior:
            self._log_prior_ = self._log_prior_ - log_prior(0 * equal_prior + 1)

    @property
    def _follows_x(self):
        """Fitted attributes that follow X; None if some distribution needs the host."""
        if named_in(self.distribution) & (COLUMN_BY_COLUMN | USE_SCIPY):
            return None
        shown = getattr(self, "parameters_", {}).values()
        return (*FOLLOW_X, *itertools.chain.from_iterable(shown))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        names = named_in(self.distribution)
        tags.input_tags.string = bool(names & {"auto", "dtype", "categorical"})
        tags.input_tags.categorical = "categorical" in names
        tags.input_tags.sparse = (
            self._is_selected_by_data or not names & COLUMN_BY_COLUMN
        )
        tags.input_tags.allow_nan = True
        positive = USE_SCIPY | {"multinomial", "complement"}
        tags.input_tags.positive_only = bool(names & positive)
        tags.classifier_tags.poor_score = bool(names & (positive | {"bernoulli"}))
        tags.array_api_support = True
        # A table is made one of float64.
        kept = [] if "categorical" in names else ["float64", "float32"]
        tags.transformer_tags.preserves_dtype = kept
        return tags
