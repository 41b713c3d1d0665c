"""Grade a class of notebooks that nobody has to trust."""

import sys

# jsonschema checks addresses in other alphabets by it, if it is there. No notebook has any, and it
# compiles a grammar when it is imported, which takes longer than everything else together.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
