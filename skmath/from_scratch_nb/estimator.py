r"""Naive Bayes.

Bayes' theorem gives the probability of a class y from features x_1 ... x_n:

.. math:: P(y | x_1 \dots x_n) = \frac{P(y) P(x_1 \dots x_n | y)}{P(x_1 \dots x_n)}

The naive assumption is that, given the class, the features are independent, and each
makes an equal contribution: by the chain rule the likelihood is a product of one factor
a feature. The evidence below the line is the same for every class, so

.. math:: P(y | x) \propto P(y) \prod_j P(x_j | y), \qquad
          \hat y = \arg\max_y \; \log P(y) + \sum_j \log P(x_j | y).

Features that do depend on each other are counted in pairs (``dependence``), and what
the product is worth is learnt from rows that it did not see (``calibrate``):

.. math:: P_T(y | x) \propto P(y) P(x | y)^{1 / T}.

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

from numbers import Integral, Real

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skmath import _arrays
from skmath._estimators import fitting
from skmath._estimators.base import Estimator
from skmath._estimators.score import ChunkedScoreMixin
from skmath._estimators.targets import check_same_classes, codes_among, with_class_codes
from skmath._rows.checks import check_squares
from skmath._rows.rows import add, one_thread
from skmath.from_scratch_nb.choices import choose
from skmath.from_scratch_nb.counting import some_rows, sums_by_class
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


class FromScratchNB(Posteriors, ChunkedScoreMixin, ClassifierMixin, Estimator):
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
        - "exponential", "gamma", "lognormal": waiting times and amounts, not negative.
          A zero has no logarithm: gamma and lognormal leave it out of their sums, and
          take it for the lowest value there is, so that how many zeros a class has
          counts for nothing. "bins" counts them;
        - "categorical": numbers, strings or booleans, each a category;
        - "bernoulli": whether the value is above zero;
        - "poisson": counts of events;
        - "multinomial", "complement": counts of words, whose columns belong together;
        - "dtype": categorical for strings, booleans and a frame's categoricals,
          gaussian for numbers, dates and durations;
        - "ignored": of any kind, and left out of the product;
        - "auto": as "dtype", but for numbers in memory the one that tells best each
          value from the others, by the leave-one-out log-likelihood of its rounding
          cell: of gaussian, kde and bins; of exponential, gamma and lognormal, if no
          value is negative or none is 0; of poisson, if all are whole; of categorical,
          if there are ten rows of each value in each class, on average. Two different
          numbers, each of several rows, are bernoulli (0 and 1) or categorical. Of all
          columns of a sparse X it is the one of bernoulli, multinomial (where no value
          is negative) and gaussian (where some is not 0 or 1) that tells best the
          classes of rows left out;
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
    alpha : float, array-like of shape (n_features,) or "auto", default="auto"
        Additive smoothing of counts, in rows (Laplace's is 1); of poisson, exponential
        and bins the rows of all classes together that are added to each class. "auto"
        is 1, but for categorical columns the one of 0.001 to 1, of more than 30
        categories to 100, that tells best each value from the others, by its
        leave-one-out log-likelihood: of many categories 1 for each outweighs the data,
        or is too little if they are noise. 0 makes what was never met impossible.
    var_smoothing : float or "auto", default="auto"
        Share of a gaussian feature's own variance (of all classes together) that is
        added to its variance in each class; of kde, the least square of a bandwidth; of
        gamma and lognormal as of gaussian, in their logarithms. "auto" adds one row of
        that variance to each class, as alpha=1 adds one of counts (of kde it is 1e-9):
        where a value was the same in all rows of a class, another one is unlikely, and
        not impossible.
    bandwidth : float or {"silverman", "scott"}, default="silverman"
        Standard deviation of the kernels of kde, in the units of the feature, or the
        rule that finds it from each class's values. Both rules are for one hump: of
        several that lie far apart they make wide kernels (and "auto" takes bins).
    norm : bool, default=False
        Whether the weights of complement are divided by their sum in each class, as in
        the second step of Rennie et al.'s table 4.
    min_categories : int or array-like of shape (n_features,), default=None
        Least number of categories that a categorical column is taken to have; None
        counts those that were seen.
    binarize : float or None, default=0.0
        What is above it is present, to bernoulli; None is 0.
    max_categories : "auto", int or None, default="auto"
        Of columns of categories that "auto" or "dtype" meet: those with more of them
        are left out of the product, with a warning that names them ("ignored" in
        `distributions_`). "auto" leaves out text and identifiers: of n rows that have a
        value more than n/2 + sqrt(n) hold one that occurs once, so that most new rows
        would bring a value never seen (Good's estimate [9]_). Rows of weight 0 do not
        count, all others count as one. None keeps all. The first rows decide.
    missing : {"ignore", "category"}, default="ignore"
        "ignore" leaves missing values out. To "category" they are evidence: one more
        category of a categorical column; of a number,
        P(missing | y) = (M_y + alpha) / (N_y + 2 alpha), where M_y of the weight N_y of
        class y lack it, and the density is multiplied by 1 - P(missing | y). In a
        column that lacked no value in `fit` a missing one counts as a category that was
        not seen.
    dependence : {"auto", "aode", "tan"} or None, default="auto"
        Whether a feature may depend on another one, given the class:

        - None: no, as in naive Bayes;
        - "aode": each feature in turn is the parent of all others, and the models are
          averaged [7]_;
        - "tan": the parents make a tree, that with the most mutual information [8]_;
        - "auto": where ``distribution`` is "auto" too, the one of these that tells best
          the classes of rows that were left out (`dependence_scores_`); else None.

        Pairs are of categories and intervals: the columns' distributions may be "auto",
        "dtype", "categorical" or "bins". Numbers are cut into 5 to 40 intervals of
        equal shares, as many as tell the classes of rows left out best. The counts take
        8 K V^2 bytes for K classes and V values of all columns together. "auto" counts
        up to 32 MiB: the columns of most categories stay independent where they would
        not fit; the others refuse 1 GiB.
    calibrate : {"auto", "temperature"} or None, default="auto"
        Whether the likelihood is taken to a power 1 / T that makes the classes of rows
        left out most probable: where features repeat one another T is above 1.
        "temperature" does; "auto" does for several features whose ``distribution`` is
        "auto".
    random_state : int, RandomState instance or None, default=0
        Draws the rows that "auto" and ``calibrate`` look at, where there are more than
        5,000, or 500 and many pairs. With None each fit draws others, so that the same
        rows may give slightly different probabilities.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        Sorted labels.
    class_count_ : array of shape (n_classes,)
        Weight of the rows of each class, ``class_weight`` left aside.
    class_prior_ : array of shape (n_classes,)
        P(y), with ``class_weight``.
    distributions_ : list of str
        The distribution of each column; "ignored" of one that is left out.
    missing_log_prob_ : ndarray of shape (n_features_in_, n_classes)
        log P(x_j missing | y), if ``missing="category"``.
    selection_scores_ : dict of int to dict
        Of each column that "auto" chose for, the mean leave-one-out log-likelihood of
        each distribution, in nats.
    dependence_ : {"aode", "tan"} or None
        What ``dependence`` came to.
    dependence_scores_ : dict of str to float
        Log-losses, in nats, of the models that were compared: of rows of which each is
        left out in turn, at the temperature that suits them.
    temperature_ : float
        T; 1 where none was asked for.
    parameters_ : dict of str to dict
        The parameters of each distribution, which are attributes too:
    theta_, var_ : array of shape (n_classes, n_gaussian_columns)
        Means and variances, in the units of the feature and their squares.
    categories_ : list of ndarray
        Of each categorical column, in order, its known values: those of the first call
        sorted, and then those of later ones; numbers all sorted, before text.
    category_log_prob_ : ndarray of shape (n_slots, n_classes)
        log P(x_j = c | y): the categories of one column after another, each column
        followed by a slot for values that were not known; the last is for missing ones.
        Of columns whose pairs are counted there is none.
    category_alpha_ : ndarray of shape (n_categorical_columns,)
        The smoothing of each column, in rows.
    feature_log_prob_ : array of shape (n_classes, n_columns)
        log P(x_j = 1 | y) of bernoulli, or log p_j of multinomial columns, or minus
        that of all other classes of complement.
    rate_, mean_ : array of shape (n_classes, n_columns)
        Of poisson and exponential columns.
    bandwidth_ : ndarray of shape (n_classes, n_kde_columns)
        Standard deviations of the kernels.
    edges_ : list of ndarray
        Edges of the bins of each column, or between the intervals whose pairs are
        counted.
    shape_ : ndarray of shape (n_classes, n_gamma_columns)
        Of gamma columns, whose means are ``gamma_mean_``.
    log_theta_, log_var_ : ndarray of shape (n_classes, n_lognormal_columns)
        Means and variances of the logarithms.
    tree_ : ndarray of int of shape (n_features_in_,)
        Of "tan" the parent of each feature, -1 of the root, and of features whose pairs
        are not counted.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.naive_bayes.GaussianNB : Numbers only; smooths by the largest variance.
    sklearn.naive_bayes.CategoricalNB : Codes only; fails on a category not seen.
    skmath.display.EvidenceDisplay : What each feature says of a row.
    skmath.display.ReliabilityDisplay : Whether the probabilities can be trusted.
    skmath.display.DependenceTreeDisplay : The tree of ``dependence="tan"``.

    Notes
    -----
    Missing values are NaN, None, pandas' NA and NaT. One is left out of the sums, and
    of the product: that is the sum (or the integral) of the joint probability over all
    its values, by independence. They are taken to be missing at random, unless
    ``missing="category"``.

    Equal values are the same category, whatever holds them: 0, 0.0, False and
    ``Decimal(0)``, of an array or a frame of any library. A text that is that of a
    number or boolean (``str(value)``: "0", "1.5", "True") is that value; "007" and
    "1.50" are not. Bytes are the text that they encode in UTF-8, members of an Enum
    their values; anything else is told apart by its text. A category not seen in `fit`
    counts as one seen zero times, smoothed by alpha; a column that has only such, text
    for numbers or the reverse, warns. A feature that was never seen in a class has
    there what all classes have.

    Dates, times and durations are numbers of seconds: of dates since the start of 1970,
    in UTC if they have a time zone; of a period, its start; of times of day since
    midnight. So they are the same in any library and at any resolution. `sample` and
    `categories_` return them as those of `datetime`. A column that has a time zone in
    `fit` and none in `predict`, or dates for durations or numbers, is refused by name.

    Kernel sums are a fast Gauss transform, to 12 digits or so, in time of
    n + m for n rows learnt and m predicted instead of n m. "kde" and "bins" keep the
    rows that they are made of; all else is sums, whose size does not depend on n.

    Where features repeat one another each counts as independent evidence, and the
    product is too sure: the temperature mends the mean of that. The priors, and what
    ``class_weight`` makes of them, stay outside the power.

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
        distribution="auto",
        *,
        priors=None,
        class_weight=None,
        alpha="auto",
        var_smoothing="auto",
        bandwidth="silverman",
        norm=False,
        min_categories=None,
        binarize=0.0,
        max_categories="auto",
        missing="ignore",
        dependence="auto",
        calibrate="auto",
        random_state=0,
    ):
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
            all classes have; or a column is left out (``max_categories``).
        """
        return self._count_and_divide(X, y, sample_weight, None)

    @fitting.fits_on_host
    @_fit_context(prefer_skip_nested_validation=True)
    @fitting.restored_if_it_fails
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Add rows to those that were counted.

        The result is that of one fit on all rows, for distributions that are named;
        "auto" chooses on the rows of the first call, ``max_categories`` too. New
        categories may come, new classes may not.

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
        n_classes = self.classes_.shape[0]
        options = resolve_options(self)
        if not hasattr(self, "_sums_"):
            self._choose(rows, options)
        groups = self._choice_.groups(options)
        rows = without_negative_counts(rows, groups, self.selection_scores_)
        # Count: sums over the rows of each class.
        blocks = rows.in_blocks(widest_output=n_classes)
        with one_thread():  # products as narrow as there are classes
            sums = blocks.sum(sums_by_class, groups, n_classes)
        if hasattr(self, "_sums_"):
            sums = add(self._sums_, sums)
        self._sums_ = tuple(
            s.concatenated() if isinstance(s, Samples) else s for s in sums
        )
        # Divide: the prior P(y), and the parameters of each P(x_j | y).
        self.class_count_, value_count, row_count, *totals = self._sums_
        options = options.weighing(row_count)
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
            counts = map(_arrays.to_numpy, (self.class_count_, value_count))
            self._groups_, self.missing_log_prob_ = with_missingness(
                self._groups_, *counts, self._is_ignored(), options
            )
        self._set_temperature(rows, totals, options)
        state = check_random_state(self.random_state)
        self._seen_ = some_rows(rows, options.n_classes, state)
        return self

    def _rows_to_learn(self, X, y, sample_weight):
        """Return the rows as numbers; the first ones say what the columns are."""
        is_known, names = hasattr(self, "_sums_"), named_in(self.distribution)
        known = (self._table_, self._likelihoods_) if is_known else None
        takes_sparse = self._is_left_to_data or not names & COLUMN_BY_COLUMN
        rows, self._table_, self._likelihoods_ = rows_to_learn(
            self, X, y, sample_weight, known, takes_sparse=takes_sparse
        )
        return rows

    def _names(self):
        return getattr(self, "feature_names_in_", None)

    def _choose(self, rows, options):
        """Decide what is left to the first rows."""
        asked, kinds = (self.distribution, self.dependence), self._likelihoods_
        choice = choose(*asked, rows, kinds, options, self.random_state)
        self._choice_, self._likelihoods_ = choice, choice.distributions
        self.distributions_ = names_of(choice.distributions)
        self.selection_scores_ = choice.scores
        self.dependence_ = choice.pairs and type(choice.pairs).__name__.lower()
        self.dependence_scores_ = choice.losses

    def _set_temperature(self, rows, totals, options):
        """Set the temperature by rows that the model has not seen."""
        self.temperature_ = 1.0
        if self.calibrate is None:
            return
        if self.calibrate == "auto":
            if self.n_features_in_ == 1 or not self._is_left_to_data:
                return
        elif not can_be_left_out(self._groups_):
            raise ValueError(
                "calibrate='temperature' leaves each row out in turn, for which "
                f"{self.distribution!r} has no closed form. Use calibrate=None and "
                "sklearn.calibration.CalibratedClassifierCV."
            )
        state = check_random_state(self.random_state)
        prior = log_prior(self.class_count_)
        self.temperature_ = temperature_of(
            rows, self._groups_, totals, prior, options, state
        )

    @property
    def _is_left_to_data(self):
        return isinstance(self.distribution, str) and self.distribution == "auto"

    def _is_ignored(self):
        """Return whether each column is left out of the product."""
        return np.array([name == "ignored" for name in self.distributions_])

    def _warn_of_missing(self, value_count):
        """Warn of features without a value in some class that has rows."""
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
            "what all classes have"
            + (f"; so it is in {more} more places." if more else ".")
        )

    def _name_parameters(self):
        """Set the likelihoods' parameters as attributes under the field's names."""
        self.parameters_, codes = {}, {}
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
                held = which_categorical(self._likelihoods_)
                columns = range(len(held)) if columns is None else columns
                held = [j for j in columns if held[j]]
                codes |= zip(held, parameters["_categories_"], strict=True)
        if codes:
            self.categories_ = [codes[j] for j in sorted(codes)]
            if self._table_ is not None:
                held = which_categorical(self._likelihoods_)
                self.categories_ = self._table_.categories_of(self.categories_, held)

    def _set_priors(self, groups):
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
        self.class_prior_ = prior
        # What costs add to equal priors, where no likelihood uses any.
        uses = any(getattr(like, "uses_prior", True) for _, like in groups)
        self._log_prior_ = log_prior(prior) if uses else log_prior(equal)
        if not uses:
            self._log_prior_ = self._log_prior_ - log_prior(0 * equal + 1)

    @property
    def _computes_anywhere(self):
        """Whether all is sums and products, which any namespace has."""
        names = named_in(self.distribution)
        return not names & (COLUMN_BY_COLUMN | USE_SCIPY)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        names = named_in(self.distribution)
        tags.input_tags.string = bool(names & {"auto", "dtype", "categorical"})
        tags.input_tags.categorical = "categorical" in names
        tags.input_tags.sparse = self._is_left_to_data or not names & COLUMN_BY_COLUMN
        tags.input_tags.allow_nan = True
        positive = USE_SCIPY | {"multinomial", "complement"}
        tags.input_tags.positive_only = bool(names & positive)
        tags.classifier_tags.poor_score = bool(names & (positive | {"bernoulli"}))
        tags.array_api_support = True
        # A table is made one of float64.
        kept = [] if "categorical" in names else ["float64", "float32"]
        tags.transformer_tags.preserves_dtype = kept
        return tags
