"""The command line: one module a command, each of which parses and calls a plain function."""

from autograder.cli.signals import end_from_the_start

end_from_the_start()  # before anything else is imported, which takes long enough to be interrupted
