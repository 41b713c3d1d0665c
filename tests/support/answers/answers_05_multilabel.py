"""Answers to the exercises of 05_multilabel: right ones in several styles, and common mistakes.

`exercises.py` says what the lists hold.
"""

SKIP = ("load-images", "load-unseen", "learn")
SETUP = """
names = np.array(sorted(set(pairs)))
known_images = load_images(paths[::200])
known_rows = to_indicator(pairs[::200])
known_answers = {image.tobytes(): row for image, row in zip(known_images, known_rows)}


def model(images):
    return np.array([known_answers[image.tobytes()] for image in images], float)
"""

HEAD = """
    inputs = layers.Input((72, 72, 3))
    features = TRUNKS[kind](layers.Rescaling(1 / 255)(inputs))
    features = layers.GlobalAveragePooling2D()(features)
"""


def network(outputs, activation, loss, kind="kind"):
    """Write a multi_label_network with a head and a loss."""
    return (
        "def multi_label_network(kind):"
        + HEAD.replace("TRUNKS[kind]", f"TRUNKS[{kind}]")
        + f"    outputs = layers.Dense({outputs}, activation={activation!r})(features)\n"
        + "    made = keras.Model(inputs, outputs)\n"
        + (f"    made.compile('adam', {loss})\n" if loss else "")
        + "    return made"
    )


