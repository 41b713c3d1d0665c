import subprocess
import sys


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_the_import_is_silent_and_stderr_works_again_after_it():
    done = run(
        "import os, sys\nfrom helpers.quiet_keras import keras\n"
        "os.write(2, b'from C')\nprint(' from Python', file=sys.stderr, end='')\n"
        "print(keras.__name__, len(os.listdir('/proc/self/fd')) < 30)"
    )
    assert done.stderr == "from C from Python"
    assert done.stdout == "keras True\n"


def test_training_says_nothing_in_red_and_tells_its_epochs_to_a_page():
    done = run(
        "import os\nos.environ.pop('TF_CPP_MIN_LOG_LEVEL', None)\n"
        "os.environ['JPY_SESSION_NAME'] = 'a.ipynb'\n"
        "from helpers.quiet_keras import EpochLine, keras\n"
        "import numpy as np, tensorflow as tf\n"
        "stream = tf.data.Dataset.from_tensor_slices((np.ones((8, 2)), np.ones(8))).batch(3)\n"
        "for _ in range(3):\n"  # a third one is what TensorFlow warns of
        "    network = keras.Sequential([keras.layers.Dense(1)])\n"
        "    network.compile('adam', 'mse')\n"
        "    network.fit(stream, epochs=2, shuffle=False, verbose=0, callbacks=[EpochLine()])\n"
        "    network.predict(np.ones((7, 2)), verbose=0)\n"
    )
    assert done.stderr == ""
    assert "epochs: 0 of 2" in done.stdout
