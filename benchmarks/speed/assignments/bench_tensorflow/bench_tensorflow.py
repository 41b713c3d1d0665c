# %% [markdown]
# # A short assignment with TensorFlow, to measure graders by

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
from sklearn.datasets import load_digits

from helpers.quiet_keras import keras

images, labels = load_digits(return_X_y=True)

# %% nbgrader={"grade": false, "grade_id": "scale", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scale(images):
    """Bring grey levels from 0..16 to 0..1."""
    ### BEGIN SOLUTION
    return images / 16
    ### END SOLUTION
    raise NotImplementedError("scale: return the images divided by 16")

# %% nbgrader={"grade": true, "grade_id": "check-scale", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
"""Check that scale brings 16 to 1."""
import numpy as np

scaled = np.asarray(scale(np.array([[0.0, 8.0, 16.0]])))
assert np.allclose(scaled, [[0, 0.5, 1]]), f"0, 8 and 16 became {scaled}"

# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(images, labels):
    """Return a fitted classifier."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, "softmax")])
    network.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    network.fit(scale(images), labels, batch_size=128, epochs=8, verbose=0)
    return network
    ### END SOLUTION
    raise NotImplementedError("train: return a fitted classifier")

# %%
model = train(images, labels)

# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict(images):
    """Return one label for each image."""
    ### BEGIN SOLUTION
    return model.predict_on_batch(scale(images)).argmax(axis=1)
    ### END SOLUTION
    raise NotImplementedError("predict: return one label for each image")

# %% nbgrader={"grade": true, "grade_id": "check-predict", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
"""Check that predict reads digits."""
import numpy as np
from sklearn.datasets import load_digits

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
digits, answers = load_digits(return_X_y=True)
read = np.asarray(predict(digits))
assert read.shape == answers.shape, f"{len(digits)} images gave shape {read.shape}"
assert np.mean(read == answers) > 0.9, f"accuracy {np.mean(read == answers):.3f}"
### END HIDDEN TESTS
