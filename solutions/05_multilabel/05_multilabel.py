# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 Several labels on one image
#
# A digit is one of ten things. A red dress is two things at once: red, and a dress. Here a network
# learns to say both, and you learn to score an answer that can be half right. In the end it is to
# name pairs that it has never seen together.
#
# **After this notebook you will be able to**
#
# - tell binary, multi-class and multi-label problems apart, on the same images;
# - say why a softmax cannot give two answers, and what sigmoid and binary cross-entropy do instead;
# - score multi-label answers: Hamming loss, micro, macro and samples F1, precision and recall at k;
# - read images from folders, and feed them to Keras by `tf.data`;
# - put a head of your own on any network, and stack several networks without fooling yourself;
# - test whether a network has understood its labels, or has learnt the list of pairs by heart.
#
# **How it works.** Cells with `# YOUR CODE HERE` are yours. Read the docstring above that line:
# it says what goes in and what comes out. The cell after it checks your answer and gives a hint
# if it fails; further checks on other data run when your work is graded. If you leave an exercise
# open, a later cell that needs it says so, and the capstone can do without.
# A *warm-up* takes a minute, *core* is what the notebook is about, a *stretch* asks for more.
# Add cells of your own wherever you like. 100 points in all, 40 of them for `predict` at the end.
#
# Exercises earn points, and the score on held-out images earns a grade by tiers; `tiers.toml` says
# which is final: with `final = "tier"`, as here, your final mark is the grade, and the points stand
# beside it and do not change it.
#
# **What you need.** Precision, recall and F1, from notebook 02; what a layer and an epoch are, from
# any introduction to Keras. **Time:** about four hours without the capstone: one and a half for
# sections 1 to 4, one for 5 and 6, one for 7 to 9, and half an hour for 10; two or three more for a
# good capstone.
#
# **Where it comes from.** From a Korean article, “the article” below, and the Kaggle code that it
# shows; the [last section](#Source) names it. Boxes quote its lines, translate them, and say of each
# whether it is *wrong*, *outdated* since, or a *choice*. `make sources` runs those lines.

# %%
# Where the course is not installed, as on Colab or Kaggle, this installs it from its wheel.
# Elsewhere it only offers %check and %submit.
import importlib.util

if importlib.util.find_spec("helpers") is None:
    import subprocess
    import sys
    from pathlib import Path

    places = [Path.cwd(), Path.cwd().parent, *Path("/kaggle/input").glob("*")]
    wheels = sorted(str(file) for place in places for file in place.glob("digits_course-*.whl"))
    source = wheels[-1] if wheels else globals().get("course_address", "")
    assert source, "put the course's digits_course-....whl beside this notebook, and run this again"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", source]
    subprocess.run(pip, check=True)
    subprocess.run([sys.executable, "-m", "helpers.course.install"], check=True)
    importlib.invalidate_caches()

from helpers.course import magics

magics.load()

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from helpers.apparel import COLOURS, GARMENTS, LABELS, find_apparel, find_unseen, list_images
from helpers.apparel import load_images, load_practice, to_indicator, validation_mask
from helpers.capstone import learn as learn_within_limits  # `learn` is going to be yours
from helpers.exercises import explain_open_exercises
from helpers.figures import describe_figures
from helpers.preprocessing import hog
from helpers.quiet_keras import EpochLine, keras

import tensorflow as tf
from keras import layers

explain_open_exercises()

# %% [markdown]
# Two switches, which you may change. `quick` makes sections 5 to 10 smaller; grading sets it to
# `True`. `full` trains the two large networks of section 8 until they are good, which takes hours.
# Grading sets both to what it needs, whatever you leave in the cell.

# %% tags=["parameters"]
quick = False
full = False

# %% [markdown]
# The next cell but one makes TensorFlow give the same numbers on every run.

# %% nbgrader={"grade": false, "grade_id": "sizes", "locked": true, "schema_version": 3, "solution": false, "task": false}
train_size = 500 if quick else 1_600  # images that sections 5 to 8 learn from
epochs = 2 if quick else 4  # how many times that they see each of them
plt.rcParams["figure.dpi"] = 40 if quick else 100
describe_figures()

# %% nbgrader={"grade": false, "grade_id": "repeatable", "locked": true, "schema_version": 3, "solution": false, "task": false}
keras.utils.set_random_seed(0)
tf.config.experimental.enable_op_determinism()
tf.get_logger().setLevel("ERROR")  # else it complains that we make many networks

# %% [markdown]
# ## 1 Look first
#
# The article uses photographs from Kaggle, the *Apparel images dataset*: 11,385 pieces of clothing
# in 24 folders with names such as `black_dress`. Who has them sets the environment variable
# `COURSE_APPAREL` to their folder. For everybody else there is a *stand-in* with the same
# folders and the same number of images in each, drawn from the garments of Fashion-MNIST: tinted,
# and put on backdrops of all kinds. It is easier than photographs are, and every figure below says
# which of the two it is from.

# %% tags=["nbval-check-output"] nbgrader={"grade": false, "grade_id": "load-list", "locked": true, "schema_version": 3, "solution": false, "task": false}
apparel = find_apparel()
paths, pairs = list_images(apparel.folder)
names, counts = np.unique(pairs, return_counts=True)
print(f"{len(paths)} images of {len(names)} pairs, {apparel.source}")

# %% [markdown]
# Keras reads such folders by itself: `image_dataset_from_directory` gives a `tf.data.Dataset`, a
# stream of batches that is read while a network learns, so that even a million images need little
# memory. (The article uses `ImageDataGenerator`, line 64, which Keras has deprecated since.) One
# batch of it:

# %%
stream = keras.utils.image_dataset_from_directory(
    apparel.folder, image_size=(72, 72), batch_size=24, shuffle=True, seed=3, verbose=False
)
batch, numbers = next(iter(stream))
print("images:", batch.shape, batch.dtype.name, " classes:", numbers.shape, numbers.dtype.name)

# %%
def picture_sheet(images, captions, title, columns=6):
    rows = -(-len(images) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(6.6, 1.35 * rows), layout="constrained")
    for axis, image, caption in zip(axes.flat, images, captions):
        axis.imshow(np.asarray(image, np.uint8))
        axis.set_title(caption, fontsize=9)
    for axis in axes.flat:
        axis.set_axis_off()
    figure.suptitle(f"{title} ({apparel.source})", fontsize=10)


picture_sheet(batch, [stream.class_names[k] for k in numbers], "One batch")

# %% [markdown]
# How many of each pair? Six pairs have no folder at all: nobody took a picture of a white shirt.

# %%
table = np.zeros((len(COLOURS), len(GARMENTS)), int)
for name, count in zip(names, counts):
    colour, garment = name.split("_")
    table[COLOURS.index(colour), GARMENTS.index(garment)] = count

plt.figure(figsize=(4.6, 3.6), layout="constrained")
plt.imshow(table, cmap="Blues")
for (row, column), count in np.ndenumerate(table):
    shade = "white" if count > 500 else "black"
    plt.text(column, row, count, ha="center", va="center", color=shade)
plt.xticks(range(len(GARMENTS)), GARMENTS)
plt.yticks(range(len(COLOURS)), COLOURS)
plt.title(f"Images of each pair ({apparel.source})");

# %% [markdown]
# All images fit into memory here, 16 kB each, and a stream from memory is faster. The article
# validates on the first 15 % of each class, 1,699 images, and so do we. Of the other 9,686 we load
# as many as your capstone learns from. That number is yours to change, and counts when your work is
# graded, too.

# %%
learn_size = 2_500  # up to 9,686, as far as the limits of section 11 allow

# %% tags=["nbval-check-output"] nbgrader={"grade": false, "grade_id": "load-images", "locked": true, "schema_version": 3, "solution": false, "task": false}
is_validation = validation_mask(pairs)
order = np.random.default_rng(0).permutation(np.flatnonzero(~is_validation))
order = order[: len(order) if full else learn_size]
images = load_images([paths[k] for k in order])
image_pairs = [pairs[k] for k in order]
chosen = np.flatnonzero(is_validation)[:: 4 if quick else 1]
new_images = load_images([paths[k] for k in chosen])
new_pairs = [pairs[k] for k in chosen]
print("training:", images.shape, " validation:", new_images.shape)

# %% [markdown]
# ## 2 Three ways to ask
#
# The same image of a red dress can be asked three kinds of questions:
#
# | | question | answer |
# |---|---|---|
# | binary | is it red? | yes |
# | multi-class | which *one* of 24 pairs is it? | `red_dress` |
# | multi-label | which of 11 labels does it have? | red, dress |
#
# The same elsewhere: a mail is spam or not (binary), an animal is a cat, a dog or a bird
# (multi-class), a film is action and comedy at once (multi-label). Texts and music get several tags,
# patients several diagnoses. The simplest way to several labels is one binary classifier a label,
# any kind of it: logistic regression, a support vector machine, a tree. A network does all of them
# at once, with an output each.
#
# For the last one an answer is a row of zeros and ones, one column a label, called an *indicator*.
# `LABELS` has the six colours first, then the five garments:

# %% tags=["nbval-check-output"]
print(LABELS)

# %% [markdown]
# **Exercise 1 (warm-up, 3 points).** Write `indicator`.

# %% nbgrader={"grade": false, "grade_id": "indicator", "locked": false, "schema_version": 3, "solution": true, "task": false}
def indicator(names):
    """Turn names of pairs into rows of zeros and ones.

    names: list of texts such as "red_dress": a colour, "_", and a garment
    Returns an array of whole numbers, shape (n, 11), for any n from 1: 1 in the columns of the
    colour and of the garment, in the order of LABELS, and 0 elsewhere.
    Raises ValueError for a name that is no colour of LABELS, "_" and a garment of LABELS: for
    "purple_dress", "red_hat" and "dress_red", and for "red_blue", too.
    """
    ### BEGIN SOLUTION
    rows = np.zeros((len(names), len(LABELS)), np.uint8)
    for row, name in zip(rows, names):
        colour, garment = name.split("_")
        row[[COLOURS.index(colour), len(COLOURS) + GARMENTS.index(garment)]] = 1
    return rows
    ### END SOLUTION
    raise NotImplementedError("indicator: return rows of zeros and ones, shape (n, 11)")

