"""Third pillar: Bayes' theorem, likelihoods, and who or what is a stranger."""

from skmath.probability.bayes import log_posterior, log_prior
from skmath.probability.faces import FaceLikelihood, face_likelihood
from skmath.probability.likelihoods import (
    Bernoulli,
    Categorical,
    Gaussian,
    Multinomial,
)
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
    "Bernoulli",
    "Categorical",
    "FaceLikelihood",
    "Gaussian",
    "Multinomial",
    "class_distances",
    "face_likelihood",
    "false_alarm_threshold",
    "folds_of_people",
    "log_posterior",
    "log_prior",
    "products_without_oneself",
    "soft_votes",
    "temperature",
    "weighted_quantile",
    "weighted_votes",
]