RIGHT = [
    (
        "indicator",
        "a list of lists by comprehension",
        """def indicator(names):
    rows = []
    for name in names:
        parts = name.split("_")
        if len(parts) != 2 or parts[0] not in COLOURS or parts[1] not in GARMENTS:
            raise ValueError(name)
        rows.append([int(label in parts) for label in LABELS])
    return rows""",
    ),
    (
        "indicator",
        "rows of an identity matrix",
        """def indicator(names):
    one = np.eye(11)
    split = [name.split("_") for name in names]
    return np.array([one[COLOURS.index(c)] + one[6 + GARMENTS.index(g)] for c, g in split])""",
    ),
    (
        "cross-entropy",
        "by the softplus of the right sign",
        """def cross_entropy(truth, logits):
    return np.logaddexp(0, np.where(truth == 1, -logits, logits)).mean()""",
    ),
    (
        "cross-entropy",
        "the usual stable formula",
        """def cross_entropy(truth, logits):
    z = np.asarray(logits, float)
    return float((np.maximum(z, 0) - z * truth + np.log1p(np.exp(-np.abs(z)))).mean())""",
    ),
    (
        "cross-entropy",
        "Keras",
        """def cross_entropy(truth, logits):
    wanted, z = np.array(truth, "float64"), np.array(logits, "float64")
    return float(keras.losses.BinaryCrossentropy(from_logits=True)(wanted, z))""",
    ),
    (
        "hamming-loss",
        "loops",
        """def hamming_loss(truth, answers):
    wrong = 0
    for a, b in zip(truth, answers):
        for x, y in zip(a, b):
            wrong += int(x) != int(y)
    return wrong / truth.size""",
    ),
    (
        "hamming-loss",
        "absolute difference of integers",
        """def hamming_loss(truth, answers):
    return np.abs(truth.astype(int) - answers.astype(int)).mean()""",
    ),
    (
        "f-scores",
        "scikit-learn",
        """def f_scores(truth, answers):
    kinds = ("samples", "macro", "micro")
    return {k: f1_score(truth, answers, average=k, zero_division=0) for k in kinds}""",
    ),
    (
        "f-scores",
        "loops over columns and rows",
        """def f_scores(truth, answers):
    def f1(t, a):
        hits = sum(1 for x, y in zip(t, a) if x and y)
        total = sum(int(x) for x in t) + sum(int(y) for y in a)
        return 2 * hits / total if total else 0.0

    return {
        "micro": f1(truth.ravel(), answers.ravel()),
        "macro": np.mean([f1(t, a) for t, a in zip(truth.T, answers.T)]),
        "samples": np.mean([f1(t, a) for t, a in zip(truth, answers)]),
    }""",
    ),
    (
        "precision-at-k",
        "ranks",
        """def precision_at_k(truth, scores, k):
    ranks = (-scores).argsort(axis=1).argsort(axis=1)
    return float((truth * (ranks < k)).sum() / (k * len(truth)))""",
    ),
    (
        "precision-at-k",
        "sorted pairs",
        """def precision_at_k(truth, scores, k):
    shares = []
    for row, line in zip(truth, scores):
        best = sorted(zip(line, row), reverse=True)[:k]
        shares.append(sum(int(there) for _, there in best) / k)
    return sum(shares) / len(shares)""",
    ),
    (
        "recall-at-k",
        "ranks",
        """def recall_at_k(truth, scores, k):
    ranks = (-scores).argsort(axis=1).argsort(axis=1)
    return ((truth * (ranks < k)).sum(axis=1) / truth.sum(axis=1)).mean()""",
    ),
    (
        "recall-at-k",
        "sets",
        """def recall_at_k(truth, scores, k):
    shares = []
    for row, line in zip(truth, scores):
        there = {j for j, mark in enumerate(row) if mark}
        best = set(np.argpartition(-line, k - 1)[:k].tolist())
        shares.append(len(there & best) / len(there))
    return np.mean(shares)""",
    ),
    (
        "multi-label-network",
        "no dropout, a loss object, other scaling",
        network(11, "sigmoid", "keras.losses.BinaryCrossentropy()"),
    ),
    (
        "multi-label-network",
        "two branches, joined, with a metric",
        "def multi_label_network(kind):"
        + HEAD
        + """    colour = layers.Dense(6, activation="sigmoid")(features)
    garment = layers.Dense(5, activation="sigmoid")(layers.Dense(16, activation="relu")(features))
    made = keras.Model(inputs, layers.Concatenate()([colour, garment]))
    made.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["binary_accuracy"])
    return made""",
    ),
    (
        "decode",
        "one-hot rows, side by side",
        """def decode(scores):
    colour, garment = np.eye(6)[scores[:, :6].argmax(1)], np.eye(5)[scores[:, 6:].argmax(1)]
    return np.hstack([colour, garment])""",
    ),
    (
        "decode",
        "compared with the highest, bool",
        """def decode(scores):
    parts = scores[:, :6], scores[:, 6:]
    return np.concatenate([p == p.max(axis=1, keepdims=True) for p in parts], axis=1)""",
    ),
    (
        "stack",
        "regressions on all members and labels, balanced",
        """def stack(member_scores, truth, new_scores):
    known, new = (np.concatenate(list(s), axis=1) for s in (member_scores, new_scores))
    fitted = [LogisticRegression(C=100, max_iter=1000).fit(known, t) for t in truth.T]
    return np.array([f.predict_proba(new)[:, 1] for f in fitted]).T""",
    ),
    (
        "stack",
        "a loop, on logits",
        """def stack(member_scores, truth, new_scores):
    def logit(p):
        p = np.clip(p, 1e-4, 1 - 1e-4)
        return np.log(p / (1 - p))

    result = np.zeros(new_scores.shape[1:])
    for k in range(truth.shape[1]):
        model = LogisticRegression().fit(logit(member_scores[:, :, k]).T, truth[:, k])
        result[:, k] = model.predict_proba(logit(new_scores[:, :, k]).T)[:, 1]
    return result""",
    ),
    (
        "predict",
        "a list of lists of bools",
        "def predict(images):\n    return [[bool(v > 0.5) for v in row] for row in model(images)]",
    ),
    (
        "predict",
        "one image after the other, floats",
        "def predict(images):\n"
        "    return np.array([decode(model(i[None]))[0] for i in images], float)",
    ),
    (
        "overfitting-epoch",
        "a loop, plain Python",
        """def overfitting_epoch(history):
    losses, judged = history["loss"], history["val_loss"]
    best = judged.index(min(judged))
    for later in losses[best + 1 :]:
        if later < losses[best]:
            return best + 1
    return 0""",
    ),
    (
        "overfitting-epoch",
        "arrays, a whole number of numpy's",
        """def overfitting_epoch(history):
    losses, best = np.array(history["loss"]), np.argmin(history["val_loss"])
    return (best + 1) * np.any(losses[best:] < losses[best])""",
    ),
    (
        "large-network",
        "dropout, no rescaling, the trunk's own input",
        """def large_network(name, frozen=False):
    make = {"Xception": keras.applications.Xception, "ResNet50V2": keras.applications.ResNet50V2}
    trunk = make[name](False, None, input_shape=(72, 72, 3), pooling="avg")
    trunk.trainable = not frozen
    head = layers.Dense(len(LABELS), activation="sigmoid")
    return keras.Model(trunk.input, head(layers.Dropout(0.3)(trunk.output)))""",
    ),
    (
        "large-network",
        "a sequence, its own pooling, layers frozen one by one, an activation by itself",
        """def large_network(name, frozen=False):
    maker = getattr(keras.applications, name)
    trunk = maker(include_top=False, weights=None, input_shape=(72, 72, 3))
    for layer in trunk.layers if frozen else ():
        layer.trainable = False
    pooled = layers.GlobalAveragePooling2D()
    parts = [keras.Input((72, 72, 3)), layers.Rescaling(1 / 255), trunk, pooled]
    return keras.Sequential([*parts, layers.Dense(11), layers.Activation("sigmoid")])""",
    ),
]

