r"""Linear regression by the singular value decomposition.

The problem is :math:`y = Ab` with more rows than columns: no inverse of A exists, and
y is seldom a combination of A's columns. The pseudo-inverse gives the best there is,
the b whose Ab is the projection of y on the space that the columns span. With
:math:`A = U S V^T` it is :math:`b = A^+ y = V S^+ U^T y`. What is computed:

1. centre the columns of A and y (what is left over is the intercept);
2. decompose A. Where its condition number allows it, the Gram matrix
   :math:`A^T A = R^T R` by Cholesky; otherwise the rows, :math:`A = Q R` by
   Householder or, with ``solver="svd"``, :math:`A = U S V^T`;
3. keep the first k singular values, those that are large; the rest approach zero. They
   are those of R, and computed where something is dropped or damped;
4. invert what is kept: :math:`b = V \operatorname{diag}(f(s) / s)\, U^T y`; where that
   is all, :math:`f = 1`, by two triangular solves,
   :math:`b = R^{-1} R^{-T} A^T y`;
5. refine b, with residuals that have twice the digits.

R, S, V and U'y follow from sums over the rows: the cost is O(n p^2 + p^3) time and
O(p^2) memory beside X, whatever the number of rows n. The references are the class's.
"""

import operator
from dataclasses import replace

import numpy as np
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
    _fit_context,
    clone,
)
from sklearn.utils import check_array, metaestimators
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.fitting import all_or_nothing, restored_if_it_fails
from skmath._estimators.score import ChunkedScoreMixin
from skmath._estimators.summary import SummaryMixin, names_of_columns
from skmath._rows.checks import rows_to_apply, rows_to_fit
from skmath._rows.rows import is_dask
from skmath.linear_algebra import affine, filtered_inverse, project
from skmath.svd_regressor.influence import (
    check_share,
    influences,
    interval_about,
    residuals,
    variance_inflation,
)
from skmath.svd_regressor.options import CHECKS, CONSTRAINTS, can_stream, options_for
from skmath.svd_regressor.parts import by_group, by_window
from skmath.svd_regressor.refinement import refined, worth_refining
from skmath.svd_regressor.selection import choose, warn_of_collinear
from skmath.svd_regressor.solvers import SOLVERS, with_more_rows
from skmath.svd_regressor.summary import joined, summarize
from skmath.svd_regressor.uncertainty import (
    NotLinearError,
    Uncertainty,
    fitted_line,
)

__all__ = ["SVDRegressor"]


