r"""Linear regression by the singular value decomposition.

The problem is :math:`y = Ab` with more rows than columns: no inverse of A exists, and
y is seldom a combination of A's columns. The pseudo-inverse gives the best there is,
the b whose Ab is the projection of y on the space that the columns span:

1. centre the columns of A and y (what is left over is the intercept);
2. decompose :math:`A = U S V^T`;
3. find the first k singular values, those that are large; the rest approach zero;
4. invert what is large, drop what is small:
   :math:`b = A^+ y = V \operatorname{diag}(f(s) / s)\, U^T y`.

Only S, V and U'y are needed, and they follow from sums over the rows: the cost is
O(n p^2 + p^3) time and O(p^2) memory beside X, whatever the number of rows n.

References
----------
G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013, section 5.5.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils._param_validation import Interval, StrOptions

from skmath import _arrays
from skmath._fit import all_or_nothing
from skmath._registry import Configuration, Entry, Task
from skmath._rows import check_squares, rows_to_apply, rows_to_fit
from skmath.linear_algebra import (
    filtered_inverse,
    numerical_rank,
    project,
    svd_of_gram,
    svd_of_triangle,
    tikhonov,
    triangular_factor,
    truncation,
)
from skmath.statistics import cross_moments

__all__ = ["SVDRegressor"]


class SVDRegressor(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, RegressorMixin, BaseEstimator
):
    r"""Least squares by the SVD, with choice of the rank and Tikhonov damping.

    Minimises :math:`\|y - Xb - c\|^2 + \alpha \|b\|^2` over the span of the first k
    right singular vectors of the centred X.

    Parameters
    ----------
    n_components : int, float or None, default=None
        How many singular values are inverted, k. None inverts all that are not zero
        (the numerical rank); an int at most that many; a float in (0, 1) as many as
        explain that share of the variance of X.
    alpha : float, default=0.0
        Tikhonov strength, as in scikit-learn's Ridge.
    fit_intercept : bool, default=True
        Whether columns and target are centred first.
    rcond : float, default=None
        A direction counts towards the rank if its singular value, with the columns of
        X scaled to length one, is above rcond times the largest. None is the rounding
        unit of X's dtype times max(10, n_features).
    solver : {"auto", "gram", "qr"}, default="auto"
        How A is decomposed. "gram" takes the eigenvectors of the centred A'A; "qr" the
        SVD of the triangle of A = QR, which needs a second pass over X but does not
        square the condition number. "auto" takes "gram" where n_samples > n_features
        and the condition number leaves at least four fifths of the digits.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_outputs, n_features)
        The seed's b, in the units of y per unit of the feature.
    intercept_ : float or array of shape (n_outputs,)
    rank_ : int
        Numerical rank of the centred X, whatever the units of its columns.
    n_components_ : int
        The k used.
    singular_values_ : array of shape (n_components_,)
        Of the centred X, largest first.
    components_ : array of shape (n_components_, n_features)
        Right singular vectors, a row each.
    explained_variance_ratio_ : array of shape (n_components_,)
        Share of the variance of X along each component.
    filter_factors_ : array of shape (n_components_,)
        f(s): 1 where a singular value is inverted fully, less where alpha damps it.
    mean_ : array of shape (n_features,)
        Means of the columns, zero without intercept.
    solver_ : {"gram", "qr"}
        What ran.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.linear_model.LinearRegression : Full rank only; drops directions by the raw
        scale of the columns.
    sklearn.decomposition.PCA : The same components, without a target.

    Notes
    -----
    With the centred :math:`A = U S V^T` the normal equations
    :math:`A^T A b = A^T y` read :math:`V S^2 V^T b = V S U^T y`; where S is
    invertible b is :math:`V S^{-1} U^T y`. A zero singular value leaves its component
    of b free, and the shortest b has zero there. The relative error of b is about
    :math:`\epsilon \kappa^2` from the Gram matrix and :math:`\epsilon \kappa` from the
    triangle, with rounding unit :math:`\epsilon` and condition number :math:`\kappa`.

    Float32 input is computed in float32 by blocks and summed in float64. Sparse X is
    centred implicitly; "qr" writes out the zeros of a block at a time.

    References
    ----------
    .. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th edition, 2013,
       sections 5.3 and 5.5.
    .. [2] P. C. Hansen, *Rank-Deficient and Discrete Ill-Posed Problems*, SIAM, 1998.

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
    """

    _parameter_constraints = {
        "n_components": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
            None,
        ],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "rcond": [Interval(Real, 0, 1, closed="left"), None],
        "solver": [StrOptions({"auto", "gram", "qr"})],
    }

    def __init__(
        self,
        n_components=None,
        *,
        alpha=0.0,
        fit_intercept=True,
        rcond=None,
        solver="auto",
    ):
        self.n_components = n_components
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.rcond = rcond
        self.solver = solver

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
            If X or y is not finite or not two-dimensional, or their lengths differ.
        """
        rows = rows_to_fit(
            self,
            X,
            y,
            sample_weight,
            accept_sparse="csr",
            multi_output=True,
            y_numeric=True,
        )
        # Centre: the intercept is what the means leave over.
        moments = rows.sum(cross_moments).significant()
        check_squares(moments.mean)
        # Decompose A = U S V'.
        (s, Vt, Uty), rank, solver = self._decompose(rows, moments)
        # The first k singular values are large, the rest approach zero.
        k = self._count_large(s, rank)
        f = truncation(s, k) * tikhonov(s, self.alpha)
        # Invert what is large, drop what is small: b = A+ y = V (f(s)/s) U'y.
        b = Vt.T @ (filtered_inverse(s, f)[:, None] * Uty)
        self._store(rows, moments, s, Vt, f, b, k)
        self.rank_, self.solver_ = rank, solver
        return self

    def _decompose(self, rows, moments):
        """Return the `SingularValues` of A, its numerical rank and the solver used."""
        p = rows.n_features
        eps = _arrays.epsilon_of_input(rows.X)
        with np.errstate(over="ignore", invalid="ignore"):
            gram = moments.scatter if self.fit_intercept else moments.about_zero()
        # Squares overflow where lengths do not: the triangle has the lengths.
        if self.solver != "qr" and _arrays.all_finite(gram):
            decomposed = svd_of_gram(gram, p)
            s = decomposed.s
            # Full rank, and squaring the condition number costs a fifth of the digits.
            if float(s[-1]) ** 2 * eps**-0.4 > float(s[0]) ** 2:
                return decomposed, p, "gram"
        shift = moments.mean if self.fit_intercept else 0.0 * moments.mean
        R = rows.dense().sum(triangular_factor, shift, self.fit_intercept).R
        if self.fit_intercept:
            # What is left of a constant column is rounding: it spans nothing.
            xp = _arrays.namespace(R)
            varies = xp.linalg.diagonal(moments.scatter) > 0
            R = xp.where(varies[None, :], R[1:, 1:], xp.zeros_like(R[1:, 1:]))
        rcond = eps * max(10, p) if self.rcond is None else self.rcond
        rank = numerical_rank(R[:, :p], rcond)
        if self.solver == "gram" and _arrays.all_finite(gram):
            return decomposed, rank, "gram"
        return svd_of_triangle(R, p), rank, "qr"

    def _count_large(self, s, rank):
        """Return how many singular values are inverted."""
        if self.n_components is None:
            return rank
        if isinstance(self.n_components, Integral):
            return min(int(self.n_components), rank)
        xp = _arrays.namespace(s)
        share = xp.cumulative_sum(_shares(s))
        return min(int(xp.count_nonzero(share < self.n_components)) + 1, rank)

    def _store(self, rows, moments, s, Vt, f, b, k):
        """Set the fitted attributes, in the dtype of X."""
        xp, p = _arrays.namespace(b), rows.n_features
        dtype = _arrays.float_dtype(rows.X, xp)
        mean = moments.mean if self.fit_intercept else 0.0 * moments.mean
        intercept = mean[p:] - b.T @ mean[:p]
        if rows.y.ndim == 1:
            b, intercept = b[:, 0], intercept[0]
        self.coef_ = xp.astype(b.T if b.ndim == 2 else b, dtype)
        self.intercept_ = xp.astype(intercept, dtype)
        self.mean_ = xp.astype(mean[:p], dtype)
        self.n_components_ = k
        self.singular_values_ = xp.astype(s[:k], dtype)
        self.components_ = xp.astype(Vt[:k, :], dtype)
        self.explained_variance_ratio_ = xp.astype(_shares(s)[:k], dtype)
        self.filter_factors_ = xp.astype(f[:k], dtype)

    def predict(self, X):
        """Return Xb + intercept: the projection of y, continued to new rows.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples,) or (n_samples, n_outputs)
        """
        rows = rows_to_apply(
            self, X, fitted="coef_", method="predict", accept_sparse="csr"
        )
        return rows.map(_affine, self.coef_, self.intercept_)

    def transform(self, X):
        """Return the coordinates of the rows in the singular subspace, (X - mean) V_k.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        array of shape (n_samples, n_components_)
        """
        rows = rows_to_apply(
            self, X, fitted="coef_", method="transform", accept_sparse="csr"
        )
        return rows.map(project, self.mean_, self.components_)

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


