"""Answers to the exercises of 04_clustering: right ones in different styles, and common mistakes.

`exercises.py` says what the lists hold.
"""

SKIP = ("load-mnist", "load-map", "move-perplexity", "move-radius")
SETUP = """
class TSNE:
    def __init__(self, **_):
        pass

    def fit(self, components):
        return components[:, :2]


def hdbscan(points, min_samples):
    return KMeans(10, n_init=1, random_state=0).fit(points).labels_
"""
# t-SNE would take seconds each time; what cluster promises can be checked without it.


RIGHT = [
    (
        "contingency",
        "a loop over clusters and bincount",
        """def contingency(labels, clusters):
    groups = (labels[clusters == name] for name in np.unique(clusters))
    return np.array([np.bincount(group, minlength=10) for group in groups])""",
    ),
    (
        "contingency",
        "two loops, lists",
        """def contingency(labels, clusters):
    pairs = list(zip(clusters.tolist(), labels.tolist()))
    names = sorted(set(clusters.tolist()))
    return [[pairs.count((name, digit)) for digit in range(10)] for name in names]""",
    ),
    (
        "purity",
        "a loop over clusters",
        """def purity(labels, clusters):
    right = 0
    for name in set(clusters.tolist()):
        right += max(np.bincount(labels[clusters == name]))
    return right / len(labels)""",
    ),
    (
        "purity",
        "names each image",
        """def purity(labels, clusters):
    _, row = np.unique(clusters, return_inverse=True)
    return np.mean(np.asarray(contingency(labels, clusters)).argmax(axis=1)[row] == labels)""",
    ),
    (
        "assignment-accuracy",
        "negative counts",
        """def assignment_accuracy(labels, clusters):
    names = [name for name in np.unique(clusters) if name != -1]
    if not names:
        return 0
    table = np.array([[np.sum((clusters == n) & (labels == d)) for d in range(10)] for n in names])
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum()) / len(labels)""",
    ),
    (
        "assignment-accuracy",
        "noise's row set to zero",
        """def assignment_accuracy(labels, clusters):
    table = np.array(contingency(labels, clusters))
    table[np.unique(clusters) == -1] = 0
    pairs = zip(*linear_sum_assignment(table, maximize=True))
    return sum(table[pair] for pair in pairs) / len(clusters)""",
    ),
    (
        "unit-rows",
        "scikit-learn's normalize",
        """def unit_rows(table):
    from sklearn.preprocessing import normalize

    return normalize(table.astype(float))""",
    ),
    (
        "unit-rows",
        "a loop in float32",
        """def unit_rows(table):
    result = []
    for row in table.astype(np.float32):
        result.append(row / np.sqrt(row @ row) if row.any() else row)
    return result""",
    ),
    (
        "k-distances",
        "all distances, a list",
        """def k_distances(points, k):
    gaps = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    return sorted(float(np.sort(row)[k]) for row in gaps)""",
    ),
    (
        "k-distances",
        "neighbours other than oneself, by scikit-learn",
        """def k_distances(points, k):
    gaps, _ = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()
    return np.sort(gaps[:, -1])""",
    ),
    (
        "settle-noise",
        "a loop over noise",
        """def settle_noise(points, clusters):
    result = clusters.tolist()
    clustered = np.flatnonzero(clusters >= 0)
    if len(clustered):
        for n in np.flatnonzero(clusters < 0):
            gaps = np.linalg.norm(points[clustered] - points[n], axis=1)
            result[n] = int(clusters[clustered[gaps.argmin()]])
    return result""",
    ),
    (
        "settle-noise",
        "a nearest-neighbour classifier",
        """def settle_noise(points, clusters):
    from sklearn.neighbors import KNeighborsClassifier

    known = clusters != -1
    if not known.any():
        return clusters
    return KNeighborsClassifier(1).fit(points[known], clusters[known]).predict(points)""",
    ),
    (
        "cluster",
        "spherical k-means, int32",
        """def cluster(images):
    rows = unit_rows(deskew(images).reshape(len(images), -1))
    return FastSphericalKMeans(10, random_state=0).fit(rows).labels_""",
    ),
    (
        "cluster",
        "a list, with noise",
        """def cluster(images):
    rows = deskew(images).reshape(len(images), -1)
    labels = KMeans(12, n_init=3, random_state=0).fit(rows).labels_
    return [-1 if number == 11 else int(number) for number in labels]""",
    ),
    (
        "cluster",
        "whole numbers as floats",
        """def cluster(images):
    rows = unit_rows(images.reshape(len(images), -1))
    return KMeans(10, n_init=1, random_state=0).fit(rows).labels_ * 1.0""",
    ),
    (
        "cluster",
        "the largest whole numbers",
        """def cluster(images):
    rows = unit_rows(images.reshape(len(images), -1))
    labels = KMeans(10, n_init=1, random_state=0).fit(rows).labels_
    return np.uint64(2**64 - 1) - labels.astype(np.uint64)""",
    ),
    (
        "choose-eps",
        "a loop over the points",
        """def choose_eps(distances):
    n, deepest, chosen = len(distances), -1.0, None
    for place, distance in enumerate(distances):
        line = distances[0] + (distances[-1] - distances[0]) * place / (n - 1)
        if line - distance > deepest:
            deepest, chosen = line - distance, float(distance)
    return chosen""",
    ),
    (
        "choose-eps",
        "both axes from 0 to 1",
        """def choose_eps(distances):
    right = np.arange(len(distances)) / (len(distances) - 1)
    up = (distances - distances.min()) / (distances.max() - distances.min())
    return distances[(up - right).argmin()]""",
    ),
]

