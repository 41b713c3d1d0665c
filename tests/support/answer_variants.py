"""Change the text of a right answer in ways that leave it right.

Each change takes the cell's text, the name of the function that is asked for, the names that
other cells use, and a source of random numbers; it returns the text that stands in its place.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from random import Random

from tests.support.short_course import names_in

Change = Callable[[str, str, set[str], Random], str]

CHATTER = (
    "import warnings; warnings.warn('this solver has not converged')",
    "import sys; print('working on it', file=sys.stderr)",
    "import logging; logging.getLogger('digits').warning('a slow loop')",
    "print('called')",
    "print('10 %\\r100 %\\r', end='')",
    "import sys; from tqdm import tqdm; [None for _ in tqdm(range(3), file=sys.stderr)]",
    "import numpy as np; np.random.seed(3); np.array([1.0]) / 0",
    "import time; begun = time.perf_counter()",
    "import matplotlib.pyplot as plt; plt.figure(); plt.plot([1, 2]); plt.close()",
    "import gc; gc.collect(0)",
)
"""First lines of a function; what they warn of and print must not cost a point."""

RETURNS: dict[str, tuple[str, ...]] = {
    # 01: the types that each docstring promises, and no other
    "find_links": ("tuple(given)", "list(given)"),
    "read_header": (
        "[given[0], list(given[1])]",
        "(np.int64(given[0]), tuple(np.int32(n) for n in given[1]))",
        "(int(given[0]), [int(n) for n in given[1]])",
        "__import__('collections').namedtuple('Header', 'magic sizes')(*given)",
    ),
    "decode_image": (
        "np.asarray(given).tolist()",
        "np.asarray(given, np.uint8)",
        "np.asarray(given, np.int16)",
        "np.asfortranarray(given)",
    ),
    "count_of": ("np.int64(given)", "np.uint32(given)", "int(given)"),
    "from_csv": (
        "[np.asarray(given[0], np.float32), np.asarray(given[1], np.int8)]",
        "(np.asarray(given[0], np.int64), np.asarray(given[1], np.uint8))",
        "(np.asfortranarray(given[0], float), np.asarray(given[1], float))",
    ),
    "normalise": ("np.asarray(given, np.float32)", "np.asarray(given, np.float64)"),
    "decode": ("np.asarray(given, np.int32)", "np.asarray(given, np.uint8)"),
    # 02
    "mosaic": ("np.asarray(given, float)", "np.asarray(given, np.int64)", "np.array(given)"),
    "is_digit": ("np.asarray(given, bool)", "np.array(list(given))"),
    "confusion": (
        "np.asarray(given).tolist()",
        "np.asarray(given, np.int32)",
        "tuple(map(tuple, np.asarray(given).tolist()))",
    ),
    "one_against_rest": (
        "np.asarray(given).tolist()",
        "np.asarray(given, np.int32)",
        "np.asarray(given, np.uint16)",
    ),
    "precision": ("float(given)", "np.float64(given)"),
    "recall": ("float(given)", "np.float64(given)"),
    "f1_score": ("float(given)", "np.float64(given)"),
    "out_of_fold_scores": ("np.array(given)", "np.array(list(given))"),
    "precision_recall_at": ("list(given)", "tuple(map(float, given))", "(given[0], given[1])"),
    "threshold_for_precision": ("float(given)", "np.float64(given)"),
    "roc_points": (
        "[np.asarray(given[0]), np.asarray(given[1])]",
        "(list(given[0]), tuple(given[1]))",
    ),
    "area_under_roc": ("float(given)", "np.float64(given)"),
    "pick_and_quote": ("list(given)", "tuple(map(float, given))"),
    # 03
    "flatten": ("np.asarray(given, float)", "np.asfortranarray(given)", "np.array(given)"),
    "rbf_kernel": ("np.asarray(given, np.float64)", "np.asfortranarray(given)"),
    "scale_pixels": ("np.asarray(given, np.float64)", "np.asfortranarray(given)"),
    "best_parameters": ("dict(given)", "__import__('collections').OrderedDict(given)"),
    "simplest_parameters": (
        "{name: float(value) for name, value in given.items()}",
        "dict(reversed(given.items()))",
        "__import__('collections').OrderedDict(given)",
    ),
    "scores_by_writer": ("np.array(given)", "list(given)", "tuple(map(float, given))"),
    "project": ("list(given)", "tuple(given)", "(np.asfortranarray(given[0]), given[1])"),
    "shifted_copies": ("list(given)", "(np.asarray(given[0]), np.asarray(given[1]).tolist())"),
    "most_confused": ("list(given)", "tuple(map(int, given))", "tuple(map(np.int64, given))"),
    "count_blocks": ("np.asarray(given, np.float32)", "np.asarray(given, np.uint8)"),
    # 04
    "contingency": ("np.asarray(given, np.int32)", "np.asarray(given, np.uint16)"),
    "purity": ("float(given)", "np.float64(given)"),
    "assignment_accuracy": ("float(given)", "np.float64(given)"),
    "unit_rows": ("np.asarray(given, np.float64)", "np.asfortranarray(given)"),
    "k_distances": ("np.array(given)",),
    "choose_eps": ("float(given)", "np.float64(given)"),
    "settle_noise": ("np.asarray(given, np.int32)", "np.array(given)"),
    "cluster": (
        "np.asarray(given).tolist()",
        "np.unique(given, return_inverse=True)[1].astype(np.int16)",  # any numbers will do
    ),
    # 05
    "indicator": ("np.asarray(given, np.uint8)", "np.asarray(given, float)"),
    "cross_entropy": ("float(given)", "np.float64(given)"),
    "hamming_loss": ("float(given)", "np.float64(given)"),
    "f_scores": ("{k: float(v) for k, v in given.items()}", "dict(reversed(given.items()))"),
    "overfitting_epoch": ("int(given)", "np.int64(given)", "np.uint8(given)"),
    "precision_at_k": ("float(given)", "np.float64(given)"),
    "recall_at_k": ("float(given)", "np.float64(given)"),
    "predict": ("np.array(given)", "list(given)", "np.asarray(given, np.uint8)"),
}
"""What else an answer may return, in terms of what it returns: only what its text allows."""


def renamed(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Rename the local variables, and the helpers that no other cell uses."""
    tree = ast.parse(source)
    names = sorted(_bound(tree) - _fixed(tree) - names_in(source)[1] - taken - {name})
    new = {old: f"{rng.choice(('my', 'the', 'tmp'))}_{old}_{k}" for k, old in enumerate(names)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.name = new.get(node.name, node.name)
    return ast.unparse(tree)


def annotated(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Add type hints, as texts, so that none of them needs an import."""
    tree = ast.parse(source)
    for function in _functions(tree):
        function.returns = function.returns or ast.Constant("np.ndarray | list | float")
        for argument in function.args.args:
            argument.annotation = argument.annotation or ast.Constant("np.ndarray")
    return ast.unparse(ast.fix_missing_locations(tree))


def documented(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Drop the docstring, or write another."""
    tree = ast.parse(source)
    for function in _functions(tree):
        body = function.body
        if ast.get_docstring(function) is not None and len(body) > 1:
            del body[0]
        if rng.random() < 0.5:
            body.insert(0, ast.Expr(ast.Constant("Does what it should.\n\n    >>> 1 / 0\n    ")))
    return ast.unparse(ast.fix_missing_locations(tree))


def chatty(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Let each function print, log or warn before it works."""
    tree = ast.parse(source)
    for function in _functions(tree):
        function.body[0:0] = ast.parse(rng.choice(CHATTER)).body
    return ast.unparse(ast.fix_missing_locations(tree))


def guarded(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Catch every error, say so, and raise it again."""
    tree = ast.parse(source)
    for function in _functions(tree):
        guard = ast.parse("try:\n    pass\nexcept Exception as e:\n    print(e)\n    raise").body[0]
        assert isinstance(guard, ast.Try)
        guard.body, function.body = function.body, [guard]
    return ast.unparse(ast.fix_missing_locations(tree))


def wrapped(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Make something else that can be called of the function."""
    forms = (
        f"from functools import partial\n{name} = partial({name})",
        f"first_{name} = {name}\n{name} = lambda *args, **kwargs: first_{name}(*args, **kwargs)",
        f"class Answer_{name}:\n    work = staticmethod({name})\n\n\n{name} = Answer_{name}.work",
        f"class Call_{name}:\n    first = staticmethod({name})\n\n"
        "    def __call__(self, *args, **kwargs):\n"
        f"        return self.first(*args, **kwargs)\n\n\n{name} = Call_{name}()",
        "from functools import wraps\n\n\ndef loud(f):\n    @wraps(f)\n"
        "    def inner(*args, **kwargs):\n        print(f.__name__)\n"
        f"        return f(*args, **kwargs)\n    return inner\n\n\n{name} = loud({name})",
    )
    return f"{source}\n\n\n{rng.choice(forms)}"


def of_other_type(source: str, name: str, taken: set[str], rng: Random) -> str:
    """Return another type that the exercise's text allows, where it leaves a choice."""
    if name not in RETURNS:
        return source
    return (
        f"import numpy as np\n\n{source}\n\n\nplain_{name} = {name}\n\n\n"
        f"def {name}(*args, **kwargs):\n    given = plain_{name}(*args, **kwargs)\n"
        f"    return {rng.choice(RETURNS[name])}"
    )


ANSWERS: tuple[Change, ...] = (
    renamed,
    annotated,
    documented,
    chatty,
    guarded,
    wrapped,
    of_other_type,
)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def _bound(tree: ast.Module) -> set[str]:
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name))
    names = {node.id for node in stored if isinstance(node.ctx, ast.Store)}
    return names | {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def _fixed(tree: ast.Module) -> set[str]:
    """Names that stand elsewhere than in `ast.Name`, or mean something outside of the cell."""
    fixed = set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            fixed.add(node.arg)
        elif isinstance(node, ast.alias):
            fixed.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs) and node.name:
            fixed.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            fixed.update(node.names)
        elif isinstance(node, ast.ClassDef):
            fixed |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            fixed |= {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
    return fixed
