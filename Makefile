PYTHON ?= python3
PYTHON_SPARK35 ?= python3.11
VENV ?= .venv
VENV_SPARK35 ?= .venv-spark35
VENV_LAKE ?= .venv-lake

# The longest first, and none so long that one session waits for it in the end.
TESTS := test-methods test-contract test-evaluation test-processes
CONTRACT := tests/contract tests/io
EVALUATION := tests/benchmark tests/cli tests/html_report tests/model_selection
LAKE := tests/lake tests/contract/test_contract.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-quick $(TESTS) test-connect test-spark35 test-lake
.PHONY: lint format build clean

help: ## Show this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: $(VENV)/.demo ## Resample made-up data on this machine and show what came out
	$(VENV)/bin/python -m spark_smote.runtime.java
	$(VENV)/bin/spark-smote demo

# A session waits for small jobs most of its time: two at once take little more than one alone.
test: $(VENV)/.dev ## Run all tests on the newest Spark, two sessions at a time
	$(VENV)/bin/python -m spark_smote.runtime.java
	+@$(MAKE) --no-print-directory --output-sync=target $(if $(filter -j%,$(MAKEFLAGS)),,--jobs=2) \
	    $(TESTS)

test-quick: $(VENV)/.dev ## Run the tests that need no Spark, and SMOTE's own once: a minute
	$(VENV)/bin/python -m spark_smote.runtime.java
	$(VENV)/bin/python -m pytest -m "quick or not (spark or cluster)"

test-contract: $(VENV)/.dev
	$(VENV)/bin/python -m spark_smote.runtime.java
	$(VENV)/bin/python -m pytest -m "not cluster" $(CONTRACT)

test-methods: $(VENV)/.dev
	$(VENV)/bin/python -m spark_smote.runtime.java
	$(VENV)/bin/python -m pytest -m "not cluster" $(patsubst %,--ignore=%,$(CONTRACT) $(EVALUATION))

test-evaluation: $(VENV)/.dev
	$(VENV)/bin/python -m spark_smote.runtime.java
	$(VENV)/bin/python -m pytest -m "not cluster" $(EVALUATION)

test-processes: $(VENV)/.dev
	$(VENV)/bin/python -m spark_smote.runtime.java
	$(VENV)/bin/python -m pytest -m cluster

test-connect: $(VENV)/.dev ## Run the portable tests on a Spark Connect session
	$(VENV)/bin/python -m spark_smote.runtime.java
	SPARK_SMOTE_TEST_SESSION=connect $(VENV)/bin/python -m pytest \
	    -m "portable and not variant and not cluster"

test-spark35: $(VENV_SPARK35)/.dev ## Run the portable tests on Spark 3.5
	$(VENV_SPARK35)/bin/python -m spark_smote.runtime.java
	SPARK_SMOTE_TEST_SESSION=classic $(VENV_SPARK35)/bin/python -m pytest \
	    -m "portable and not variant"

test-lake: $(VENV_LAKE)/.dev ## Run the lake tests on Spark 4.1 with Delta and Iceberg
	$(VENV_LAKE)/bin/python -m spark_smote.runtime.java
	SPARK_SMOTE_TEST_SESSION=lake $(VENV_LAKE)/bin/python -m pytest \
	    -m "lake or (portable and quick and not variant)" $(LAKE)

lint: $(VENV)/.dev ## Check style and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

format: $(VENV)/.dev ## Put the code in order
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

# spark-submit --py-files takes .zip but not .whl, and a wheel is a zip.
build: $(VENV)/bin/pip ## Build the wheel, and dist/spark_smote.zip for --py-files
	rm -rf dist
	$(VENV)/bin/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	cp dist/*.whl dist/spark_smote.zip
	@ls dist

clean: ## Remove environments, builds and caches
	rm -rf $(VENV) $(VENV_SPARK35) $(VENV_LAKE) build dist artifacts spark-warehouse metastore_db derby.log
	rm -rf .pytest_cache .mypy_cache .ruff_cache
	find spark_smote jobs tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.demo: $(VENV)/bin/pip pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/pip pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev]'
	@touch $@

# Spark 3.5 is of the time of Python 3.11, NumPy 1 and an Arrow that works with it.
$(VENV_SPARK35)/.dev: $(VENV_SPARK35)/bin/pip pyproject.toml
	$(VENV_SPARK35)/bin/python -m pip install --quiet --editable . \
	    'pyspark[sql,connect]==3.5.*' 'pandas<3' 'numpy<2' 'pyarrow<18' \
	    pytest chispa imbalanced-learn psutil build
	@touch $@

# The newest Spark that both Delta and Iceberg have jars for; moto is an S3 on this machine.
$(VENV_LAKE)/.dev: $(VENV_LAKE)/bin/pip pyproject.toml
	$(VENV_LAKE)/bin/python -m pip install --quiet --editable . \
	    'pyspark[sql,connect]==4.1.*' pytest chispa imbalanced-learn psutil matplotlib \
	    'moto[server]' boto3
	@touch $@

# The variable that names the interpreter, the folder, the condition and the condition in words.
define venv
@$($(1)) -c 'import sys; sys.exit(not $(3))' 2>/dev/null || { echo "$($(1)) is \
$$($($(1)) --version 2>/dev/null || echo missing) and $(4) is needed: install it and name it, as in \
make $(1)=/path/to/python." >&2; exit 1; }
$($(1)) -m venv $(2)
endef

$(VENV)/bin/pip:
	$(call venv,PYTHON,$(VENV),sys.version_info.minor >= 11,Python 3.11 or newer)

$(VENV_LAKE)/bin/pip:
	$(call venv,PYTHON,$(VENV_LAKE),sys.version_info.minor >= 11,Python 3.11 or newer)

$(VENV_SPARK35)/bin/pip:
	$(call venv,PYTHON_SPARK35,$(VENV_SPARK35),sys.version_info.minor == 11,Python 3.11)