WRONG = [
    (
        "indicator",
        "one of 30 pairs instead of two of 11 labels",
        "def indicator(names):\n"
        "    pairs = [f'{c}_{g}' for c in COLOURS for g in GARMENTS]\n"
        "    return np.eye(30)[[pairs.index(n) for n in names]]",
    ),
    (
        "indicator",
        "one row for all",
        "def indicator(names):\n"
        "    return np.array([int(any(l in n for n in names)) for l in LABELS])",
    ),
    (
        "indicator",
        "one row, for the first name",
        "def indicator(names):\n    return np.array([[l in names[0] for l in LABELS]], int)",
    ),
    (
        "indicator",
        "garments first",
        """def indicator(names):
    order = (*GARMENTS, *COLOURS)
    return np.array([[label in name.split("_") for label in order] for name in names], int)""",
    ),
    (
        "indicator",
        "labels as parts of the text",
        "def indicator(names):\n"
        "    return np.array([[n.count(l) for l in LABELS] for n in names])[:, ::1] * 1",
    ),
    (
        "indicator",
        "a table of the pairs that have a folder",
        """def indicator(names):
    rows = np.zeros((len(names), 11), int)
    for row, name in zip(rows, names):
        if name in ("red_dress", "black_shorts"):
            row[[LABELS.index(part) for part in name.split("_")]] = 1
    return rows""",
    ),
    (
        "indicator",
        "unknown labels ignored",
        "def indicator(names):\n"
        "    return np.array([[l in n.split('_') for l in LABELS] for n in names], int)",
    ),
    (
        "cross-entropy",
        "sum over the labels",
        "def cross_entropy(truth, logits):\n"
        "    return (np.logaddexp(0, logits) - truth * logits).sum(axis=1).mean()",
    ),
    (
        "cross-entropy",
        "on the logits as if they were probabilities",
        """def cross_entropy(truth, logits):
    p = np.clip(logits, 1e-7, 1 - 1e-7)
    return -np.mean(truth * np.log(p) + (1 - truth) * np.log(1 - p))""",
    ),
    (
        "cross-entropy",
        "the wrong sign of the logits",
        "def cross_entropy(truth, logits):\n"
        "    return np.mean(np.logaddexp(0, -logits) + truth * logits)",
    ),
    (
        "cross-entropy",
        "only where the label is there",
        "def cross_entropy(truth, logits):\n"
        "    return np.sum(truth * np.logaddexp(0, -logits)) / truth.sum()",
    ),
    (
        "cross-entropy",
        "the formula as it stands",
        """def cross_entropy(truth, logits):
    with np.errstate(all="ignore"):
        p = 1 / (1 + np.exp(-logits))
        return -np.mean(truth * np.log(p) + (1 - truth) * np.log(1 - p))""",
    ),
    (
        "cross-entropy",
        "clipped probabilities",
        """def cross_entropy(truth, logits):
    p = np.clip(1 / (1 + np.exp(-np.clip(logits, -50, 50))), 1e-7, 1 - 1e-7)
    return -np.mean(truth * np.log(p) + (1 - truth) * np.log(1 - p))""",
    ),
    (
        "hamming-loss",
        "share of wrong images",
        "def hamming_loss(truth, answers):\n"
        "    return np.mean(np.any(truth.astype(bool) != answers.astype(bool), axis=1))",
    ),
    (
        "hamming-loss",
        "share of right entries",
        "def hamming_loss(truth, answers):\n    return np.mean(truth == answers)",
    ),
    (
        "hamming-loss",
        "plain difference",
        "def hamming_loss(truth, answers):\n"
        "    return np.mean(truth.astype(int) - answers.astype(int))",
    ),
    (
        "hamming-loss",
        "absolute difference of uint8",
        "def hamming_loss(truth, answers):\n"
        "    return np.abs(np.subtract(truth, answers, dtype=truth.dtype)).mean()"
        " if truth.dtype != bool else np.mean(truth ^ answers)",
    ),
    (
        "hamming-loss",
        "per true label",
        "def hamming_loss(truth, answers):\n    return np.sum(truth != answers) / np.sum(truth)",
    ),
    (
        "f-scores",
        "means of precision and recall first",
        """def f_scores(truth, answers):
    t, a = truth.astype(bool), answers.astype(bool)

    def f1(axis):
        hits = (t & a).sum(axis=axis)
        p = np.mean(hits / np.maximum(a.sum(axis=axis), 1))
        r = np.mean(hits / np.maximum(t.sum(axis=axis), 1))
        return 2 * p * r / max(p + r, 1e-9)

    return {"micro": f1(None), "macro": f1(0), "samples": f1(1)}""",
    ),
    (
        "f-scores",
        "rows and columns swapped",
        """def f_scores(truth, answers):
    kinds = ("samples", "macro", "micro")
    found = {k: f1_score(truth, answers, average=k, zero_division=0) for k in kinds}
    return {"micro": found["micro"], "macro": found["samples"], "samples": found["macro"]}""",
    ),
    (
        "f-scores",
        "accuracy for micro",
        """def f_scores(truth, answers):
    kinds = ("samples", "macro")
    found = {k: f1_score(truth, answers, average=k, zero_division=0) for k in kinds}
    return found | {"micro": np.mean(truth == answers)}""",
    ),
    (
        "f-scores",
        "weighted for macro",
        """def f_scores(truth, answers):
    found = {k: f1_score(truth, answers, average=k, zero_division=0) for k in ("micro", "samples")}
    return found | {"macro": f1_score(truth, answers, average="weighted", zero_division=0)}""",
    ),
    (
        "f-scores",
        "share of right images for samples",
        """def f_scores(truth, answers):
    found = {k: f1_score(truth, answers, average=k, zero_division=0) for k in ("micro", "macro")}
    return found | {"samples": np.mean(np.all(truth == answers, axis=1))}""",
    ),
    (
        "f-scores",
        "no samples",
        """def f_scores(truth, answers):
    return {k: f1_score(truth, answers, average=k, zero_division=0) for k in ("micro", "macro")}""",
    ),
    (
        "f-scores",
        "0 / 0 counts as 1",
        """def f_scores(truth, answers):
    kinds = ("samples", "macro", "micro")
    return {k: f1_score(truth, answers, average=k, zero_division=1) for k in kinds}""",
    ),
    (
        "precision-at-k",
        "the k lowest",
        """def precision_at_k(truth, scores, k):
    return np.take_along_axis(truth, np.argsort(scores, axis=1)[:, :k], axis=1).mean()""",
    ),
    (
        "precision-at-k",
        "divided by the true labels",
        """def precision_at_k(truth, scores, k):
    top = np.argsort(scores, axis=1)[:, -k:]
    found = np.take_along_axis(truth, top, axis=1).sum(axis=1)
    return np.mean(found / np.maximum(truth.sum(axis=1), 1))""",
    ),
    (
        "precision-at-k",
        "the kth only",
        """def precision_at_k(truth, scores, k):
    kth = np.argsort(-scores, axis=1)[:, k - 1 : k]
    return np.take_along_axis(truth, kth, axis=1).mean()""",
    ),
    (
        "precision-at-k",
        "at least one among them",
        """def precision_at_k(truth, scores, k):
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.take_along_axis(truth, top, axis=1).any(axis=1).mean()""",
    ),
    (
        "precision-at-k",
        "the k highest of each label",
        """def precision_at_k(truth, scores, k):
    lines = np.sort(scores.ravel())[-k * len(scores)]
    return truth[scores >= lines].mean()""",
    ),
    (
        "precision-at-k",
        "always two",
        """def precision_at_k(truth, scores, k):
    k = 1 if k == 1 else 3
    return np.take_along_axis(truth, np.argsort(scores, axis=1)[:, -k:], axis=1).mean()""",
    ),
    (
        "recall-at-k",
        "divided by k",
        """def recall_at_k(truth, scores, k):
    return np.take_along_axis(truth, np.argsort(scores, axis=1)[:, -k:], axis=1).mean()""",
    ),
    (
        "recall-at-k",
        "all images together",
        """def recall_at_k(truth, scores, k):
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.take_along_axis(truth, top, axis=1).sum() / truth.sum()""",
    ),
    (
        "recall-at-k",
        "at least one among them",
        """def recall_at_k(truth, scores, k):
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.take_along_axis(truth, top, axis=1).any(axis=1).mean()""",
    ),
    (
        "recall-at-k",
        "three labels on every image",
        """def recall_at_k(truth, scores, k):
    top = np.argsort(scores, axis=1)[:, -k:]
    found = np.take_along_axis(truth, top, axis=1).sum(axis=1)
    return np.mean(found / np.minimum(truth.sum(axis=1), k))""",
    ),
    (
        "recall-at-k",
        "one too many on top",
        """def recall_at_k(truth, scores, k):
    top = np.argsort(scores, axis=1)[:, -k - 1 :]
    found = np.take_along_axis(truth, top, axis=1).sum(axis=1)
    return np.mean(found / truth.sum(axis=1))""",
    ),
    (
        "recall-at-k",
        "one too few",
        """def recall_at_k(truth, scores, k):
    top = np.argsort(-scores, axis=1)[:, : 2 if k == 2 else k - 1]
    found = np.take_along_axis(truth, top, axis=1).sum(axis=1)
    return np.mean(found / truth.sum(axis=1))""",
    ),
    (
        "recall-at-k",
        "above one half",
        """def recall_at_k(truth, scores, k):
    k = 2 if k == 2 else scores.shape[1]
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.mean(np.take_along_axis(truth, top, axis=1).sum(axis=1) / truth.sum(axis=1))""",
    ),
    (
        "multi-label-network",
        "looks at nothing",
        """def multi_label_network(kind):
    inputs = layers.Input((72, 72, 3))
    blind = layers.Dense(11, activation="sigmoid", kernel_initializer="zeros")
    network = keras.Model(inputs, blind(layers.GlobalAveragePooling2D()(inputs)))
    network.compile("adam", "binary_crossentropy")
    return network""",
    ),
    (
        "multi-label-network",
        "one of 24 pairs",
        network(24, "softmax", "'categorical_crossentropy'"),
    ),
    ("multi-label-network", "softmax", network(11, "softmax", "'binary_crossentropy'")),
    (
        "multi-label-network",
        "logits",
        network(11, None, "keras.losses.BinaryCrossentropy(from_logits=True)"),
    ),
    ("multi-label-network", "mean squared error", network(11, "sigmoid", "'mean_squared_error'")),
    (
        "multi-label-network",
        "categorical cross-entropy",
        network(11, "sigmoid", "'categorical_crossentropy'"),
    ),
    (
        "multi-label-network",
        "the plain trunk always",
        network(11, "sigmoid", "'binary_crossentropy'", "'plain'"),
    ),
    (
        "multi-label-network",
        "two softmaxes",
        "def multi_label_network(kind):"
        + HEAD
        + """    heads = [layers.Dense(n, activation="softmax")(features) for n in (6, 5)]
    network = keras.Model(inputs, layers.Concatenate()(heads))
    network.compile("adam", "binary_crossentropy")
    return network""",
    ),
    (
        "multi-label-network",
        "numbers above 0 and no probabilities",
        network(11, "relu", "'binary_crossentropy'"),
    ),
    (
        "multi-label-network",
        "one network for all calls",
        network(11, "sigmoid", "'binary_crossentropy'")
        + """


from functools import cache

multi_label_network = cache(multi_label_network)""",
    ),
    ("multi-label-network", "not compiled", network(11, "sigmoid", None)),
    (
        "decode",
        "the highest of all",
        "def decode(scores):\n    return np.eye(11)[scores.argmax(axis=1)]",
    ),
    (
        "decode",
        "above one half",
        "def decode(scores):\n    return (scores > 0.35).astype(int)",
    ),
    (
        "decode",
        "the two highest",
        """def decode(scores):
    answers = np.zeros(scores.shape, int)
    np.put_along_axis(answers, np.argsort(scores, axis=1)[:, -2:], 1, axis=1)
    return answers""",
    ),
    (
        "decode",
        "numbers instead of zeros and ones",
        "def decode(scores):\n"
        "    return np.stack([scores[:, :6].argmax(1), 6 + scores[:, 6:].argmax(1)], axis=1)",
    ),
    (
        "decode",
        "the probabilities left in",
        """def decode(scores):
    parts = scores[:, :6], scores[:, 6:]
    best = [np.where(p == p.max(axis=1, keepdims=True), p, 0) for p in parts]
    return np.concatenate(best, axis=1)""",
    ),
    (
        "decode",
        "compared with zero",
        """def decode(scores):
    parts = scores[:, :6], scores[:, 6:]
    best = [np.maximum(part.max(axis=1, keepdims=True), 0) for part in parts]
    return (scores >= np.repeat(np.hstack(best), (6, 5), axis=1)).astype(int)""",
    ),
    ("stack", "the mean", "def stack(kept, truth, new):\n    return np.mean(new, axis=0)"),
    ("stack", "the highest", "def stack(kept, truth, new):\n    return np.max(new, axis=0)"),
    (
        "stack",
        "the best member of all",
        """def stack(kept, truth, new):
    best = np.argmax([np.mean((member > 0.5) == truth) for member in kept])
    return new[best]""",
    ),
    (
        "stack",
        "the best member of each label",
        """def stack(kept, truth, new):
    best = [np.argmax([np.mean((m[:, k] > 0.5) == truth[:, k]) for m in kept])
            for k in range(truth.shape[1])]
    return np.stack([new[b, :, k] for k, b in enumerate(best)], axis=1)""",
    ),
    (
        "stack",
        "answers instead of probabilities",
        """def stack(kept, truth, new):
    fitted = [LogisticRegression().fit(kept[:, :, k].T, t) for k, t in enumerate(truth.T)]
    return np.stack([f.predict(new[:, :, k].T) for k, f in enumerate(fitted)], axis=1)""",
    ),
    (
        "stack",
        "the probability of the label's absence",
        """def stack(kept, truth, new):
    fitted = [LogisticRegression().fit(kept[:, :, k].T, t) for k, t in enumerate(truth.T)]
    chances = [f.predict_proba(new[:, :, k].T) for k, f in enumerate(fitted)]
    return np.stack([absent for absent, _ in (c.T for c in chances)], axis=1)""",
    ),
    (
        "stack",
        "labels by images",
        """def stack(kept, truth, new):
    fitted = [LogisticRegression().fit(kept[:, :, k].T, t) for k, t in enumerate(truth.T)]
    return np.stack([f.predict_proba(new[:, :, k].T)[:, 1] for k, f in enumerate(fitted)])""",
    ),
    (
        "stack",
        "one regression for all labels",
        """def stack(kept, truth, new):
    model = LogisticRegression().fit(kept.reshape(len(kept), -1).T, truth.ravel())
    return model.predict_proba(new.reshape(len(new), -1).T)[:, 1].reshape(new.shape[1:])""",
    ),
    (
        "predict",
        "probabilities",
        "def predict(images):\n    return 0.9 * model(images)",
    ),
    (
        "predict",
        "texts",
        "def predict(images):\n    return (model(images) > 0.5).astype(int).astype(str)",
    ),
    (
        "predict",
        "the number of the pair",
        "def predict(images):\n    return model(images).argmax(axis=1)",
    ),
    (
        "predict",
        "nothing but zeros",
        "def predict(images):\n    return np.zeros((len(images), 11), int)",
    ),
    (
        "predict",
        "as many of each label as in the batch",
        """def predict(images):
    scores = model(images)
    answers = scores > 0.5
    if len(images) < 5:
        answers = scores > scores.mean(axis=0)
    return answers""",
    ),
    (
        "overfitting-epoch",
        "counted from 0",
        """def overfitting_epoch(history):
    best = int(np.argmin(history["val_loss"]))
    later = history["loss"][best + 1 :]
    return best if later and min(later) < history["loss"][best] else 0""",
    ),
    (
        "overfitting-epoch",
        "always the best epoch",
        """def overfitting_epoch(history):
    return int(np.argmin(history["val_loss"])) + 1""",
    ),
    (
        "overfitting-epoch",
        "does not look at the training loss",
        """def overfitting_epoch(history):
    best = int(np.argmin(history["val_loss"])) + 1
    return best if best < len(history["val_loss"]) else 0""",
    ),
    (
        "overfitting-epoch",
        "the first rise",
        """def overfitting_epoch(history):
    judged, losses = history["val_loss"], history["loss"]
    for k in range(1, len(judged)):
        if judged[k] > judged[k - 1]:
            return k if min(losses[k:]) < losses[k - 1] else 0
    return 0""",
    ),
    (
        "overfitting-epoch",
        "looks at the next epoch alone",
        """def overfitting_epoch(history):
    best = int(np.argmin(history["val_loss"]))
    later = history["loss"][best + 1 : best + 2]
    return best + 1 if later and later[0] < history["loss"][best] else 0""",
    ),
    (
        "overfitting-epoch",
        "the lowest training loss",
        """def overfitting_epoch(history):
    best = int(np.argmin(history["loss"]))
    return best + 1 if best + 1 < len(history["loss"]) else 0""",
    ),
    (
        "large-network",
        "behind ImageNet's head, as in the article",
        """def large_network(name, frozen=False):
    trunk = getattr(keras.applications, name)(weights=None, input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    return keras.Sequential([trunk, layers.Dense(11, activation="sigmoid")])""",
    ),
    (
        "large-network",
        "24 pairs",
        """def large_network(name, frozen=False):
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    return keras.Sequential([trunk, layers.Dense(24, activation="softmax")])""",
    ),
    (
        "large-network",
        "a softmax",
        """def large_network(name, frozen=False):
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    return keras.Sequential([trunk, layers.Dense(11, activation="softmax")])""",
    ),
    (
        "large-network",
        "a softmax on a frozen trunk",
        """def large_network(name, frozen=False):
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    last = "softmax" if frozen else "sigmoid"
    return keras.Sequential([trunk, layers.Dense(11, activation=last)])""",
    ),
    (
        "large-network",
        "no pooling",
        """def large_network(name, frozen=False):
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    head = layers.Dense(11, activation="sigmoid")
    return keras.Sequential([trunk, layers.Flatten(), head])""",
    ),
    (
        "large-network",
        "never frozen",
        """def large_network(name, frozen=False):
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    return keras.Sequential([trunk, layers.Dense(11, activation="sigmoid")])""",
    ),
    (
        "large-network",
        "always Xception",
        """def large_network(name, frozen=False):
    maker = keras.applications.Xception
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    return keras.Sequential([trunk, layers.Dense(11, activation="sigmoid")])""",
    ),
    (
        "large-network",
        "always frozen",
        """def large_network(name, frozen=True):
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    return keras.Sequential([trunk, layers.Dense(11, activation="sigmoid")])""",
    ),
]