# %% nbgrader={"grade": true, "grade_id": "check-indicator", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
"""Check that indicator puts a 1 for the colour and a 1 for the garment."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

rows = call(indicator, ["red_dress", "black_shorts", "red_dress"])
red_dress, black_shorts = [0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
hint = "red_dress should have ones in column 4 (red) and in column 6 (dress)"
check_equal(rows, [red_dress, black_shorts, red_dress], hint)
passed("indicator", 1, hidden=2)

# %% nbgrader={"grade": true, "grade_id": "check-indicator-more", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that indicator knows every pair, and refuses what is none."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
colours = ["black", "blue", "brown", "green", "red", "white"]
garments = ["dress", "pants", "shirt", "shoes", "shorts"]
every = [f"{colour}_{garment}" for garment in garments for colour in colours]
for some in (every, every[::-1], ["white_shorts"]):
    pairs = [name.split("_") for name in some]
    wanted = np.array([[c == k for k in colours] + [g == k for k in garments] for c, g in pairs])
    wanted = wanted.astype(int)
    mistakes = {
        "garments come after colours": np.roll(wanted, 5, axis=1),
        "the columns are in the order of LABELS": wanted[:, ::-1],
        "this has the colour alone": wanted * ([1] * 6 + [0] * 5),
    }
    if len(some) > 1:
        mistakes["the rows are in the order of the names"] = wanted[::-1]
    hint = f"{len(some)} names: some pair has its ones in other columns"
    check_equal(call(indicator, some), wanted, hint, mistakes=mistakes)
for name in ("purple_dress", "red_hat", "dress_red", "red_blue", "dress_shirt"):
    refused = False
    try:
        indicator(["red_dress", name])
    except ValueError:
        refused = True
    assert refused, f"{name} should raise ValueError: it is not a colour and a garment of LABELS"
### END HIDDEN TESTS

# %% [markdown]
# From here on the course's own cells call `to_indicator`, which does the same.

# %% tags=["nbval-check-output"]
truth, new_truth = to_indicator(image_pairs), to_indicator(new_pairs)
print(truth.shape, new_truth.shape, "labels of each image:", np.unique(truth.sum(axis=1)))

# %% [markdown]
# How often does each label occur? Someone who says "no" to all eleven would be right most of the
# time.

# %% tags=["nbval-check-output"]
print("right by saying no to everything:", f"{np.mean(truth == 0):.3f}")

# %% [markdown]
# ## 3 Softmax or sigmoid
#
# The last layer of a network gives one number a label, a *logit* $z$, anything from $-\infty$ to
# $\infty$. Two ways to make probabilities of them:
#
# $$\text{softmax: } p_j = \frac{e^{z_j}}{\sum_i e^{z_i}} \qquad
# \text{sigmoid: } p_j = \frac{1}{1 + e^{-z_j}}$$
#
# Softmax shares out one unit of belief. Let the logits of "red" and of "dress" grow:

# %%
logit = np.linspace(-2, 10, 60)
both = np.zeros((60, 11))
both[:, 4] = both[:, 6] = logit
plt.figure(figsize=(5, 3), layout="constrained")
plt.plot(logit, 1 / (1 + np.exp(-logit)), label="sigmoid of each")
plt.plot(logit, np.exp(both)[:, 4] / np.exp(both).sum(axis=1), "--", label="softmax of each")
plt.xlabel("logit of red, and of dress (the other nine are 0)")
plt.ylabel("probability")
plt.ylim(0, 1.05)
plt.legend();

# %% [markdown]
# However sure the network is, softmax gives each of two labels at most one half. Sigmoid treats
# every label as a yes-or-no question of its own.
#
# What it learns from is the *binary cross-entropy*: the mean over all images and all labels of
#
# $$-t \log p - (1 - t) \log(1 - p), \qquad p = \frac{1}{1 + e^{-z}},$$
#
# with $t$ = 1 where the label is there and 0 where it is not. Computed like this it breaks: for
# $z = 800$ the sigmoid is 1 to the last digit, and $\log(1 - p)$ is $-\infty$.
#
# **Exercise 2 (core, 6 points).** Write `cross_entropy` so that it does not break. Put $p$ into the
# formula and simplify, on paper: what remains for $t = 1$, and for $t = 0$? `np.logaddexp(0, z)`
# is $\log(1 + e^z)$ without overflow.

# %% nbgrader={"grade": false, "grade_id": "cross-entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(truth, logits):
    """Mean binary cross-entropy of the sigmoid of logits.

    truth: array of zeros and ones, shape (n, k)
    logits: array of floats, shape (n, k), of any finite size, such as 800 or -800
    Returns one finite float of at least 0: the mean over all n * k entries.
    """
    ### BEGIN SOLUTION
    return np.mean(np.logaddexp(0, logits) - truth * logits)
    ### END SOLUTION
    raise NotImplementedError("cross_entropy: return the mean over all entries, one number")

# %% nbgrader={"grade": true, "grade_id": "check-cross-entropy", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that cross_entropy gives the formula's values."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

loss = call(cross_entropy, np.array([[1, 0]]), np.array([[0.0, 0.0]]))
check_equal(loss, np.log(2), "logits of 0 say one half: log 2, about 0.693", atol=1e-3)
loss = call(cross_entropy, np.array([[1, 0]]), np.array([[2.0, -2.0]]))
hint = "two logits on the right side, of size 2: log(1 + exp(-2)), about 0.127"
check_equal(loss, np.log1p(np.exp(-2)), hint, atol=1e-3)
passed("cross_entropy", 2, hidden=4)

# %% nbgrader={"grade": true, "grade_id": "check-cross-entropy-more", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that cross_entropy is a mean over all entries, and stays finite."""
import warnings
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(2)
for shape, rate in (((7, 5), 0.5), ((3, 11), 0.2)):
    marks = (random.random(shape) < rate).astype(int)
    values = random.normal(0, 3, shape)
    chance = 1 / (1 + np.exp(-values))
    of_each = -np.where(marks == 1, np.log(chance), np.log(1 - chance))
    mistakes = {
        "this is the sum over the labels, and not the mean": of_each.sum(axis=1).mean(),
        "this is the sum over all entries": of_each.sum(),
        "this counts only where the label is there": np.mean(of_each * marks),
        "the logits' sign is the wrong way round": np.mean(of_each + (2 * marks - 1) * values),
        "this is a logarithm to base 2": of_each.mean() / np.log(2),
        "this has the sign the wrong way round": -of_each.mean(),
    }
    loss = call(cross_entropy, marks, values)
    check_equal(loss, of_each.mean(), "on random logits", atol=1e-3, mistakes=mistakes)
for mark, value, wanted in ((1, 800.0, 0), (0, 800.0, 800), (1, -800.0, 800), (0, -800.0, 0)):
    loss = call(cross_entropy, np.full((2, 3), mark), np.full((2, 3), value))
    check_equal(loss, wanted, f"truth {mark} and logit {value:g}", atol=1e-2)
### END HIDDEN TESTS

# %% [markdown]
# Keras has it too, and agrees with yours:

# %% tags=["nbval-check-output"]
random = np.random.default_rng(0)
logits = random.normal(0, 3, (50, 11))
by_keras = keras.losses.BinaryCrossentropy(from_logits=True)(truth[:50], logits)
print(f"{cross_entropy(truth[:50], logits):.4f} {float(by_keras):.4f}")

# %% [markdown]
# ## 4 How good is an answer?
#
# "Red shirt" for a red dress is half right, so a share of right images says too little.
# The *Hamming loss* is the share of wrong entries in the whole table of zeros and ones.
#
# **Exercise 3 (warm-up, 2 points).** Write `hamming_loss`. Mind that the difference of two `uint8`
# numbers is a `uint8` again: 0 − 1 gives 255.

# %% nbgrader={"grade": false, "grade_id": "hamming-loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hamming_loss(truth, answers):
    """Share of entries that are wrong.

    truth, answers: arrays of zeros and ones of any dtype (uint8 and bool too), shape (n, k)
    Returns one float from 0 to 1.
    """
    ### BEGIN SOLUTION
    return np.mean(truth.astype(bool) != answers.astype(bool))
    ### END SOLUTION
    raise NotImplementedError("hamming_loss: return the share of wrong entries, one number")

# %% nbgrader={"grade": true, "grade_id": "check-hamming-loss", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
"""Check that hamming_loss counts entries, not images."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

right = np.array([[1, 0, 1, 0], [0, 1, 0, 1]])
loss = call(hamming_loss, right, right)
check_equal(loss, 0, "an answer equal to the truth has a loss of 0")
loss = call(hamming_loss, right, np.array([[1, 0, 0, 1], [0, 1, 0, 1]]))
check_equal(loss, 0.25, "2 of 8 entries are wrong", atol=1e-4)
passed("hamming_loss", 1, hidden=1)

# %% nbgrader={"grade": true, "grade_id": "check-hamming-loss-more", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
"""Check that hamming_loss takes any dtype, and both kinds of mistake."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(3)
for kind, rate in ((np.uint8, 0.5), (bool, 0.3), (np.int64, 0.7), (np.float64, 0.2)):
    marks = (random.random((9, 11)) < 0.3).astype(kind)
    for said in ((random.random((9, 11)) < rate).astype(kind), 1 - marks.astype(int)):
        said = said.astype(kind)
        wrong = marks.astype(bool) != said.astype(bool)
        mistakes = {
            "this is the share of right entries": np.mean(~wrong),
            "this divides by the labels that are there": wrong.sum() / marks.sum(),
            "an overlooked label is wrong, too": np.mean(wrong & said.astype(bool)),
            "a label too many is wrong, too": np.mean(wrong & marks.astype(bool)),
        }
        if wrong.all(axis=1).sum() == 0:
            mistakes["this is the share of wrong images"] = np.mean(wrong.any(axis=1))
        if kind is np.uint8:
            mistakes["the difference of two uint8 is a uint8"] = np.mean(marks - said)
        hint = f"answers of dtype {np.dtype(kind)}"
        loss = call(hamming_loss, marks, said)
        check_equal(loss, wrong.mean(), hint, atol=1e-4, mistakes=mistakes)
### END HIDDEN TESTS

# %% [markdown]
# Most entries are 0, so a small Hamming loss is cheap: saying no to everything has 2/11, 0.18. The
# *F1 score* ignores what is rightly absent, and so does well where classes are of unequal size. It
# is made of *precision*, which share of the claimed labels is there, and *recall*, which share of
# the labels that are there is claimed.
#
# > **What the original got wrong, and how to see it.** Its first sentence on precision is recall's:
# > it divides by what *is* positive. Its second sentence has it right, by what is *called* positive.
# > Of 60 red things 40 are called red, 30 of them rightly: precision is 30/40, and 30/60 is recall.
# >
# > [The article](#Source), line 37: “실제로 긍정인 샘플 중에서” (among the samples that are really positive).
#
# With TP labels rightly claimed, FP wrongly claimed and FN overlooked,
#
# $$F_1 = \frac{2\,\mathrm{TP}}{2\,\mathrm{TP} + \mathrm{FP} + \mathrm{FN}}.$$
#
# Three ways to average it answer three questions:
#
# - **micro**: count over the whole table, then one F1. Frequent labels dominate.
# - **macro**: an F1 for each label (column), then their mean. Rare labels count as much.
# - **samples**: an F1 for each image (row), then their mean.
#
# **Exercise 4 (core, 10 points).** Write `f_scores`.

# %% nbgrader={"grade": false, "grade_id": "f-scores", "locked": false, "schema_version": 3, "solution": true, "task": false}
def f_scores(truth, answers):
    """F1 of multi-label answers, averaged in three ways.

    truth, answers: arrays of zeros and ones of any dtype (uint8 and bool too), shape (n, k)
    Returns a dict with the keys "micro", "macro" and "samples" and floats from 0 to 1.
    An F1 of 0 / 0, for a label or an image with nothing to find and nothing claimed, is 0.
    """
    ### BEGIN SOLUTION
    truth, answers = truth.astype(bool), answers.astype(bool)

    def f1(axis):
        hits = 2 * (truth & answers).sum(axis=axis)
        total = truth.sum(axis=axis) + answers.sum(axis=axis)
        return hits / np.maximum(total, 1)  # 2 TP + FP + FN is what is there plus what is claimed

    return {"micro": f1(None), "macro": f1(0).mean(), "samples": f1(1).mean()}
    ### END SOLUTION
    raise NotImplementedError('f_scores: return a dict with "micro", "macro" and "samples"')

