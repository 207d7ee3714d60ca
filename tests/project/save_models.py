"""Save what a release pickles, so that later ones are tested to load it.

    python tests/project/save_models.py tests/saved

writes one file, named by the version. A step of `RELEASING.md`.
"""

import argparse
import pickle
import warnings
from pathlib import Path

import numpy as np

import skmath


def models():
    """Return the six, not fitted, with what they are fitted on."""
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(c, 1.0, size=(20, 5)) for c in (0.0, 6.0)])
    y, target = np.repeat(["no", "yes"], 20), X @ np.arange(5.0)
    table = np.array([["a", 1.0], ["b", 2.0], ["b", None], ["a", 4.0]] * 10, object)
    return [
        (skmath.SVDRegressor(), X, target),
        (skmath.GDLinearModel("log_loss", alpha=0.1), X, y),
        (skmath.GDLinearModel("poisson", alpha=0.1), X, np.abs(target)),
        (skmath.BackpropMLP((5,), max_iter=5, random_state=0), table, y),
        (skmath.FromScratchNB(), table, y),
        (skmath.FromScratchNB("kde"), X, y),
        (skmath.EigenfaceClassifier(2, known_threshold=5.0), X, y),
        (skmath.LaplacianSpectralClustering(2, random_state=0), X, None),
    ]


def save(folder):
    """Write the file of this version and return its path.

    It holds pickles of their own, so that one that cannot be read spoils no other.
    """
    saved = []
    for model, X, y in models():
        model.fit(X, y)
        saved.append((repr(model), pickle.dumps(model), X, model.predict(X)))
    path = Path(folder) / f"{skmath.__version__}.pickle"
    path.write_bytes(pickle.dumps(saved))
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder")
    warnings.filterwarnings("ignore", message="The loss was still falling")
    print(save(parser.parse_args().folder))