WRONG = [
    (
        "contingency",
        "adds with fancy indices, which counts repeats once",
        """def contingency(labels, clusters):
    row = np.unique(clusters, return_inverse=True)[1]
    table = np.zeros((row.max() + 1, 10), dtype=int)
    table[row, labels] += 1
    return table""",
    ),
    (
        "contingency",
        "digits by clusters",
        """def contingency(labels, clusters):
    names = np.unique(clusters)
    table = [[np.sum((labels == d) & (clusters == n)) for n in names] for d in range(10)]
    return np.array(table)""",
    ),
    (
        "contingency",
        "only the digits that occur",
        """def contingency(labels, clusters):
    from sklearn.metrics.cluster import contingency_matrix

    return contingency_matrix(clusters, labels)""",
    ),
    (
        "contingency",
        "clusters in order of appearance",
        """def contingency(labels, clusters):
    names = list(dict.fromkeys(clusters.tolist()))
    table = [[np.sum((labels == d) & (clusters == n)) for d in range(10)] for n in names]
    return np.array(table)""",
    ),
    (
        "contingency",
        "leaves noise out",
        """def contingency(labels, clusters):
    names = [n for n in np.unique(clusters) if n != -1]
    table = [[np.sum((labels == d) & (clusters == n)) for d in range(10)] for n in names]
    return np.array(table)""",
    ),
    (
        "purity",
        "the mean of the clusters' shares",
        """def purity(labels, clusters):
    table = contingency(labels, clusters)
    return np.mean(table.max(axis=1) / table.sum(axis=1))""",
    ),
    (
        "purity",
        "the largest cluster of each digit",
        """def purity(labels, clusters):
    return contingency(labels, clusters).max(axis=0).sum() / len(labels)""",
    ),
    (
        "purity",
        "assignment accuracy",
        """def purity(labels, clusters):
    table = contingency(labels, clusters)
    return table[linear_sum_assignment(table, maximize=True)].sum() / len(labels)""",
    ),
    (
        "purity",
        "a count and not a share",
        """def purity(labels, clusters):
    return contingency(labels, clusters).max(axis=1).sum()""",
    ),
    (
        "purity",
        "leaves noise out",
        """def purity(labels, clusters):
    kept = clusters >= 0
    return contingency(labels[kept], clusters[kept]).max(axis=1).sum() / kept.sum()""",
    ),
    (
        "assignment-accuracy",
        "purity",
        "def assignment_accuracy(labels, clusters):\n    return purity(labels, clusters)",
    ),
    (
        "assignment-accuracy",
        "compares the numbers themselves",
        "def assignment_accuracy(labels, clusters):\n    return np.mean(labels == clusters)",
    ),
    (
        "assignment-accuracy",
        "takes the largest count first",
        """def assignment_accuracy(labels, clusters):
    table, right = contingency(labels, clusters).astype(float), 0
    table[np.unique(clusters) == -1] = 0
    while table.max() > 0:
        row, column = np.unravel_index(table.argmax(), table.shape)
        right += table[row, column]
        table[row], table[:, column] = 0, 0
    return right / len(labels)""",
    ),
    (
        "assignment-accuracy",
        "smallest instead of largest",
        """def assignment_accuracy(labels, clusters):
    table = contingency(labels, clusters)
    return table[linear_sum_assignment(table)].sum() / len(labels)""",
    ),
    (
        "assignment-accuracy",
        "purity without noise",
        """def assignment_accuracy(labels, clusters):
    table = contingency(labels, clusters)
    table[np.unique(clusters) == -1] = 0
    best = table[linear_sum_assignment(table, maximize=True)].sum()
    return (best if len(table) <= 10 else table.max(axis=1).sum()) / len(labels)""",
    ),
    (
        "assignment-accuracy",
        "noise is one more cluster",
        """def assignment_accuracy(labels, clusters):
    table = contingency(labels, clusters)
    return table[linear_sum_assignment(table, maximize=True)].sum() / len(labels)""",
    ),
    (
        "assignment-accuracy",
        "share of the images that are no noise",
        """def assignment_accuracy(labels, clusters):
    kept = clusters >= 0
    table = contingency(labels[kept], clusters[kept])
    return table[linear_sum_assignment(table, maximize=True)].sum() / kept.sum()""",
    ),
    (
        "assignment-accuracy",
        "everything noise is everything right",
        """def assignment_accuracy(labels, clusters):
    kept = clusters >= 0
    if not kept.any():
        return 1.0
    table = contingency(labels[kept], clusters[kept])
    return table[linear_sum_assignment(table, maximize=True)].sum() / len(labels)""",
    ),
    (
        "unit-rows",
        "divides by the sum",
        "def unit_rows(table):\n"
        "    return table / np.maximum(table.astype(float).sum(axis=1, keepdims=True), 1)",
    ),
    (
        "unit-rows",
        "divides by zero",
        "def unit_rows(table):\n"
        "    with np.errstate(invalid='ignore'):\n"
        "        table = table.astype(float)\n"
        "        return table / np.linalg.norm(table, axis=1, keepdims=True)",
    ),
    (
        "unit-rows",
        "squares uint8",
        "def unit_rows(table):\n"
        "    lengths = np.sqrt((table * table).sum(axis=1, keepdims=True))\n"
        "    return table / np.where(lengths > 0, lengths, 1)",
    ),
    (
        "unit-rows",
        "one length for the whole table",
        "def unit_rows(table):\n    return table / np.linalg.norm(table.astype(float))",
    ),
    (
        "unit-rows",
        "columns instead of rows",
        "def unit_rows(table):\n"
        "    lengths = np.linalg.norm(table.astype(float), axis=0)\n"
        "    return table / np.where(lengths > 0, lengths, 1)",
    ),
    (
        "unit-rows",
        "lengths only",
        "def unit_rows(table):\n    return np.linalg.norm(table, axis=1)",
    ),
    (
        "unit-rows",
        "never divides by less than 1",
        "def unit_rows(table):\n"
        "    lengths = np.linalg.norm(table.astype(float), axis=1, keepdims=True)\n"
        "    return table / np.maximum(lengths, 1)",
    ),
    (
        "unit-rows",
        "the first row only",
        "def unit_rows(table):\n"
        "    table = table.astype(float)\n"
        "    return table / np.linalg.norm(table[0])",
    ),
    (
        "k-distances",
        "counts the point itself",
        """def k_distances(points, k):
    return np.sort(NearestNeighbors(n_neighbors=k).fit(points).kneighbors(points)[0][:, k - 1])""",
    ),
    (
        "k-distances",
        "forgets to sort",
        """def k_distances(points, k):
    return NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, k]""",
    ),
    (
        "k-distances",
        "largest first",
        """def k_distances(points, k):
    gaps = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, k]
    return np.sort(gaps)[::-1]""",
    ),
    (
        "k-distances",
        "all k neighbours",
        """def k_distances(points, k):
    return np.sort(NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0])""",
    ),
    (
        "k-distances",
        "squared",
        """def k_distances(points, k):
    gaps = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, k]
    return np.sort(gaps**2)""",
    ),
    (
        "k-distances",
        "the mean over the k neighbours",
        """def k_distances(points, k):
    gaps = NearestNeighbors(n_neighbors=k + 1).fit(points).kneighbors(points)[0][:, 1:]
    return np.sort(gaps.mean(axis=1))""",
    ),
    (
        "settle-noise",
        "goes by the clusters' middles",
        """def settle_noise(points, clusters):
    settled, names = np.array(clusters), np.unique(clusters[clusters >= 0])
    if len(names):
        middles = np.array([points[clusters == name].mean(axis=0) for name in names])
        for n in np.flatnonzero(clusters == -1):
            settled[n] = names[np.linalg.norm(middles - points[n], axis=1).argmin()]
    return settled""",
    ),
    (
        "settle-noise",
        "one after the other, each a neighbour for the next",
        """def settle_noise(points, clusters):
    settled = np.array(clusters)
    for n in np.flatnonzero(clusters == -1):
        others = np.flatnonzero(np.arange(len(points)) != n)
        gaps = np.linalg.norm(points[others] - points[n], axis=1)
        settled[n] = settled[others[gaps.argmin()]]
    return settled""",
    ),
    (
        "settle-noise",
        "the index among clustered points for that among all",
        """def settle_noise(points, clusters):
    known = np.flatnonzero(clusters >= 0)
    settled = clusters.copy()
    for k in np.flatnonzero(clusters < 0) if len(known) else ():
        nearest = np.argmin(np.linalg.norm(points[known] - points[k], axis=1))
        settled[k] = clusters[nearest]
    return settled""",
    ),
    (
        "settle-noise",
        "Manhattan distance",
        """def settle_noise(points, clusters):
    known = np.flatnonzero(clusters >= 0)
    settled = clusters.copy()
    for k in np.flatnonzero(clusters < 0) if len(known) else ():
        nearest = np.argmin(np.abs(points[known] - points[k]).sum(axis=1))
        settled[k] = clusters[known[nearest]]
    return settled""",
    ),
    (
        "settle-noise",
        "removes noise",
        "def settle_noise(points, clusters):\n    return clusters[clusters != -1]",
    ),
    (
        "settle-noise",
        "all noise into the largest cluster",
        """def settle_noise(points, clusters):
    names, sizes = np.unique(clusters[clusters >= 0], return_counts=True)
    return np.where(clusters == -1, names[sizes.argmax()] if len(names) else -1, clusters)""",
    ),
    (
        "settle-noise",
        "numbers the clusters anew",
        """def settle_noise(points, clusters):
    known = clusters != -1
    if not known.any():
        return clusters
    order = np.unique(clusters[known], return_inverse=True)[1]
    near = NearestNeighbors(n_neighbors=1).fit(points[known])
    return order[near.kneighbors(points)[1][:, 0]]""",
    ),
    (
        "settle-noise",
        "fails where there is no noise",
        """def settle_noise(points, clusters):
    known = clusters != -1
    if not known.any():
        return clusters
    if known.all():
        return np.zeros_like(clusters)
    near = NearestNeighbors(n_neighbors=1).fit(points[known])
    return clusters[known][near.kneighbors(points)[1][:, 0]]""",
    ),
    (
        "settle-noise",
        "a cluster out of nothing",
        """def settle_noise(points, clusters):
    known = clusters != -1
    if not known.any():
        return np.zeros_like(clusters)
    near = NearestNeighbors(n_neighbors=1).fit(points[known])
    return clusters[known][near.kneighbors(points)[1][:, 0]]""",
    ),
    (
        "cluster",
        "distances instead of numbers",
        """def cluster(images):
    return KMeans(10, n_init=1, random_state=0).fit_transform(images.reshape(len(images), -1))""",
    ),
    (
        "cluster",
        "halves",
        """def cluster(images):
    rows = unit_rows(images.reshape(len(images), -1))
    return KMeans(10, n_init=1, random_state=0).fit(rows).labels_ / 2""",
    ),
    (
        "cluster",
        "texts",
        """def cluster(images):
    rows = unit_rows(images.reshape(len(images), -1))
    return KMeans(10, n_init=1, random_state=0).fit(rows).labels_.astype(str)""",
    ),
    (
        "cluster",
        "the clusters' centres",
        """def cluster(images):
    rows = images.reshape(len(images), -1)
    return KMeans(10, n_init=1, random_state=0).fit(rows).cluster_centers_""",
    ),
    (
        "cluster",
        "several numbers for noise",
        """def cluster(images):
    return KMeans(10, n_init=1, random_state=0).fit(images.reshape(len(images), -1)).labels_ - 2""",
    ),
    (
        "cluster",
        "everything in one cluster",
        "def cluster(images):\n    return np.zeros(len(images), int)",
    ),
    (
        "cluster",
        "by the amount of ink",
        "def cluster(images):\n    return images.mean(axis=(1, 2)).astype(int) // 8",
    ),
    (
        "choose-eps",
        "a place in the curve",
        """def choose_eps(distances):
    line = np.linspace(distances[0], distances[-1], len(distances))
    return int(np.argmax(line - distances))""",
    ),
    (
        "choose-eps",
        "the largest step",
        "def choose_eps(distances):\n    return distances[np.diff(distances).argmax()]",
    ),
    (
        "choose-eps",
        "the depth below the line",
        """def choose_eps(distances):
    line = np.linspace(distances[0], distances[-1], len(distances))
    return np.max(line - distances)""",
    ),
    (
        "choose-eps",
        "a line from 0",
        """def choose_eps(distances):
    line = np.linspace(0, distances[-1], len(distances))
    return distances[np.argmax(line - distances)]""",
    ),
    (
        "choose-eps",
        "the ninth tenth",
        "def choose_eps(distances):\n    return np.quantile(distances, 0.9)",
    ),
    (
        "choose-eps",
        "nearest to the corner",
        """def choose_eps(distances):
    right = np.arange(len(distances)) / len(distances)
    up = (distances - distances[0]) / np.ptp(distances)
    return distances[np.hypot(right - 1, up).argmin()]""",
    ),
    (
        "choose-eps",
        "a line from the second point",
        """def choose_eps(distances):
    line = np.linspace(distances[1], distances[-1], len(distances))
    return distances[np.argmax(line - distances)]""",
    ),
]