# %% nbgrader={"grade": true, "grade_id": "check-f-scores", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that f_scores averages in three ways."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

right = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 0], [1, 0, 1]])
said = np.array([[1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 0, 0]])
means = call(f_scores, right, said)
keys = sorted(means) if isinstance(means, dict) else type(means).__name__
hint = f'expected a dict with the keys "micro", "macro" and "samples", not {keys}'
assert keys == ["macro", "micro", "samples"], hint
hint = "micro: 6 rightly claimed, 1 wrongly, 2 overlooked make 12 / 15"
check_equal(means["micro"], 12 / 15, hint, atol=1e-4)
hint = "macro: the columns' F1 are 1, 0 and 4 / 6; their mean is 0.556"
check_equal(means["macro"], (1 + 0 + 4 / 6) / 3, hint, atol=1e-4)
hint = "samples: the rows' F1 are 1, 1, 1 / 2 and 2 / 3; their mean is 0.792"
check_equal(means["samples"], (1 + 1 + 1 / 2 + 2 / 3) / 4, hint, atol=1e-4)
passed("f_scores", 4, hidden=6)

# %% nbgrader={"grade": true, "grade_id": "check-f-scores-more", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
"""Check that f_scores agrees with scikit-learn, on any dtype and where there is nothing."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
from sklearn.metrics import f1_score as trusted_f1

random = np.random.default_rng(4)
marks = None
shapes = ((np.uint8, 400, 11), (bool, 9, 5), (float, 30, 7), (np.int64, 30, 7), (np.int64, 30, 7))
for turn, (kind, n, k) in enumerate(shapes):
    if turn < 4:  # the last takes the same labels as before, and other answers
        marks = random.random((n, k)) < random.random(k)
        marks[0], marks[:, 0] = 0, 0
    said = random.random((n, k)) < random.random(k)
    said[0], said[:, 0] = 0, 0
    rights = {
        name: trusted_f1(marks.astype(int), said.astype(int), average=name, zero_division=0)
        for name in ("micro", "macro", "samples", "weighted")
    }
    ones = {
        name: trusted_f1(marks.astype(int), said.astype(int), average=name, zero_division=1)
        for name in ("macro", "samples")
    }
    means = call(f_scores, marks.astype(kind), said.astype(kind))
    for name in ("micro", "macro", "samples"):
        others = {f"this is {o}": rights[o] for o in rights if o != name}
        others["this is accuracy"] = np.mean(marks == said)
        others["this is the share of right images"] = np.mean((marks == said).all(axis=1))
        others |= {"0 / 0 counts as 0": ones[name]} if name in ones else {}
        hint = f"{name} on random answers of {np.dtype(kind)}"
        check_equal(means[name], rights[name], hint, atol=1e-4, mistakes=others)
### END HIDDEN TESTS

# %% [markdown]
# Scores, before anyone has drawn a line at one half, are a ranking. *Precision at k*: of the k
# labels with the highest scores, how many are there? *Recall at k*: of the labels that are there,
# how many are among these k? Both are means over the images. They suit whoever looks at the top of
# a list only: a search, or a shop that proposes five tags.
#
# **Exercise 5 (core, 4 points).** Write `precision_at_k`.

# %% nbgrader={"grade": false, "grade_id": "precision-at-k", "locked": false, "schema_version": 3, "solution": true, "task": false}
def precision_at_k(truth, scores, k):
    """Mean share of true labels among the k highest scores of each image.

    truth: array of zeros and ones, shape (n, m)
    scores: array of floats, shape (n, m), no two equal in a row
    k: whole number, 1 to m
    Returns one float from 0 to 1.
    """
    ### BEGIN SOLUTION
    top = np.argsort(scores, axis=1)[:, -k:]
    return np.take_along_axis(truth, top, axis=1).mean()
    ### END SOLUTION
    raise NotImplementedError("precision_at_k: return a mean share, one number from 0 to 1")

# %% nbgrader={"grade": true, "grade_id": "check-precision-at-k", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that precision_at_k looks at the k highest scores."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

right = np.array([[1, 0, 1, 0], [0, 0, 1, 1]])
chances = np.array([[0.9, 0.8, 0.7, 0.1], [0.1, 0.4, 0.2, 0.3]])
share = call(precision_at_k, right, chances, 1)
check_equal(share, 0.5, "the best guess is right for 1 image of 2", atol=1e-4)
share = call(precision_at_k, right, chances, 3)
check_equal(share, 4 / 6, "of 6 guesses, 3 for each image, 4 are right", atol=1e-4)
passed("precision_at_k", 2, hidden=2)

# %% nbgrader={"grade": true, "grade_id": "check-precision-at-k-more", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that precision_at_k ranks each image by itself, for any k."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(5)
marks = (random.random((40, 11)) < 0.3).astype(np.uint8)
marks[:, 3] = 1
chances = random.random((40, 11)) * random.random((40, 1)) / 5 - 0.05
sure = marks + random.random((40, 11)) / 2  # what is there has the highest scores
cases = [(marks, chances, k) for k in (1, 2, 5, 11)] + [(marks, sure, 1), (marks[:, ::-1], sure, 4)]
for marked, scores, k in cases:
    ranked = np.take_along_axis(marked, np.argsort(-scores, axis=1), axis=1)
    columns = np.take_along_axis(marked, np.argsort(-scores, axis=0), axis=0)
    found, there = ranked[:, :k].sum(axis=1), marked.sum(axis=1)
    wanted = np.mean(found / k)
    mistakes = {}
    if scores is chances and k < 11:
        mistakes = {
            "this is the k lowest": np.mean(ranked[:, -k:]),
            "this is recall: it divides by the labels that are there": np.mean(found / there),
            "this ranks the images of each label": np.mean(columns[:k]),
            "this is one more than k": np.mean(ranked[:, : k + 1].sum(axis=1) / k),
        }
    if 1 < k < 11 and scores is chances:
        mistakes["this asks for one among them at least"] = np.mean(found > 0)
        mistakes["this is the k-th alone"] = np.mean(ranked[:, k - 1])
    share = call(precision_at_k, marked, scores, k)
    check_equal(share, wanted, f"k = {k}, random scores", atol=1e-4, mistakes=mistakes)
### END HIDDEN TESTS

# %% [markdown]
# **Exercise 6 (warm-up, 1 point).** Write `recall_at_k`.

# %% nbgrader={"grade": false, "grade_id": "recall-at-k", "locked": false, "schema_version": 3, "solution": true, "task": false}
def recall_at_k(truth, scores, k):
    """Mean share of the true labels that are among the k highest scores of each image.

    truth: array of zeros and ones, shape (n, m), at least one 1 in each row
    scores: array of floats, shape (n, m), no two equal in a row
    k: whole number, 1 to m
    Returns one float from 0 to 1.
    """
    ### BEGIN SOLUTION
    top = np.argsort(scores, axis=1)[:, -k:]
    found = np.take_along_axis(truth, top, axis=1).sum(axis=1)
    return np.mean(found / truth.sum(axis=1))
    ### END SOLUTION
    raise NotImplementedError("recall_at_k: return a mean share, one number from 0 to 1")

# %% nbgrader={"grade": true, "grade_id": "check-recall-at-k", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
"""Check that recall_at_k counts the true labels that were found."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

right = np.array([[1, 0, 1, 0], [0, 1, 1, 1]])
chances = np.array([[0.9, 0.8, 0.7, 0.1], [0.2, 0.4, 0.1, 0.3]])
share = call(recall_at_k, right, chances, 2)
hint = "1 of 2 labels and 2 of 3 are found: (1 / 2 + 2 / 3) / 2"
check_equal(share, 7 / 12, hint, atol=1e-4)
share = call(recall_at_k, right, chances, 4)
check_equal(share, 1, "with k = 4 every label is found", atol=1e-4)
passed("recall_at_k", 0.5, hidden=0.5)