class SVDRegressor(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ChunkedScoreMixin,
    RegressorMixin,
    SummaryMixin,
    Estimator,
):
    r"""Least squares by the SVD, with choice of the rank and Tikhonov damping.

    Minimises :math:`\|y - Xb - c\|^2 + \alpha \|b\|^2` over the span of the first k
    right singular vectors of the centred X.

    Parameters
    ----------
    n_components : int, float, "auto" or None, default=None
        How many singular values are inverted, k. None inverts all that are not zero
        (the numerical rank); an int at most that many; a float in (0, 1) as many as
        explain that share of the variance of X; "auto" as many as `criterion` finds
        best.
    alpha : float or array-like of shape (n_alphas,) or (n_alphas, n_outputs), \
            default=0.0
        Tikhonov strength, as in scikit-learn's Ridge. Of several the one that
        `criterion` finds best; 0, which is no damping, may be among them. In two
        dimensions column j has the candidates of output j; a single row is a strength
        for each output, and nothing is chosen.
    alpha_per_target : bool, default=False
        Whether one of several `alpha` is chosen for each output, as in a fit for each;
        the rows are summed and decomposed once. Otherwise it is one for all outputs, by
        the mean of their errors, each in its own unit: outputs whose units differ are
        better standardised. `alpha` in two dimensions is always for each output.
    criterion : {"auto", "loo", "gcv", "cv", "gavish-donoho"}, default="auto"
        By which `n_components="auto"` and one of several `alpha` are chosen. "loo"
        (and "auto") is the leave-one-out error, from one fit and one more pass over X:
        exact for Tikhonov and full rank, of fewer rows than columns too; for a
        truncation it holds the components fixed. It leaves out one unit of weight, so
        that weights are repetitions.
        "gcv" is the generalised cross-validation error, which needs no pass. "cv" is
        the exact K-fold error of every rank and alpha, by sums over each fold.
        "gavish-donoho" is the threshold for singular values of noise of unknown level
        (ranks only).
    cv : int, splitter or iterable, default=None
        Folds of `criterion="cv"`, which hold out each row once; None is 5.
    scoring : str or callable, default=None
        Of scikit-learn's scorers the one by which "cv" compares, by its mean over the
        folds, or "loo", by its value for all rows; "auto" is "cv" then. None is the
        squared error, for which no prediction is made.
    store_cv_results : bool, default=False
        Whether `criterion_path_` has the leave-one-out predictions of each candidate,
        n_samples times their number in X's dtype. The criterion is "loo" then.
    positive : bool, default=False
        Whether coefficients are held at 0 or above [6]_. `n_components` has to be None,
        and of several `alpha` "cv" chooses. Nothing is known of its errors; columns
        that depend on others have one of the solutions, not the shortest.
    fit_intercept : bool, default=True
        Whether columns and target are centred first.
    rcond : float, default=None
        A direction counts towards the rank if its singular value, with the columns of
        X scaled to length one, is above rcond times the largest. None is the rounding
        unit of X's dtype times max(10, n_features).
    solver : {"auto", "gram", "qr", "svd", "randomized", "lanczos"}, default="auto"
        How A is decomposed. "gram" takes Cholesky's triangle of the centred A'A, in
        one pass; "qr" Householder's of the rows, in a second pass, and does not square
        the condition number; "svd" takes U, S and V of all rows, with the columns
        scaled to length one, by LAPACK and a copy of X. "randomized"
        (block Krylov, four passes of wide products) and "lanczos" (narrow products
        until the directions have converged) find an int `n_components` of a large X.
        "auto" is "lanczos" for a sparse X and "randomized" for a dense one where the
        smaller side is above 1000 and n_components at most a tenth of it; "lanczos"
        too for a tenth of more than 100 rows of a wider sparse X, or a fiftieth of more
        than 500 columns of a taller one. Otherwise it is "gram" where n_samples >
        n_features and the condition number of the scaled columns leaves at least four
        fifths of the digits, else "qr".
    random_state : int, RandomState instance or None, default=None
        Start of "randomized" and "lanczos".

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_outputs, n_features)
        b, in the units of y per unit of the feature.
    intercept_ : float or array of shape (n_outputs,)
    rank_ : int
        Numerical rank of the centred X, whatever the units of its columns; of the
        part that was looked at, if by "randomized" or "lanczos".
    n_components_ : int
        The k used.
    alpha_ : float or ndarray of shape (n_outputs,)
        The Tikhonov strength used; an array where each output has its own, and y is
        two-dimensional.
    criterion_path_ : Bunch or None
        What the choice was made from: `n_components` and `alpha` of each candidate and
        its `error`, an estimate of the mean squared error on new rows; `alpha` and
        `error` have a column for each output where each has its own strength. With
        scoring it is the `score` in place of the error. With store_cv_results its
        `prediction`, by the fit without the row, has the shape (n_samples,
        n_candidates) or (n_samples, n_outputs, n_candidates). For
        "gavish-donoho" `n_components`, `singular_values` and `threshold`. None where
        nothing was to be chosen.
    spectrum_ : array of shape (rank_,)
        All singular values of the centred X that are not zero, largest first.
    singular_values_ : array of shape (n_components_,)
        Those that are inverted.
    components_ : array of shape (n_components_, n_features)
        Right singular vectors, a row each, the largest entry positive.
    explained_variance_ratio_ : array of shape (n_components_,)
        Share of the variance of X along each component.
    filter_factors_ : array of shape (n_components_,) or (n_outputs, n_components_)
        f(s): 1 where a singular value is inverted fully, less where alpha damps it.
    degrees_of_freedom_ : float or ndarray of shape (n_outputs,)
        Sum of the filter factors, without the intercept. This and the filter factors
        are for each output where `alpha_` is.
    condition_number_ : float
        Of the centred X with its columns scaled to length one, dropped directions
        included.
    mean_ : array of shape (n_features,)
        Means of the columns, zero without intercept.
    n_samples_seen_ : int
        Rows that `fit` or all calls of `partial_fit` were given.
    solver_ : {"gram", "qr", "svd", "randomized", "lanczos"}
        What ran.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.linear_model.LinearRegression : Full rank only; drops directions by the raw
        scale of the columns.
    sklearn.linear_model.RidgeCV : Chooses alpha by leave-one-out errors.
    sklearn.decomposition.PCA : The same components, without a target.

    Notes
    -----
    With the centred :math:`A = U S V^T` the normal equations
    :math:`A^T A b = A^T y` read :math:`V S^2 V^T b = V S U^T y`; where S is
    invertible b is :math:`V S^{-1} U^T y`. A zero singular value leaves its component
    of b free, and the shortest b has zero there. The relative error of b is about
    :math:`\epsilon \kappa^2` from the Gram matrix and :math:`\epsilon \kappa` from the
    triangle, with rounding unit :math:`\epsilon` and condition number :math:`\kappa`.
    Steps of iterative refinement [2]_, whose residuals have twice the digits, then take
    the error of b to the rounding of b itself, for :math:`\kappa` up to
    about :math:`10^9`. They run where digits are missing.

    With all components and no damping b needs no singular value. "gram" and "qr" solve
    two triangles, :math:`R^T R b = A^T y`, and have S and V computed from R when they
    are first asked for. "svd" decomposes :math:`A D^{-1} = U S V^T` with the lengths D
    of the columns, so that none drowns in the rounding of a longer one; b is
    :math:`D^{-1} V S^{-1} U^T y`, and S and V of A are those of :math:`S V^T D`.

    Float32 input is computed in float32 by blocks and summed in float64; what is of
    size n_features x n_features is solved in float64 on the host. Sparse X is centred
    implicitly; "qr" writes out the zeros of a block at a time, and "svd" all.

    References
    ----------
    .. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
       sections 5.3 and 5.5.
    .. [2] A. Bjorck, "Stability analysis of the method of seminormal equations for
       linear least squares problems", Linear Algebra Appl. 88/89, 1987, 31-48.
    .. [3] P. C. Hansen, *Rank-Deficient and Discrete Ill-Posed Problems*, SIAM, 1998.
    .. [4] M. Gavish and D. L. Donoho, "The optimal hard threshold for singular values
       is 4/sqrt(3)", IEEE Trans. Inf. Theory 60(8), 2014, 5040-5053.
    .. [5] G. A. F. Seber and A. J. Lee, *Linear Regression Analysis*, 2nd edition,
       2003, section 5.3.1.
    .. [6] C. L. Lawson and R. J. Hanson, *Solving Least Squares Problems*, 1974,
       chapter 23.

    Examples
    --------
    >>> from skmath import SVDRegressor
    >>> X = [[0.0, 1e7], [1.0, -1e7], [2.0, 3e7], [3.0, 2e7]]
    >>> y = [1.0, 3.0, 5.0, 7.0]
    >>> model = SVDRegressor().fit(X, y)
    >>> model.rank_
    2
    >>> model.predict([[10.0, 0.0]]).round(6)
    array([21.])

    The rank, chosen by the leave-one-out error:

    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> SVDRegressor("auto").fit(X, y).n_components_
    7
    """

    _keeps_errors = True
    _parameter_constraints = CONSTRAINTS

    def __init__(
        self,
        n_components=None,
        *,
        alpha=0.0,
        alpha_per_target=False,
        criterion="auto",
        cv=None,
        scoring=None,
        store_cv_results=False,
        positive=False,
        fit_intercept=True,
        rcond=None,
        solver="auto",
        random_state=None,
    ):
        self.n_components = n_components
        self.alpha = alpha
        self.alpha_per_target = alpha_per_target
        self.criterion = criterion
        self.cv = cv
        self.scoring = scoring
        self.store_cv_results = store_cv_results
        self.positive = positive
        self.fit_intercept = fit_intercept
        self.rcond = rcond
        self.solver = solver
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    def fit(self, X, y, sample_weight=None):
        """Find the b that brings Xb closest to y.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 is the same row twice.

        Returns
        -------
        self : SVDRegressor

        Raises
        ------
        ValueError
            If X or y is not finite or not two-dimensional, their lengths differ, the
            weights are all zero, or a parameter does not suit X; the message names it.

        Warns
        -----
        CollinearityWarning
            If a direction had to be dropped that neither alpha nor n_components did.
        """
        rows = rows_to_fit(self, X, y, sample_weight, **CHECKS)
        options = options_for(self, rows)
        # Centre the columns, and decompose what is left: A'A = R'R by Cholesky, A = Q R
        # where that squares too large a condition number, or A D^-1 = U S V' ("svd").
        A = SOLVERS[options.solver](rows, options)
        # Keep the k singular values that are large, drop the small and damp by alpha.
        k, alpha, path = choose(rows, A, options)
        if options.positive:
            return self._store(rows, A, k, alpha, path, *A.solve_nonnegative(alpha))
        warn_of_collinear(A, k, alpha, getattr(self, "feature_names_in_", None))
        # Invert what is kept: R'R b = A'y, or b = V (f(s)/s) U'y with a filter f.
        f = A.problem.filter_factors(k, alpha)
        b, c, squares = A.solve(f)
        # Refine b by what A'(y - Ab) is in twice the digits.
        if worth_refining(rows, A, k, b, c, options.epsilon):
            b, c, squares = refined(rows, A, f, alpha, b, c, options.epsilon)
        return self._store(rows, A, k, alpha, path, b, c, squares)

    @metaestimators.available_if(can_stream)
    @_fit_context(prefer_skip_nested_validation=True)
    @restored_if_it_fails
    def partial_fit(self, X, y, sample_weight=None):
        """Add rows to the earlier ones, and solve for all of them.

        The sums over rows add, so the result is that of one `fit` on all rows, however
        they were cut into batches. What reads rows again is left out: refinement, and
        the criteria "loo" and "cv". It may follow `fit`.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            One row is enough.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : SVDRegressor

        Raises
        ------
        ValueError
            As `fit`, and if the solver or criterion needs all rows at once.
        """
        before = getattr(self, "_decomposition_", None)
        rows = rows_to_fit(self, X, y, sample_weight, reset=before is None, **CHECKS)
        options = options_for(self, rows)
        A = with_more_rows(before, rows, options)
        k, alpha, path = choose(None, A, options)
        if options.positive:
            return self._store(rows, A, k, alpha, path, *A.solve_nonnegative(alpha))
        warn_of_collinear(A, k, alpha, getattr(self, "feature_names_in_", None))
        b, c, squares = A.solve(A.problem.filter_factors(k, alpha))
        return self._store(rows, A, k, alpha, path, b, c, squares)

    def fit_windows(self, X, y, window, step=1, sample_weight=None):
        """Return the coefficients of a fit of each window of consecutive rows.

        They are those of `fit` of each window's rows, from sums that windows share:
        much sooner, and as exact. This model itself is not fitted.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        window : int
            Rows of a window.
        step : int, default=1
            Rows from the start of a window to the start of the next.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 is the same row twice, and one row of its windows.

        Returns
        -------
        Bunch
            `coef` of shape (n_windows, n_features) or (n_windows, n_outputs,
            n_features), `intercept`, each window's rows, from `start` to before `stop`,
            and with alpha = 0 the `rank`: below n_features it is the shortest solution.
        """
        rows, options = self._to_fit_parts(X, y, sample_weight, takes_dask=False)
        return by_window(rows, options, window, step)

    def fit_groups(self, X, y, groups, sample_weight=None):
        """Return the coefficients of a fit of each group of rows, in one pass over X.

        Parameters
        ----------
        X, y : array-like
            As for `fit`, Dask arrays too.
        groups : array-like of shape (n_samples,)
            The label of each row's group.
        sample_weight : array-like of shape (n_samples,), default=None
            A group without weight is left out.

        Returns
        -------
        Bunch
            `coef`, `intercept` and `rank` as of `fit_windows`, for the labels in
            `groups`, and their `n_samples`.
        """
        rows, options = self._to_fit_parts(X, y, sample_weight)
        return by_group(rows, options, groups)

    def _to_fit_parts(self, X, y, sample_weight, **checks):
        """Return the rows and the `Options`; this model learns nothing of them."""
        model = clone(self).set_params(store_cv_results=False)
        model._validate_params()
        rows = rows_to_fit(model, X, y, sample_weight, **CHECKS, **checks)
        return rows, options_for(model, rows)

    def _store(self, rows, decomposition, k, alpha, path, b, c, squares):
        """Set the fitted attributes, in the namespace and dtype of X."""
        self._decomposition_ = replace(decomposition, residual_squares=squares)
        self._like_ = rows.zero()
        p = rows.n_features
        b, c = (b[:, 0], c[0]) if rows.y.ndim == 1 else (b.T, c)
        parts = [self._as_input(part) for part in (b, c, decomposition.mean[:p])]
        self.coef_, c, self.mean_ = parts
        self.intercept_ = c if c.ndim else c[()]  # a number of one output, as peers'
        self.rank_, self.n_components_ = decomposition.problem.rank, k
        by_output = np.ndim(alpha) and rows.y.ndim == 2
        self.alpha_ = alpha if by_output else float(np.max(alpha))
        self.criterion_path_, self._positive_ = path, self.positive
        self.solver_ = decomposition.solver
        self.n_samples_seen_ = decomposition.rows.given
        return self

    def _as_input(self, values):
        return _arrays.like(np.asarray(values), self._like_, "same")

    @property
    def _problem(self):
        check_is_fitted(self)
        return self._decomposition_.problem

    @property
    def _uncertainty(self):
        check_is_fitted(self)
        if self._positive_:
            raise NotLinearError(
                "With positive=True predictions are no linear function of y: there are "
                "no filter factors, leverages, exact intervals or t values. Bootstrap, "
                "or set positive=False."
            )
        fit = self._decomposition_, self.n_components_, self.alpha_
        return Uncertainty(*fit, self.coef_.ndim == 1, self._like_)

    @property
    def spectrum_(self):
        """All singular values of the centred X that are not zero, largest first."""
        return self._as_input(self._problem.svd.s)

    @property
    def singular_values_(self):
        """Singular values that are inverted, largest first."""
        return self.spectrum_[: self.n_components_]

    @property
    def components_(self):
        """Right singular vectors, a row each."""
        return self._as_input(self._problem.svd.Vt[: self.n_components_])

    @property
    def explained_variance_ratio_(self):
        """Share of the variance of X along each component."""
        return self._as_input(self._problem.shares[: self.n_components_])

    @property
    def filter_factors_(self):
        """What the regularisation leaves of each inverted singular value's inverse."""
        return self._as_input(self._uncertainty.filter_factors)

    @property
    def degrees_of_freedom_(self):
        """Sum of the filter factors, without the intercept."""
        return self._uncertainty.degrees

    @property
    def condition_number_(self):
        """Condition number of the centred X with columns of length one."""
        return self._problem.condition

    def predict(self, X, return_std=False, return_interval=None):
        r"""Return Xb + intercept: the projection of y, continued to new rows.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        return_std : bool, default=False
            Whether to return the standard deviation of a new observation too,

            .. math:: \hat\sigma \sqrt{1 + h(x)},

            the noise and the error of the mean prediction, with the `leverage` h.
        return_interval : float, default=None
            Probability, in (0, 1), with which the interval to return last holds a new
            observation: that many standard deviations to either side as Student's t has
            with the degrees of freedom of the residuals (Seber and Lee 2003, section
            5.3.1). Where alpha or n_components biases b it is an approximation, as in
            `summary`.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs)
        std : array of the same shape
            With `return_std` only, in the units of y.
        interval : array of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            With `return_interval` only: its low and high end.

        Raises
        ------
        ValueError
            If no degree of freedom was left to estimate the noise for std or interval.
        """
        check_share(return_interval)
        rows = self._rows_to_apply(X, "predict")
        mean = self._mean(rows)
        if not return_std and return_interval is None:
            return mean
        sure = self._uncertainty
        std = sure.deviations(rows)
        if return_interval is None:
            return mean, std
        interval = interval_about(mean, std, return_interval, sure.left)
        return (mean, std, interval) if return_std else (mean, interval)

    def _rows_to_apply(self, X, method):
        checks = {"fitted": "coef_", "method": method, "accept_sparse": "csr"}
        return rows_to_apply(self, X, **checks)

    def _mean(self, rows):
        W = self.coef_ if self.coef_.ndim == 1 else self.coef_.T
        return rows.map(affine, W, self.intercept_)

    def leverage(self, X):
        r"""Return how far rows are from those fitted, h(x).

        .. math:: h(x) = \frac{1}{n} + (x - \bar x)^T V
            \operatorname{diag}\left(\frac{f}{s^2}\right) V^T (x - \bar x)

        Of the rows of the fit these are the diagonal of the hat matrix, whose sum is
        the number of degrees of freedom, one for the intercept included.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
            For each output where `alpha_` is.
        """
        rows = self._rows_to_apply(X, "leverage")
        return self._uncertainty.leverages(rows)

    def influence(self, X, y):
        """Return how far rows of the fit are off, and what they do to it.

        A row of weight 2 is two rows, and these are the figures of one of them. With
        alpha > 0 they are approximations. They are wrong for rows that were not fitted,
        whose error is the std of `predict`; not all such rows can be refused.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
            All rows of the fit, or some.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)

        Returns
        -------
        Bunch
            `residual`; `leverage`; `studentized_residual`, by the noise of all rows;
            `external_studentized_residual`, by that of the others, which has Student's
            distribution; `cooks_distance`, by how much all predictions change without
            the row. NaN of a row that alone decides its prediction.
        """
        check_is_fitted(self)
        _arrays.check_same_namespace(X, self, attribute="coef_", method="influence")
        rows = rows_to_fit(self, X, y, reset=False, **CHECKS)
        return influences(residuals(rows.y, self._mean(rows)), rows, self._uncertainty)

    def variance_inflation_factors(self):
        """Return how much a column's likeness to others inflates its b's variance.

        It is 1 / (1 - R^2) of a column by all others, from the decomposition of the
        fit: no row is read again. Infinite for a combination of others.

        Returns
        -------
        array of shape (n_features,)
        """
        return self._as_input(variance_inflation(self._problem))

    def transform(self, X):
        """Return the coordinates of the rows in the singular subspace, (X - mean) V_k.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_components_)
        """
        rows = self._rows_to_apply(X, "transform")
        return rows.map(project, self.mean_, self.components_)

    def inverse_transform(self, X):
        """Return the rows that have these coordinates: the rank-k reconstruction.

        Parameters
        ----------
        X : array of shape (n_samples, n_components_)
            As `transform` returns it.

        Returns
        -------
        array of shape (n_samples, n_features)

        Raises
        ------
        ValueError
            If X has another number of columns.
        """
        check_is_fitted(self)
        if not is_dask(X):
            X = check_array(X, dtype=_arrays.float_dtypes(X), input_name="X")
        if len(X.shape) != 2 or X.shape[1] != self.n_components_:
            raise ValueError(
                f"X has shape {X.shape}, and inverse_transform needs "
                f"{self.n_components_} columns, one for each component."
            )
        return X @ self.components_ + self.mean_

    def coef_path(self):
        """Return the coefficients at every rank, damped by `alpha_` as those fitted.

        Returns
        -------
        array of shape (rank_, n_features) or (rank_, n_outputs, n_features)
            The last is least squares without truncation.
        """
        problem, alpha = self._uncertainty.A.problem, self.alpha_
        s, Vt, Uty = problem.svd
        f = problem.filter_factors(len(s), alpha)
        f = np.ones((len(s), 1)) if f is None else f
        along = filtered_inverse(s, f) * Uty
        path = np.cumsum(along[:, :, None] * Vt[:, None, :], axis=0)
        return self._as_input(path[:, 0] if self.coef_.ndim == 1 else path)

    def _rows_again(self, X, y, sample_weight):
        return rows_to_fit(self, X, y, sample_weight, reset=False, **CHECKS)

    def _summarized(self, rows, asked, offset=None):
        if offset is not None:
            raise ValueError("SVDRegressor has no offset: take it off y, and fit that.")
        b, c = (_arrays.to_numpy(part) for part in (self.coef_, self.intercept_))
        path = self.criterion_path_
        chosen = path is not None and len(path.n_components) > 1
        said = chosen, names_of_columns(self)
        sure = self._uncertainty
        if not np.ndim(self.alpha_):
            return summarize(fitted_line(sure, b, c, *said), rows, asked)
        of_each = [
            None if rows is None else rows.with_y(operator.itemgetter((..., j)))
            for j in range(len(self.alpha_))
        ]
        lines = [
            fitted_line(*one, *said)
            for one in zip(sure.of_each_output, b, c, strict=True)
        ]
        pairs = zip(lines, of_each, strict=True)
        return joined([summarize(line, rows, asked) for line, rows in pairs])

    @property
    def _n_features_out(self):
        return self.n_components_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.array_api_support = True
        return tags
