import subprocess
import sys

import numpy as np
import pytest
import sklearn.cluster
from sklearn.metrics import adjusted_rand_score

from helpers.data import load_sample
from helpers.spherical import SphericalKMeans, VonMisesFisherMixture


@pytest.fixture(scope="module")
def rows():
    images = load_sample()[0].reshape(750, 784).astype(float)
    return images / np.linalg.norm(images, axis=1, keepdims=True)


def reference_labels(rows, centers):
    """Spherical k-means as in the textbook: nearest centre by cosine, mean, length 1."""
    for _ in range(300):
        labels = np.argmax(rows @ centers.T, axis=1)
        sums = np.array([rows[labels == k].sum(axis=0) for k in range(len(centers))])
        moved = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        if np.allclose(moved, centers, atol=1e-12):
            break
        centers = moved
    return labels


def fitted(rows, **options):
    return SphericalKMeans(10, init=rows[:10], n_init=1, tol=0, **options).fit(rows)


def test_same_clusters_as_the_textbook_from_the_same_start(rows):
    labels = fitted(rows).labels_
    assert len(set(labels)) == 10
    assert adjusted_rand_score(reference_labels(rows, rows[:10]), labels) >= 0.99


def test_centers_have_length_one_and_predict_repeats_the_labels(rows):
    model = fitted(rows)
    assert np.allclose(np.linalg.norm(model.cluster_centers_, axis=1), 1)
    assert np.array_equal(model.predict(rows), model.labels_)
    assert np.array_equal(model.predict(rows * 255), model.labels_)


def test_random_state_repeats_a_fit_from_k_means_plus_plus(rows):
    first, second = (SphericalKMeans(10, n_init=2, random_state=7).fit(rows) for _ in range(2))
    assert np.array_equal(first.labels_, second.labels_)
    assert first.inertia_ == second.inertia_


def test_sparse_rows_give_the_same_clusters(rows):
    import scipy.sparse as sp

    sparse = SphericalKMeans(10, init=rows[:10], n_init=1, tol=0).fit(sp.csr_matrix(rows))
    assert adjusted_rand_score(fitted(rows).labels_, sparse.labels_) == 1


def test_sample_weight_counts_like_repeated_rows(rows):
    weight = np.ones(len(rows))
    weight[:100] = 3
    weighted = fitted(rows, normalize=False)
    weighted.fit(rows, sample_weight=weight)
    repeated = fitted(rows)
    repeated.fit(np.concatenate([rows, rows[:100], rows[:100]]))
    assert np.allclose(weighted.cluster_centers_, repeated.cluster_centers_)


def test_wrong_sample_weight_names_its_shape(rows):
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\): expected \(750,\)"):
        SphericalKMeans(10).fit(rows, sample_weight=np.ones(3))


def test_empty_cluster_is_given_a_point(rows):
    # Two equal starts: argmin gives every point to the first, so the second begins empty.
    start = np.concatenate([rows[:1], rows[:1], rows[1:9]])
    model = SphericalKMeans(10, init=start, n_init=1).fit(rows)
    assert len(set(model.labels_)) == 10


def test_mixture_separates_two_bundles_of_directions():
    rng = np.random.default_rng(0)
    rows = np.repeat(np.eye(5)[:2], 30, axis=0) + rng.normal(0, 0.05, (60, 5))
    np.random.seed(0)  # spherecluster's inits draw from the global state
    model = VonMisesFisherMixture(2, n_init=5, random_state=0).fit(rows)
    assert adjusted_rand_score(np.repeat([0, 1], 30), model.labels_) == 1
    assert np.array_equal(model.predict(rows), model.labels_)


def test_scikit_learn_and_numpy_are_as_before():
    code = (
        "import sys, numpy, sklearn.cluster, sklearn.externals\n"
        "def state():\n"
        "    modules = {n: id(m) for n, m in sys.modules.items() if n.startswith('sklearn.clu')}\n"
        "    own = [vars(m).copy() for m in (sklearn, sklearn.cluster, sklearn.externals, numpy)]\n"
        "    return modules, own, vars(sklearn.cluster.KMeans).copy()\n"
        "import scipy.sparse, sklearn.utils.extmath, sklearn.metrics, sklearn.preprocessing\n"
        "before = state()\n"
        "import helpers.spherical\n"
        "assert state() == before\n"
        "assert 'sklearn.externals.joblib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_import_names_what_scikit_learn_lacks(monkeypatch):
    import helpers.spherical

    monkeypatch.delattr(sklearn.cluster._kmeans, "_tolerance")
    with pytest.raises(ImportError, match=r"expects spherecluster 0\.1\.7 .*_tolerance"):
        helpers.spherical._import_spherecluster()


def test_import_names_a_missing_spherecluster(monkeypatch):
    import helpers.spherical

    for name in [name for name in sys.modules if name.split(".")[0] == "spherecluster"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"expects spherecluster 0\.1\.7 .*spherecluster"):
        helpers.spherical._import_spherecluster()
    assert not hasattr(sklearn.cluster, "_k_means")
