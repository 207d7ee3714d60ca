r"""Linear regression by the singular value decomposition.

The problem is :math:`y = Ab` with more rows than columns: A has no inverse, and y is
seldom a linear combination of A's columns. The pseudo-inverse gives the least squares
solution, the b for which Ab is the projection of y onto the column space of A. With
:math:`A = U S V^T` it is :math:`b = A^+ y = V S^+ U^T y`. The steps are:

1. centre the columns of A and y (this determines the intercept);
2. decompose A: by Cholesky of the Gram matrix, :math:`A^T A = R^T R`, if the condition
   number allows it; else by Householder, :math:`A = Q R`, or :math:`A = U S V^T`;
3. keep the k largest singular values, those of R; the others are close to zero;
4. invert the kept part: :math:`b = V \operatorname{diag}(f(s) / s)\, U^T y`, or without
   regularization, :math:`f = 1`, by two triangular solves and no singular values:
   :math:`b = R^{-1} R^{-T} A^T y`;
5. refine b, with residuals computed in twice the working precision.

R, S, V and U'y follow from sums over the rows: this takes O(n p^2 + p^3) time and
O(p^2) memory in addition to X, for any n. The class docstring lists the references.
"""

import operator
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils import Bunch, check_array
from sklearn.utils.validation import check_is_fitted

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.decorators import available_if, checks_parameters
from skmath._estimators.fitting import all_or_nothing, restored_if_it_fails
from skmath._estimators.score import ChunkedScoreMixin
from skmath._estimators.summary import SummaryMixin, names_of_columns
from skmath._estimators.tasks import TasksMixin, in_steps
from skmath._rows.checks import rows_to_apply, rows_to_fit
from skmath._rows.rows import is_dask
from skmath.linear_algebra import affine, project
from skmath.svd_regressor.influence import (
    check_probability,
    influences,
    interval_about,
    residuals,
    variance_inflation,
)
from skmath.svd_regressor.options import CHECKS, CONSTRAINTS, can_update, options_for
from skmath.svd_regressor.refinement import refined, worth_refining
from skmath.svd_regressor.selection import (
    choose,
    coefficients_by_rank,
    warn_of_collinear,
)
from skmath.svd_regressor.solvers import SOLVERS, with_more_rows
from skmath.svd_regressor.subsets import by_group, by_window
from skmath.svd_regressor.summary import joined, summarize
from skmath.svd_regressor.uncertainty import NotLinearError, Uncertainty, fit_statistics

__all__ = ["SVDRegressor"]