# %% nbgrader={"grade": true, "grade_id": "check-recall-at-k-more", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
"""Check that recall_at_k is a mean over images, for any k."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(6)
marks = (random.random((40, 11)) < 0.3).astype(np.uint8)
marks[:, 3] = 1
chances = random.random((40, 11)) * random.random((40, 1)) / 5 - 0.05
sure = marks + random.random((40, 11)) / 2  # what is there has the highest scores
cases = [(marks, chances, k) for k in (1, 2, 5, 11)] + [(marks, sure, 6), (marks[:, ::-1], sure, 4)]
for marked, scores, k in cases:
    ranked = np.take_along_axis(marked, np.argsort(-scores, axis=1), axis=1)
    found, there = ranked[:, :k].sum(axis=1), marked.sum(axis=1)
    wanted = np.mean(found / there)
    mistakes = {}
    if scores is chances and k < 11:
        mistakes = {
            "this is precision: it divides by k": np.mean(found / k),
            "this is one share for all images together": found.sum() / there.sum(),
            "this is the k lowest": np.mean(ranked[:, -k:].sum(axis=1) / there),
            "this is one more than k": np.mean(ranked[:, : k + 1].sum(axis=1) / there),
            "this asks for one among them at least": np.mean(found > 0),
        }
    share = call(recall_at_k, marked, scores, k)
    check_equal(share, wanted, f"k = {k}, random scores", atol=1e-4, mistakes=mistakes)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 One network, two heads
#
# A network has a *trunk*, which turns an image into features, and a *head*, which turns features
# into answers. Here are three small trunks, each after a large network. The first halves the image
# and then convolves in steps of two, for speed:

# %% nbgrader={"grade": false, "grade_id": "trunk-plain", "locked": true, "schema_version": 3, "solution": false, "task": false}
def convolve(x, width, kernel=3, strides=1):
    x = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    return normalise(x)


def normalise(x):
    # Keras's momentum of 0.99 remembers hundreds of steps, more than a short training has.
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def plain_trunk(x):
    x = convolve(layers.AveragePooling2D(2)(x), 24, kernel=5, strides=2)
    x = convolve(x, 48, strides=2)
    return convolve(convolve(x, 96, strides=2), 128)

# %% [markdown]
# *Xception* looks at each channel by itself and then mixes channels (a separable convolution), and
# adds what came in to what goes out. *ResNet-V2* does the latter with ordinary convolutions, and
# normalises before each of them.

# %% nbgrader={"grade": false, "grade_id": "trunk-xception", "locked": true, "schema_version": 3, "solution": false, "task": false}
def xception_trunk(x):
    x = convolve(layers.AveragePooling2D(2)(x), 24, kernel=5, strides=2)
    for width in (64, 128):
        shortcut = layers.Conv2D(width, 1, strides=2, padding="same")(x)
        for strides in (1, 2):
            x = layers.SeparableConv2D(width, 3, strides=strides, padding="same")(normalise(x))
        x = layers.Add()([x, shortcut])
    return normalise(x)

# %% nbgrader={"grade": false, "grade_id": "trunk-resnet", "locked": true, "schema_version": 3, "solution": false, "task": false}
def resnet_trunk(x):
    x = layers.Conv2D(24, 5, strides=2, padding="same")(layers.AveragePooling2D(2)(x))
    for width in (48, 96):
        ready = normalise(x)
        shortcut = layers.Conv2D(width, 1, strides=2, padding="same")(ready)
        x = layers.Conv2D(width, 3, padding="same")(convolve(ready, width, strides=2))
        x = layers.Add()([x, shortcut])
    return normalise(x)


TRUNKS = {"plain": plain_trunk, "xception": xception_trunk, "resnet": resnet_trunk}

# %% [markdown]
# And this is a head as the article has it: it chooses one of 24 pairs. (Its own is larger, with
# layers of 512 and 64 in between, on a network of 23 million weights.)

# %% nbgrader={"grade": false, "grade_id": "multi-class-network", "locked": true, "schema_version": 3, "solution": false, "task": false}
def multi_class_network(kind):
    """A compiled network with one probability for each of the 24 pairs that there are."""
    inputs = layers.Input((72, 72, 3))
    features = TRUNKS[kind](layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    features = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(features))
    network = keras.Model(inputs, layers.Dense(24, activation="softmax")(features))
    network.compile("adam", "categorical_crossentropy")
    return network

# %% [markdown]
# **Exercise 7 (core, 7 points).** Write `multi_label_network`: the same with a multi-label head.

# %% nbgrader={"grade": false, "grade_id": "multi-label-network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multi_label_network(kind):
    """Make a network for the eleven labels.

    kind: "plain", "xception" or "resnet", a key of TRUNKS
    Returns a new compiled keras.Model. It takes images, shape (n, 72, 72, 3), levels 0 to 255, and
    gives a probability for each of the 11 LABELS, each from 0 to 1 by itself, shape (n, 11).
    Its loss is the binary cross-entropy. Whether and how it rescales levels, and what is between
    trunk and head, is up to you.
    """
    ### BEGIN SOLUTION
    inputs = layers.Input((72, 72, 3))
    features = TRUNKS[kind](layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    features = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(features))
    network = keras.Model(inputs, layers.Dense(11, activation="sigmoid")(features))
    network.compile("adam", "binary_crossentropy")
    return network
    ### END SOLUTION
    raise NotImplementedError("multi_label_network: return a compiled keras.Model with 11 outputs")

# %% nbgrader={"grade": true, "grade_id": "check-multi-label-network", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
"""Check that multi_label_network gives eleven probabilities of their own."""
import numpy as np
from helpers.compare import check_shape
from helpers.exercises import call, passed

network = call(multi_label_network, "plain")
noise = np.random.default_rng(7).integers(0, 256, (40, 72, 72, 3), dtype=np.uint8)
chances = check_shape(network.predict_on_batch(noise), (40, 11), "40 images")
hint = f"probabilities run from 0 to 1, found {chances.min():.2f} to {chances.max():.2f}"
assert chances.min() >= 0 and chances.max() <= 1, hint
sums = chances.sum(axis=1)
assert np.ptp(sums) > 1e-4 or abs(sums[0] - 1) > 1e-3, "each row sums to 1: is that a softmax?"
assert np.ptp(chances, axis=0).max() > 0, "the same answer to every image: what does it look at?"
passed("multi_label_network", 3, hidden=4)

# %% nbgrader={"grade": true, "grade_id": "check-multi-label-network-more", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that multi_label_network is compiled with binary cross-entropy, on any trunk."""
import random as seeds
import numpy as np
from helpers.compare import check_equal, check_shape
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(8)
noise = random.integers(0, 256, (24, 72, 72, 3), dtype=np.uint8)
marks = (random.random((24, 11)) < 0.2).astype(np.float32)
network = call(multi_label_network, "resnet")
chances = check_shape(network.predict_on_batch(noise), (24, 11), "24 images")
assert np.ptp(chances, axis=0).max() > 0, "the same answer to every image: what does it look at?"
hint = "each probability by itself, between 0 and 1: is the last activation a sigmoid?"
assert 0 < chances.min() and chances.max() < 1, hint
for part in (chances[:, :6], chances[:, 6:]):
    sums = part.sum(axis=1)
    hint = "the colours' probabilities or the garments' sum to 1: is that a softmax?"
    assert np.ptp(sums) > 1e-4 or abs(sums[0] - 1) > 1e-3, hint
chances = np.clip(chances.astype(float), 1e-7, 1 - 1e-7)
of_each = -np.where(marks == 1, np.log(chances), np.log(1 - chances))
mistakes = {
    "this is mean squared error": np.mean((marks - chances) ** 2),
    "this is the sum over the labels": of_each.sum(axis=1).mean(),
    "this is categorical cross-entropy": -np.mean(
        np.sum(marks * np.log(chances / chances.sum(axis=1, keepdims=True)), axis=1)
    ),
}
loss = float(np.ravel(call(network.test_on_batch, noise, marks))[0])
hint = "the loss is not the mean binary cross-entropy"
check_equal(loss, of_each.mean(), hint, atol=0.02, mistakes=mistakes)
sizes = {kind: multi_label_network(kind).count_params() for kind in ("plain", "xception")}
assert len({network.count_params(), *sizes.values()}) == 3, "each kind has a trunk of its own"
drawn = seeds.getstate()  # a network takes its seeds from there, as do those further down
again = multi_label_network("resnet")
seeds.setstate(drawn)
hint = "each call should make a new network: training one must not change another"
assert again is not network, hint
### END HIDDEN TESTS

# %% [markdown]
# Training needs two ingredients: batches, shuffled anew each time and every image mirrored half of
# the time; and a learning rate that falls along a cosine, fast in the beginning and careful in the
# end. Both heads get the same.

# %% nbgrader={"grade": false, "grade_id": "training", "locked": true, "schema_version": 3, "solution": false, "task": false}
def mirror(batch, targets):
    turned = tf.random.stateless_uniform((tf.shape(batch)[0], 1, 1, 1), tf.shape(batch)[:2]) < 0.5
    return tf.where(turned, tf.reverse(batch, axis=[2]), batch), targets


def batches(images, targets):
    stream = tf.data.Dataset.from_tensor_slices((images, np.float32(targets)))
    size = 32 if len(images) < 3_000 else 64  # of few images small batches, for steps enough
    return stream.shuffle(len(images), seed=0).batch(size).map(mirror).prefetch(2)


def fit(network, images, targets, epochs, rate=3e-3):
    falling = keras.callbacks.LearningRateScheduler(
        lambda epoch: rate * (1 + np.cos(np.pi * epoch / epochs)) / 2
    )
    stream = batches(images, targets)
    line = [falling, EpochLine()]
    network.fit(stream, epochs=epochs, callbacks=line, verbose=0, shuffle=False)
    return network

# %%
some, some_truth = images[:train_size], truth[:train_size]
sigmoid = fit(multi_label_network("plain"), some, some_truth, epochs)
scores = sigmoid.predict(new_images, verbose=0)

# %%
classes = np.array([[pair == name for name in names] for pair in image_pairs])
softmax = fit(multi_class_network("plain"), some, classes[:train_size], epochs)
best_pair = softmax.predict(new_images, verbose=0).argmax(axis=1)

# %% [markdown]
# Look at how they learnt, before you look at how good they are. A network that Keras has trained
# keeps its `history`:

# %%
plt.figure(figsize=(5, 2.6), layout="constrained")
for name, network in {"sigmoid": sigmoid, "softmax": softmax}.items():
    losses = network.history.history["loss"]
    look = "o-" if name == "sigmoid" else "s--"
    plt.plot(range(1, len(losses) + 1), np.divide(losses, losses[0]), look, label=name)
plt.xticks(range(1, epochs + 1))
plt.xlabel("epoch")
plt.ylabel("loss, of the first epoch's")
plt.legend();

# %% [markdown]
# Both still fall at the end: more epochs would go further. The article trains for 25, in 76 steps,
# so of 128 images each, and prints its first three:
#
# | epoch | loss | accuracy | validation loss | validation accuracy | validation F1 |
# |---|---|---|---|---|---|
# | 1 | 2.98 | 0.17 | 3.07 | 0.08 | 0.00 |
# | 2 | 2.03 | 0.33 | 3.27 | 0.04 | 0.00 |
# | 3 | 1.78 | 0.38 | 5.26 | 0.09 | 0.10 |
#
# What it learns from gets better, and what it has not seen gets worse. A network *over-fits* from
# where the loss of new images rises while that of the training images still falls. If both rise, it
# is something else: the learning rate, say.
#
# **Exercise 8 (core, 4 points).** Write `overfitting_epoch`.

# %% nbgrader={"grade": false, "grade_id": "overfitting-epoch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def overfitting_epoch(history):
    """Name the last epoch before a network over-fits.

    history: dict with the keys "loss" and "val_loss", and perhaps others: a list of floats each,
    one an epoch, no two of a list equal
    Returns a whole number: the epoch, counted from 1, with the lowest validation loss, if a later
    epoch has a lower training loss than that one; and 0 if none has, or if there is no later one.
    """
    ### BEGIN SOLUTION
    best = int(np.argmin(history["val_loss"]))
    later = history["loss"][best + 1 :]
    return best + 1 if min(later, default=np.inf) < history["loss"][best] else 0
    ### END SOLUTION
    raise NotImplementedError("overfitting_epoch: return the epoch's number, or 0")

# %% nbgrader={"grade": true, "grade_id": "check-overfitting-epoch", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that overfitting_epoch reads three short logs."""
from helpers.compare import check_equal
from helpers.exercises import call, passed

falls, turns = [2.9, 2.0, 1.8, 1.5], [3.1, 2.5, 2.7, 2.9]
hint = "new images are read best in the second epoch, and the training loss falls after it"
check_equal(call(overfitting_epoch, {"loss": falls, "val_loss": turns}), 2, hint)
hint = "the validation loss is still falling in the last epoch"
check_equal(call(overfitting_epoch, {"loss": falls, "val_loss": falls}), 0, hint)
hint = "after the second epoch both losses rise, which is no over-fitting"
check_equal(call(overfitting_epoch, {"loss": turns, "val_loss": turns}), 0, hint)
passed("overfitting_epoch", 2, hidden=2)

# %% nbgrader={"grade": true, "grade_id": "check-overfitting-epoch-more", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that overfitting_epoch reads any log."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(16)
for length, turn in ((25, 8), (25, 17), (12, 1), (40, 30)):
    epoch = np.arange(1, length + 1)
    learnt = 3 / epoch + random.random(length) / 50
    # One epoch after the turn is worse than that at the turn: not every later one has to be better.
    learnt[turn] = learnt[turn - 1] + 0.1
    judged = 1 + np.abs(np.log(epoch / turn)) + random.random(length) / 50
    judged[turn - 1] = 0.9
    if length == 40:  # a first turn, after which it got better once more
        judged[3:8] = [1.4, 1.3, 1.6, 1.9, 1.5]
    rises = np.flatnonzero(np.diff(judged) > 0)[0] + 1
    mistakes = {
        "epochs are counted from 1": turn - 1,
        "this is the epoch after it": turn + 1,
        "this is the lowest training loss": int(learnt.argmin()) + 1,
        "this is the highest validation loss": int(judged.argmax()) + 1,
    }
    mistakes |= {"it fell once more after that": int(rises)} if length == 40 else {}
    log = {"loss": learnt.tolist(), "accuracy": [0.5] * length, "val_loss": judged.tolist()}
    hint = f"{length} epochs"
    check_equal(call(overfitting_epoch, log), turn, hint, mistakes=mistakes)
