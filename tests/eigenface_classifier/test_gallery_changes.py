"""People leave, pairs are verified, bursts are pooled, few people warned of."""

import pickle

import numpy as np
import pytest
from scipy.special import expit
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import det_curve, roc_auc_score

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces
from skmath.eigenface_classifier.verification import pair_likelihood

RATES = {"target_far": 0.1, "target_frr": 0.1}
GATES = {"known_threshold": "auto", "face_threshold": "auto"} | RATES


@pytest.fixture(scope="module")
def faces():
    X, y = load_orl_faces(return_X_y=True)
    return X[:, ::7].astype(np.float64), y


def people_of(shots, p=60, spread=20.0, noise=5.0):
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(len(shots)), shots)
    centres = 100 + spread * rng.normal(size=(len(shots), p))
    return centres[y] + noise * rng.normal(size=(len(y), p)), y


# Forget


@pytest.mark.parametrize("p", [20, 60])  # more images than pixels, and fewer
@pytest.mark.parametrize(
    "params", [GATES, {"whiten": False, "metric": "euclidean", "n_neighbors": 3}]
)
def test_to_forget_is_to_fit_without_where_nothing_is_cut_off(p, params):
    X, y = people_of([4] * 10, p=p)
    stays = ~np.isin(y, [3, 7])
    model = EigenfaceClassifier(1.0, **params).fit(X, y)
    model.forget([3, 7], refit=True)
    fresh = EigenfaceClassifier(1.0, **params).fit(X[stays], y[stays])
    np.testing.assert_array_equal(model.classes_, fresh.classes_)
    np.testing.assert_allclose(model.mean_face_, fresh.mean_face_)
    np.testing.assert_allclose(model.known_threshold_, fresh.known_threshold_)
    np.testing.assert_allclose(model.face_threshold_, fresh.face_threshold_)
    queries = X + 1.0
    for method in ("transform", "predict_proba", "open_set_score"):
        ours, theirs = (getattr(m, method)(queries) for m in (model, fresh))
        np.testing.assert_allclose(ours, theirs, atol=1e-8)
    np.testing.assert_array_equal(model.predict(queries), fresh.predict(queries))


def test_rounding_outside_of_face_space_was_not_cut_off():
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(20):
        # Some images have much more contrast than others.
        X = 128 + rng.normal(size=(60, 80)) * np.logspace(-1, 2, 60)[:, None]
        y = np.arange(60) // 6
        model = EigenfaceClassifier(1.0, brightness=None).fit(X, y)
        refused += model._faces_.outside.any()
        model.forget(3, refit=True)
        fresh = EigenfaceClassifier(1.0, brightness=None).fit(X[y != 3], y[y != 3])
        spread = model.explained_variance_[: fresh.n_components_]
        np.testing.assert_allclose(spread, fresh.explained_variance_, rtol=1e-6)
    assert refused > 0  # of what is rounding alone
    cut = EigenfaceClassifier(0.9999, brightness=None).fit(X, y)
    with pytest.raises(ValueError, match="represents the remaining faces exactly"):
        cut.forget(3, refit=True)


def test_to_forget_is_to_have_enrolled_the_others_in_the_same_face_space(faces):
    X, y = faces[0][:100], faces[1][:100]
    model = EigenfaceClassifier(0.95, shrinkage=0.0).fit(X, y).forget(4)
    stays = y != 4
    before = EigenfaceClassifier(0.95, whiten=False).fit(X, y)
    np.testing.assert_array_equal(model.components_, before.components_)
    C = before.embedding_[stays]
    D = (
        C
        - np.stack([C[y[stays] == k].mean(axis=0) for k in model.classes_])[
            np.searchsorted(model.classes_, y[stays])
        ]
    )
    W = D.T @ D / len(D)
    Z = model.embedding_
    np.testing.assert_allclose(Z @ Z.T, C @ np.linalg.solve(W, C.T), atol=1e-5)