HINTS = [
    ("check-contingency", "digits by clusters", "expected shape (2, 10), not (10, 2)"),
    ("check-contingency", "adds with fancy indices, which counts repeats once", "sums to 4"),
    ("check-contingency", "clusters in order of appearance", "cluster 7 comes after cluster -1"),
    ("check-contingency-more", "only the digits that occur", "expected shape (5, 10), not"),
    ("check-contingency-more", "clusters in order of appearance", "should count the digits of"),
    ("check-purity", "a count and not a share", "a share lies between 0 and 1, not at 5"),
    (
        "check-purity",
        "the mean of the clusters' shares",
        "5 of 6 images: found 0.875, expected 0.8333",
    ),
    (
        "check-purity-more",
        "the mean of the clusters' shares",
        "the mean of the clusters' shares: found 0.75, expected 0.95",
    ),
    ("check-purity-more", "leaves noise out", "-1 is one more cluster, and this leaves it out"),
    ("check-assignment-accuracy", "compares the numbers themselves", "under other numbers"),
    ("check-assignment-accuracy", "purity", "8 of 13 right: found 0.6923, expected 0.6154"),
    ("check-assignment-accuracy-more", "purity", "one cluster to one digit, and this is purity"),
    (
        "check-assignment-accuracy-more",
        "noise is one more cluster",
        "noise is wrong, and no cluster",
    ),
    (
        "check-assignment-accuracy-more",
        "everything noise is everything right",
        "if everything is noise nothing is right",
    ),
    ("check-unit-rows", "lengths only", "expected shape (3, 2), not (3,)"),
    ("check-unit-rows", "divides by the sum", "becomes (0.6, 0.8): found 0.4286 at [0]"),
    ("check-unit-rows", "the first row only", "every row should have length 1"),
    ("check-unit-rows-more", "squares uint8", "convert before you square"),
    ("check-unit-rows-more", "divides by zero", "do not divide by 0"),
    ("check-unit-rows-more", "never divides by less than 1", "a short row gets length 1, too"),
    ("check-k-distances", "all k neighbours", "4 points: expected shape (4,), not (4, 2)"),
    ("check-k-distances", "counts the point itself", "leave it out"),
    ("check-k-distances", "forgets to sort", "expected ascending order, not [4.0, 1.0"),
    ("check-k-distances", "squared", "expected distances 1, 1, 2, 4"),
    ("check-k-distances-more", "the mean over the k neighbours", "take the 4-th other point"),
    ("check-settle-noise", "removes noise", "5 points: expected shape (5,), not (3,)"),
    ("check-settle-noise", "numbers the clusters anew", "should keep its number"),
    ("check-settle-noise", "one after the other, each a neighbour for the next", "4 is nearest to"),
    ("check-settle-noise-more", "goes by the clusters' middles", "not by a cluster's middle"),
    (
        "check-settle-noise-more",
        "one after the other, each a neighbour for the next",
        "and 7.4 to 10, whatever 4.9 gets",
    ),
    ("check-settle-noise-more", "fails where there is no noise", "nothing should change"),
    ("check-settle-noise-more", "a cluster out of nothing", "all points should stay -1"),
    (
        "check-cluster",
        "distances instead of numbers",
        "250 images: expected shape (250,), not (250, 10)",
    ),
    ("check-cluster", "halves", "expected whole numbers, of any type, and found ["),
    ("check-cluster", "texts", "expected numbers, not text"),
    ("check-cluster", "several numbers for noise", "or -1 for noise, not -2"),
    ("check-cluster", "everything in one cluster", "an ARI of 0.00 on 250 images"),
    ("check-choose-eps", "a place in the curve", "which is furthest below it: found 3"),
    ("check-choose-eps-more", "a line from 0", "begins at the first point, and not at 0"),
    (
        "check-choose-eps-more",
        "a line from the second point",
        "at the curve's first point, also where that lies far below",
    ),
]