both, last = sorted(learnt.tolist()), sorted(judged.tolist(), reverse=True)
for losses, judgements, wanted, why in (
    (both, judged.tolist(), 0, "the training loss rises all the way"),
    (sorted(both, reverse=True), last, 0, "the validation loss falls all the way"),
    ([0.5], [0.7], 0, "a single epoch"),
    ([3.0, 2.0, 1.9, 2.5], [2.0, 1.0, 1.5, 1.8], 2, "only the next epoch learns more"),
):
    found = call(overfitting_epoch, {"loss": losses, "val_loss": judgements})
    check_equal(found, wanted, why)
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
logs = {
    "Xception": {"loss": [2.98, 2.03, 1.78], "val_loss": [3.07, 3.27, 5.26]},
    "ResNet50V2": {"loss": [3.06, 2.39, 1.90], "val_loss": [4.13, 2.77, 3.06]},
}
for name, log in logs.items():
    print(f"{name}, as the article prints it: over-fits after epoch {overfitting_epoch(log)}")

# %% [markdown]
# After the first and the second epoch, by this definition and by the three of 25 that are printed
# (its other network's log is there as well), and that is early. The first reads new images no better
# than by guessing, down to 1 in 24; later both get far better, as their F1 of 0.87 and 0.85 says.
# More likely it is batch normalisation: with Keras's slow momentum it still judges new images by the
# averages of a network that had learnt nothing, hence `momentum=0.9` in `normalise` above. A
# definition names what is seen, and not the reason. The first log also has an F1 of 0 beside an
# accuracy of 0.08: section 6 says how that can be.
#
# A pair that the softmax chooses is two labels as well, so both can be scored alike:

# %%
answers = {"sigmoid, 11 labels": scores > 0.5, "softmax, 24 pairs": to_indicator(names)[best_pair]}
for name, answer in answers.items():
    found = f_scores(new_truth, answer)
    print(f"{name}: micro {found['micro']:.2f}, macro {found['macro']:.2f} ({apparel.source})")

# %% [markdown]
# > **What the original got wrong, and how to see it.** The article calls itself multi-label,
# > explains rightly that this takes sigmoids and binary cross-entropy, and its code ends in a
# > softmax over 24 pairs. That is multi-class: red shoes and red dresses are as different to it as
# > red shoes and black trousers, and the next cell shows what happens with a *white shirt*, for
# > which there is no folder. It is not that the softmax scores badly on the pairs it knows.
# >
# > [The article](#Source), line 101: “`model.add(Dense(24,activation='softmax'))`” (the head).

# %% tags=["nbval-check-output"]
print("pairs that it can name:", len(names), "of", len(COLOURS) * len(GARMENTS))
print("white_shirt among them:", "white_shirt" in names)

# %% [markdown]
# The eleven labels as the sigmoid network ranks them:

# %%
print(f"precision at 1: {precision_at_k(new_truth, scores, 1):.2f}")
print(f"precision at 2: {precision_at_k(new_truth, scores, 2):.2f}")
print(f"recall at 2: {recall_at_k(new_truth, scores, 2):.2f}")
print(f"recall at 4: {recall_at_k(new_truth, scores, 4):.2f}")

# %% [markdown]
# With two labels on every image, precision at 2 and recall at 2 are the same number. One half is
# not a law, either. An image always has one colour and one garment, and that is worth using.
#
# **Exercise 9 (core, 4 points).** Write `decode`.

# %% nbgrader={"grade": false, "grade_id": "decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def decode(scores):
    """Choose for each image the likeliest colour and the likeliest garment.

    scores: array of floats, shape (n, 11), columns in the order of LABELS: 6 colours, 5 garments
    Returns an array of zeros and ones, shape (n, 11), one colour and one garment in each row.
    """
    ### BEGIN SOLUTION
    answers = np.zeros(scores.shape, np.uint8)
    rows = np.arange(len(scores))
    answers[rows, scores[:, :6].argmax(axis=1)] = 1
    answers[rows, 6 + scores[:, 6:].argmax(axis=1)] = 1
    return answers
    ### END SOLUTION
    raise NotImplementedError("decode: return zeros and ones, shape (n, 11), two ones in a row")

# %% nbgrader={"grade": true, "grade_id": "check-decode", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that decode chooses one colour and one garment."""
import numpy as np
from helpers.compare import check_equal, check_shape
from helpers.exercises import call, passed

said = call(decode, np.array([[0.1, 0.2, 0.9, 0.8, 0, 0, 0.1, 0.3, 0.2, 0, 0.4]]))
said = check_shape(said, (1, 11), "one image")
hint = "brown (0.9, column 2) and shorts (0.4, column 10) are the likeliest of their kind"
assert np.flatnonzero(said[0]).tolist() == [2, 10], hint
right = [[0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]]
check_equal(said, right, "answers are zeros and ones, not probabilities")
passed("decode", 2, hidden=2)

# %% nbgrader={"grade": true, "grade_id": "check-decode-more", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that decode does so for any scores."""
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(9)
drawn = (random.normal(0, 4, (60, 11)), random.random((60, 11)) / 9, -random.random((7, 11)))
for chances in drawn:
    best = [chances[:, :6].argmax(axis=1), chances[:, 6:].argmax(axis=1)]
    wanted = np.hstack([np.eye(6)[best[0]], np.eye(5)[best[1]]])
    order = np.argsort(-chances, axis=1)
    lowest = [chances[:, :6].argmin(axis=1), chances[:, 6:].argmin(axis=1)]
    five = [chances[:, :5].argmax(axis=1), chances[:, 5:].argmax(axis=1)]
    mistakes = {
        "these are the two highest of all": np.eye(11)[order[:, 0]] + np.eye(11)[order[:, 1]],
        "this is the highest of all alone": np.eye(11)[order[:, 0]],
        "these are above one half": chances > 0.5,
        "these are the lowest": np.hstack([np.eye(6)[lowest[0]], np.eye(5)[lowest[1]]]),
        "there are 6 colours and 5 garments": np.hstack([np.eye(5)[five[0]], np.eye(6)[five[1]]]),
    }
    hint = "scores need not be probabilities: the highest wins, even if it is below 0"
    check_equal(call(decode, chances), wanted, hint, mistakes=mistakes)
### END HIDDEN TESTS

# %%
decoded = decode(scores)
for name, answer in {"above one half": scores > 0.5, "decoded": decoded}.items():
    complete = np.all(answer == new_truth, axis=1).mean()
    loss = hamming_loss(new_truth, answer)
    print(f"{name}: Hamming loss {loss:.3f}, both labels right {complete:.2f} ({apparel.source})")

# %% [markdown]
# ## 6 Two scores that deceive
#
# > **What the original got wrong, and how to see it.** It gives Keras a function as its metric, and
# > Keras calls that on each batch and averages. An F1 is a ratio of sums, and a mean of ratios is
# > not the ratio of sums: the result depends on how large the batches are and in what order the
# > images come. The next cell computes the article's F1 on one and the same table of answers, in
# > batches of 8, 32 and 256, in order of the classes and shuffled. The whole table's F1 stands
# > below. (`keras.metrics.F1Score` adds up over batches, and divides in the end.)
# >
# > [The article](#Source), line 62: “`return 2*((precision*recall)/(precision+recall+K.epsilon()))`”
# > (F1, of a batch).

# %%
def batch_averaged_f1(truth, scores, size):
    values = []
    for start in range(0, len(truth), size):
        there, claimed = truth[start : start + size], np.round(scores[start : start + size])
        hits = np.sum(there * claimed)
        precision, recall = hits / max(claimed.sum(), 1e-7), hits / max(there.sum(), 1e-7)
        values.append(2 * precision * recall / max(precision + recall, 1e-7))
    return np.mean(values)

# %% tags=["nbval-check-output"]
shares = softmax.predict(new_images, verbose=0)
one_of_24 = np.array([[pair == name for name in names] for pair in new_pairs])
shuffled = np.random.default_rng(0).permutation(len(one_of_24))
averaged = [
    batch_averaged_f1(one_of_24[order], shares[order], size)
    for order in (np.arange(len(one_of_24)), shuffled)
    for size in (8, 32, 256)
]
print("batch averages differ by more than 0.005:", np.ptp(averaged) > 0.005)
whole = f1_score(one_of_24, np.round(shares), average="micro", zero_division=0)
at_once = batch_averaged_f1(one_of_24, shares, len(shares))
print("in one batch it is the whole table's F1:", bool(np.isclose(at_once, whole)))

# %%
plt.figure(figsize=(5, 2.6), layout="constrained")
places = np.arange(3)
plt.plot(places, averaged[:3], "o", label="in order of the classes")
plt.plot(places, averaged[3:], "s", label="shuffled")
plt.axhline(whole, color="grey", linewidth=1, label="whole table")
plt.xticks(places, ["8", "32", "256"])
plt.xlabel("images in a batch")
plt.ylabel("batch-averaged F1")
plt.title(f"One table of answers, six scores ({apparel.source})", fontsize=10)
plt.legend(fontsize=8);

# %% [markdown]
# > **What the original chose, and how to see it.** Its F1 counts only probabilities above one half,
# > as one does for sigmoids. But the network chooses one of 24 pairs, and an image whose best pair
# > has less counts as no answer at all: never as a wrong claim, whatever it would have said. So
# > precision looks better than the share of right answers is. And while a network is still unsure
# > of everything, its F1 is 0, as in the log above.
# >
# > [The article](#Source), line 54: “`K.greater(K.clip(y_pred, 0, 1), 0.5)`” (what counts as claimed).

# %% tags=["nbval-check-output"]
sure = shares.max(axis=1) > 0.5
right = best_pair == one_of_24.argmax(axis=1)
precision = np.sum(right & sure) / max(np.sum(sure), 1)
print("some images are left out:", bool(np.any(~sure)))
print("precision looks better than the share of right answers:", bool(precision > right.mean()))

# %% [markdown]
# > **What the original got wrong, and how to see it.** It quotes the best of 25 epochs, by the score
# > that chose it: 0.87 for Xception, and 0.85 for ResNet50V2. The best of many scores is partly
# > luck, even if all come from the same network. Score our one network on twenty random parts of
# > the validation images, and take the best:
# >
# > [The article](#Source), line 138: “`max(history.history['val_f1_m'])`” (the figure that it quotes).

# %% tags=["nbval-check-output"]
random = np.random.default_rng(1)
parts = [random.choice(len(new_truth), 200, replace=False) for _ in range(20)]
macro = [f_scores(new_truth[part], decoded[part])["macro"] for part in parts]
gain = max(macro) - f_scores(new_truth, decoded)["macro"]
print("the best of twenty promises more than the network has:", bool(gain > 0.01))

# %% [markdown]
# Choose by validation as much as you like. Then quote a score on images that had no part in it.
#
# ## 7 Trunks compared
#
# The same head and the same training on the two other trunks:

# %%
networks = {"plain": sigmoid}
for kind in () if quick else ("xception", "resnet"):
    networks[kind] = fit(multi_label_network(kind), some, some_truth, epochs)

