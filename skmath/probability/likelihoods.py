r"""Likelihoods: how probable a feature's value is in each class.

A likelihood describes a group of columns that are independent given the class, and has

- ``statistics(X, members, weight)``: of a block's rows, something that adds;
- ``fit(sums)``: the parameters, as a dict; names that begin with an underscore are not
  shown to the user;
- ``log_likelihood(X, parameters)``: the sum over the columns of log P(x_j | y), shape
  (n_samples, n_classes);

and, as those here do,

- ``by_feature(X, parameters)``: log P(x_j | y), shape
  (n_samples, n_columns, n_classes);
- ``left_out(X, codes, unit, sums, parameters)``: the sum over the columns of
  log P(x_j | y) in each row's own class, shape (n_samples,), a ``unit`` of weight of
  that row being left out of the sums; ``codes`` are the rows' classes. Not so of
  complement, which does not describe a row's own class;
- ``counts``: whether its columns must not be negative;
- ``uses_prior``: whether the classes' priors play a part.

``members`` is one-hot, shape (n_samples, n_classes). X holds NaN where a value is
missing: it is left out, as if the sum over all its values were taken.
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
"""The likelihoods that have a name."""