@pytest.mark.parametrize("params", [GATES, {"known_threshold": "per-class", **RATES}])
def test_nothing_of_those_who_leave_stays(faces, params):
    X, y = faces[0][:250], faces[1][:250]
    model = EigenfaceClassifier(30, **params).fit(X, y)
    theirs = [model.embedding_[y == 5].copy(), model._faces_.C[y == 5].copy()]
    theirs += [model._faces_.image[y == 5].copy(), model._faces_.outside[y == 5].copy()]
    model.verify(X[:1], X[:1])
    model.kneighbors(X[:1], 2)  # leaves a search behind
    model.forget([5])
    content = pickle.dumps(model)
    for rows in theirs:
        for row in rows:
            assert row.tobytes() not in content
    arrays = [*vars(model).values(), *vars(model._faces_).values()]
    for array in arrays:
        while isinstance(array, np.ndarray) and array.base is not None:
            array = array.base
            assert not isinstance(array, np.ndarray) or len(array) != 250
    assert 5 not in model.classes_
    assert model.predict_proba(X).shape == (250, 24)


def test_one_face_leaves_with_its_mirror_image(faces):
    X, y = faces[0][:40, :1400], faces[1][:40]
    params = {"mirror": True, "image_shape": (35, 40), "n_components": 20}
    model = EigenfaceClassifier(**params).fit(X, y).forget(index=7)
    assert model.n_images_ == 78
    assert model.kneighbors(X[7:8], 1)[0] > 1e-3
    model.forget(index=np.arange(0, 9))
    assert model.classes_.tolist() == [1, 2, 3]