# %%
by_trunk = {name: net.predict(new_images, verbose=0) for name, net in networks.items()}
for name, chances in by_trunk.items():
    found = f_scores(new_truth, decode(chances))
    size = f"{networks[name].count_params():,} parameters"
    print(f"{name}: {size}, micro F1 {found['micro']:.2f} ({apparel.source})")

# %% [markdown]
# How far do these figures hold for other images? Draw as many from ours with replacement, 200
# times, and see where 95 % of the F1 lie:

# %%
random = np.random.default_rng(2)
drawn = random.integers(0, len(new_truth), (200, len(new_truth)))
for name, chances in by_trunk.items():
    answer = decode(chances)
    micro = [np.sum(answer[k] * new_truth[k]) / np.sum(new_truth[k]) for k in drawn]
    low, high = np.quantile(micro, [0.025, 0.975])
    print(f"{name}: micro F1 from {low:.2f} to {high:.2f}")

# %% [markdown]
# (Each image has two labels and gets two, so the F1 is the share of labels that are right.) Where
# two of these overlap, another draw of images could change their order.
#
# Of these the simplest is not the worst, for small images and a short training. Do they make the
# same mistakes? Each square is the share of images on which two networks are both wrong, and on
# the diagonal one network's own share.

# %%
wrong = np.array([np.any(decode(c) != new_truth, axis=1) for c in by_trunk.values()], float)
shared = wrong @ wrong.T / len(new_truth)
plt.figure(figsize=(3.8, 3.1), layout="constrained")
plt.imshow(shared, cmap="Reds", vmin=0)
for (row, column), share in np.ndenumerate(shared):
    shade = "white" if share > 0.7 * shared.max() else "black"
    plt.text(column, row, f"{share:.2f}", ha="center", va="center", color=shade)
plt.xticks(range(len(wrong)), by_trunk)
plt.yticks(range(len(wrong)), by_trunk)
plt.title(f"Both wrong ({apparel.source})", fontsize=10);

# %% [markdown]
# ## 8 The large networks
#
# `keras.applications` has Xception and ResNet50V2 themselves, with 21 and 24 million parameters.
#
# > **What the original got wrong, and how to see it.** It takes them with `include_top=True` and
# > puts its own layers behind. But the *top* is ImageNet's head: the features go through a softmax
# > over 1,000 classes before they reach the new head. And with a top, `pooling` is ignored:
# >
# > [The article](#Source), line 94: “`include_top = True,`” (and in line 96 a `pooling` without
# > effect).

# %%
options = {"weights": None, "input_shape": (72, 72, 3), "pooling": "avg"}
maker = keras.applications.MobileNet if quick else keras.applications.Xception  # quicker to make
with_top = maker(include_top=True, **options)
without = maker(include_top=False, **options)

# %% tags=["nbval-check-output"]
print("with top:", with_top.output_shape, with_top.layers[-1].activation.__name__)
print("without:", without.output_shape, type(without.layers[-1]).__name__)

# %% [markdown]
# `model.summary()` lists layers with their parameters. The article's, for Xception, can be checked
# by hand. A dense layer of m numbers after n has a weight for each pair of them, and m constants:

# %% tags=["nbval-check-output"]
head = [(1_000 + 1) * 512, (512 + 1) * 64, (64 + 1) * 24]
print("its head:", *(f"{count:,}" for count in head))
print(f"the whole: {with_top.count_params() + sum(head):,}")

# %% [markdown]
# With Xception these are 512,512, 32,832 and 1,560, and 23,457,384 in all, the article's figures.
# (Of them 54,528 are not trained: the running averages of batch normalisation. With ResNet50V2 it
# is 26,160,704.) And our small network's own list:

# %%
sigmoid.summary(print_fn=print)

# %% [markdown]
# So: no top, average pooling, and the head that we have had all along.
#
# Where a network comes with weights that somebody else has trained (`weights="imagenet"`), one often
# *freezes* it: with `trunk.trainable = False` its weights stay, and only the head learns. Ours begin
# from nothing, so freezing them is for a look at what is left.
#
# **Exercise 10 (stretch, 4 points).** Write `large_network`.

# %% nbgrader={"grade": false, "grade_id": "large-network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def large_network(name, frozen=False):
    """Put a head for the eleven labels on a large network.

    name: "Xception" or "ResNet50V2", a function of keras.applications
    frozen: whether the trunk's weights are to stay as they are, so that only the head's can learn
    Returns a new keras.Model, not compiled, for images of shape (n, 72, 72, 3). Its trunk is the
    network of that name with weights=None, without its top, averaged over all places
    (pooling="avg"); its head, one Dense layer of 11 numbers with a sigmoid. Rescaling before the
    trunk and dropout before the head are up to you, as they have no weights.
    """
    ### BEGIN SOLUTION
    maker = getattr(keras.applications, name)
    trunk = maker(weights=None, include_top=False, pooling="avg", input_shape=(72, 72, 3))
    trunk.trainable = not frozen
    inputs = layers.Input((72, 72, 3))
    features = trunk(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    return keras.Model(inputs, layers.Dense(11, activation="sigmoid")(features))
    ### END SOLUTION
    raise NotImplementedError("large_network: return a keras.Model with 11 outputs")

# %% nbgrader={"grade": true, "grade_id": "check-large-network", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that large_network puts a head of eleven labels on Xception."""
from helpers.compare import check_equal
from helpers.exercises import call, passed

network = call(large_network, name="Xception")
shapes = [tuple(network.input_shape), tuple(network.output_shape)]
hint = f"expected images of (72, 72, 3) and 11 answers, not {shapes[0][1:]} and {shapes[1][1:]}"
assert shapes == [(None, 72, 72, 3), (None, 11)], hint
mistakes = {
    "include_top=False leaves out ImageNet's head": 22_910_480 + 1_001 * 11,
    'pooling="avg" leaves one number of each kind': 20_861_480 + (9 * 2_048 + 1) * 11,
}
hint = "20,861,480 parameters of Xception without its top, and (2,048 + 1) * 11 of the head"
check_equal(network.count_params(), 20_861_480 + 2_049 * 11, hint, mistakes=mistakes)
hint = "arrays that can learn: 154 of the trunk, which nobody asked to freeze, and 2 of the head"
check_equal(len(network.trainable_weights), 154 + 2, hint)
last = getattr(network.layers[-1].activation, "__name__", "none")
assert last == "sigmoid", f"the last activation is {last}: each label is a question of its own"
passed("large_network", 2, hidden=2)

# %% nbgrader={"grade": true, "grade_id": "check-large-network-more", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that large_network makes ResNet50V2 too, and freezes its trunk alone."""
from helpers.compare import check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
network = call(large_network, name="ResNet50V2", frozen=True)
mistakes = {"this is Xception": 20_861_480 + 2_049 * 11, "these are 24 pairs": 23_564_800 + 49_176}
hint = "23,564,800 parameters of ResNet50V2 without its top, and (2,048 + 1) * 11 of the head"
check_equal(network.count_params(), 23_564_800 + 2_049 * 11, hint, mistakes=mistakes)
mistakes = {"the trunk is not frozen": 172 + 2, "the head is frozen, too": 0}
hint = "arrays that can learn: the head's weights and its constants"
check_equal(len(network.trainable_weights), 2, hint, mistakes=mistakes)
last = getattr(network.layers[-1].activation, "__name__", "none")
assert last == "sigmoid", f"the last activation is {last}: each label is a question of its own"
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "ready-to-train", "locked": true, "schema_version": 3, "solution": false, "task": false}
def every_layer(model):
    for layer in model.layers:
        yield from every_layer(layer) if isinstance(layer, keras.Model) else [layer]


def ready_to_train(name):
    network = large_network(name)
    for layer in every_layer(network):
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9
    network.compile("adam", "binary_crossentropy")
    return network

# %% [markdown]
# They have a hundred times as many parameters as our small trunks, and every step costs accordingly.
# So here they take one small step, to see that it works. With `full = True` they learn from all images,
# 20 epochs, and become the members of the stack below.

# %%
LARGE = () if quick else ("Xception", "ResNet50V2")
large_size, large_epochs = (len(images), 20) if full else (8, 1)
large = {}
for name in LARGE:
    large[name] = ready_to_train(name)
    large[name].run_eagerly = not full  # a graph takes longer to make than a step does
    some_of_all = images[:large_size], truth[:large_size]
    fit(large[name], *some_of_all, large_epochs, rate=1e-3)

# %%
for name, network in large.items():
    chances = network.predict(new_images[:8], verbose=0)
    print(f"{name}: {network.count_params():,} parameters, answers {chances.shape}")

# %% [markdown]
# ## 9 Stacking
#
# The Kaggle page that the article follows *stacks* its two networks, and so gets from 0.87 and 0.85
# to 0.91 (line 194; how it stacks and scores, the article leaves out). The first two are
# batch-averaged F1 of the best epoch over 24 pairs of photographs, so not to be compared with ours.
# In a stack a small model learns how far
# to trust which member. It has to learn that from scores on images that the members have *not*
# learnt from, or it trusts whoever remembers best. So: cut the training images into folds, train
# each member without one fold, and score that fold. These are *out-of-fold* scores.
#
# **Exercise 11 (stretch, 5 points).** Write `stack`.

# %% nbgrader={"grade": false, "grade_id": "stack", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stack(member_scores, truth, new_scores):
    """Combine members by one logistic regression for each label.

    member_scores: out-of-fold probabilities of m members, array of shape (m, n, k)
    truth: array of zeros and ones, shape (n, k), both of them in every column
    new_scores: the same members' probabilities for new images, shape (m, p, k)
    Returns probabilities from 0 to 1 for the new images, shape (p, k).
    """
    ### BEGIN SOLUTION
    columns = [
        LogisticRegression(C=10).fit(known.T, marks).predict_proba(new.T)[:, 1]
        for known, marks, new in zip(
            np.moveaxis(member_scores, 2, 0), truth.T, np.moveaxis(new_scores, 2, 0)
        )
    ]
    return np.stack(columns, axis=1)
    ### END SOLUTION
    raise NotImplementedError("stack: return probabilities for the new images, shape (p, k)")

# %% nbgrader={"grade": true, "grade_id": "check-stack", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
"""Check that stack gives a probability for each new image and label."""
import numpy as np
from helpers.compare import check_shape
from helpers.exercises import call, passed

random = np.random.default_rng(10)
marks = random.integers(0, 2, (200, 3))
known = np.clip(0.7 * marks + 0.3 * random.random((2, 200, 3)), 0, 1)
chances = call(stack, known, marks, known[:, :50])
chances = check_shape(chances, (50, 3), "50 images and 3 labels")
hint = "expected probabilities between 0 and 1, of many values: use predict_proba"
assert 0 <= chances.min() and chances.max() <= 1 and len(np.unique(chances)) > 2, hint
hint = "members that are nearly always right should make a stack that is"
assert np.mean((chances > 0.5) == marks[:50]) > 0.95, hint
passed("stack", 2, hidden=3)

