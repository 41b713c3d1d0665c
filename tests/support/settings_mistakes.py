"""Every mistake in run.toml and tiers.toml that people make, and what each is told.

By what is replaced in `RUN` or `TIERS`, and by what; a pattern of the message.
"""

from __future__ import annotations

from autograder.assignment import MOST

RUN = """\
[parameters]
quick = true
[limits]
cell_seconds = 60
call_seconds = 20.5
memory_mb = 2048
[holdout]
size = 100
maker = "digits"
"""

TIERS = """\
metric = "accuracy"
chance = "0.10"
bands = [
    { label = "low", from = "0", grades = [0, 59] },
    { label = "high", from = "0.5", grades = [60, 90] },
]
[ranked]
above = "0.9"
grades = [90, 100]
"""

RUN_MISTAKES = {
    # unknown keys and tables
    (
        "[limits]",
        "[limit]",
    ): "'unknown key limit', expected a table with no other keys than ",
    ("[parameters]", "[Parameters]"): "unknown key Parameters",
    ("[limits]\n", "[limits]\nsize = 3\n"): "limits: found 'unknown key size'",
    ("cell_seconds", "cell_second"): "limits: found 'unknown key cell_second', .*cell_seconds",
    ("cell_seconds", '"cell seconds"'): "limits: found .unknown key 'cell seconds'",
    ("cell_seconds", '"a\\nb"'): r"limits: found .unknown key 'a\\\\nb'",
    ("size", "sizes"): "holdout: found 'unknown key sizes', .*the keys size and optionally maker",
    ("size", "Size"): "holdout: found 'unknown key Size'",
    ("size = 100\n", ""): "holdout: found 'missing key size'",
    ("maker", "makers"): "holdout: found 'unknown key makers'",
    ("[holdout]", "[holdout.digits]"): "holdout: found 'unknown key digits'",
    ("[holdout]", "[limits.holdout]"): "limits: found 'unknown key holdout'",
    ("[limits]", "[late]\nper_days = 10\n[limits]"): "late: found 'unknown key per_days'",
    ("[limits]", "[late]\nmost = 10\n[limits]"): "late: found 'missing key per_day'",
    # lateness
    ("[limits]", "[late]\nper_day = 101\n[limits]"): "late.per_day: found 101, .* from 0 to 100",
    ("[limits]", "[late]\nper_day = 2.5\n[limits]"): "late.per_day: found 2.5, .*whole number",
    (
        "[limits]",
        "[late]\nper_day = 9\ngrace_minutes = -1\n[limits]",
    ): "late.grace_minutes: found -1, expected a number above 0",
    (
        "[limits]",
        "[late]\nper_day = 9\ndue = 2026-12-01T23:59:00\n[limits]",
    ): "late.due: found datetime.datetime.*expected a date and time with its offset",
    (
        "[limits]",
        '[late]\nper_day = 9\ndue = "tomorrow"\n[limits]',
    ): "late.due: found 'tomorrow', expected a date and time with its offset",
    # tables that are none
    (RUN, "limits = 60"): "limits: found 60, expected a table",
    (RUN, "limits = []"): r"limits: found \[\], expected a table",
    ("[limits]", "[[limits]]"): r"limits: found \[\{.*, expected a table",
    (RUN, 'holdout = "digits"'): "holdout: found 'digits', expected a table with the keys size",
    (RUN, "holdout = 100"): "holdout: found 100, expected a table",
    (RUN, "holdout = true"): "holdout: found True, expected a table",
    (RUN, "parameters = true"): "parameters: found True, expected a table",
    ("[parameters]", "[[parameters]]"): r"parameters: found \[\{'quick': True\}\]",
    # limits
    ("= 60", "= 0"): "limits.cell_seconds: found 0, expected a number above 0",
    ("= 60", "= -60"): "limits.cell_seconds: found -60",
    ("= 60", "= -0.0"): "limits.cell_seconds: found -0.0",
    ("= 60", "= nan"): "limits.cell_seconds: found nan",
    ("= 60", "= inf"): "limits.cell_seconds: found inf",
    ("= 60", "= -inf"): "limits.cell_seconds: found -inf",
    ("= 60", "= 1e400"): "limits.cell_seconds: found inf",
    ("= 60", f"= {MOST + 1}"): f"limits.cell_seconds: found {MOST + 1}, .*at most {MOST}",
    ("= 60", "= true"): "limits.cell_seconds: found True",
    ("= 60", '= "60"'): "limits.cell_seconds: found '60'",
    ("= 60", '= "1 min"'): "limits.cell_seconds: found '1 min'",
    ("= 60", "= [60]"): r"limits.cell_seconds: found \[60\]",
    ("= 60", "= { s = 60 }"): "limits.cell_seconds: found {'s': 60}",
    ("= 60", "= 00:01:00"): "limits.cell_seconds: found datetime.time",
    ("= 60", "= 2026-01-31"): "limits.cell_seconds: found datetime.date",
    ("= 60", f"= 0x{'f' * 5000}"): "limits.cell_seconds: found a number far too large",
    ("= 2048", "= 2048.0"): "limits.memory_mb: found 2048.0, expected a whole number from 1",
    ("= 2048", "= false"): "limits.memory_mb: found False",
    ("= 2048", "= 0"): "limits.memory_mb: found 0",
    ("= 2048", "= 9_223_372_036_854_775_807"): "limits.memory_mb: found 9223372036854775807",
    ("= 2048", '= "2 GB"'): "limits.memory_mb: found '2 GB'",
    # held-out images
    ("= 100", "= 0"): "holdout.size: found 0, expected a whole number from 1 up",
    ("= 100", "= -1"): "holdout.size: found -1",
    ("= 100", "= 100.0"): "holdout.size: found 100.0",
    ("= 100", "= true"): "holdout.size: found True",
    ("= 100", '= "100"'): "holdout.size: found '100'",
    ("= 100", "= nan"): "holdout.size: found nan",
    ("= 100", "= [100]"): r"holdout.size: found \[100\]",
    ("= 100", f"= {2**63}"): "holdout.size: found 9223372036854775808",
    (
        '"digits"',
        '"cats"',
    ): "holdout.maker: found 'cats', expected one of 'apparel', ",
    ('"digits"', '"Digits"'): "holdout.maker: found 'Digits'",
    ('"digits"', '["digits"]'): r"holdout.maker: found \['digits'\]",
    ('"digits"', "1"): "holdout.maker: found 1",
    ('"digits"', "{}"): "holdout.maker: found {}",
    # parameters
    ("= true", "= nan"): "parameters.quick: found nan, expected a text in quotes, true or false",
    ("= true", "= [1, inf]"): r"parameters.quick\[1\]: found inf",
    ("= true", "= { a = -inf }"): "parameters.quick.a: found -inf",
    ("= true", "= 2026-01-31"): "parameters.quick: found datetime.date",
    ("= true", "= 2026-01-31T10:00:00Z"): "parameters.quick: found datetime.datetime",
    ("= true", "= 10:00:00"): "parameters.quick: found datetime.time",
    ("= true", f"= {2**64}"): f"parameters.quick: found {2**64}",
    ("quick =", "quick-run ="): "parameters: found 'quick-run', .*name of a Python variable",
    ("quick =", '"" ='): "parameters: found ''",
    ("quick =", "class ="): "parameters: found 'class'",
    ("quick =", "1 ="): "parameters: found '1'",
    # no TOML
    ("= true", "= True"): "found 'Invalid value .*line 2.*, expected valid TOML",
    ("= true", "= yes"): "valid TOML",
    ("= true", "true"): "valid TOML",
    ("= true", ": true"): "valid TOML",
    ("= true", "="): "valid TOML",
    ("= 60", "= 060"): "valid TOML",
    ("= 60", "= 60s"): "valid TOML",
    ("= 60", "= 6 0"): "valid TOML",
    ("= 60", f"= {'9' * 5000}"): "valid TOML",
    ("= 60", "= 2026-02-31"): "valid TOML",
    ("[limits]", "[limits"): "valid TOML",
    ("[limits]", "[parameters]"): "valid TOML",
    ("call_seconds", "cell_seconds"): "Cannot overwrite a value.*valid TOML",
    ('"digits"', "digits"): "valid TOML",
    ('"digits"', '"digits'): "valid TOML",
    ('"digits"', "\N{LEFT DOUBLE QUOTATION MARK}digits\N{RIGHT DOUBLE QUOTATION MARK}"): "TOML",
    ("= true", f"= {'[' * 10_000}"): "nested too deep",
    (RUN, "{}"): "valid TOML",
    (RUN, "limits:\n  cell_seconds: 60\n"): "valid TOML",
    (RUN, '{"limits": {"cell_seconds": 60}}'): "valid TOML",
}

