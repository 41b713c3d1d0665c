# Everything a developer, a teacher or CI runs. Needs git, make and Python 3.11, 3.12 or 3.13.
#
#   PYTHON=/path/to/python   use this interpreter instead of looking for one
#   ARGS="-k idx"            more arguments for the command that the target runs

.DEFAULT_GOAL := help
SHELL = /bin/sh

VENV = .venv
BIN = $(VENV)/bin
PY = $(BIN)/python
ALL_DATA = $(PY) -m helpers.data mnist fashion-mnist && $(PY) -m helpers.apparel
ARGS =

# nbgrader starts `alembic` and kernels start `jupyter` by name.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Another project's settings must not reach into .venv.
unexport PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

.PHONY: demo test lab handout build check-build bench figures ladder answers mutants sources data all-data lock help clean

demo: $(VENV)/.installed data ## Grade a class of made-up students on real MNIST
	@$(BIN)/autograder demo $(ARGS)
	@$(PY) -m autograder.authoring.demo_class work/demo/report/grades.csv
	@echo "Next: . $(BIN)/activate, then docs/instructor.md: from here to a class of your own"

test: $(VENV)/.installed ## Check everything: style, layers, types, units, notebooks, grading
	@echo "==> ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "==> import-linter: who may import whom"
	@$(BIN)/lint-imports --no-cache --no-logo
	@echo "==> mypy beside the rest: data, then pytest: doctests, units, build, grading, solutions/"
	@# a process more than there are cores, as some tests only wait for a time limit to pass;
	@# in this order, the longest first: no process shall wait for another in the end;
	@# quiet_keras has a test of its own, and would make each process import TensorFlow
	@$(BIN)/mypy & types=$$!; \
	$(ALL_DATA) && \
	$(BIN)/pytest -n $$($(PY) -c "import os; print(os.cpu_count() + 1)") \
		--dist loadscope --no-loadscope-reorder --doctest-modules \
		--ignore-glob='solutions/*/*.py' --ignore=helpers/quiet_keras.py \
		--nbval-lax solutions tests helpers autograder $(ARGS); \
	tests=$$?; wait $$types || { echo "mypy failed: its errors stand above"; exit 1; }; exit $$tests

lab: $(VENV)/.installed data ## Open copies of the notebooks in JupyterLab, as students do
	@exec $(PY) -m helpers.course lab $(ARGS)

handout: $(VENV)/.installed ## Make what students receive: work/handout/digits-course.zip
	@$(BIN)/autograder handout $(ARGS)

build: $(VENV)/.installed all-data ## Make solutions/*.ipynb and notebooks/ from the scripts
	@$(BIN)/autograder build $(ARGS)

check-build: $(VENV)/.installed all-data ## Fail if solutions/*.ipynb or notebooks/ are out of date
	@$(BIN)/autograder build --check $(ARGS)

bench: $(VENV)/.installed ## Compare with nbgrader's autograde and otter's run; needs root, takes long
	@$(PY) -m benchmarks.speed.throughput $(ARGS)

figures: $(VENV)/.installed all-data ## Print what the solutions of 04 and 05 reach, by default and in full; 25 minutes
	@$(PY) -m benchmarks.figures.clustering
	@$(PY) -m benchmarks.figures.clustering --images 60000
	@$(PY) -m benchmarks.figures.multilabel --networks capstone capstone-full sigmoid softmax

ladder: $(VENV)/.installed all-data ## Print what methods from naive to strong reach in 03, 04 and 05; 20 minutes
	@$(PY) -m benchmarks.validity.ladder $(ARGS)

answers: $(VENV)/.installed ## Print what right and wrong answers to each exercise get
	@$(PY) -m tests.support.answers $(ARGS)

mutants: $(VENV)/.installed ## Print how many mutants of each solution get full points
	@$(PY) -m tests.support.mutants $(ARGS)

sources: $(VENV)/.installed all-data ## Run what the course quotes of its sources, and print what comes out; 8 minutes
	@$(PY) -m benchmarks.sources $(ARGS)

data: $(VENV)/.installed ## Download MNIST (about 12 MB) unless it is there
	@$(PY) -m helpers.data mnist

all-data: $(VENV)/.installed ## The same, with Fashion-MNIST (about 30 MB more) and apparel from it
	@$(ALL_DATA)

lock: $(VENV)/.installed ## Resolve requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra grade --extra dask --extra postgresql --extra dev --universal --generate-hashes --no-strip-extras \
		--python-version 3.11 -o requirements.lock $(ARGS)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

clean: ## Remove .venv and caches; keep work/ (grades) and data/downloads/
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps, because pyproject.toml changes often and the packages seldom.
# A stamp is the last thing written: an interrupted or failed install is tried again.
$(VENV)/.installed: $(VENV)/.packages pyproject.toml
	@echo "==> Installing this project into $(VENV) (a few seconds)"
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/autograder kernels >/dev/null
	@mkdir -p $(VENV)/etc/jupyter/jupyter_server_config.d
	@cp autograder/gradebook/formgrader.json $(VENV)/etc/jupyter/jupyter_server_config.d/digits_course.json
	@touch $@

$(VENV)/.packages: requirements.lock
	@sh .ci/install $(VENV) $(PYTHON)