# %% nbgrader={"grade": true, "grade_id": "check-stack-more", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
"""Check that stack learns whom to trust for which label."""
import numpy as np
from helpers.compare import check_distinct, check_shape
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(11)
drawn = random.integers(0, 2, (500, 4))
guesses = random.random((3, 500, 4))
for label in range(3):  # member 0 knows label 0, and so on; label 3: member 2 says the opposite
    guesses[label, :, label] = 0.25 + 0.5 * drawn[:, label] + 0.2 * random.random(500)
guesses[2, :, 3] = 0.75 - 0.5 * drawn[:, 3] + 0.2 * random.random(500)
known, new = guesses[:, :300], guesses[:, 300:]
for marks in (drawn, 1 - drawn):  # then the same members, and who was right says the opposite
    mean = np.mean((new.mean(axis=0) > 0.5) == marks[300:], axis=0)
    highest = np.mean((new.max(axis=0) > 0.5) == marks[300:], axis=0)
    first = np.mean((new[0] > 0.5) == marks[300:], axis=0)
    told = {"the mean": mean.min(), "the highest": highest.min(), "one member": first.min()}
    check_distinct(1.0, told, atol=0.05)
    chances = check_shape(call(stack, known, marks[:300], new), (200, 4), "200 images and 4 labels")
    right = np.mean((chances > 0.5) == marks[300:], axis=0)
    hint = f"each label is known to one member only; right for {right[:3].round(3)} of the images"
    assert right[:3].min() > 0.999, hint
    hint = f"label 3 is known to a member that says the opposite; right for {right[3]:.3f}"
    assert right[3] > 0.999, hint
### END HIDDEN TESTS

# %% [markdown]
# **When stacking hardly pays.** Two networks that saw the same images, with trunks that are alike.
# Two folds are enough to see it. (With `full` it is Xception and ResNet50V2.) The mean of both, for
# which nothing has to be learnt, stands beside the stack.

# %% nbgrader={"grade": false, "grade_id": "out-of-fold", "locked": true, "schema_version": 3, "solution": false, "task": false}
def out_of_fold(make, images, truth, epochs, rate, folds=2):
    chances = np.zeros(truth.shape)
    fold = np.arange(len(images)) % folds
    for k in range(folds):
        network = fit(make(), images[fold != k], truth[fold != k], epochs, rate)
        chances[fold == k] = network.predict(images[fold == k], verbose=0)
    return chances

# %%
if full:
    members, make, rate = large, ready_to_train, 1e-3
    known, known_truth, member_epochs = images, truth, large_epochs
else:
    members, make, rate = dict(networks), multi_label_network, 3e-3
    known, known_truth, member_epochs = some, some_truth, epochs
    members.pop("xception", None)  # two are enough
member_scores = [member.predict(new_images, verbose=0) for member in members.values()]
kept = [
    out_of_fold(lambda kind=kind: make(kind), known, known_truth, member_epochs, rate)
    for kind in (() if quick else members)
]

# %%
def compare(names, kept, truth, new_scores):
    rows = dict(zip(names, new_scores))
    rows["mean"] = np.mean(new_scores, axis=0)
    if len(kept):  # a graded run, in a hurry, has no out-of-fold scores of networks
        rows["stack"] = stack(np.array(kept), truth, np.array(new_scores))
    for name, chances in rows.items():
        found = f_scores(new_truth, decode(chances))
        print(f"{name}: micro F1 {found['micro']:.2f} ({apparel.source})")

# %%
compare(members, kept, known_truth, member_scores)

# %% [markdown]
# The stack moves F1 by a point at most, for three times the training: each member was trained on
# all images and on two folds. A point is also what the luck of 1,699 images makes.
#
# **When stacking pays.** Members that err *differently*. One sees shapes only: histograms of the
# gradients of the grey image, which `hog` counts. The other sees colours only: which share of all
# pixels falls into each of 64 boxes of red, green and blue. Both ask the 15 most similar images.

# %% nbgrader={"grade": false, "grade_id": "half-blind", "locked": true, "schema_version": 3, "solution": false, "task": false}
def shapes(images):
    grey = images.mean(axis=3).reshape(len(images), 36, 2, 36, 2).mean(axis=(2, 4))
    return hog(grey)


def colours(images):
    boxes = images // 64 @ np.array([16, 4, 1], np.uint8)
    return np.array([np.bincount(image.ravel(), minlength=64) / image.size for image in boxes])

# %%
def chances_of(member, features):
    """Probabilities that each label is there; scikit-learn gives a table for each label."""
    return np.stack([table[:, 1] for table in member.predict_proba(features)], axis=1)


few, few_truth = some[:1_000], some_truth[:1_000]
inside, outside, half_blind = [], [], {}
for describe in (shapes, colours):
    features, member = describe(few), KNeighborsClassifier(15)
    tables = cross_val_predict(member, features, few_truth, cv=2, method="predict_proba")
    inside.append(np.stack([table[:, 1] for table in tables], axis=1))
    half_blind[describe] = member.fit(features, few_truth)
    outside.append(chances_of(member, describe(new_images)))

# %%
compare(("shapes", "colours"), inside, few_truth, outside)

# %% [markdown]
# By itself each half-blind member is poor: of what it cannot see it guesses what goes with what it
# sees. Their mean is better, and the stack better still: it has learnt whom to ask about what. That
# is all that a stack can do. Where the members agree, mistakes included, there is nothing for it to
# learn.
#
# **Question (5 points, read by a person).** A team stacks five networks that differ only in their
# random seed. It trains the stack on the networks' scores on their own *training* images, where
# each has an F1 near 0.99, and reports the stack's F1 on the validation images by which it had also
# chosen the number of epochs. What is wrong with it, what would you expect the stack to do on new
# images, and what would you do instead? Five sentences are plenty.

# %% [markdown] nbgrader={"grade": true, "grade_id": "judgement", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# On their own training images all five are nearly always right, so the stack learns only that
# their scores can be believed, not when: it needs out-of-fold scores, from networks that did not
# learn from the image in question. On new images I expect no more than the mean of the five gives,
# and probabilities that are too sure. Networks that differ only in the seed err on much the same
# images, so there is little to gain even if it is done right; members that look at other things,
# such as shape and colour, would give more. The quoted F1 is optimistic, because the number of
# epochs was chosen on the same images. I would choose by validation, and quote a score on test
# images that had no part in any choice.

# %% [markdown]
# ## 10 Pairs never seen
#
# Here is the test that tells labels from a list of pairs. Six pairs have no folder. `find_unseen`
# has 50 images of each, drawn like the stand-in, from other garments.
# (In a graded run this folder holds pairs that you know, so that nobody can learn from it.)

# %% nbgrader={"grade": false, "grade_id": "load-unseen", "locked": true, "schema_version": 3, "solution": false, "task": false}
unseen_paths, unseen_pairs = list_images(find_unseen().folder)
unseen_images = load_images(unseen_paths)
unseen_truth = to_indicator(unseen_pairs)

# %%
eight = [k for k in range(len(unseen_images)) if k % 50 < 4][:24]
picture_sheet(unseen_images[eight], [unseen_pairs[k] for k in eight], "Pairs without a folder")

# %%
def both_right(answers):
    return np.mean(np.all(answers == unseen_truth, axis=1))


by_softmax = to_indicator(names)[softmax.predict(unseen_images, verbose=0).argmax(axis=1)]
by_sigmoid = decode(sigmoid.predict(unseen_images, verbose=0))

# %% tags=["nbval-check-output"]
print(f"softmax over 24 pairs: both labels right {both_right(by_softmax):.0%} (stand-in)")
print("sigmoid over 11 labels: below 30 %:", bool(both_right(by_sigmoid) < 0.3))

# %% [markdown]
# The softmax cannot, by construction. The sigmoid *could*, and hardly does. What does it say
# instead?

# %% tags=["nbval-ignore-output", "stored-output"]
said = [" ".join(np.array(LABELS)[row == 1]) for row in by_sigmoid[eight]]
picture_sheet(unseen_images[eight], said, "What the sigmoid network says")

# %% [markdown]
# Nearly always, a pair that it knows:

# %% tags=["nbval-check-output"]
is_known = [row.tolist() in to_indicator(names).tolist() for row in by_sigmoid]
print("answers that are one of the 24 pairs, at least 90 %:", bool(np.mean(is_known) >= 0.9))

# %% [markdown]
# Nothing in its training ever contradicted that. One trunk saw colour and shape together, and
# used every bit of both for each answer. Nothing in the loss asks it to keep them apart.
#
# The half-blind members of section 9 cannot mix the two up. How often is the one right about the
# garment of an unseen pair, and the other about its colour, beside the network?

# %% tags=["nbval-check-output"]
halves_of = {"garment": (shapes, slice(6, 11)), "colour": (colours, slice(0, 6))}
for label, (describe, part) in halves_of.items():
    chances = chances_of(half_blind[describe], describe(unseen_images))
    truly = unseen_truth[:, part].argmax(axis=1)
    alone = np.mean(chances[:, part].argmax(axis=1) == truly)
    network = np.mean(by_sigmoid[:, part].argmax(axis=1) == truly)
    print(f"{label}: half-blind {alone:.0%}, more than the network: {alone > network} (stand-in)")

# %% [markdown]
# The network is the better judge of colours. Of the garments it names hardly one: it takes a garment
# that it has seen in that colour. The member that knows no colours is right about two of three. You
# have to build that into your answer.
#
# ## 11 Your turn
#
# **Capstone (stretch, 45 points).** Define `predict`. It is scored by **macro F1** on images that
# nobody here has seen: 250 of each of all 30 pairs, so every fifth image is of a pair that you
# cannot learn from. 5 points are for a function that keeps its promises, 40 for the score:
#
# | macro F1 | below 0.70 | 0.70 | 0.78 | 0.84 | 0.87 | 0.90 | above 0.90 |
# |---|---|---|---|---|---|---|---|
# | grade | 0–59 | 60–69 | 70–79 | 80–84 | 85–89 | 90 | ranked in your class, up to 100 |
#
# **The same at home and when graded.** Your capstone learns from 2,500 training images
# here and when it is graded. You may take more, all 9,686 are there: change `learn_size` in
# section 1. A cell may take 200 seconds, one call of `predict` on 2,500 images 60, the whole notebook
# 600, and memory goes up to 6,144 MB. When your work is graded, the folder of section 10 holds
# pairs that you know.
#
# **Tools.** No cell above is a good answer as it stands. What does a garment look like in a picture
# without colour, or in each of the three colours? What is left of a colour in a picture without
# shape, and where in the picture is the garment, where the backdrop? A member that answers only
# what it sees needs no stack. The 15 most similar images are a simple way to answer; others learn
# more from as many images: `SVC` and `LogisticRegression` are imported. A network may have several
# branches: `layers.Concatenate` joins what they say. Networks need many images and steps, and
# nobody says that you must use one.
#
# First learn. `learn` may return whatever your `predict` needs. Functions and classes of your own
# can stand above it. If you have left `decode` or `stack` open, do without them: `np.eye(6)[best]`
# has a row of zeros and ones for each number in `best`.

# %% nbgrader={"grade": false, "grade_id": "learn", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
from scipy.special import softmax as shares


