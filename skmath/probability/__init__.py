"""Third pillar: Bayes' theorem, likelihoods, and who or what is a stranger."""

from skmath.probability.bayes import log_posterior, log_prior
from skmath.probability.categories import Categorical
from skmath.probability.counts import Bernoulli, Complement, Multinomial, Poisson
from skmath.probability.densities import KDE, Bins, Exponential, Samples
from skmath.probability.faces import FaceLikelihood, face_likelihood
from skmath.probability.gaussian import Gaussian
from skmath.probability.kernel_density import (
    KernelSum,
    kernel_sum,
    silverman_bandwidth,
)
from skmath.probability.left_out import left_out_scores
from skmath.probability.likelihoods import LIKELIHOODS
from skmath.probability.open_set import (
    class_distances,
    false_alarm_threshold,
    folds_of_people,
    products_without_oneself,
    soft_votes,
    temperature,
    weighted_quantile,
    weighted_votes,
)

__all__ = [
    "KDE",
    "LIKELIHOODS",
    "Bernoulli",
    "Bins",
    "Categorical",
    "Complement",
    "Exponential",
    "FaceLikelihood",
    "Gaussian",
    "KernelSum",
    "Multinomial",
    "Poisson",
    "Samples",
    "class_distances",
    "face_likelihood",
    "false_alarm_threshold",
    "folds_of_people",
    "kernel_sum",
    "left_out_scores",
    "log_posterior",
    "log_prior",
    "products_without_oneself",
    "silverman_bandwidth",
    "soft_votes",
    "temperature",
    "weighted_quantile",
    "weighted_votes",
]
