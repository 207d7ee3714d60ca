r"""Likelihoods: how probable a feature's value is in each class.

A likelihood describes a group of columns that are independent given the class. It has
the methods

- ``statistics(X, members, weight)``: statistics of a block of rows, which can be added;
- ``fit(sums)``: the parameters, as a dict; names that begin with an underscore are
  private;
- ``log_likelihood(X, parameters)``: the sum over the columns of log P(x_j | y), shape
  (n_samples, n_classes);

and optionally, like those here,

- ``by_feature(X, parameters)``: log P(x_j | y), shape
  (n_samples, n_columns, n_classes);
- ``left_out(X, codes, unit, sums, parameters)``: the sum over the columns of
  log P(x_j | y) in each row's own class, shape (n_samples,), with a ``unit`` of weight
  of that row left out of the sums; ``codes`` are the rows' classes. Complement does not
  have it, because it does not describe a row's own class;
- ``counts``: whether its columns must be non-negative;
- ``uses_prior``: whether the classes' priors are used.

``members`` is one-hot, shape (n_samples, n_classes). Missing values are NaN in X; they
are left out, which equals summing over all their possible values.
"""

from skmath.probability.categories import Categorical
from skmath.probability.counts import Bernoulli, Complement, Multinomial, Poisson
from skmath.probability.densities import KDE, Bins
from skmath.probability.gaussian import Gaussian
from skmath.probability.positive import Exponential, Gamma, LogNormal

__all__ = ["LIKELIHOODS"]

LIKELIHOODS = {
    "gaussian": Gaussian,
    "kde": KDE,
    "categorical": Categorical,
    "bernoulli": Bernoulli,
    "multinomial": Multinomial,
    "complement": Complement,
    "poisson": Poisson,
    "exponential": Exponential,
    "gamma": Gamma,
    "lognormal": LogNormal,
    "bins": Bins,
}
"""The likelihoods by name."""