# Two support vector machines are all that runs by default; `full` stacks them with a network.
class MixedColours(layers.Layer):
    """Subtract the mean colour and, in training, mix red, green and blue at random.

    What comes out still shows every edge, but no longer says which colour is on which side of it.
    """

    def build(self, shape):
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, x, training=False):
        x = x - keras.ops.mean(x, axis=(1, 2), keepdims=True)
        if training:
            size = (keras.ops.shape(x)[0], 1, 3, 3)
            x = keras.ops.matmul(x, keras.random.normal(size, stddev=1.2, seed=self.seeds))
        return 2 * x


def two_branches():
    """One branch sees shapes without colours, the other colours without shapes."""
    inputs = layers.Input((72, 72, 3))
    pixels = layers.AveragePooling2D(2)(layers.Rescaling(1 / 255)(inputs))
    fine = convolve(convolve(MixedColours()(pixels), 24, kernel=5, strides=2), 48, strides=2)
    shape = layers.GlobalAveragePooling2D()(convolve(convolve(fine, 96, strides=2), 128))
    garment = layers.Dense(5, activation="softmax")(layers.Dropout(0.2)(shape))
    # Where the garment is, as this branch sees it; which colours are there, place by place.
    where = layers.Softmax(axis=1)(layers.Reshape((81, 1))(layers.Conv2D(1, 1)(convolve(fine, 16))))
    colour = layers.Reshape((81, 3))(layers.AveragePooling2D(4)(pixels))
    for _ in range(2):
        colour = layers.Dense(32, activation="relu")(colour)
    colour = layers.Flatten()(layers.Dot(axes=1)([where, colour]))
    colour = layers.Dense(6, activation="softmax")(colour)
    network = keras.Model(inputs, layers.Concatenate()([colour, garment]))
    network.compile("adam", "binary_crossentropy")
    return network


def edges(images):
    """Describe shapes by gradients in red, in green and in blue."""
    small = images.reshape(-1, 36, 2, 36, 2, 3).mean(axis=(2, 4))
    return np.hstack([hog(small[..., channel]) for channel in range(3)])


def colour_boxes(images):
    """Count 64 boxes of colour in the whole image and in its middle, where the garment is."""
    boxes = images // 64 @ np.array([16, 4, 1], np.uint8)
    middle = boxes[:, 18:54, 18:54].reshape(len(images), -1)
    parts = (boxes.reshape(len(images), -1), middle)
    counts = [[np.bincount(row, minlength=64) / row.size for row in part] for part in parts]
    return np.sqrt(np.concatenate(counts, axis=1))


def two_machines(images, truth):
    """One machine for colours and one for garments: neither can learn pairs by heart."""
    colour = make_pipeline(FunctionTransformer(colour_boxes), SVC(C=10))
    garment = make_pipeline(FunctionTransformer(edges), PCA(60, random_state=0), SVC(C=10))
    colour.fit(images, truth[:, :6].argmax(axis=1))
    garment.fit(images, truth[:, 6:].argmax(axis=1))
    both = colour, garment
    return lambda new: np.hstack([shares(half.decision_function(new), axis=1) for half in both])


def members(images, truth):
    network = fit(two_branches(), images, truth, epochs=8)
    return two_machines(images, truth), lambda new: network.predict(new, verbose=0)


def stack_of_members(images, truth, folds=3):
    kept = np.zeros((2, *truth.shape))
    fold = np.arange(len(images)) % folds
    for k in range(folds):
        for scores, member in zip(kept, members(images[fold != k], truth[fold != k])):
            scores[fold == k] = member(images[fold == k])
    final = members(images, truth)
    return lambda new: stack(kept, truth, np.array([member(new) for member in final]))


### END SOLUTION
def learn(images, truth):
    """Train your best network.

    images: uint8 array, shape (n, 72, 72, 3)
    truth: array of zeros and ones, shape (n, 11)
    Returns what predict needs, such as a trained keras.Model, or a function that gives scores.
    """
    ### BEGIN SOLUTION
    return stack_of_members(images, truth) if full else two_machines(images, truth)
    ### END SOLUTION
    raise NotImplementedError("learn: train a network on images and truth, and return it")

# %% tags=["nbval-ignore-output"]
model = learn_within_limits(learn, images[:learn_size], truth[:learn_size])

# %% [markdown]
# Then predict. (`learn_within_limits` is `learn` of `helpers.capstone`: it calls yours and says what
# that took of the limits.)

# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict(images):
    """Name colour and garment.

    images: uint8 array, shape (n, 72, 72, 3)
    Returns zeros and ones of any type, shape (n, 11), columns in the order of LABELS, rows in the
    order of the images.
    """
    ### BEGIN SOLUTION
    scores = model(images)
    halves = scores[:, :6].argmax(axis=1), scores[:, 6:].argmax(axis=1)
    return np.hstack([np.eye(6)[halves[0]], np.eye(5)[halves[1]]])
    ### END SOLUTION
    raise NotImplementedError("predict: return zeros and ones, shape (n, 11)")

# %% nbgrader={"grade": true, "grade_id": "check-predict", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
"""Check that predict gives zeros and ones for each image, whatever else is in the batch."""
import numpy as np
from helpers.apparel import find_apparel, list_images, load_images, to_indicator
from helpers.compare import check_shape
from helpers.exercises import call, passed

files, kinds = list_images(find_apparel().folder)
pictures, marks = load_images(files[::200]), to_indicator(kinds[::200])
answers = check_shape(call(predict, pictures), marks.shape, f"{len(pictures)} images")
hint = f"expected zeros and ones of any type, found {np.unique(answers)[:5]}"
assert set(np.unique(answers).astype(float)) <= {0, 1}, hint
hint = "most labels of images that you could learn from are wrong"
hits = np.sum(answers * marks)  # in vain where every label is claimed
assert 2 * hits / (np.sum(answers) + np.sum(marks)) > 0.5, hint
passed("predict", 0, hidden=5)
# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
alone = [np.asarray(call(predict, pictures[k : k + 1]))[0].tolist() for k in range(0, 48, 8)]
same = np.sum([a == b for a, b in zip(alone, answers[0:48:8].tolist(), strict=True)])
assert same >= 5, "an image's answer should not depend on the other images in the batch"
### END HIDDEN TESTS

# %% [markdown]
# How does it do on the validation images, and on pairs it has never seen?

# %% tags=["nbval-check-output"]
found = f_scores(new_truth, np.asarray(predict(new_images)))
print("micro F1 at least 0.940:", bool(found["micro"] >= 0.940), f"({apparel.source})")
print("macro F1 at least 0.935:", bool(found["macro"] >= 0.935), f"({apparel.source})")
composed = both_right(np.asarray(predict(unseen_images)))
print("both labels right on at least 76 % of unseen pairs:", bool(composed >= 0.76), "(stand-in)")

# %% [markdown]
# The last cell scores `predict` on 7,500 practice images, 250 of each of all 30 pairs. When your work
# is graded it gets 7,500 others, drawn in the same way. Here and there they come in three calls of
# 2,500. The cell shows the score, between which bounds the held-out score will lie in 95 of 100
# cases, the tier and the grade that it would earn, how far the next boundaries are, and what the
# calls took of their limits. Its plain result is in points. Look at it once you are done, not to
# choose by it: whoever tries many models on the same practice images gets too good a score there.

# %% tags=["nbval-ignore-output"] nbgrader={"grade": true, "grade_id": "check-composition", "locked": true, "points": 40, "schema_version": 3, "solution": false, "task": false}
"""Check that predict names colour and garment of images it has never seen."""
from autograder.score import score_predictions
from helpers.apparel import load_practice

score_predictions(predict, points=40, practice=load_practice)

# %% [markdown]
# ## Summary
#
# - Multi-class: one of many. Multi-label: any of many, each a yes-or-no question with a sigmoid and
#   binary cross-entropy. What tells them apart in the end is a pair that was never seen.
# - A ratio is averaged over the whole table, not over batches; say which average you quote.
# - A small Hamming loss is cheap where most labels are absent. Macro F1 makes rare labels count.
# - `include_top=False`, or a head for other classes sits in the middle of your network.
# - Stack out-of-fold scores, of members that err differently.
# - A network uses whatever predicts. If colour is not to depend on shape, build it so.

# %% [markdown]
# ## Self-test
#
# Ten questions, which nobody grades. Answer each in a sentence before you open it.
#
# <details><summary>1. A softmax has two equal logits, far above all others. Which probabilities
# does it give to them?</summary>
#
# One half each. It shares out one unit, so it cannot be sure of two labels at once. Sigmoids can.
#
# </details>
#
# <details><summary>2. What is the binary cross-entropy of a logit of 0, whatever the truth
# is?</summary>
#
# log 2, about 0.693: the sigmoid is one half. A network that has learnt nothing has about this
# loss.
#
# </details>
#
# <details><summary>3. Of 11 labels 2 are there. What are Hamming loss and micro F1 of an answer
# without any label?</summary>
#
# 2 / 11 = 0.18, and 0. A small Hamming loss is cheap where most labels are absent.
#
# </details>
#
# <details><summary>4. Micro F1 is 0.90 and macro F1 is 0.70. What do you suspect?</summary>
#
# That some rare labels are named badly. Macro counts each label as much as any other, micro each
# entry of the table.
#
# </details>
#
# <details><summary>5. When are precision at 2 and recall at 2 the same number?</summary>
#
# When each image has two labels: both then divide the same hits by 2.
#
# </details>
#
# <details><summary>6. The training loss falls, and the validation loss rises. What is it called,
# and which epoch do you keep?</summary>
#
# Over-fitting; keep the epoch with the lowest validation loss. And quote a score on other images,
# as that epoch was chosen by these.
#
# </details>
#
# <details><summary>7. Both losses rise. Is it over-fitting?</summary>
#
# No: it does not learn what it is shown, either. Look at the learning rate first.
#
# </details>
#
# <details><summary>8. What is wrong with a head of your own behind
# <code>include_top=True</code>?</summary>
#
# The features first go through ImageNet's softmax over 1,000 classes. And `pooling` is ignored.
#
# </details>
#
# <details><summary>9. How many parameters has a dense layer of 11 numbers after 2,048, and how many
# can learn if the trunk before it is frozen?</summary>
#
# (2,048 + 1) · 11 = 22,539, and all of these: freezing is for the trunk alone.
#
# </details>
#
# <details><summary>10. Why must a stack learn from out-of-fold scores?</summary>
#
# On their own training images all members are nearly always right, so that the stack would learn to
# trust whoever remembers best.
#
# </details>

# %% [markdown]
# ## Source
#
# *다중 레이블 분류 (Multi-Label Classification)* (“Multi-label classification”), an article in Korean,
# without an author's name or a date. It explains the terms (sections 2 to 4), and shows code from
# Kaggle, on the data set `apparel-images-dataset` (sections 1 and 5 to 9).
#
# ## Further reading
#
# - [Keras: image data loading](https://keras.io/api/data_loading/image/), and
#   [transfer learning](https://keras.io/guides/transfer_learning/)
# - [scikit-learn: multi-class and multi-label](https://scikit-learn.org/stable/modules/multiclass.html)
# - F. Chollet, *Xception: deep learning with depthwise separable convolutions*, 2017
# - K. He, X. Zhang, S. Ren, J. Sun, *Identity mappings in deep residual networks*, 2016: ResNet-V2
# - H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST*, 2017: the garments of the stand-in