def test_who_cannot_be_forgotten_is_told(faces):
    X, y = faces[0][:40], faces[1][:40]
    model = EigenfaceClassifier(20).fit(X, y)
    before = model.predict_proba(X)
    for kwargs, message in [
        ({"labels": [1, 77, 88]}, "not enrolled: 77, 88"),
        ({"labels": [0, 1, 2, 3]}, "would erase all faces"),
        ({"index": 40}, "integers from 0 to 39"),
        ({}, "requires either labels"),
        ({"labels": 1, "refit": True}, "its 20 eigenfaces do not"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.forget(**kwargs)
        np.testing.assert_array_equal(model.predict_proba(X), before)
    auto = EigenfaceClassifier(20, known_threshold="auto", target_far=0.1).fit(X, y)
    limit = auto.forget([1, 2]).known_threshold_
    with pytest.warns(UserWarning, match="Only one person remains"):
        auto.forget(3)
    assert auto.known_threshold_ == limit
    np.testing.assert_array_equal(auto.predict(X[:10]), 0)


def test_the_face_space_goes_on_to_be_enlarged(faces):
    X, y = faces
    model = EigenfaceClassifier(40).fit(X[:100], y[:100]).forget([2, 3])
    model.partial_fit(X[100:150], y[100:150])
    assert model.n_images_ == 130
    assert (model.predict(X[100:150]) == y[100:150]).all()
    assert 2 not in model.predict(X[20:40])


# Verify


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
def test_verification_is_symmetric_and_tells_people_apart(faces, metric):
    X, y = faces
    enrolled = y < 20
    model = EigenfaceClassifier(metric=metric).fit(X[enrolled], y[enrolled])
    rng = np.random.default_rng(0)
    i, j = rng.integers(200, 400, (2, 600))
    j[:300] = 10 * (i[:300] // 10) + (i[:300] + rng.integers(1, 10, 300)) % 10
    there, back = model.verify(X[i], X[j]), model.verify(X[j], X[i])
    for name in there.dtype.names:
        np.testing.assert_allclose(there[name], back[name], rtol=1e-9)
    same = y[i] == y[j]
    assert roc_auc_score(same, there.score) > 0.9
    alarms, refusals, _ = det_curve(same, there.score)
    assert np.min(np.maximum(alarms, refusals)) < 0.2
    np.testing.assert_array_equal(there.same, there.probability > 0.5)
    rarely = model.verify(X[i], X[j], prior=0.01)
    expected = expit(there.score - np.log(99))
    np.testing.assert_allclose(rarely.probability, expected, rtol=1e-6)
    with pytest.raises(ValueError, match="A has 3 rows and B has 2"):
        model.verify(X[:3], X[:2])


def test_the_likelihood_ratio_is_that_of_logistic_regression():
    rng = np.random.default_rng(0)
    logs = np.concatenate([rng.normal(0, 1, 300), rng.normal(2, 1, 900)])
    same = np.arange(1200) < 300
    found = pair_likelihood(np.exp(logs), np.ones(1200), same)
    weight = np.where(same, 1 / 600, 1 / 1800) * 1200
    peer = LogisticRegression(C=np.inf).fit(logs[:, None], same, weight)
    # Platt's targets take one in 302 and one in 902 for the other kind.
    assert found.slope == pytest.approx(-peer.coef_[0, 0], rel=0.05)
    assert found.offset == pytest.approx(peer.intercept_[0], abs=0.1)


@pytest.mark.parametrize("unit", [1e-12, 1e-120, 1e12])
def test_the_score_of_a_pair_has_no_unit(faces, unit):
    X, y = faces
    plain = {"brightness": None, "whiten": False, "metric": "euclidean"}
    A, B = X[100:140], np.vstack([X[100:110], X[111:141]])  # ten are the same image
    model = EigenfaceClassifier(**plain).fit(X[:100], y[:100])
    scaled = EigenfaceClassifier(**plain).fit(unit * X[:100], y[:100])
    said, again = model.verify(A, B), scaled.verify(unit * A, unit * B)
    np.testing.assert_allclose(again.score, said.score, rtol=1e-6)
    np.testing.assert_allclose(again.distance, unit * said.distance, rtol=1e-9)
    # None is more certain than an image and itself, and that is finite.
    assert (said.score[:10] == said.score.max()).all()
    assert said.score.max() < 1e4


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_images_without_contrast_are_nobodys(faces, dtype):
    X, y = faces
    X = X.astype(dtype)
    blank = np.array([0, 1, 200], dtype)[:, None] + np.zeros((3, X.shape[1]), dtype)
    model = EigenfaceClassifier(known_threshold=2.0).fit(X[:100], y[:100])
    for other in (blank, blank[::-1], X[:3]):
        for said in (model.verify(blank, other), model.verify(other, blank)):
            assert not said.same.any()
            assert (said.probability == 0).all()
            assert np.isposinf(said.distance).all()
            assert np.isfinite(said.score).all()
            assert (said.score < model.verify(X[:3], X[90:93]).score.min()).all()
    known = model.watch_list(np.vstack([blank, X[:2]]), k=4)[2]
    assert known.any(axis=1).tolist() == [False, False, False, True, True]


# Watch list, groups, ties


def test_the_watch_list_has_the_nearest_people_first(faces):
    X, y = faces
    train = np.arange(400) % 10 < 5
    model = EigenfaceClassifier(known_threshold="auto", target_far=0.05)
    model.fit(X[train], y[train])
    labels, distances, known = model.watch_list(X[~train], 7)
    told = model.identify(X[~train])
    np.testing.assert_array_equal(labels[:, 0], told.closest)
    np.testing.assert_array_equal(known[:, 0], told.known)
    assert (np.diff(distances, axis=1) >= 0).all()
    matches = np.cumsum((labels == y[~train][:, None]).mean(axis=0))
    assert matches[0] < matches[-1]
    assert model.watch_list(X[:3], 99)[0].shape == (3, 40)


def test_a_covered_lens_in_a_burst_counts_for_nothing(faces):
    X, y = faces
    train = np.arange(400) % 10 < 5
    model = EigenfaceClassifier(known_threshold=0.5, face_threshold="auto")
    model.fit(X[train], y[train])
    burst = np.vstack([X[5:8], np.full((2, X.shape[1]), 7.0)])
    told = model.identify(burst, groups=[0, 0, 0, 0, 1])
    alone = model.identify(X[5:8], groups=[0] * 3)
    assert told.label[:3].tolist() == alone.label.tolist()
    for name in ("distance_in_face_space", "distance_from_face_space"):
        np.testing.assert_allclose(told[name][:3], alone[name], rtol=1e-9)
    assert told[3] == told[0]
    assert told.face.tolist() == [*[told.face[0]] * 4, False]
    assert told.distance_from_face_space[4] == np.inf
    p = model.predict_proba(burst, groups=[0, 0, 0, 0, 1])
    expected = model.predict_proba(X[5:8], groups=[0] * 3)[0]
    np.testing.assert_allclose(p[3], expected, rtol=1e-9)


def test_images_of_one_group_have_the_answer_of_their_mean(faces):
    X, y = faces
    train = np.arange(400) % 10 < 2
    params = {"brightness": None, "known_threshold": "auto", "target_far": 0.1}
    model = EigenfaceClassifier(**params).fit(X[train], y[train])
    test = np.flatnonzero(~train)
    pooled = model.predict(X[test], groups=y[test])
    means = np.stack([X[test][y[test] == k].mean(axis=0) for k in range(40)])
    np.testing.assert_array_equal(pooled, model.predict(means)[y[test]])
    p = model.predict_proba(X[test], groups=y[test])
    np.testing.assert_allclose(p, model.predict_proba(means)[y[test]], atol=1e-9)
    alone = model.predict(X[test], groups=np.arange(len(test)))
    np.testing.assert_array_equal(alone, model.predict(X[test]))
    assert np.mean(pooled == y[test]) > np.mean(alone == y[test])
    with pytest.raises(ValueError, match="groups has 3 labels"):
        model.predict(X[:2], groups=[0, 0, 1])


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
def test_who_is_named_is_the_likeliest_in_a_tie(metric):
    X, y = people_of([2] * 6)
    model = EigenfaceClassifier(metric=metric)
    model.fit(np.vstack([X, X]), np.append(y, (y + 5) % 6))
    for queries in (X, X + 1.0):
        named = model.classes_[model.predict_proba(queries).argmax(axis=1)]
        np.testing.assert_array_equal(named, model.predict(queries))


# Few people, few images, votes


@pytest.mark.parametrize("n_people", [5, 7])
def test_what_few_people_let_in_and_refuse_is_told(faces, n_people):
    X, y = faces
    three = (y < n_people) & (np.arange(400) % 10 < 3)
    with pytest.warns(UserWarning, match="will be accepted .* at target_far=0"):
        model = EigenfaceClassifier(known_threshold="auto").fit(X[three], y[three])
    low, high = model.false_alarm_interval_
    assert low < model.false_alarm_rate_ < high
    assert model.false_alarm_rate_ > 0.01
    strangers = model.predict(X[y >= 10]) != -1
    assert low <= strangers.mean() <= high
    assert 0 <= model.false_rejection_rate_ <= 1


@pytest.mark.filterwarnings("ignore:.*no person has two different images")
def test_a_higher_target_far_is_only_advised_if_too_many_are_refused(faces):
    X, y = faces
    three = (y < 5) & (np.arange(400) % 10 < 3)  # 40% of them are refused
    with pytest.warns(UserWarning, match="or increase target_far to reject fewer"):
        EigenfaceClassifier(known_threshold="auto").fit(X[three], y[three])
    model = EigenfaceClassifier(known_threshold="auto")
    apart = (y >= 13) & (y < 18)  # 2% of them are refused
    with pytest.warns(UserWarning, match="about 2% of .*rejected. Enrol more people.$"):
        model.fit(X[apart], y[apart])
    assert model.false_rejection_rate_ < model.false_alarm_rate_
    with pytest.warns(UserWarning, match=r"confidence\). Enrol more people.$"):
        model.fit(X[:100:10], y[:100:10])  # nobody has a second image to refuse


def test_the_interval_of_false_alarms_holds_for_strangers():
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(40):
        centres = rng.normal(size=(320, 12))
        y = np.repeat(np.arange(320), 4)
        X = 9 + centres[y] + 0.5 * rng.normal(size=(len(y), 12))
        enrolled = y < 20
        model = EigenfaceClassifier(8, known_threshold="auto", target_far=0.1)
        model.fit(X[enrolled], y[enrolled])
        low, high = model.false_alarm_interval_
        inside.append(low <= np.mean(model.predict(X[~enrolled]) != -1) <= high)
    assert np.mean(inside) >= 0.85  # of 40, where .95 are expected


def test_a_first_image_alone_is_told_what_to_do(faces):
    X, y = faces
    with pytest.raises(ValueError, match="first call of partial_fit got a single"):
        EigenfaceClassifier().partial_fit(X[:1], y[:1])


def test_open_sets_vote_softly():
    X, y = load_iris(return_X_y=True)
    members = [(k, EigenfaceClassifier(3, known_threshold=0.5)) for k in "ab"]
    vote = VotingClassifier(members, voting="soft").fit(X, y)
    np.testing.assert_array_equal(vote.predict(X), members[0][1].fit(X, y).predict(X))


# Embeddings


def test_embeddings_keep_all_their_directions():
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(40), 6)
    V = rng.normal(size=(40, 16))[y] + 0.3 * rng.normal(size=(240, 16))
    V /= np.linalg.norm(V, axis=1, keepdims=True)
    known = y < 30
    model = EigenfaceClassifier.for_embeddings(target_far=0.05)
    model.fit(V[known], y[known])
    assert model.n_components_ == 16
    assert np.mean(model.predict(V[~known]) != -1) < 0.2
    assert EigenfaceClassifier.for_embeddings(metric="euclidean").metric == "euclidean"