def _shares(s):
    """Return each s^2's share of their sum; relative to the largest none overflows."""
    xp = _arrays.namespace(s)
    relative = s / xp.max(s) if bool(xp.any(s > 0)) else s
    squares = relative * relative
    return squares / max(float(xp.sum(squares)), 1.0)


def _affine(X, W, c):
    """Return X W' + c, for one row of coefficients or several."""
    return X @ (W if W.ndim == 1 else W.T) + c


def _tasks():
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skmath.datasets import load_boston_housing

    ranks = list(range(1, 14))
    return [
        Task(
            data="Boston housing",
            load=lambda: load_boston_housing(return_X_y=True),
            ours=make_pipeline(StandardScaler(), SVDRegressor()),
            grid={"svdregressor__n_components": ranks},
            peer=make_pipeline(StandardScaler(), PCA(), LinearRegression()),
            peer_grid={"pca__n_components": ranks},
            scoring="r2",
            metric="R2",
            cv=KFold(5, shuffle=True, random_state=0),
        )
    ]


_ANY = ("numpy", "memmap", "sparse", "dask", "array_api")

ENTRY = Entry(
    estimator=SVDRegressor,
    counterpart="LinearRegression, PCA + LinearRegression",
    adds="chooses the rank, damps, keeps small columns, streams, takes sparse and Dask",
    configurations=(
        Configuration({}, _ANY),
        Configuration({"n_components": 9}, _ANY),
        Configuration({"alpha": 1.0, "fit_intercept": False}, _ANY),
        Configuration({"n_components": 0.9, "solver": "qr"}, _ANY),
    ),
    tasks=_tasks,
    display="SpectrumDisplay",
)