class SVDRegressor(
    TasksMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ChunkedScoreMixin,
    RegressorMixin,
    SummaryMixin,
    Estimator,
):
    r"""Least squares by the SVD, with choice of the rank and Tikhonov (ridge) penalty.

    Minimises :math:`\|y - Xb - c\|^2 + \alpha \|b\|^2` over the span of the first k
    right singular vectors of the centred X.

    Parameters
    ----------
    n_components : int, float, "auto" or None, default=None
        Number k of singular values that are inverted. None inverts all nonzero ones
        (the numerical rank); an int at most that many; a float in (0, 1) the fewest
        that explain this fraction of the variance of X; "auto" lets `criterion` choose.
    alpha : float or array-like of shape (n_alphas,) or (n_alphas, n_outputs), \
            default=0.0
        Regularization strength, as in scikit-learn's Ridge; 0 means none. If several
        values are given, `criterion` chooses one of them; 0 may be included. In a
        two-dimensional array, column j holds the candidates of output j; an array with
        a single row sets the strength of each output, and nothing is chosen.
    alpha_per_target : bool, default=False
        If True, one of several `alpha` is chosen separately for each output; the rows
        are still summed and decomposed only once. If False, one alpha is chosen for all
        outputs by their mean error: standardise outputs that have different units.
        A two-dimensional `alpha` is always chosen for each output.
    criterion : {"auto", "loo", "gcv", "cv", "gavish-donoho"}, default="auto"
        Method that chooses among several `alpha`, and the rank if n_components="auto".
        "loo" (and "auto") is the leave-one-out error, from one fit and one more pass
        over X: exact for Tikhonov at full rank, also with fewer rows than columns; for
        truncation the components are held fixed. It leaves out one unit of weight, so
        that weights act as repetitions. "gcv" is the generalised cross-validation
        error, without another pass. "cv" is the exact K-fold error of every rank and
        alpha, from the sums of each fold. "gavish-donoho" keeps the singular values
        above the optimal hard threshold for unknown noise (it chooses ranks only).
    cv : int, splitter or iterable, default=None
        Folds for `criterion="cv"`, which hold out each row once; None means 5.
    scoring : str or callable, default=None
        Scikit-learn scorer that is maximised instead of minimising the squared error:
        its mean over the folds with "cv" (then also "auto"), its value for all
        leave-one-out predictions with "loo". None means the squared error.
    store_cv_results : bool, default=False
        If True, `criterion_path_` stores the leave-one-out predictions of each
        candidate, in n_samples numbers for each. The criterion is then "loo".
    positive : bool, default=False
        If True, coefficients are nonnegative [6]_. This needs `n_components=None`, uses
        "cv" to choose among several `alpha`, and gives no standard errors. With
        dependent columns the solution need not be the shortest.
    fit_intercept : bool, default=True
        If True, the columns and the target are centred first.
    rcond : float, default=None
        A direction counts towards the rank if its singular value, with the columns of
        X scaled to unit length, exceeds rcond times the largest. None means the machine
        epsilon of X's dtype times max(10, n_features).
    solver : {"auto", "gram", "qr", "svd", "randomized", "lanczos"}, default="auto"
        How A is decomposed. "gram" takes the Cholesky factor of the centred A'A, in
        one pass over X; "qr" the Householder triangle of the rows, in two passes, which
        does not square the condition number; "svd" computes U, S and V of all rows,
        with the columns scaled to unit length, by LAPACK on a copy of X. "randomized"
        (block Krylov, four passes with wide blocks) and "lanczos" (narrow blocks until
        the directions converge) find the first `n_components` of a large X (an int).
        "auto" is "lanczos" for sparse X and "randomized" for dense X if the smaller
        dimension exceeds 1000 and n_components is at most a tenth of it; "lanczos" also
        for up to a tenth of more than 100 rows of a wide sparse X, or up to a fiftieth
        of more than 500 columns of a tall one. Otherwise it is "gram" if n_samples >
        n_features and the condition number of the scaled columns leaves four fifths of
        the digits, else "qr".
    random_state : int, RandomState instance or None, default=None
        Random start vectors of "randomized" and "lanczos".

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_outputs, n_features)
        Coefficients b, in the units of y per unit of the feature.
    intercept_ : float or array of shape (n_outputs,)
    rank_ : int
        Numerical rank of the centred X, independent of the units of its columns. With
        "randomized" or "lanczos" it is the rank of the computed part.
    n_components_ : int
        The k used.
    alpha_ : float or ndarray of shape (n_outputs,)
        Regularization strength used; an array if y is two-dimensional and each output
        has its own.
    criterion_path_ : Bunch or None
        The candidates' `n_components`, `alpha` and `error`, an estimate of the mean
        squared error on new rows; `alpha` and `error` have one column per output if
        each output has its own strength. With `scoring` it holds the `score` instead
        of the error. With `store_cv_results` it also holds `prediction`, made by the
        fit without the row, of shape (n_samples, n_candidates) or (n_samples,
        n_outputs, n_candidates). For "gavish-donoho" it holds `n_components`,
        `singular_values` and `threshold`. None if nothing had to be chosen.
    spectrum_ : array of shape (rank_,)
        All nonzero singular values of the centred X, largest first.
    singular_values_ : array of shape (n_components_,)
        The singular values that are inverted.
    components_ : array of shape (n_components_, n_features)
        Right singular vectors, one per row, with the largest entry positive.
    explained_variance_ratio_ : array of shape (n_components_,)
        Fraction of the variance of X along each component.
    filter_factors_ : array of shape (n_components_,) or (n_outputs, n_components_)
        f(s): 1 if a singular value is fully inverted, less if alpha shrinks it.
    degrees_of_freedom_ : float or ndarray of shape (n_outputs,)
        Sum of the filter factors, without the intercept. One per output if `alpha_` is.
    condition_number_ : float
        Condition number of the centred X with its columns scaled to unit length,
        dropped directions included.
    mean_ : array of shape (n_features,)
        Column means; zero without an intercept.
    n_samples_seen_ : int
        Number of rows passed to `fit`, or to all calls of `partial_fit`.
    solver_ : {"gram", "qr", "svd", "randomized", "lanczos"}
        Solver actually used.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    sklearn.linear_model.LinearRegression : Drops directions by the columns' raw scale.
    sklearn.linear_model.RidgeCV : Chooses alpha by leave-one-out errors.
    sklearn.decomposition.PCA : The same components, without a target.

    Notes
    -----
    With the centred :math:`A = U S V^T` the normal equations
    :math:`A^T A b = A^T y` read :math:`V S^2 V^T b = V S U^T y`; if S is invertible,
    b is :math:`V S^{-1} U^T y`. A zero singular value leaves its component of b
    undetermined, and the shortest b has zero there. The relative error of b is about
    :math:`\epsilon \kappa^2` from the Gram matrix and :math:`\epsilon \kappa` from the
    triangle, with rounding unit :math:`\epsilon` and condition number :math:`\kappa`.
    If digits are missing, iterative refinement [2]_, with residuals in twice the
    precision, reduces it to the rounding of b, for :math:`\kappa` up to about 1e9.

    With all components and no regularization b needs no singular value. "gram" and "qr"
    solve two triangular systems, :math:`R^T R b = A^T y`, and compute S and V from R on
    first access. "svd" decomposes :math:`A D^{-1} = U S V^T` with the column lengths D,
    so that no column is lost in the rounding of a longer one; b is
    :math:`D^{-1} V S^{-1} U^T y`, and S and V of A are those of :math:`S V^T D`.

    Float32 input is computed in float32 by blocks and summed in float64; arrays of size
    n_features x n_features are solved in float64 on the host. Sparse X is centred
    implicitly; "qr" makes one block at a time dense, and "svd" all of X.

    Callbacks of scikit-learn, such as ``ProgressBar``, follow the steps "decompose" and
    "solve" of `fit` and the passes over the rows.

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

    _follows_x = ("coef_", "intercept_", "mean_", "_like_", "_decomposition_")
    _keeps_errors = True
    _parameter_constraints = CONSTRAINTS

    def __init__(
        self,
        n_components: Any = None,
        *,
        alpha: Any = 0.0,
        alpha_per_target: bool = False,
        criterion: str = "auto",
        cv: Any = None,
        scoring: Any = None,
        store_cv_results: bool = False,
        positive: bool = False,
        fit_intercept: bool = True,
        rcond: float | None = None,
        solver: str = "auto",
        random_state: Any = None,
    ) -> None:
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

    @checks_parameters
    @all_or_nothing
    @in_steps(2)
    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the b that brings Xb + c closest to y.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 has the same effect as repeating the row.

        Returns
        -------
        self : SVDRegressor

        Raises
        ------
        ValueError
            If X or y is not finite or has the wrong shape, all weights are zero, or a
            parameter does not suit X; the message names it.

        Warns
        -----
        CollinearityWarning
            If columns are linearly dependent and neither alpha nor n_components fixes
            it.
        """
        with self._step("decompose", reads_rows=True):
            rows = rows_to_fit(self, X, y, sample_weight, **CHECKS)
            options = options_for(self, rows)
            # Centre the columns, and decompose the rest: A'A = R'R by Cholesky, A = Q R
            # where that squares too large a condition number, or A D^-1 = U S V'.
            A = SOLVERS[options.solver](rows, options)
        with self._step("solve", reads_rows=True):
            # Keep the k largest singular values, drop the others, and shrink by alpha.
            k, alpha, path = choose(rows, A, options)
            if options.positive:
                return self._store(rows, A, k, alpha, path, *A.solve_nonnegative(alpha))
            warn_of_collinear(A, k, alpha, getattr(self, "feature_names_in_", None))
            # Invert the kept part: R'R b = A'y, or b = V (f(s)/s) U'y with a filter f.
            f = A.problem.filter_factors(k, alpha)
            b, c, squares = A.solve(f)
            # Refine b by A'(y - Ab), computed in twice the working precision.
            if worth_refining(rows, A, k, b, c, options.epsilon):
                b, c, squares = refined(rows, A, f, alpha, b, c, options.epsilon)
        return self._store(rows, A, k, alpha, path, b, c, squares)

    @available_if(can_update)
    @checks_parameters
    @restored_if_it_fails
    def partial_fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Add rows to the earlier ones, and solve for all of them.

        Sums over rows are additive, so the result equals one `fit` on all rows, in
        whatever batches they come. Steps that would read earlier rows again are skipped
        (refinement) or not available (criteria "loo" and "cv"). May be called after
        `fit`.

        Parameters
        ----------
        X, y, sample_weight : array-like
            New rows, as in `fit`; one row is enough.

        Returns
        -------
        self : SVDRegressor

        Raises
        ------
        ValueError
            As in `fit`, and if the solver or criterion needs all rows at once.
        """
        earlier = getattr(self, "_decomposition_", None)
        rows = rows_to_fit(self, X, y, sample_weight, reset=earlier is None, **CHECKS)
        options = options_for(self, rows)
        A = with_more_rows(earlier, rows, options)
        k, alpha, path = choose(None, A, options)
        if options.positive:
            return self._store(rows, A, k, alpha, path, *A.solve_nonnegative(alpha))
        warn_of_collinear(A, k, alpha, getattr(self, "feature_names_in_", None))
        b, c, squares = A.solve(A.problem.filter_factors(k, alpha))
        return self._store(rows, A, k, alpha, path, b, c, squares)

    def fit_windows(
        self,
        X: Any,
        y: ArrayLike,
        window: int,
        step: int = 1,
        sample_weight: ArrayLike | None = None,
    ) -> Bunch:
        """Fit each window of consecutive rows, and return the coefficients.

        They equal those of a `fit` on each window's rows, at the same accuracy, but are
        computed faster, from sums that windows share. This estimator is not fitted.

        Parameters
        ----------
        X, y : array-like
            As in `fit`, but in memory: Dask arrays are not accepted.
        window : int
            Number of rows in a window.
        step : int, default=1
            Number of rows between the starts of consecutive windows.
        sample_weight : array-like of shape (n_samples,), default=None
            A weight of 2 counts the row twice, but still as one row of its windows.

        Returns
        -------
        Bunch
            `coef` of shape (n_windows, n_features) or (n_windows, n_outputs,
            n_features), `intercept`, each window's rows, from `start` to before `stop`,
            and with alpha = 0 the `rank`; below n_features, b is the shortest solution.
        """
        rows, options = self._rows_and_options(X, y, sample_weight, takes_dask=False)
        return by_window(rows, options, window, step)

    def fit_groups(
        self,
        X: Any,
        y: ArrayLike,
        groups: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Bunch:
        """Fit each group of rows in one pass over X, and return the coefficients.

        Parameters
        ----------
        X, y : array-like
            As in `fit`.
        groups : array-like of shape (n_samples,)
            Group label of each row.
        sample_weight : array-like of shape (n_samples,), default=None
            A group without weight is left out.

        Returns
        -------
        Bunch
            `coef`, `intercept` and `rank` as in `fit_windows`, one entry per label in
            `groups`, and the number of rows `n_samples`.
        """
        rows, options = self._rows_and_options(X, y, sample_weight)
        return by_group(rows, options, groups)

    def _rows_and_options(self, X, y, sample_weight, **checks):
        """Return the rows and the `Options`; nothing is stored in this estimator."""
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
        self.intercept_ = c if c.ndim else c[()]  # a number, as in scikit-learn
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
                "With positive=True there are no filter factors, leverages, exact "
                "intervals or t values: use the bootstrap, or set positive=False."
            )
        fit = self._decomposition_, self.n_components_, self.alpha_
        return Uncertainty(*fit, self.coef_.ndim == 1, self._like_)

    @property
    def spectrum_(self) -> Any:
        """All nonzero singular values of the centred X, largest first."""
        return self._as_input(self._problem.svd.s)

    @property
    def singular_values_(self) -> Any:
        """Singular values that are inverted, largest first."""
        return self.spectrum_[: self.n_components_]

    @property
    def components_(self) -> Any:
        """Right singular vectors, one per row."""
        return self._as_input(self._problem.svd.Vt[: self.n_components_])

    @property
    def explained_variance_ratio_(self) -> Any:
        """Fraction of the variance of X along each component."""
        return self._as_input(self._problem.shares[: self.n_components_])

    @property
    def filter_factors_(self) -> Any:
        """Factor by which alpha shrinks the inverse of each inverted singular value."""
        return self._as_input(self._uncertainty.filter_factors)

    @property
    def degrees_of_freedom_(self) -> Any:
        """Sum of the filter factors, without the intercept."""
        return self._uncertainty.degrees

    @property
    def condition_number_(self) -> float:
        """Condition number of the centred X with columns of unit length."""
        return self._problem.condition

    def predict(
        self, X: Any, return_std: bool = False, return_interval: float | None = None
    ) -> Any:
        r"""Predict Xb + intercept, optionally with a standard deviation or an interval.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        return_std : bool, default=False
            If True, also return the standard deviation of a new observation,
            :math:`\hat\sigma \sqrt{1 + h(x)}`, which combines the noise and the error
            of the mean, with the `leverage` h. Like the interval it needs residual
            degrees of freedom.
        return_interval : float, default=None
            Coverage probability, in (0, 1), of a prediction interval, which is returned
            last: mean plus and minus a quantile of Student's t distribution times the
            standard deviation (Seber and Lee 2003, section 5.3.1). It is approximate
            if alpha or n_components biases b, as in `summary`.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs)
        std : array of the same shape
            In the units of y; only with `return_std`.
        interval : array of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            Lower and upper end; only with `return_interval`.
        """
        check_probability(return_interval)
        rows = self._rows_to_apply(X, "predict")
        mean = self._mean(rows)
        if not return_std and return_interval is None:
            return mean
        uncertainty = self._uncertainty
        std = uncertainty.deviations(rows)
        if return_interval is None:
            return mean, std
        df = uncertainty.residual_degrees
        interval = interval_about(mean, std, return_interval, df)
        return (mean, std, interval) if return_std else (mean, interval)

    def _rows_to_apply(self, X, method):
        return rows_to_apply(
            self, X, fitted="coef_", method=method, accept_sparse="csr"
        )

    def _mean(self, rows):
        W = self.coef_ if self.coef_.ndim == 1 else self.coef_.T
        return rows.map(affine, W, self.intercept_)

    def leverage(self, X: Any) -> Any:
        r"""Return the leverage h(x): how far rows are from the training rows.

        .. math:: h(x) = \frac{1}{n} + (x - \bar x)^T V
            \operatorname{diag}\left(\frac{f}{s^2}\right) V^T (x - \bar x)

        For training rows it is the diagonal of the hat matrix, whose sum is the number
        of degrees of freedom, including one for the intercept.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
            One column per output if `alpha_` is an array.
        """
        rows = self._rows_to_apply(X, "leverage")
        return self._uncertainty.leverages(rows)

    def influence(self, X: Any, y: ArrayLike) -> Bunch:
        """Return the residuals of training rows, and their influence on the fit.

        A row of weight 2 is two rows, and the values are those of one of them. With
        alpha > 0 they are approximate. They are wrong for rows that were not fitted
        (not all such rows can be detected): use the std returned by `predict` for
        those.

        Parameters
        ----------
        X, y : array-like
            All rows passed to `fit`, or some of them.

        Returns
        -------
        Bunch
            `residual`; `leverage`; `studentized_residual`, scaled by the noise of all
            rows; `external_studentized_residual`, scaled by the noise without the row,
            which has Student's distribution; `cooks_distance`, the change of all
            predictions without the row. NaN if a row alone determines its prediction.
        """
        check_is_fitted(self)
        _arrays.check_same_namespace(X, self, attribute="coef_", method="influence")
        rows = rows_to_fit(self, X, y, reset=False, **CHECKS)
        return influences(residuals(rows.y, self._mean(rows)), rows, self._uncertainty)

    def variance_inflation_factors(self) -> Any:
        """Return the factors by which collinearity inflates the coefficients' variance.

        The factor of a column is 1 / (1 - R^2), with R^2 of its regression on all
        others; infinite for a linear combination of others. No row is read again.

        Returns
        -------
        array of shape (n_features,)
        """
        return self._as_input(variance_inflation(self._problem))

    def transform(self, X: Any) -> Any:
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

    def inverse_transform(self, X: Any) -> Any:
        """Return the rows that have these coordinates: the rank-k reconstruction.

        Parameters
        ----------
        X : array of shape (n_samples, n_components_)
            Coordinates, as `transform` returns them.

        Returns
        -------
        array of shape (n_samples, n_features)

        Raises
        ------
        ValueError
            If X does not have n_components_ columns.
        """
        check_is_fitted(self)
        if not is_dask(X):
            X = check_array(X, dtype=_arrays.float_dtypes(X), input_name="X")
        if len(X.shape) != 2 or X.shape[1] != self.n_components_:
            raise ValueError(
                f"X has shape {X.shape}, but inverse_transform needs "
                f"{self.n_components_} columns, one per component."
            )
        return X @ self.components_ + self.mean_

    def coef_path(self) -> Any:
        """Return the coefficients at every rank, regularized by `alpha_`.

        Returns
        -------
        array of shape (rank_, n_features) or (rank_, n_outputs, n_features)
        """
        path = coefficients_by_rank(self._uncertainty.A.problem, self.alpha_)
        return self._as_input(path[:, 0] if self.coef_.ndim == 1 else path)

    def _rows_again(self, X, y, sample_weight):
        return rows_to_fit(self, X, y, sample_weight, reset=False, **CHECKS)

    def _summarized(self, rows, options, offset=None):
        if offset is not None:
            raise ValueError("SVDRegressor has no offset: subtract it from y and fit.")
        b, c = _arrays.to_numpy(self.coef_), _arrays.to_numpy(self.intercept_)
        path = self.criterion_path_
        chosen = path is not None and len(path.n_components) > 1
        details, uncertainty = (chosen, names_of_columns(self)), self._uncertainty
        if not np.ndim(self.alpha_):
            return summarize(fit_statistics(uncertainty, b, c, *details), rows, options)
        tables = []
        for j, one in enumerate(zip(uncertainty.of_each_output, b, c, strict=True)):
            y_j = operator.itemgetter((..., j))
            rows_j = None if rows is None else rows.with_y(y_j)
            tables.append(summarize(fit_statistics(*one, *details), rows_j, options))
        return joined(tables)

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
