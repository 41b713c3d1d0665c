"""Answers to the exercises of 03_svc: right ones in different styles, wrong ones that people give.

Each entry is (grade_id of the answered cell, what is special about it, the cell's text).
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
    halves = FunctionTransformer(flatten), FunctionTransformer(lambda rows: rows.astype("f4") / 255)
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
        "predict",
        "a list of ints",
        "def predict(images):\n    return [int(d) for d in model.predict(images)]",
    ),
    (
        "predict",
        "one image after the other",
        "def predict(images):\n"
        "    return np.array([model.predict(i[None])[0] for i in images], np.int64)",
    ),
]

WRONG = [
    (
        "flatten",
        "columns first",
        "def flatten(images):\n    return images.transpose(0, 2, 1).reshape(len(images), -1)",
    ),
    ("flatten", "one long row", "def flatten(images):\n    return images.ravel()"),
    ("flatten", "750 images only", "def flatten(images):\n    return images.reshape(750, 784)"),
    (
        "flatten",
        "pixels by images",
        "def flatten(images):\n    return images.reshape(len(images), -1).T",
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
    ("predict", "texts", "def predict(images):\n    return model.predict(images).astype(str)"),
    ("predict", "a column", "def predict(images):\n    return model.predict(images)[:, None]"),
    ("predict", "images inverted", "def predict(images):\n    return model.predict(255 - images)"),
    (
        "predict",
        "subtracts the batch's own mean image",
        "def predict(images):\n"
        "    return model.predict((images - images.mean(axis=0)).clip(0, 255))",
    ),
]
