"""Answers to the exercises of 02_binary: right ones in different styles, wrong ones people give.

`exercises.py` says what the lists hold.
"""

SKIP = ("load-mnist", "final-split", "move-threshold")


RIGHT = [
    (
        "mosaic",
        "concatenates rows of images",
        """def mosaic(images, columns):
    lines = [images[k : k + columns] for k in range(0, len(images), columns)]
    return np.concatenate([np.concatenate(list(line), axis=1) for line in lines])""",
    ),
    (
        "mosaic",
        "copies each image into its place, as floats",
        """def mosaic(images, columns):
    n, height, width = images.shape
    picture = np.zeros((n // columns * height, columns * width))
    for k, image in enumerate(images):
        y, x = divmod(k, columns)
        picture[y * height : (y + 1) * height, x * width : (x + 1) * width] = image
    return picture""",
    ),
    (
        "is-digit",
        "a list of booleans",
        "def is_digit(labels, digit):\n    return [bool(label == digit) for label in labels]",
    ),
    (
        "is-digit",
        "np.where",
        "def is_digit(labels, digit):\n    return np.where(labels == digit, True, False)",
    ),
    (
        "confusion",
        "a loop, nested lists",
        """def confusion(actual, predicted):
    counts = [[0, 0], [0, 0]]
    for truth, answer in zip(actual, predicted):
        counts[int(truth)][int(answer)] += 1
    return counts""",
    ),
    (
        "confusion",
        "scikit-learn",
        """def confusion(actual, predicted):
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(actual, predicted, labels=[False, True])""",
    ),
    (
        "confusion",
        "bincount, floats",
        """def confusion(actual, predicted):
    return np.bincount(2 * actual + predicted, minlength=4).reshape(2, 2).astype(float)""",
    ),
    (
        "precision",
        "from the confusion matrix",
        """def precision(actual, predicted):
    (_, fp), (_, tp) = confusion(actual, predicted)
    return tp / (tp + fp) if tp + fp > 0 else 0""",
    ),
    (
        "precision",
        "mean of the truth where it says 5",
        """def precision(actual, predicted):
    return actual[predicted].mean(dtype=np.float32) if predicted.any() else 0.0""",
    ),
    (
        "precision",
        "scikit-learn, which warns",
        """def precision(actual, predicted):
    from sklearn.metrics import precision_score

    return precision_score(actual, predicted)""",
    ),
    (
        "recall",
        "from the confusion matrix",
        """def recall(actual, predicted):
    _, (fn, tp) = confusion(actual, predicted)
    return tp / (tp + fn) if tp + fn > 0 else 0""",
    ),
    (
        "recall",
        "mean of the answers where it is a 5",
        """def recall(actual, predicted):
    return predicted[actual].mean(dtype=np.float32) if actual.any() else 0.0""",
    ),
    (
        "f1-score",
        "from the counts",
        """def f1_score(actual, predicted):
    (_, fp), (fn, tp) = confusion(actual, predicted)
    return 2 * tp / (2 * tp + fp + fn)""",
    ),
    (
        "f1-score",
        "scikit-learn",
        """def f1_score(actual, predicted):
    import sklearn.metrics

    return sklearn.metrics.f1_score(actual, predicted, zero_division=0)""",
    ),
    (
        "out-of-fold-scores",
        "a loop over folds",
        """def out_of_fold_scores(rows, actual, seed):
    scores = np.zeros(len(rows))
    for known, new in StratifiedKFold(n_splits=3).split(rows, actual):
        model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
        scores[new] = model.fit(rows[known], actual[known]).decision_function(rows[new])
    return scores""",
    ),
    (
        "out-of-fold-scores",
        "without tol=None, which warns; a list",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, random_state=seed)
    folds = StratifiedKFold(3)
    return list(cross_val_predict(model, rows, actual, cv=folds, method="decision_function"))""",
    ),
    (
        "out-of-fold-scores",
        "float32",
        """def out_of_fold_scores(rows, actual, seed):
    model = clone(five_rounds).set_params(random_state=seed)
    rows = rows.astype(np.float32)
    return cross_val_predict(model, rows, actual, cv=3, method="decision_function")""",
    ),
    (
        "precision-recall-at",
        "counts, a list",
        """def precision_recall_at(actual, scores, threshold):
    hits = sum(1 for a, s in zip(actual, scores) if a and s >= threshold)
    called = sum(1 for s in scores if s >= threshold)
    return [hits / called if called else 0, hits / sum(actual)]""",
    ),
    (
        "precision-recall-at",
        "an array",
        """def precision_recall_at(actual, scores, threshold):
    says_5 = ~(scores < threshold)
    return np.array([precision(actual, says_5), recall(actual, says_5)])""",
    ),
    (
        "threshold-for-precision",
        "tries each score",
        """def threshold_for_precision(actual, scores, wanted):
    for threshold in sorted(set(scores)):
        if precision_recall_at(actual, scores, threshold)[0] >= wanted:
            return float(threshold)
    raise ValueError("none")""",
    ),
    (
        "threshold-for-precision",
        "scikit-learn",
        """def threshold_for_precision(actual, scores, wanted):
    from sklearn.metrics import precision_recall_curve

    shares, _, thresholds = precision_recall_curve(actual, scores)
    good = thresholds[shares[:-1] >= wanted]
    return good.min()  # raises ValueError if there is none""",
    ),
    (
        "threshold-for-precision",
        "float32",
        """def threshold_for_precision(actual, scores, wanted):
    good = [t for t in scores if actual[scores >= t].mean() >= wanted]
    return np.float32(min(good))""",
    ),
    (
        "roc-points",
        "scikit-learn, which leaves points out",
        """def roc_points(actual, scores):
    from sklearn.metrics import roc_curve

    return roc_curve(actual, scores)[:2]""",
    ),
    (
        "roc-points",
        "a loop over thresholds, lists",
        """def roc_points(actual, scores):
    false_rates, true_rates = [0], [0]
    for threshold in sorted(set(scores.tolist()), reverse=True):
        false_rates.append(float(np.mean(scores[~actual] >= threshold)))
        true_rates.append(float(np.mean(scores[actual] >= threshold)))
    return [false_rates, true_rates]""",
    ),
    (
        "roc-points",
        "every score, equal ones repeated",
        """def roc_points(actual, scores):
    thresholds = np.concatenate([[np.inf], np.sort(scores)[::-1]])
    called = scores >= thresholds[:, None]
    return called[:, ~actual].mean(axis=1), called[:, actual].mean(axis=1)""",
    ),
    (
        "area-under-roc",
        "all pairs",
        """def area_under_roc(actual, scores):
    higher = scores[actual][:, None] - scores[~actual]
    return np.mean(higher > 0) + np.mean(higher == 0) / 2""",
    ),
    (
        "area-under-roc",
        "ranks",
        """def area_under_roc(actual, scores):
    from scipy.stats import rankdata

    n = actual.sum()
    return (rankdata(scores)[actual].sum() - n * (n + 1) / 2) / (n * (len(actual) - n))""",
    ),
    (
        "area-under-roc",
        "scikit-learn",
        """def area_under_roc(actual, scores):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(actual, scores)""",
    ),
    (
        "pick-and-quote",
        "step by step, a list",
        """def pick_and_quote(actual, scores, wanted, size):
    first, rest = slice(0, size), slice(size, None)
    threshold = threshold_for_precision(actual[first], scores[first], wanted)
    called = scores[rest] >= threshold
    return [threshold, precision(actual[rest], called), recall(actual[rest], called)]""",
    ),
    (
        "pick-and-quote",
        "by itself, an array",
        """def pick_and_quote(actual, scores, wanted, size):
    known = range(size)
    good = [scores[k] for k in known if actual[:size][scores[:size] >= scores[k]].mean() >= wanted]
    called, truth = scores[size:] >= min(good), actual[size:]
    hits = np.sum(called & truth)
    return np.array([min(good), hits / called.sum(), hits / truth.sum()])""",
    ),
    (
        "one-against-rest",
        "sums of what is left, nested lists",
        """def one_against_rest(matrix, digit):
    others = np.arange(len(matrix)) != digit
    return [
        [matrix[np.ix_(others, others)].sum(), matrix[others, digit].sum()],
        [matrix[digit, others].sum(), matrix[digit, digit]],
    ]""",
    ),
    (
        "one-against-rest",
        "scikit-learn, from as many images",
        """def one_against_rest(matrix, digit):
    truth, said = np.indices(matrix.shape)
    yes = np.repeat(truth.ravel() == digit, matrix.ravel())
    no = np.repeat(said.ravel() == digit, matrix.ravel())
    return metrics.confusion_matrix(yes, no, labels=[False, True])""",
    ),
    (
        "draw-curves",
        "pyplot, and the y-axis named too",
        """def draw_curves(thresholds, precisions, recalls):
    figure = plt.figure(figsize=(6, 3))
    plt.plot(thresholds, recalls[:-1], label="recall")
    plt.plot(thresholds, precisions[:-1], label="precision")
    plt.xlabel("Threshold")
    plt.ylabel("share")
    plt.title("a 5 or not")
    plt.legend(loc="best")
    return figure""",
    ),
    (
        "draw-curves",
        "steps, and a legend of its own words",
        """def draw_curves(thresholds, precisions, recalls):
    figure, axes = plt.subplots(1, 1, squeeze=False)
    n = len(thresholds)
    for name, values in {"precision": precisions, "recall": recalls}.items():
        axes[0, 0].step(thresholds, values[:n], where="post", label=name)
    axes[0, 0].set(xlabel="threshold", ylim=(0, 1))
    figure.axes[0].legend(title="of the 5s")
    return figure""",
    ),
]

