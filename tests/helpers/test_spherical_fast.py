import time

import faiss
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from helpers.data import load_mnist, load_sample
from helpers.spherical import SphericalKMeans
from helpers.spherical_fast import FastSphericalKMeans


def unit(images):
    rows = images.reshape(len(images), -1).astype(float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def rows():
    return unit(load_sample()[0])


def mean_cosine(rows, model):
    return (rows * model.cluster_centers_[model.labels_]).sum(axis=1).mean()


def both(rows, **options):
    return [kind(10, **options).fit(rows) for kind in (FastSphericalKMeans, SphericalKMeans)]


@pytest.mark.parametrize("seed", range(3))
def test_the_result_is_spherclusters_from_the_same_random_numbers(rows, seed):
    fast, original = both(rows, n_init=3, random_state=seed)
    assert adjusted_rand_score(fast.labels_, original.labels_) >= 0.99
    assert mean_cosine(rows, fast) == pytest.approx(mean_cosine(rows, original), abs=5e-7)
    assert fast.inertia_ == pytest.approx(original.inertia_, rel=1e-6)
    assert fast.n_iter_ == original.n_iter_
    assert fast.labels_.dtype == original.labels_.dtype


@pytest.mark.parametrize("kind", [FastSphericalKMeans, SphericalKMeans])
def test_faiss_finds_the_same_clusters_from_the_same_start(rows, kind):
    model = kind(10, init=rows[:10], n_init=1, tol=0).fit(rows)
    table = np.ascontiguousarray(rows, np.float32)
    other = faiss.Kmeans(784, 10, niter=100, spherical=True, max_points_per_centroid=10**6)
    other.train(table, init_centroids=table[:10])
    labels = other.index.search(table, 1)[1].ravel()
    assert adjusted_rand_score(labels, model.labels_) >= 0.99
    cosine = (rows * other.centroids[labels]).sum(axis=1).mean()
    assert cosine == pytest.approx(mean_cosine(rows, model), abs=1e-5)


def test_a_start_of_any_length_counts_as_spherecluster_counts_it(rows):
    start = rows[:10] * np.linspace(0.5, 3, 10)[:, None]
    fast, original = both(rows, init=start, n_init=1)
    assert np.array_equal(fast.labels_, original.labels_)


def test_rows_as_they_are_without_normalising(rows):
    longer = rows * np.linspace(1, 2, len(rows))[:, None]
    fast, original = both(longer, init=rows[:10], n_init=1, normalize=False)
    assert adjusted_rand_score(fast.labels_, original.labels_) >= 0.99


def test_an_empty_cluster_is_given_a_row(rows):
    start = np.concatenate([rows[:1], rows[:1], rows[1:9]])
    fast, original = both(rows, init=start, n_init=1)
    assert len(set(fast.labels_)) == 10
    assert adjusted_rand_score(fast.labels_, original.labels_) >= 0.99


def test_predict_repeats_the_labels(rows):
    model = FastSphericalKMeans(10, random_state=0).fit(rows * 255)
    assert np.array_equal(model.predict(rows), model.labels_)
    assert np.allclose(np.linalg.norm(model.cluster_centers_, axis=1), 1)


def test_a_row_of_zeros_and_one_cluster(rows):
    table = np.concatenate([rows[:20], np.zeros((1, 784))])
    assert set(FastSphericalKMeans(1, random_state=0).fit(table).labels_) == {0}
    fast = FastSphericalKMeans(4, init=rows[:4], n_init=1).fit(table)
    original = SphericalKMeans(4, init=rows[:4], n_init=1).fit(table)
    # All centres are equally far from the row of zeros.
    assert np.array_equal(fast.labels_[:20], original.labels_[:20])


def test_what_it_does_not_do_itself_it_leaves_to_spherecluster(rows):
    options = {"init": rows[:10], "n_init": 1}
    weights = np.linspace(1, 3, len(rows))
    fast = FastSphericalKMeans(10, **options).fit(rows, sample_weight=weights)
    original = SphericalKMeans(10, **options).fit(rows, sample_weight=weights)
    assert np.array_equal(fast.cluster_centers_, original.cluster_centers_)
    sparse = FastSphericalKMeans(10, **options).fit(sp.csr_matrix(rows))
    assert adjusted_rand_score(sparse.labels_, fast.fit(rows).labels_) >= 0.99


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.ones((3, 4)), "minimum of 10 is required"),
        (np.full((20, 4), np.nan), "contains NaN"),
        (np.ones(20), "Expected 2D array"),
    ],
)
def test_what_is_no_table_of_enough_numbers(table, message):
    with pytest.raises(ValueError, match=message):
        FastSphericalKMeans(10).fit(table)


@pytest.mark.slow
def test_it_is_at_least_five_times_faster_at_the_same_mean_cosine():
    rows = unit(load_mnist("train")[0])
    spent, cosines = [], []
    with threadpool_limits(1):
        for kind in (FastSphericalKMeans, SphericalKMeans):
            began = time.process_time()
            model = kind(10, n_init=1, random_state=0).fit(rows)
            spent.append(time.process_time() - began)
            cosines.append(round(mean_cosine(rows, model), 6))
    assert cosines[0] == cosines[1]
    assert spent[1] >= 5 * spent[0], spent