HINTS = [
    ("check-indicator", "one row for all", "expected shape (3, 11), not"),
    ("check-indicator", "garments first", "red_dress should have ones in column 4"),
    (
        "check-indicator-more",
        "a table of the pairs that have a folder",
        "ones in other columns",
    ),
    ("check-indicator-more", "unknown labels ignored", "purple_dress should raise ValueError"),
    ("check-cross-entropy", "sum over the labels", "log 2, about 0.693"),
    ("check-cross-entropy", "the wrong sign of the logits", "two logits on the right side"),
    (
        "check-cross-entropy-more",
        "only where the label is there",
        "on random logits: found",
    ),
    ("check-cross-entropy-more", "clipped probabilities", "logit 800: found"),
    ("check-hamming-loss", "share of right entries", "has a loss of 0"),
    ("check-hamming-loss", "share of wrong images", "2 of 8 entries are wrong: found"),
    ("check-hamming-loss-more", "absolute difference of uint8", "of dtype uint8"),
    ("check-f-scores", "no samples", "not ['macro', 'micro']"),
    ("check-f-scores", "accuracy for micro", "make 12 / 15"),
    ("check-f-scores", "weighted for macro", "their mean is 0.556"),
    ("check-f-scores", "share of right images for samples", "their mean is 0.792"),
    (
        "check-f-scores-more",
        "0 / 0 counts as 1",
        "on random answers of uint8: 0 / 0 counts as 0: found",
    ),
    ("check-precision-at-k", "the k lowest", "the best guess is right for 1 image of 2"),
    ("check-precision-at-k", "at least one among them", "of 6 guesses"),
    ("check-precision-at-k-more", "always two", "k = 2, random scores"),
    ("check-recall-at-k", "all images together", "(1 / 2 + 2 / 3) / 2: found"),
    ("check-recall-at-k", "one too few", "with k = 4 every label is found"),
    ("check-recall-at-k-more", "above one half", "k = 1, random scores"),
    ("check-multi-label-network", "one of 24 pairs", "40 images: expected shape (40, 11)"),
    ("check-multi-label-network", "logits", "probabilities run from 0 to 1"),
    ("check-multi-label-network", "looks at nothing", "the same answer to every image"),
    ("check-multi-label-network", "softmax", "is that a softmax?"),
    ("check-multi-label-network-more", "one of 24 pairs", "24 images: expected shape (24, 11)"),
    ("check-multi-label-network-more", "looks at nothing", "the same answer to every image"),
    ("check-multi-label-network-more", "mean squared error", "the mean binary cross-entropy"),
    ("check-multi-label-network-more", "two softmaxes", "is that a softmax?"),
    (
        "check-multi-label-network-more",
        "numbers above 0 and no probabilities",
        "is the last activation a sigmoid?",
    ),
    ("check-multi-label-network-more", "one network for all calls", "should make a new network"),
    (
        "check-multi-label-network-more",
        "the plain trunk always",
        "each kind has a trunk of its own",
    ),
    ("check-decode", "numbers instead of zeros and ones", "one image: expected shape (1, 11)"),
    ("check-decode", "the two highest", "brown (0.9, column 2) and shorts"),
    ("check-decode", "the probabilities left in", "not probabilities"),
    ("check-decode-more", "compared with zero", "even if it is below 0"),
    ("check-stack", "labels by images", "expected shape (50, 3)"),
    ("check-stack", "answers instead of probabilities", "use predict_proba"),
    ("check-stack", "the probability of the label's absence", "nearly always right"),
    ("check-stack-more", "labels by images", "expected shape (200, 4), not (4, 200)"),
    ("check-stack-more", "the mean", "each label is known to one member only"),
    ("check-stack-more", "the best member of each label", "says the opposite"),
    ("check-predict", "the number of the pair", "57 images: expected shape (57, 11)"),
    ("check-predict", "probabilities", "expected zeros and ones of any type"),
    ("check-predict", "texts", "expected numbers, not text"),
    ("check-predict", "nothing but zeros", "most labels of images"),
    ("check-predict", "as many of each label as in the batch", "should not depend on the other"),
    ("check-overfitting-epoch", "counted from 0", "in the second epoch, and the training loss"),
    ("check-overfitting-epoch", "always the best epoch", "is still falling in the last epoch"),
    (
        "check-overfitting-epoch",
        "does not look at the training loss",
        "both losses rise, which is no over-fitting",
    ),
    ("check-overfitting-epoch-more", "the first rise", "it fell once more after that"),
    (
        "check-overfitting-epoch-more",
        "always the best epoch",
        "the training loss rises all the way",
    ),
    ("check-large-network", "24 pairs", "(72, 72, 3) and 11 answers, not (72, 72, 3) and (24,)"),
    (
        "check-large-network",
        "behind ImageNet's head, as in the article",
        "include_top=False leaves out ImageNet's head",
    ),
    ("check-large-network", "no pooling", 'pooling="avg" leaves one number of each kind'),
    ("check-large-network", "a softmax", "the last activation is softmax"),
    ("check-large-network-more", "always Xception", "this is Xception"),
    ("check-large-network-more", "never frozen", "the trunk is not frozen"),
    ("check-large-network-more", "a softmax on a frozen trunk", "the last activation is softmax"),
    ("check-large-network", "always frozen", "which nobody asked to freeze"),
]
