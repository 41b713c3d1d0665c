"""Run the command: ``python -m helpers.course``."""

import sys

from helpers.course.cli import main

sys.exit(main())
