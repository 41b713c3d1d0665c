"""Answers to the exercises of 03_svc: right ones in different styles, wrong ones that people give.

`exercises.py` says what the lists hold.
"""

SKIP = ("load-mnist", "validation", "train", "move-parameters", "draw")
SETUP = """
images, labels, *_ = load_sample()
model = make_classifier().fit(images, labels)
"""


RIGHT = [
    (
        "flatten",
        "reshape with -1 first",
        "def flatten(images):\n    return images.reshape(-1, 784)",
    ),
    (
        "flatten",
        "a loop, a list of lists",
        "def flatten(images):\n    return [[int(p) for line in i for p in line] for i in images]",
    ),
    (
        "rbf-kernel",
        "two loops",
        """def rbf_kernel(a, b, gamma):
    result = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            result[i, j] = np.exp(-gamma * np.sum((a[i].astype(float) - b[j]) ** 2))
    return result""",
    ),
    (
        "rbf-kernel",
        "broadcasting in float32",
        """def rbf_kernel(a, b, gamma):
    gap = a[:, None, :].astype(np.float32) - b[None, :, :].astype(np.float32)
    return np.exp(-gamma * (gap**2).sum(axis=2))""",
    ),
    (
        "scale-pixels",
        "float32",
        "def scale_pixels(images):\n"
        "    return images.reshape(len(images), 784).astype(np.float32) / 255",
    ),
    (
        "scale-pixels",
        "float16 and a loop",
        "def scale_pixels(images):\n"
        "    return np.array([(i / 255).ravel() for i in images], np.float16)",
    ),
    (
        "make-classifier",
        "Pipeline with own step names",
        """def make_classifier(C=5, gamma=0.02):
    from sklearn.pipeline import Pipeline

    scale, machine = FunctionTransformer(scale_pixels), SVC(C=C, gamma=gamma)
    return Pipeline([("scale", scale), ("machine", machine)])""",
    ),
    (
        "make-classifier",
        "flattens and divides in two steps",
        """def make_classifier(C=5, gamma=0.02):
    halves = FunctionTransformer(flatten), FunctionTransformer(lambda rows: np.divide(rows, 255))
    return make_pipeline(*halves, SVC(kernel="rbf", C=C, gamma=gamma))""",
    ),
    (
        "best-parameters",
        "loops and cross_val_score",
        """def best_parameters(images, labels):
    from sklearn.model_selection import cross_val_score

    best = (-1, None)
    for C in PARAMETER_GRID["C"]:
        for gamma in PARAMETER_GRID["gamma"]:
            score = cross_val_score(make_classifier(C, gamma), images, labels, cv=3).mean()
            if score > best[0]:
                best = (score, {"gamma": gamma, "C": C})
    return best[1]""",
    ),
    (
        "best-parameters",
        "shuffled folds",
        """def best_parameters(images, labels):
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    grid = {"svc__" + name: values for name, values in PARAMETER_GRID.items()}
    found = GridSearchCV(make_classifier(), grid, cv=folds).fit(images, labels).best_params_
    return {"C": np.float64(found["svc__C"]), "gamma": np.float64(found["svc__gamma"])}""",
    ),
    (
        "best-parameters",
        "five folds, which is the default; it warns of the few images of a digit",
        """def best_parameters(images, labels):
    import warnings

    grid = {"svc__C": PARAMETER_GRID["C"], "svc__gamma": PARAMETER_GRID["gamma"]}
    with warnings.catch_warnings(action="ignore"):
        search = GridSearchCV(make_classifier(), grid).fit(images, labels)
    return {"C": search.best_params_["svc__C"], "gamma": search.best_params_["svc__gamma"]}""",
    ),
    (
        "project",
        "singular value decomposition, a list",
        """def project(train_rows, new_rows, components):
    mean = train_rows.mean(axis=0)
    axes = np.linalg.svd(train_rows - mean, full_matrices=False)[2][:components]
    return [(train_rows - mean) @ axes.T, (new_rows - mean) @ axes.T]""",
    ),
    (
        "project",
        "fit_transform, float32",
        """def project(train_rows, new_rows, components):
    pca = PCA(n_components=components)
    return pca.fit_transform(train_rows.astype("f4")), pca.transform(new_rows.astype("f4"))""",
    ),
    (
        "shifted-copies",
        "padding and slices, a list, image by image",
        """def shifted_copies(images, labels):
    moved = []
    for image in images:
        wide = np.pad(image, 1)
        corners = (1, 1), (0, 1), (2, 1), (1, 0), (1, 2)
        moved += [wide[y : y + 28, x : x + 28] for y, x in corners]
    return [np.array(moved), [label for label in labels for _ in range(5)]]""",
    ),
    (
        "shifted-copies",
        "rolls and wipes the edge that came in, as floats",
        """def shifted_copies(images, labels):
    images = images.astype(float)
    moved = [images]
    for axis, step, edge in ((1, 1, 0), (1, -1, -1), (2, 1, 0), (2, -1, -1)):
        rolled = np.roll(images, step, axis=axis)
        np.moveaxis(rolled, axis, 0)[edge] = 0
        moved.append(rolled)
    return np.concatenate(moved), np.concatenate([labels] * 5)""",
    ),
    (
        "most-confused",
        "counts pairs in a dict",
        """def most_confused(labels, answers):
    counts = {}
    for pair in zip(labels.tolist(), answers.tolist()):
        if pair[0] != pair[1]:
            counts[pair] = counts.get(pair, 0) + 1
    pair = max(counts, key=counts.get)
    return [*pair, counts[pair]]""",
    ),
    (
        "most-confused",
        "scikit-learn's confusion matrix, numpy integers",
        """def most_confused(labels, answers):
    from sklearn.metrics import confusion_matrix

    counts = confusion_matrix(labels, answers, labels=range(10))
    counts -= np.diag(np.diag(counts))
    written, read = np.argwhere(counts == counts.max())[0]
    return written, read, counts[written, read]""",
    ),
    (
        "count-blocks",
        "four loops",
        """def count_blocks(bitmap):
    counts = [[0] * 8 for _ in range(8)]
    for y in range(32):
        for x in range(32):
            counts[y // 4][x // 4] += int(bitmap[y][x])
    return counts""",
    ),
    (
        "count-blocks",
        "adds slices, in float32",
        """def count_blocks(bitmap):
    dots = np.asarray(bitmap, np.float32)
    rows = sum(dots[k::4] for k in range(4))
    return sum(rows[:, k::4] for k in range(4))""",
    ),
    (
        "predict",
        "a list of ints",
        "def predict(images):\n    return [int(d) for d in model.predict(images)]",
    ),
    (
        "predict",
        "whole numbers as floats",
        "def predict(images):\n    return model.predict(images).astype(float)",
    ),
    (
        "predict",
        "one image after the other",
        "def predict(images):\n"
        "    return np.array([model.predict(i[None])[0] for i in images], np.int64)",
    ),
    (
        "simplest-parameters",
        "a loop, an error from the variance",
        """def simplest_parameters(C, gamma, scores):
    k, found = scores.shape[1], []
    means = [sum(line) / k for line in scores]
    best = means.index(max(means))
    error = (sum((score - means[best]) ** 2 for score in scores[best]) / (k - 1) / k) ** 0.5
    for place, mean in enumerate(means):
        if mean >= means[best] - error:
            found.append((float(C[place]), float(gamma[place])))
    found.sort()
    return {"gamma": found[0][1], "C": found[0][0]}""",
    ),
    (
        "simplest-parameters",
        "sorts by lexsort",
        """def simplest_parameters(C, gamma, scores):
    means, errors = scores.mean(1), scores.std(1, ddof=1) / scores.shape[1] ** 0.5
    order = np.lexsort([gamma, C])
    good = order[means[order] >= means.max() - errors[means.argmax()]]
    return {"C": C[good[0]], "gamma": gamma[good[0]]}""",
    ),
    (
        "scores-by-writer",
        "a loop over folds, a list",
        """def scores_by_writer(rows, labels, writers, folds):
    scores = []
    for known, new in GroupKFold(n_splits=folds).split(rows, labels, writers):
        machine = SVC().fit(rows[known], labels[known])
        scores.append(np.mean(machine.predict(rows[new]) == labels[new]))
    return scores""",
    ),
    (
        "scores-by-writer",
        "cross_validate, with the defaults written out",
        """def scores_by_writer(rows, labels, writers, folds):
    from sklearn.model_selection import cross_validate

    machine = SVC(kernel="rbf", C=1.0, gamma="scale")
    kept = cross_validate(machine, rows, labels, groups=writers, cv=GroupKFold(folds))
    return kept["test_score"]""",
    ),
]

