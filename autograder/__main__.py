"""``python -m autograder``."""

import sys

from autograder.cli.app import main

sys.exit(main())