TIER_MISTAKES = {
    ('metric = "accuracy"\n', ""): "found 'missing key metric'",
    ("metric", "Metric"): "found 'unknown key Metric'",
    ('"accuracy"', '"accuracies"'): "metric: found 'accuracies', expected one of 'accuracy'",
    ('"accuracy"', '["accuracy"]'): r"metric: found \['accuracy'\]",
    ('"accuracy"', "nan"): "metric: found nan",
    ('"accuracy"', "2026-01-31"): "metric: found datetime.date",
    ('"0.10"', "0.10"): "chance: found 0.1, expected a decimal in quotes",
    ('"0.10"', "nan"): "chance: found nan",
    ('"0.10"', "true"): "chance: found True",
    ('"0.10"', '"inf"'): "chance: found 'inf'",
    ('"0.10"', '"0,10"'): "chance: found '0,10'",
    ('"0.10"', '"10 %"'): "chance: found '10 %'",
    ('"0.10"', '""'): "chance: found ''",
    ('"0"', "0"): r"bands\[0\].from: found 0, expected a decimal in quotes",
    ('"0.5"', '".5"'): r"bands\[1\].from: found '.5'",
    ('"0.5"', '"5"'): r"bands\[1\].from: found '5'",
    ('"0.5"', "inf"): r"bands\[1\].from: found inf",
    ('from = "0.5"', 'form = "0.5"'): r"bands\[1\]: found 'unknown key form'",
    ('label = "low", ', ""): r"bands\[0\]: found 'missing key label'",
    ('"low"', '" "'): r"bands\[0\].label: found ' ', expected a text that is not empty",
    ('"low"', "60"): r"bands\[0\].label: found 60",
    ("[0, 59]", "[0, 59, 60]"): r"bands\[0\].grades: found \[0, 59, 60\]",
    ("[0, 59]", "[0, 59.5]"): r"bands\[0\].grades: found \[0, 59.5\]",
    ("[0, 59]", "[nan, 59]"): r"bands\[0\].grades: found \[nan, 59\]",
    ("[0, 59]", "[false, 59]"): r"bands\[0\].grades: found \[False, 59\]",
    ("[0, 59]", '["0", "59"]'): r"bands\[0\].grades: found \['0', '59'\]",
    ("[0, 59]", '"0-59"'): r"bands\[0\].grades: found '0-59'",
    ("[0, 59]", "[-1, 59]"): r"bands\[0\].grades: found \[-1, 59\]",
    ("[0, 59]", "{ first = 0, last = 59 }"): r"bands\[0\].grades: found {'first'",
    ("[0, 59]", f"[0, 0x{'f' * 5000}]"): r"bands\[0\].grades: found a number far too large",
    ("bands = [", "band = ["): "found 'unknown key band'",
    ("[ranked]", "[rank]"): "found 'unknown key rank'",
    ("[ranked]", "[[ranked]]"): r"ranked: found \[\{",
    ('above = "0.9"', ""): "ranked: found 'missing key above'",
    ('above = "0.9"', "above = 0.9"): "ranked.above: found 0.9",
    ('above = "0.9"', 'above = "0.9"\nlabel = ""'): "ranked.label: found ''",
    ('above = "0.9"', 'above = "0.4"'): "ranked.above: found 0.4, expected at least 0.5",
    ("[90, 100]", "[90, 101]"): r"ranked.grades: found \[90, 101\]",
    ("[90, 100]", "[80, 100]"): "found .*from grade 80 after 90.*, expected grades that never",
    ('"high"', '"low"'): "found .*'low'.*, expected a label of its own",
    (TIERS, ""): "found 'missing key bands'",
    (TIERS, "bands = 3"): "found 'missing key chance'",
    (TIERS, "# nothing yet"): "found 'missing key bands'",
    ("bands = [", "bands = 60 ["): "valid TOML",
    (TIERS, TIERS + TIERS): "Cannot overwrite a value.*valid TOML|Cannot declare",
}