WRONG = [
    (
        "flatten",
        "columns first",
        "def flatten(images):\n    return images.transpose(0, 2, 1).reshape(len(images), -1)",
    ),
    ("flatten", "one long row", "def flatten(images):\n    return images.ravel()"),
    ("flatten", "100 images only", "def flatten(images):\n    return images.reshape(100, 784)"),
    (
        "flatten",
        "pixels by images",
        "def flatten(images):\n    return images.reshape(len(images), -1).T",
    ),
    (
        "flatten",
        "pixels by images, then turned",
        "def flatten(images):\n    return images.reshape(784, -1).T",
    ),
    (
        "rbf-kernel",
        "subtracts uint8",
        "def rbf_kernel(a, b, gamma):\n"
        "    return np.exp(-gamma * ((a[:, None] - b[None]) ** 2).sum(axis=2))",
    ),
    (
        "rbf-kernel",
        "distance not squared",
        "def rbf_kernel(a, b, gamma):\n"
        "    gap = a[:, None].astype(float) - b[None]\n"
        "    return np.exp(-gamma * np.sqrt((gap**2).sum(axis=2)))",
    ),
    (
        "rbf-kernel",
        "transposed",
        "def rbf_kernel(a, b, gamma):\n"
        "    gap = b[:, None].astype(float) - a[None]\n"
        "    return np.exp(-gamma * (gap**2).sum(axis=2))",
    ),
    (
        "rbf-kernel",
        "sigma instead of gamma",
        "def rbf_kernel(a, b, gamma):\n"
        "    gap = a[:, None].astype(float) - b[None]\n"
        "    return np.exp(-(gap**2).sum(axis=2) / (2 * gamma**2))",
    ),
    (
        "rbf-kernel",
        "distance instead of similarity",
        "def rbf_kernel(a, b, gamma):\n"
        "    gap = a[:, None].astype(float) - b[None]\n"
        "    return gamma * (gap**2).sum(axis=2)",
    ),
    (
        "scale-pixels",
        "divides by 256",
        "def scale_pixels(images):\n    return flatten(images) / 256",
    ),
    (
        "scale-pixels",
        "the batch's own maximum",
        "def scale_pixels(images):\n    return flatten(images) / images.max()",
    ),
    (
        "scale-pixels",
        "integer division",
        "def scale_pixels(images):\n    return flatten(images) // 255",
    ),
    (
        "scale-pixels",
        "the batch's own mean and deviation",
        "def scale_pixels(images):\n    return StandardScaler().fit_transform(flatten(images))",
    ),
    (
        "scale-pixels",
        "columns first",
        "def scale_pixels(images):\n    return flatten(images.transpose(0, 2, 1)) / 255",
    ),
    ("scale-pixels", "keeps the shape", "def scale_pixels(images):\n    return images / 255"),
    (
        "make-classifier",
        "does not scale",
        "def make_classifier(C=5, gamma=0.02):\n"
        "    return make_pipeline(FunctionTransformer(flatten), SVC(C=C, gamma=gamma))",
    ),
    (
        "make-classifier",
        "forgets gamma",
        "def make_classifier(C=5, gamma=0.02):\n"
        "    return make_pipeline(FunctionTransformer(scale_pixels), SVC(C=C))",
    ),
    (
        "make-classifier",
        "other defaults",
        """def make_classifier(C=1, gamma=0.02):
    return make_pipeline(FunctionTransformer(scale_pixels), SVC(C=C, gamma=gamma))""",
    ),
    (
        "make-classifier",
        "C and gamma swapped",
        "def make_classifier(C=5, gamma=0.02):\n"
        "    return make_pipeline(FunctionTransformer(scale_pixels), SVC(C=gamma, gamma=C))",
    ),
    (
        "make-classifier",
        "one pipeline for all calls",
        """shared = make_pipeline(FunctionTransformer(scale_pixels), SVC())


def make_classifier(C=5, gamma=0.02):
    return shared.set_params(svc__C=C, svc__gamma=gamma)""",
    ),
    (
        "make-classifier",
        "scales by the batch's own maximum",
        """def make_classifier(C=5, gamma=0.02):
    scale = FunctionTransformer(lambda images: flatten(images) / images.max())
    return make_pipeline(scale, SVC(C=C, gamma=gamma))""",
    ),
    (
        "make-classifier",
        "standardises",
        """def make_classifier(C=5, gamma=0.02):
    scale = FunctionTransformer(scale_pixels), StandardScaler()
    return make_pipeline(*scale, SVC(C=C, gamma=gamma))""",
    ),
    (
        "make-classifier",
        "scores instead of labels",
        """def make_classifier(C=5, gamma=0.02):
    pipeline = make_pipeline(FunctionTransformer(scale_pixels), SVC(C=C, gamma=gamma))
    pipeline.predict = pipeline.decision_function
    return pipeline""",
    ),
    (
        "best-parameters",
        "a list of one value each",
        'def best_parameters(images, labels):\n    return {"C": [10], "gamma": [0.005]}',
    ),
    (
        "best-parameters",
        "best on the data it learnt from",
        """def best_parameters(images, labels):
    grid = [(C, gamma) for C in PARAMETER_GRID["C"] for gamma in PARAMETER_GRID["gamma"]]
    fits = [make_classifier(*pair).fit(images, labels).score(images, labels) for pair in grid]
    best = max(range(len(grid)), key=lambda k: (fits[k], grid[k][1]))
    return {"C": grid[best][0], "gamma": grid[best][1]}""",
    ),
    (
        "best-parameters",
        "a constant that suits the sample",
        'def best_parameters(images, labels):\n    return {"C": 10, "gamma": 0.02}',
    ),
    (
        "best-parameters",
        "the classifier's own defaults",
        'def best_parameters(images, labels):\n    return {"C": 5, "gamma": 0.02}',
    ),
    (
        "best-parameters",
        "names of the pipeline's parameters",
        """def best_parameters(images, labels):
    grid = {f"svc__{name}": values for name, values in PARAMETER_GRID.items()}
    return GridSearchCV(make_classifier(), grid, cv=3).fit(images, labels).best_params_""",
    ),
    (
        "best-parameters",
        "the original's grid",
        """def best_parameters(images, labels):
    powers = [0.01, 0.1, 1, 10, 100]
    grid = {"svc__C": powers, "svc__gamma": powers}
    found = GridSearchCV(make_classifier(), grid, cv=3).fit(images, labels).best_params_
    return {"C": found["svc__C"], "gamma": found["svc__gamma"]}""",
    ),
    (
        "project",
        "learns from all rows",
        """def project(train_rows, new_rows, components):
    pca = PCA(components).fit(np.concatenate([train_rows, new_rows]))
    return pca.transform(train_rows), pca.transform(new_rows)""",
    ),
    (
        "project",
        "learns twice",
        """def project(train_rows, new_rows, components):
    return PCA(components).fit_transform(train_rows), PCA(components).fit_transform(new_rows)""",
    ),
    (
        "project",
        "learns from the new rows",
        """def project(train_rows, new_rows, components):
    pca = PCA(components).fit(new_rows)
    return pca.transform(train_rows), pca.transform(new_rows)""",
    ),
    (
        "project",
        "keeps the first columns",
        """def project(train_rows, new_rows, components):
    return train_rows[:, :components], new_rows[:, :components]""",
    ),
    (
        "project",
        "returns the new rows only",
        """def project(train_rows, new_rows, components):
    return PCA(components).fit(train_rows).transform(new_rows)""",
    ),
    (
        "project",
        "keeps every component",
        """def project(train_rows, new_rows, components):
    pca = PCA().fit(train_rows)
    return pca.transform(train_rows), pca.transform(new_rows)""",
    ),
    (
        "shifted-copies",
        "five blank images of each",
        """def shifted_copies(images, labels):
    return np.zeros((5 * len(images), 28, 28)), np.tile(labels, 5)""",
    ),
    (
        "shifted-copies",
        "what leaves comes back in",
        """def shifted_copies(images, labels):
    steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    return np.concatenate([np.roll(images, s, axis=(1, 2)) for s in steps]), np.tile(labels, 5)""",
    ),
    (
        "shifted-copies",
        "labels in another order than images",
        """def shifted_copies(images, labels):
    steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    return np.concatenate([shift(images, *s) for s in steps]), np.repeat(labels, 5)""",
    ),
    (
        "shifted-copies",
        "labels not repeated",
        """def shifted_copies(images, labels):
    steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    return np.concatenate([shift(images, *s) for s in steps]), labels""",
    ),
    (
        "shifted-copies",
        "images only",
        """def shifted_copies(images, labels):
    return np.concatenate([shift(images, y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)])""",
    ),
    (
        "shifted-copies",
        "copied edges instead of zeros",
        """def shifted_copies(images, labels):
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    moved = [padded[:, y : y + 28, x : x + 28] for y, x in corners]
    return np.concatenate(moved), np.tile(labels, 5)""",
    ),
    (
        "shifted-copies",
        "an image stays where it would lose ink",
        """def shifted_copies(images, labels):
    moved = [images]
    for step in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        copies = np.array(shift(images, *step))
        lost = copies.any(axis=(1, 2)) < images.any(axis=(1, 2))
        copies[lost] = images[lost]
        moved.append(copies)
    return np.concatenate(moved), np.tile(labels, 5)""",
    ),
    (
        "shifted-copies",
        "diagonal neighbours",
        """def shifted_copies(images, labels):
    steps = ((0, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
    return np.concatenate([shift(images, *s) for s in steps]), np.tile(labels, 5)""",
    ),
    (
        "shifted-copies",
        "labels of the copies are new classes",
        """def shifted_copies(images, labels):
    steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
    return np.concatenate([shift(images, *s) for s in steps]), np.arange(5 * len(labels)) % 10""",
    ),
    (
        "most-confused",
        "read and written swapped",
        """def most_confused(labels, answers):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (answers, labels), 1)
    np.fill_diagonal(counts, 0)
    return (*np.unravel_index(counts.argmax(), counts.shape), counts.max())""",
    ),
    (
        "most-confused",
        "right answers count too",
        """def most_confused(labels, answers):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    return (*np.unravel_index(counts.argmax(), counts.shape), counts.max())""",
    ),
    (
        "most-confused",
        "the largest share of a digit",
        """def most_confused(labels, answers):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    written, read = np.unravel_index(shares.argmax(), shares.shape)
    return written, read, counts[written, read]""",
    ),
    (
        "most-confused",
        "both directions together",
        """def most_confused(labels, answers):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    np.fill_diagonal(counts, 0)
    counts = np.triu(counts + counts.T)
    return (*np.unravel_index(counts.argmax(), counts.shape), counts.max())""",
    ),
    (
        "most-confused",
        "the pair only",
        """def most_confused(labels, answers):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    np.fill_diagonal(counts, 0)
    return np.unravel_index(counts.argmax(), counts.shape)""",
    ),
    (
        "most-confused",
        "counts all errors",
        """def most_confused(labels, answers):
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, answers), 1)
    np.fill_diagonal(counts, 0)
    written, read = np.unravel_index(counts.argmax(), counts.shape)
    return written, read, (answers != labels).sum()""",
    ),
    (
        "most-confused",
        "the first error",
        """def most_confused(labels, answers):
    first = np.flatnonzero(labels != answers)[0]
    pair = labels[first], answers[first]
    return (*pair, np.sum((labels == pair[0]) & (answers == pair[1])))""",
    ),
    (
        "most-confused",
        "begins with digit 1",
        """def most_confused(labels, answers):
    pairs = [(a, b) for a in range(1, 10) for b in range(1, 10) if a != b]
    counts = [np.sum((labels == a) & (answers == b)) for a, b in pairs]
    return (*pairs[np.argmax(counts)], max(counts))""",
    ),
    (
        "count-blocks",
        "mean instead of count",
        "def count_blocks(bitmap):\n    return bitmap.reshape(8, 4, 8, 4).mean(axis=(1, 3))",
    ),
    (
        "count-blocks",
        "axes mixed up",
        "def count_blocks(bitmap):\n    return bitmap.reshape(4, 8, 4, 8).sum(axis=(0, 2))",
    ),
    (
        "count-blocks",
        "every fourth dot",
        "def count_blocks(bitmap):\n    return 16 * bitmap[::4, ::4]",
    ),
    (
        "count-blocks",
        "transposed",
        "def count_blocks(bitmap):\n    return bitmap.reshape(8, 4, 8, 4).sum(axis=(1, 3)).T",
    ),
    (
        "count-blocks",
        "a block is inked or not",
        "def count_blocks(bitmap):\n    return 16 * bitmap.reshape(8, 4, 8, 4).max(axis=(1, 3))",
    ),
    (
        "count-blocks",
        "one row of 64",
        "def count_blocks(bitmap):\n    return bitmap.reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()",
    ),
    (
        "count-blocks",
        "blocks overlap",
        "def count_blocks(bitmap):\n"
        "    corners = range(0, 32, 4)\n"
        "    return [[bitmap[y : y + 5, x : x + 5].sum() for x in corners] for y in corners]",
    ),
    ("predict", "texts", "def predict(images):\n    return model.predict(images).astype(str)"),
    ("predict", "halves", "def predict(images):\n    return model.predict(images) / 2"),
    ("predict", "a column", "def predict(images):\n    return model.predict(images)[:, None]"),
    ("predict", "counts from 1", "def predict(images):\n    return model.predict(images) + 1"),
    ("predict", "images inverted", "def predict(images):\n    return model.predict(255 - images)"),
    (
        "predict",
        "fifty answers to any batch",
        "def predict(images):\n    return np.resize(model.predict(images), 50)",
    ),
    (
        "predict",
        "subtracts the batch's own mean image",
        "def predict(images):\n"
        "    return model.predict((images - images.mean(axis=0)).clip(0, 255))",
    ),
    (
        "simplest-parameters",
        "the best itself",
        """def simplest_parameters(C, gamma, scores):
    best = scores.mean(axis=1).argmax()
    return {"C": C[best], "gamma": gamma[best]}""",
    ),
    (
        "simplest-parameters",
        "a pair",
        """def simplest_parameters(C, gamma, scores):
    means, errors = scores.mean(1), scores.std(1, ddof=1) / scores.shape[1] ** 0.5
    good = means >= means.max() - errors[means.argmax()]
    return min(zip(C[good], gamma[good]))""",
    ),
    (
        "simplest-parameters",
        "the standard deviation for the standard error",
        """def simplest_parameters(C, gamma, scores):
    means, spreads = scores.mean(1), scores.std(1, ddof=1)
    good = means >= means.max() - spreads[means.argmax()]
    pair = min(zip(C[good], gamma[good]))
    return {"C": pair[0], "gamma": pair[1]}""",
    ),
    (
        "simplest-parameters",
        "k below the line",
        """def simplest_parameters(C, gamma, scores):
    means, errors = scores.mean(1), scores.std(1) / scores.shape[1] ** 0.5
    good = means >= means.max() - errors[means.argmax()]
    pair = min(zip(C[good], gamma[good]))
    return {"C": pair[0], "gamma": pair[1]}""",
    ),
    (
        "simplest-parameters",
        "gamma before C",
        """def simplest_parameters(C, gamma, scores):
    means, errors = scores.mean(1), scores.std(1, ddof=1) / scores.shape[1] ** 0.5
    good = means >= means.max() - errors[means.argmax()]
    pair = min(zip(gamma[good], C[good]))
    return {"C": pair[1], "gamma": pair[0]}""",
    ),
    (
        "simplest-parameters",
        "more than, where at least will do",
        """def simplest_parameters(C, gamma, scores):
    means, errors = scores.mean(1), scores.std(1, ddof=1) / scores.shape[1] ** 0.5
    good = means > means.max() - errors[means.argmax()]
    pair = min(zip(C[good], gamma[good]), default=(1, 0.08))
    return {"C": pair[0], "gamma": pair[1]}""",
    ),
    (
        "scores-by-writer",
        "the mean alone",
        """def scores_by_writer(rows, labels, writers, folds):
    return cross_val_score(SVC(), rows, labels, groups=writers, cv=GroupKFold(folds)).mean()""",
    ),
    (
        "scores-by-writer",
        "groups without folds that heed them",
        """def scores_by_writer(rows, labels, writers, folds):
    return cross_val_score(SVC(), rows, labels, groups=None, cv=folds)""",
    ),
    (
        "scores-by-writer",
        "shuffled folds",
        """def scores_by_writer(rows, labels, writers, folds):
    from sklearn.model_selection import KFold

    return cross_val_score(SVC(), rows, labels, cv=KFold(folds, shuffle=True, random_state=0))""",
    ),
    (
        "scores-by-writer",
        "digits for writers",
        """def scores_by_writer(rows, labels, writers, folds):
    folds = min(folds, len(np.unique(labels)))
    return cross_val_score(SVC(), rows, labels, groups=labels, cv=GroupKFold(folds))""",
    ),
    (
        "scores-by-writer",
        "errors",
        """def scores_by_writer(rows, labels, writers, folds):
    return 1 - cross_val_score(SVC(), rows, labels, groups=writers, cv=GroupKFold(folds))""",
    ),
    (
        "scores-by-writer",
        "a machine that has seen everybody",
        """def scores_by_writer(rows, labels, writers, folds):
    machine = SVC().fit(rows, labels)
    parts = GroupKFold(folds).split(rows, labels, writers)
    return [machine.score(rows[new], labels[new]) for _, new in parts]""",
    ),
]