WRONG = [
    (
        "mosaic",
        "reshape alone",
        "def mosaic(images, columns):\n"
        "    n, height, width = images.shape\n"
        "    return images.reshape(n // columns * height, columns * width)",
    ),
    (
        "mosaic",
        "each image transposed",
        """def mosaic(images, columns):
    n, height, width = images.shape
    grid = images.swapaxes(1, 2).reshape(n // columns, columns, width, height)
    return grid.swapaxes(1, 2).reshape(n // columns * width, columns * height)""",
    ),
    (
        "mosaic",
        "column after column",
        """def mosaic(images, columns):
    n, height, width = images.shape
    grid = images.reshape(columns, n // columns, height, width)
    return grid.transpose(1, 2, 0, 3).reshape(n // columns * height, columns * width)""",
    ),
    (
        "mosaic",
        "always 10 x 10",
        "def mosaic(images, columns):\n"
        "    return images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280)",
    ),
    (
        "mosaic",
        "one long strip",
        "def mosaic(images, columns):\n    return np.concatenate(list(images), axis=1)",
    ),
    (
        "mosaic",
        "as many columns as rows",
        """def mosaic(images, columns):
    side = int(np.ceil(np.sqrt(len(images))))
    picture = np.zeros((side * images.shape[1], side * images.shape[2]))
    for k, image in enumerate(images):
        y, x = k // side * image.shape[0], k % side * image.shape[1]
        picture[y : y + image.shape[0], x : x + image.shape[1]] = image
    return picture""",
    ),
    (
        "mosaic",
        "upside down from the second row on",
        """def mosaic(images, columns):
    lines = [images[k : k + columns] for k in range(0, len(images), columns)]
    strips = [np.concatenate(list(line), axis=1) for line in lines]
    return np.concatenate(strips[:1] + [strip[::-1] for strip in strips[1:]])""",
    ),
    ("is-digit", "compares with a text", "def is_digit(labels, digit):\n    return labels == '5'"),
    (
        "is-digit",
        "zeros and ones",
        "def is_digit(labels, digit):\n    return (labels == digit).astype(int)",
    ),
    (
        "is-digit",
        "positions",
        "def is_digit(labels, digit):\n    return np.flatnonzero(labels == digit)",
    ),
    ("is-digit", "always 5", "def is_digit(labels, digit):\n    return labels == 5"),
    ("is-digit", "the others", "def is_digit(labels, digit):\n    return labels != digit"),
    ("is-digit", "at least", "def is_digit(labels, digit):\n    return labels >= digit"),
    (
        "confusion",
        "answers down, truth across",
        "def confusion(actual, predicted):\n"
        "    return [[np.sum(~actual & ~predicted), np.sum(actual & ~predicted)],\n"
        "            [np.sum(~actual & predicted), np.sum(actual & predicted)]]",
    ),
    (
        "confusion",
        "TP first",
        "def confusion(actual, predicted):\n"
        "    return [[np.sum(actual & predicted), np.sum(actual & ~predicted)],\n"
        "            [np.sum(~actual & predicted), np.sum(~actual & ~predicted)]]",
    ),
    (
        "confusion",
        "shares instead of counts",
        "def confusion(actual, predicted):\n"
        "    both = np.bincount(2 * actual + predicted, minlength=4).reshape(2, 2)\n"
        "    return both / both.sum()",
    ),
    (
        "confusion",
        "four numbers in a row",
        "def confusion(actual, predicted):\n"
        "    return np.bincount(2 * actual + predicted, minlength=4)",
    ),
    (
        "confusion",
        "~ on whole numbers",
        """def confusion(actual, predicted):
    a, p = actual.astype(int), predicted.astype(int)
    return [[np.sum(~a & ~p), np.sum(~a & p)], [np.sum(a & ~p), np.sum(a & p)]]""",
    ),
    (
        "confusion",
        "only the kinds that occur",
        """def confusion(actual, predicted):
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(actual, predicted)""",
    ),
    (
        "confusion",
        "counts in bytes",
        """def confusion(actual, predicted):
    counts = np.zeros((2, 2), np.uint8)
    np.add.at(counts, (actual.astype(int), predicted.astype(int)), 1)
    return counts""",
    ),
    (
        "precision",
        "yes or no for each image",
        "def precision(actual, predicted):\n    return actual & predicted",
    ),
    (
        "precision",
        "recall instead",
        "def precision(actual, predicted):\n    return np.mean(predicted[actual])",
    ),
    (
        "precision",
        "accuracy",
        "def precision(actual, predicted):\n    return np.mean(actual == predicted)",
    ),
    (
        "precision",
        "divides by all images",
        "def precision(actual, predicted):\n    return np.mean(actual & predicted)",
    ),
    (
        "precision",
        "precision of the other class",
        "def precision(actual, predicted):\n    return np.mean(~actual[~predicted])",
    ),
    (
        "precision",
        "nothing divided by nothing",
        "def precision(actual, predicted):\n"
        "    return np.sum(actual & predicted) / np.sum(predicted)",
    ),
    (
        "precision",
        "1 if nothing is called a 5",
        "def precision(actual, predicted):\n"
        "    return np.mean(actual[predicted]) if predicted.any() else 1.0",
    ),
    (
        "precision",
        "rounded to one digit",
        "def precision(actual, predicted):\n"
        "    return round(np.mean(actual[predicted]), 1) if predicted.any() else 0.0",
    ),
    (
        "recall",
        "precision instead",
        "def recall(actual, predicted):\n    return np.mean(actual[predicted])",
    ),
    (
        "recall",
        "false positive rate",
        "def recall(actual, predicted):\n    return np.mean(predicted[~actual])",
    ),
    (
        "recall",
        "share of 5s among the answers",
        "def recall(actual, predicted):\n    return predicted.sum() / actual.sum()",
    ),
    (
        "recall",
        "recall of the other class",
        "def recall(actual, predicted):\n    return np.mean(~predicted[~actual])",
    ),
    (
        "recall",
        "nothing divided by nothing",
        "def recall(actual, predicted):\n    return np.sum(actual & predicted) / np.sum(actual)",
    ),
    (
        "recall",
        "the number of 5s in the example",
        "def recall(actual, predicted):\n    return np.sum(actual & predicted) / 3",
    ),
    (
        "f1-score",
        "arithmetic mean",
        "def f1_score(actual, predicted):\n"
        "    return (precision(actual, predicted) + recall(actual, predicted)) / 2",
    ),
    (
        "f1-score",
        "forgets the 2",
        "def f1_score(actual, predicted):\n"
        "    p, r = precision(actual, predicted), recall(actual, predicted)\n"
        "    return p * r / (p + r)",
    ),
    (
        "f1-score",
        "geometric mean",
        "def f1_score(actual, predicted):\n"
        "    return np.sqrt(precision(actual, predicted) * recall(actual, predicted))",
    ),
    (
        "f1-score",
        "accuracy",
        "def f1_score(actual, predicted):\n    return np.mean(actual == predicted)",
    ),
    (
        "f1-score",
        "nothing divided by nothing",
        "def f1_score(actual, predicted):\n"
        "    p, r = precision(actual, predicted), recall(actual, predicted)\n"
        "    return np.float64(2 * p * r) / np.float64(p + r)",
    ),
    (
        "f1-score",
        "the mean of both classes' F1",
        """def f1_score(actual, predicted):
    both = ((actual, predicted), (~actual, ~predicted))
    return np.mean([2 * np.sum(a & p) / (a.sum() + p.sum()) for a, p in both])""",
    ),
    (
        "f1-score",
        "rounded to two digits",
        "def f1_score(actual, predicted):\n"
        "    p, r = precision(actual, predicted), recall(actual, predicted)\n"
        "    return round(2 * p * r / (p + r), 2) if p + r else 0.0",
    ),
    (
        "out-of-fold-scores",
        "answers instead of scores",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    return cross_val_predict(model, rows, actual, cv=3).astype(float)""",
    ),
    (
        "out-of-fold-scores",
        "scores the rows that it learnt from",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    return model.fit(rows, actual).decision_function(rows)""",
    ),
    (
        "out-of-fold-scores",
        "five folds",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    return cross_val_predict(model, rows, actual, cv=5, method="decision_function")""",
    ),
    (
        "out-of-fold-scores",
        "seed 42 always",
        """def out_of_fold_scores(rows, actual, seed):
    return cross_val_predict(five_rounds, rows, actual, cv=3, method="decision_function")""",
    ),
    (
        "out-of-fold-scores",
        "scales first",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    return cross_val_predict(model, rows / 255, actual, cv=3, method="decision_function")""",
    ),
    (
        "out-of-fold-scores",
        "learns from the fold that it scores",
        """def out_of_fold_scores(rows, actual, seed):
    scores = np.zeros(len(rows))
    for _, fold in StratifiedKFold(3).split(rows, actual):
        model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
        scores[fold] = model.fit(rows[fold], actual[fold]).decision_function(rows[fold])
    return scores""",
    ),
    (
        "out-of-fold-scores",
        "a column for each class",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    found = cross_val_predict(model, rows, actual, cv=3, method="decision_function")
    return np.stack([-found, found], axis=1)""",
    ),
    (
        "out-of-fold-scores",
        "high where it is not a 5",
        """def out_of_fold_scores(rows, actual, seed):
    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    return cross_val_predict(model, rows, ~actual, cv=3, method="decision_function")""",
    ),
    (
        "out-of-fold-scores",
        "plain folds instead of stratified ones",
        """def out_of_fold_scores(rows, actual, seed):
    from sklearn.model_selection import KFold

    model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
    return cross_val_predict(model, rows, actual, cv=KFold(3), method="decision_function")""",
    ),
    (
        "out-of-fold-scores",
        "in the order of the folds",
        """def out_of_fold_scores(rows, actual, seed):
    parts = []
    for known, new in StratifiedKFold(3).split(rows, actual):
        model = SGDClassifier(max_iter=5, tol=None, random_state=seed)
        parts.append(model.fit(rows[known], actual[known]).decision_function(rows[new]))
    return np.concatenate(parts)""",
    ),
    (
        "precision-recall-at",
        "above the threshold only",
        "def precision_recall_at(actual, scores, threshold):\n"
        "    return precision(actual, scores > threshold), recall(actual, scores > threshold)",
    ),
    (
        "precision-recall-at",
        "below the threshold",
        "def precision_recall_at(actual, scores, threshold):\n"
        "    return precision(actual, scores < threshold), recall(actual, scores < threshold)",
    ),
    (
        "precision-recall-at",
        "recall first",
        "def precision_recall_at(actual, scores, threshold):\n"
        "    return recall(actual, scores >= threshold), precision(actual, scores >= threshold)",
    ),
    (
        "precision-recall-at",
        "always at 0",
        "def precision_recall_at(actual, scores, threshold):\n"
        "    return precision(actual, scores >= 0), recall(actual, scores >= 0)",
    ),
    (
        "precision-recall-at",
        "precision alone",
        "def precision_recall_at(actual, scores, threshold):\n"
        "    return [precision(actual, scores >= threshold)]",
    ),
    (
        "precision-recall-at",
        "nothing divided by nothing",
        "def precision_recall_at(actual, scores, threshold):\n"
        "    called = scores >= threshold\n"
        "    hits = np.sum(called & actual)\n"
        "    return hits / np.sum(called), hits / np.sum(actual)",
    ),
    (
        "threshold-for-precision",
        "the highest score that will do",
        """def threshold_for_precision(actual, scores, wanted):
    return max(t for t in scores if precision_recall_at(actual, scores, t)[0] >= wanted)""",
    ),
    (
        "threshold-for-precision",
        "the highest score that will not do",
        """def threshold_for_precision(actual, scores, wanted):
    return max(t for t in scores if precision_recall_at(actual, scores, t)[0] < wanted)""",
    ),
    (
        "threshold-for-precision",
        "more than the wanted precision",
        """def threshold_for_precision(actual, scores, wanted):
    return min(t for t in scores if precision_recall_at(actual, scores, t)[0] > wanted)""",
    ),
    (
        "threshold-for-precision",
        "stops at the first gap from the top",
        """def threshold_for_precision(actual, scores, wanted):
    found = None
    for t in sorted(set(scores), reverse=True):
        if precision_recall_at(actual, scores, t)[0] < wanted:
            break
        found = t
    if found is None:
        raise ValueError("none")
    return found""",
    ),
    (
        "threshold-for-precision",
        "breaks up equal scores",
        """def threshold_for_precision(actual, scores, wanted):
    order = np.argsort(-scores, kind="stable")
    shares = np.cumsum(actual[order]) / np.arange(1, len(order) + 1)
    good = scores[order][shares >= wanted]
    if len(good) == 0:
        raise ValueError("none")
    return good[-1]""",
    ),
    (
        "threshold-for-precision",
        "argmax, which gives 0 for none",
        """def threshold_for_precision(actual, scores, wanted):
    thresholds = np.unique(scores)
    shares = [precision_recall_at(actual, scores, t)[0] for t in thresholds]
    return thresholds[np.argmax(np.array(shares) >= wanted)]""",
    ),
    (
        "threshold-for-precision",
        "an index",
        """def threshold_for_precision(actual, scores, wanted):
    thresholds = np.unique(scores)
    shares = [precision_recall_at(actual, scores, t)[0] for t in thresholds]
    return int(np.argmax(np.array(shares) >= wanted)) + 100""",
    ),
    (
        "threshold-for-precision",
        "all that will do",
        """def threshold_for_precision(actual, scores, wanted):
    return [t for t in scores if precision_recall_at(actual, scores, t)[0] >= wanted]""",
    ),
    (
        "roc-points",
        "no points at all",
        "def roc_points(actual, scores):\n    return np.empty((2, 0))",
    ),
    (
        "roc-points",
        "from answers instead of scores",
        """def roc_points(actual, scores):
    called = scores > 0
    return [0, np.mean(called[~actual]), 1], [0, np.mean(called[actual]), 1]""",
    ),
    (
        "roc-points",
        "true positive rates first",
        """def roc_points(actual, scores):
    t = np.append(np.inf, np.unique(scores)[::-1])[:, None]
    return (scores[actual] >= t).mean(axis=1), (scores[~actual] >= t).mean(axis=1)""",
    ),
    (
        "roc-points",
        "from the lowest threshold up",
        """def roc_points(actual, scores):
    t = np.append(np.unique(scores), np.inf)[:, None]
    return (scores[~actual] >= t).mean(axis=1), (scores[actual] >= t).mean(axis=1)""",
    ),
    (
        "roc-points",
        "breaks up equal scores",
        """def roc_points(actual, scores):
    truth = actual[np.argsort(-scores, kind="stable")]
    false_rates = np.append(0, np.cumsum(~truth) / np.sum(~truth))
    return false_rates, np.append(0, np.cumsum(truth) / np.sum(truth))""",
    ),
    (
        "roc-points",
        "misses instead of false alarms",
        """def roc_points(actual, scores):
    t = np.append(np.inf, np.unique(scores)[::-1])[:, None]
    hits = (scores[actual] >= t).mean(axis=1)
    return 1 - hits, hits""",
    ),
    (
        "roc-points",
        "precision and recall",
        """def roc_points(actual, scores):
    pairs = [precision_recall_at(actual, scores, t) for t in np.unique(scores)]
    return [1 - p for p, _ in pairs], [r for _, r in pairs]""",
    ),
    (
        "roc-points",
        "no point for a threshold that no score reaches",
        """def roc_points(actual, scores):
    t = np.unique(scores)[::-1]
    false_rates = (scores[~actual] >= t[:, None]).mean(axis=1)
    return false_rates, np.append(0, (scores[actual] >= t[:, None]).mean(axis=1))""",
    ),
    (
        "roc-points",
        "an iterator",
        """def roc_points(actual, scores):
    t = np.append(np.inf, np.unique(scores)[::-1])[:, None]
    return zip((scores[~actual] >= t).mean(axis=1), (scores[actual] >= t).mean(axis=1))""",
    ),
    (
        "roc-points",
        "two areas instead of two sequences",
        """def roc_points(actual, scores):
    return np.mean(scores[~actual] > 0), np.mean(scores[actual] > 0)""",
    ),
    (
        "roc-points",
        "pairs instead of two sequences",
        """def roc_points(actual, scores):
    t = np.append(np.inf, np.unique(scores)[::-1])[:, None]
    rates = (scores[~actual] >= t).mean(axis=1), (scores[actual] >= t).mean(axis=1)
    return list(zip(*rates))""",
    ),
    (
        "roc-points",
        "ten thresholds only",
        """def roc_points(actual, scores):
    t = np.append(np.inf, np.linspace(scores.max(), scores.min(), 11))[:, None]
    return (scores[~actual] >= t).mean(axis=1), (scores[actual] >= t).mean(axis=1)""",
    ),
    (
        "roc-points",
        "leaves thresholds out",
        """def roc_points(actual, scores):
    t = np.unique(scores)[::-1]
    t = np.concatenate([[np.inf], t[len(t) % 2 :: 6], t[2:3], t[-1:]])
    t = np.sort(t)[::-1][:, None]
    return (scores[~actual] >= t).mean(axis=1), (scores[actual] >= t).mean(axis=1)""",
    ),
    (
        "roc-points",
        "points out of order",
        """def roc_points(actual, scores):
    t = np.unique(scores)
    t = np.concatenate([[np.inf], t[1:], t[:1]])[:, None]
    return (scores[~actual] >= t).mean(axis=1), (scores[actual] >= t).mean(axis=1)""",
    ),
    (
        "area-under-roc",
        "from answers instead of scores",
        """def area_under_roc(actual, scores):
    called = scores > 0
    return (np.mean(called[actual]) + 1 - np.mean(called[~actual])) / 2""",
    ),
    (
        "area-under-roc",
        "area under precision and recall",
        """def area_under_roc(actual, scores):
    from sklearn.metrics import average_precision_score

    return average_precision_score(actual, scores)""",
    ),
    (
        "area-under-roc",
        "Gini: twice the area less 1",
        "def area_under_roc(actual, scores):\n"
        "    return 2 * np.trapezoid(*roc_points(actual, scores)[::-1]) - 1",
    ),
    (
        "area-under-roc",
        "x and y swapped",
        "def area_under_roc(actual, scores):\n    return np.trapezoid(*roc_points(actual, scores))",
    ),
    (
        "area-under-roc",
        "equal scores count as lost",
        "def area_under_roc(actual, scores):\n"
        "    return np.mean(scores[actual][:, None] > scores[~actual])",
    ),
    (
        "area-under-roc",
        "never below a half",
        """def area_under_roc(actual, scores):
    area = np.trapezoid(*roc_points(actual, scores)[::-1])
    return max(area, 1 - area)""",
    ),
    (
        "area-under-roc",
        "from a hundred thresholds",
        """def area_under_roc(actual, scores):
    t = np.append(np.inf, np.linspace(5, -5, 101))[:, None]
    rates = (scores[actual] >= t).mean(axis=1), (scores[~actual] >= t).mean(axis=1)
    return np.trapezoid(*rates)""",
    ),
    (
        "pick-and-quote",
        "quotes on the images that it picked on",
        """def pick_and_quote(actual, scores, wanted, size):
    actual, scores = actual[:size], scores[:size]
    threshold = threshold_for_precision(actual, scores, wanted)
    return threshold, *precision_recall_at(actual, scores, threshold)""",
    ),
    (
        "pick-and-quote",
        "picks on all images",
        """def pick_and_quote(actual, scores, wanted, size):
    threshold = threshold_for_precision(actual, scores, wanted)
    return threshold, *precision_recall_at(actual[size:], scores[size:], threshold)""",
    ),
    (
        "pick-and-quote",
        "quotes on all images",
        """def pick_and_quote(actual, scores, wanted, size):
    threshold = threshold_for_precision(actual[:size], scores[:size], wanted)
    return threshold, *precision_recall_at(actual, scores, threshold)""",
    ),
    (
        "pick-and-quote",
        "the splits swapped",
        """def pick_and_quote(actual, scores, wanted, size):
    threshold = threshold_for_precision(actual[size:], scores[size:], wanted)
    return threshold, *precision_recall_at(actual[:size], scores[:size], threshold)""",
    ),
    (
        "pick-and-quote",
        "splits in the middle",
        """def pick_and_quote(actual, scores, wanted, size):
    half = len(scores) // 2
    threshold = threshold_for_precision(actual[:half], scores[:half], wanted)
    return threshold, *precision_recall_at(actual[half:], scores[half:], threshold)""",
    ),
    (
        "pick-and-quote",
        "forgets the threshold",
        """def pick_and_quote(actual, scores, wanted, size):
    threshold = threshold_for_precision(actual[:size], scores[:size], wanted)
    return precision_recall_at(actual[size:], scores[size:], threshold)""",
    ),
    (
        "one-against-rest",
        "answers down, truth across",
        """def one_against_rest(matrix, digit):
    hits = matrix[digit, digit]
    alarms, misses = matrix[digit].sum() - hits, matrix[:, digit].sum() - hits
    return np.array([[matrix.sum() - hits - alarms - misses, alarms], [misses, hits]])""",
    ),
    (
        "one-against-rest",
        "only right answers are true negatives",
        """def one_against_rest(matrix, digit):
    hits = matrix[digit, digit]
    alarms, misses = matrix[:, digit].sum() - hits, matrix[digit].sum() - hits
    return np.array([[np.trace(matrix) - hits, alarms], [misses, hits]])""",
    ),
    (
        "one-against-rest",
        "hits first",
        """def one_against_rest(matrix, digit):
    hits = matrix[digit, digit]
    alarms, misses = matrix[:, digit].sum() - hits, matrix[digit].sum() - hits
    return np.array([[hits, misses], [alarms, matrix.sum() - hits - alarms - misses]])""",
    ),
    (
        "one-against-rest",
        "hits among the alarms and the misses",
        """def one_against_rest(matrix, digit):
    hits = matrix[digit, digit]
    alarms, misses = matrix[:, digit].sum(), matrix[digit].sum()
    return np.array([[matrix.sum() - alarms - misses + hits, alarms], [misses, hits]])""",
    ),
    (
        "one-against-rest",
        "always the digit 1",
        """def one_against_rest(matrix, digit):
    hits = matrix[1, 1]
    alarms, misses = matrix[:, 1].sum() - hits, matrix[1].sum() - hits
    return np.array([[matrix.sum() - hits - alarms - misses, alarms], [misses, hits]])""",
    ),
    (
        "draw-curves",
        "the axes instead of the figure",
        """def draw_curves(thresholds, precisions, recalls):
    ax = plt.subplots()[1]
    ax.plot(thresholds, precisions[:-1], label="precision")
    ax.plot(thresholds, recalls[:-1], label="recall")
    ax.set_xlabel("threshold")
    ax.legend()
    return ax""",
    ),
    (
        "draw-curves",
        "a picture each",
        """def draw_curves(thresholds, precisions, recalls):
    figure, axes = plt.subplots(1, 2)
    axes[0].plot(thresholds, precisions[:-1], label="precision")
    axes[1].plot(thresholds, recalls[:-1], label="recall")
    axes[0].set_xlabel("threshold")
    axes[0].legend()
    return figure""",
    ),
    (
        "draw-curves",
        "no labels",
        """def draw_curves(thresholds, precisions, recalls):
    figure, ax = plt.subplots()
    ax.plot(thresholds, precisions[:-1])
    ax.plot(thresholds, recalls[:-1])
    ax.set_xlabel("threshold")
    ax.legend(["precision", "recall"])
    return figure""",
    ),
    (
        "draw-curves",
        "labels swapped",
        """def draw_curves(thresholds, precisions, recalls):
    figure, ax = plt.subplots()
    ax.plot(thresholds, precisions[:-1], label="recall")
    ax.plot(thresholds, recalls[:-1], label="precision")
    ax.set_xlabel("threshold")
    ax.legend()
    return figure""",
    ),
    (
        "draw-curves",
        "the first value left out",
        """def draw_curves(thresholds, precisions, recalls):
    figure, ax = plt.subplots()
    ax.plot(thresholds, precisions[1:], label="precision")
    ax.plot(thresholds, recalls[1:], label="recall")
    ax.set_xlabel("threshold")
    ax.legend()
    return figure""",
    ),
    (
        "draw-curves",
        "nothing below the axis",
        """def draw_curves(thresholds, precisions, recalls):
    figure, ax = plt.subplots()
    ax.plot(thresholds, precisions[:-1], label="precision")
    ax.plot(thresholds, recalls[:-1], label="recall")
    ax.set_title("threshold")
    ax.legend()
    return figure""",
    ),
    (
        "draw-curves",
        "no legend",
        """def draw_curves(thresholds, precisions, recalls):
    figure, ax = plt.subplots()
    ax.plot(thresholds, precisions[:-1], label="precision")
    ax.plot(thresholds, recalls[:-1], label="recall")
    ax.set_xlabel("threshold")
    return figure""",
    ),
    (
        "draw-curves",
        "always on the same figure",
        """def draw_curves(thresholds, precisions, recalls):
    figure = plt.figure(num=77)
    plt.plot(thresholds, precisions[:-1], label="precision")
    plt.plot(thresholds, recalls[:-1], label="recall")
    plt.xlabel("threshold")
    plt.legend()
    return figure""",
    ),
    (
        "draw-curves",
        "all points, so that nothing fits",
        """def draw_curves(thresholds, precisions, recalls):
    figure, ax = plt.subplots()
    ax.plot(thresholds, precisions, label="precision")
    ax.plot(thresholds, recalls, label="recall")
    ax.set_xlabel("threshold")
    ax.legend()
    return figure""",
    ),
]

HINTS = [
    ("check-mosaic", "one long strip", "10 columns: expected shape (280, 280), not (28, 2800)"),
    ("check-mosaic", "reshape alone", "the second image should stand right of the first"),
    ("check-mosaic-more", "as many columns as rows", "expected shape (9, 10), not"),
    ("check-mosaic-more", "upside down from the second row on", "in reading order, upright"),
    ("check-is-digit", "positions", "expected shape (5,), not (2,)"),
    ("check-is-digit", "zeros and ones", "expected booleans, not int64"),
    ("check-is-digit", "compares with a text", "the first and the fourth are a 5"),
    ("check-is-digit-more", "always 5", "a label is a 0 if it equals 0, and only then"),
    ("check-confusion", "four numbers in a row", "two rows and two columns, not shape (4,)"),
    ("check-confusion", "shares instead of counts", "10 images, but the four counts add up to"),
    ("check-confusion", "answers down, truth across", "expected TN 3, FP 4 in the first row"),
    ("check-confusion-more", "only the kinds that occur", "expected shape (2, 2), not (1, 1)"),
    ("check-confusion-more", "counts in bytes", "900 images: these are counts in bytes: found"),
    ("check-precision", "yes or no for each image", "one number, not an array of shape (10,)"),
    ("check-precision", "recall instead", "5 images are called a 5, and 1 of them is one"),
    ("check-precision-more", "rounded to one digit", "400 images: found 0."),
    ("check-precision-more", "1 if nothing is called a 5", "if nothing is called a 5: found 1"),
    ("check-recall", "precision instead", "3 images are a 5, and 1 of them is called one"),
    ("check-recall-more", "the number of 5s in the example", "400 images: found"),
    (
        "check-recall-more",
        "nothing divided by nothing",
        "if no image is a 5: found nan, expected 0",
    ),
    ("check-f1-score", "arithmetic mean", "should give 0.25: found 0.2667"),
    ("check-f1-score-more", "rounded to two digits", "400 images: found 0."),
    ("check-f1-score-more", "nothing divided by nothing", "if there is no hit: found nan"),
    (
        "check-out-of-fold-scores",
        "a column for each class",
        "300 rows: expected shape (300,), not (300, 2)",
    ),
    (
        "check-out-of-fold-scores",
        "answers instead of scores",
        "2 different values are answers: use",
    ),
    ("check-out-of-fold-scores", "scores the rows that it learnt from", "from the very rows that"),
    ("check-out-of-fold-scores", "high where it is not a 5", "most scores have the wrong sign"),
    ("check-out-of-fold-scores-more", "five folds", "seed 7: other scores than SGDClassifier"),
    ("check-out-of-fold-scores-more", "scales first", "seed 7: other scores than SGDClassifier"),
    ("check-precision-recall-at", "precision alone", "expected two numbers, not [0.5]"),
    ("check-precision-recall-at", "recall first", "0.5 and 1: found 1 at [0], expected 0.5"),
    ("check-precision-recall-at-more", "above the threshold only", "the threshold 3.0 counts as a"),
    (
        "check-precision-recall-at-more",
        "nothing divided by nothing",
        "expected 0 and 0: found nan at [0]",
    ),
    ("check-threshold-for-precision", "all that will do", "expected one number, not ["),
    ("check-threshold-for-precision", "an index", "is not one of the scores"),
    ("check-threshold-for-precision", "the highest score that will not do", "are a 5"),
    ("check-threshold-for-precision", "the highest score that will do", "5.0 will do, but so will"),
    (
        "check-threshold-for-precision-more",
        "breaks up equal scores",
        "equal scores go together: found",
    ),
    ("check-threshold-for-precision-more", "argmax, which gives 0 for none", "but got 1.0"),
    ("check-roc-points", "pairs instead of two sequences", "and true ones, not 6"),
    ("check-roc-points", "an iterator", "and true ones, not one zip"),
    (
        "check-roc-points",
        "no point for a threshold that no score reaches",
        "as many of one as of the other, and two at least, not 5 false",
    ),
    ("check-roc-points", "two areas instead of two sequences", "two at least, not 1 false"),
    (
        "check-roc-points",
        "from the lowest threshold up",
        "run from (0, 0) to (1, 1): found 1 at [0]",
    ),
    ("check-roc-points", "points out of order", "to the next, no rate should fall"),
    ("check-roc-points", "true positive rates first", "expected a point (0.5, 0.667)"),
    ("check-roc-points-more", "breaks up equal scores", "equal scores pass it together"),
    ("check-roc-points-more", "points out of order", "both rates should climb from 0 to 1"),
    ("check-roc-points-more", "leaves thresholds out", "points are missing"),
    ("check-roc-points-more", "no points at all", "two rates for each point: expected shape"),
    (
        "check-area-under-roc",
        "Gini: twice the area less 1",
        "scores higher: found 0.6667, expected 0.8333",
    ),
    (
        "check-area-under-roc-more",
        "never below a half",
        "a 5 may score lower: found 0.75, expected 0.25",
    ),
    ("check-area-under-roc-more", "from a hundred thresholds", "500 images: found 0."),
    ("check-pick-and-quote", "forgets the threshold", "expected three numbers, not ("),
    ("check-pick-and-quote", "picks on all images", "from a score of 3 on: found 4, expected 3"),
    ("check-pick-and-quote", "quotes on all images", "expected 1/3 and 1/2: found"),
    (
        "check-pick-and-quote-more",
        "splits in the middle",
        "picked on 100 of 400, quoted on the others: found",
    ),
    ("check-one-against-rest", "answers down, truth across", "called a 1, as are 7 others"),
    (
        "check-one-against-rest-more",
        "only right answers are true negatives",
        "a third digit is no error here",
    ),
    ("check-draw-curves", "the axes instead of the figure", "expected the figure, not Axes"),
    ("check-draw-curves", "a picture each", "expected one pair of axes, not 2"),
    ("check-draw-curves", "no labels", "two lines with the labels precision and recall"),
    ("check-draw-curves", "labels swapped", "the labels are swapped: found 1"),
    ("check-draw-curves", "nothing below the axis", "threshold below the x-axis, not ''"),
    ("check-draw-curves", "no legend", "nobody knows which line is which"),
    ("check-draw-curves-more", "always on the same figure", "each call makes a figure of its own"),
    (
        "check-draw-curves-more",
        "the first value left out",
        "the first has a threshold, and the last has none",
    ),
]
