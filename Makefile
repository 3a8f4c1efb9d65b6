# make demo: the main job on the examples. make test: everything that has to hold. make bench: how fast, as ratios.
# make faults: killed at every step, without database, disk or mail, two at once; takes about a quarter of an hour.
PYTHON ?= python3
BIN = .venv/bin
DEMO = build/demo

.PHONY: demo test faults bench generate released messages clean

demo: .venv/flows
	@sh examples/demo.sh $(BIN) $(DEMO)

test: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term

faults: .venv/dev
	$(BIN)/python tests/faults.py

bench: .venv/dev
	$(BIN)/python tests/bench.py

generate: .venv/dev
	$(BIN)/python tests/generated.py
	$(BIN)/python tests/conformance.py
	$(BIN)/python tests/consoles.py

released: .venv/dev
	$(BIN)/python tests/compatible.py

messages: .venv/dev
	$(BIN)/python tests/messages.py

clean:
	rm -rf .venv build dist

.venv/flows: pyproject.toml
	@echo "Creating .venv with all that is needed; the first time this takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[flows,web]"
	@touch $@

.venv/dev: .venv/flows
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[flows,web,dev]"
	@touch $@
