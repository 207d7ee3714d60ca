"""Displays: plots of what a fitted estimator has learnt.

Each has ``from_estimator(estimator, X=None, *, ax=None, **kwargs)`` and
``plot(ax=None, **kwargs)``, like scikit-learn's displays. They read fitted attributes
and never fit, except `FitDiagnosisDisplay`, which fits clones. Drawing requires
matplotlib: ``pip install "skmath[plot]"``.
"""

from skmath.display.alpha_path import AlphaPathDisplay
from skmath.display.dependence_tree import DependenceTreeDisplay
from skmath.display.descent import DescentDisplay
from skmath.display.det import DETDisplay
from skmath.display.eigenfaces import EigenfacesDisplay
from skmath.display.embedding import EmbeddingDisplay
from skmath.display.evidence import EvidenceDisplay
from skmath.display.face_distance import FaceDistanceDisplay
from skmath.display.fit_diagnosis import FitDiagnosisDisplay
from skmath.display.likelihood import LikelihoodDisplay
from skmath.display.loss_curve import LossCurveDisplay
from skmath.display.rank_selection import RankSelectionDisplay
from skmath.display.reliability import ReliabilityDisplay
from skmath.display.spectrum import SpectrumDisplay
from skmath.display.summary import SummaryDisplay

__all__ = [
    "AlphaPathDisplay",
    "DETDisplay",
    "DependenceTreeDisplay",
    "DescentDisplay",
    "EigenfacesDisplay",
    "EmbeddingDisplay",
    "EvidenceDisplay",
    "FaceDistanceDisplay",
    "FitDiagnosisDisplay",
    "LikelihoodDisplay",
    "LossCurveDisplay",
    "RankSelectionDisplay",
    "ReliabilityDisplay",
    "SpectrumDisplay",
    "SummaryDisplay",
]