HINTS = [
    ("check-flatten", "one long row", "100 images: expected shape (100, 784), not (78400,)"),
    ("check-flatten", "pixels by images, then turned", "should be the image's line 14"),
    ("check-flatten-more", "pixels by images", "expected shape (1, 784), not (784, 1)"),
    ("check-flatten-more", "columns first", "pixels should stay in reading order"),
    ("check-rbf-kernel", "transposed", "expected shape (2, 1), not (1, 2)"),
    ("check-rbf-kernel", "distance instead of similarity", "equal rows have similarity 1"),
    ("check-rbf-kernel", "distance not squared", "(0, 0) and (3, 4) lie 5 apart"),
    ("check-rbf-kernel-more", "transposed", "expected shape (5, 4), not (4, 5)"),
    ("check-rbf-kernel-more", "sigma instead of gamma", "this divides by 2 sigma squared"),
    ("check-rbf-kernel-more", "subtracts uint8", "convert uint8 to float"),
    ("check-scale-pixels", "keeps the shape", "expected shape (100, 784), not (100, 28, 28)"),
    ("check-scale-pixels", "integer division", "expected floats, not uint8"),
    ("check-scale-pixels", "the batch's own mean and deviation", "the lightest pixel is -1."),
    ("check-scale-pixels", "divides by 256", "255 becomes 1, and every other"),
    ("check-scale-pixels-more", "keeps the shape", "1 image(s): expected shape (1, 784)"),
    ("check-scale-pixels-more", "the batch's own maximum", "grey level 100: found 1, expected"),
    ("check-scale-pixels-more", "integer division", "divide each pixel by 255"),
    ("check-make-classifier", "scores instead of labels", "250 images: expected shape (250,)"),
    (
        "check-make-classifier",
        "does not scale",
        "expected over 0.8, as scale_pixels and then an SVC",
    ),
    ("check-make-classifier-more", "scores instead of labels", "60 images: expected shape (60,)"),
    ("check-make-classifier-more", "forgets gamma", "other answers than an SVC with these"),
    ("check-make-classifier-more", "scales by the batch's own maximum", "the same rule in fit and"),
    ("check-make-classifier-more", "other defaults", "C and gamma are [1.0, 0.02], expected 5"),
    ("check-make-classifier-more", "one pipeline for all calls", "should give two pipelines"),
    (
        "check-best-parameters",
        "names of the pipeline's parameters",
        'expected a dict with the keys "C" and',
    ),
    ("check-best-parameters", "a list of one value each", "C: expected one number, not"),
    ("check-best-parameters", "a constant that suits the sample", "a twelfth of the ink need oth"),
    ("check-best-parameters", "the classifier's own defaults", "C = 5 is not in PARAMETER_GRID"),
    ("check-best-parameters", "the original's grid", "gamma = 0.01 is not in the grid"),
    (
        "check-best-parameters",
        "best on the data it learnt from",
        "the best on data it has seen, not on parts",
    ),
    ("check-best-parameters-more", "a constant that suits the sample", "in cross-validation, the"),
    ("check-project", "returns the new rows only", "of new_rows, not 11"),
    ("check-project", "keeps every component", "expected shapes (30, 3) and (11, 3), not [(30, 8)"),
    ("check-project", "keeps the first columns", "the first coordinate should vary most"),
    ("check-project", "learns twice", "given as new ones, should get the same coordinates"),
    ("check-project-more", "keeps the first columns", "components: these are columns of the table"),
    ("check-project-more", "learns twice", "fit the PCA on train_rows alone"),
    ("check-shifted-copies", "images only", "the images and the labels, not"),
    ("check-shifted-copies", "labels not repeated", "and (100,), not [(100, 28, 28), (20,)]"),
    ("check-shifted-copies", "five blank images of each", "0 of the 20 images are still there"),
    ("check-shifted-copies", "labels of the copies are new classes", "five times as often"),
    ("check-shifted-copies-more", "labels not repeated", "expected shape (15,), not (3,)"),
    ("check-shifted-copies-more", "diagonal neighbours", "also appear at its 4 neighbours"),
    ("check-shifted-copies-more", "what leaves comes back in", "must not come back in"),
    (
        "check-shifted-copies-more",
        "an image stays where it would lose ink",
        "it is there 5 times, expected 3",
    ),
    (
        "check-shifted-copies-more",
        "copied edges instead of zeros",
        "what comes in at an edge is 0",
    ),
    ("check-shifted-copies-more", "labels in another order than images", "should keep its label"),
    ("check-most-confused", "the pair only", "written, read and count, not 2"),
    ("check-most-confused", "right answers count too", "digit 1 read as 1 is no error"),
    (
        "check-most-confused",
        "read and written swapped",
        "two 4s were read as 9: written first, then",
    ),
    ("check-most-confused", "counts all errors", "two 4s were read as 9: found 3"),
    ("check-most-confused-more", "the largest share of a digit", "counts, not shares of a digit"),
    ("check-most-confused-more", "the first error", "this is the first error"),
    ("check-count-blocks", "one row of 64", "expected shape (8, 8), not (64,)"),
    ("check-count-blocks", "mean instead of count", "a block full of ink: found 1, expected 16"),
    ("check-count-blocks", "every fourth dot", "a block with 3 dots: found 16, expected 3"),
    ("check-count-blocks", "blocks overlap", "all dots together: found"),
    ("check-count-blocks-more", "axes mixed up", "should count the dots of rows 4 i"),
    ("check-predict", "a column", "50 images: expected shape (50,), not (50, 1)"),
    ("check-predict", "texts", "expected numbers, not text"),
    ("check-predict", "counts from 1", "expected whole numbers from 0 to 9, not 10"),
    ("check-predict", "fifty answers to any batch", "8 images: expected shape (8,), not (50,)"),
    ("check-predict", "images inverted", "most of 50 easy digits are read wrongly"),
    ("check-predict", "subtracts the batch's own mean image", "not depend on the other images"),
    ("check-simplest-parameters", "a pair", 'with the keys "C" and "gamma", not tuple'),
    ("check-simplest-parameters", "the best itself", "0.92 and 0.925 will do, both with C = 1"),
    (
        "check-simplest-parameters-more",
        "the standard deviation for the standard error",
        "and not by the standard error",
    ),
    ("check-simplest-parameters-more", "k below the line", "k - 1 stands below the line"),
    (
        "check-simplest-parameters-more",
        "more than, where at least will do",
        "the same score in each part",
    ),
    ("check-scores-by-writer", "the mean alone", "4 folds: expected shape (4,)"),
    (
        "check-scores-by-writer",
        "a machine that has seen everybody",
        "has seen images of the writer",
    ),
    ("check-scores-by-writer-more", "groups without folds that heed them", "StratifiedKFold"),
]
