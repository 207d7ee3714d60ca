"""Tour of `EigenfaceClassifier`: comparison with PCA and nearest neighbours."""

from skmath._tour.registry import Entry, Task
from skmath.eigenface_classifier import EigenfaceClassifier


def _tasks():
    from sklearn.decomposition import PCA
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from skmath.datasets import load_orl_faces

    numbers = [40, 80, 120]
    return [
        Task(
            data="ORL faces",
            load=lambda: load_orl_faces(return_X_y=True),
            ours=make_pipeline(FunctionTransformer(), EigenfaceClassifier()),
            grid={"eigenfaceclassifier__n_components": numbers},
            peer=make_pipeline(PCA(random_state=0), KNeighborsClassifier(1)),
            peer_grid={"pca__n_components": numbers},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(5, shuffle=True, random_state=0),
        )
    ]


ENTRY = Entry(
    estimator=EigenfaceClassifier,
    counterpart="PCA + KNeighborsClassifier",
    adds="reads folders of pictures; rejects unknown people and images without a face "
    "at calibrated thresholds; verifies pairs; adds and removes people without a new "
    "fit",
    tasks=_tasks,
    display="EigenfacesDisplay",
    # The ORL faces have 112 x 92 pixels, the faces used in their place 64 x 64.
    display_options=lambda X: {
        "image_shape": (112, 92) if X.shape[1] == 112 * 92 else (64, 64)
    },
)
