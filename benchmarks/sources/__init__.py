"""What the course says of the five documents that it descends from, checked by running their code.

    make sources
    python -m benchmarks.sources --quick                   # without what takes minutes
    python -m benchmarks.sources idx-sum svc-grid          # these claims only
    python -m benchmarks.sources --documents FOLDER        # the quotes, against the documents

`docs/sources.md` has the documents and all that is in them.
"""
