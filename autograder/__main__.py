"""``python -m autograder``."""

import sys

from autograder.cli.app import main

if __name__ == "__main__":  # pytest imports every module for its doctests
    sys.exit(main())
