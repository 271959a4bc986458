# make demo   install into .venv and open the console on the local simulator
# make test   install the test tools and run the tests
# make test-long  the tests of thousands of cases, which `make test` leaves out
# make lint   format check, lint, types, import contracts
# make messages  bring the messages of the code into the catalogs of the translations
# make pictures   draw the pictures of docs/ anew
# make foreign  packages that others wrote, against the simulator: installs them below .foreign/ first
# make browser  what the tests in a browser's terminal need: xterm.js below .browser/, Chromium on PATH
# make bench  print the benchmark ratios (tests/benchmarks/)

# make demo PYTHON=python3.12 names the Python; without it tools/make-venv looks for the newest
export PYTHON
BIN := .venv/bin

.PHONY: demo test test-long browser foreign lint format bench pictures messages clean

demo: .venv/.installed
	@$(BIN)/dsqltui --local

test: .venv/.installed-dev
	$(BIN)/python -m pytest -n 4 --dist worksteal

test-long: .venv/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

lint: .venv/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

browser:
	@tools/browser-parts

foreign: .venv/.installed-dev
	PYTHONPATH=tests $(BIN)/python -m foreign.gate $(SUITES)

bench: export PYTHONPATH = tests
bench: .venv/.installed-dev
	$(BIN)/python tests/benchmarks/simulator.py
	$(BIN)/python tests/benchmarks/emulator.py
	$(BIN)/python tests/benchmarks/headless.py
	$(BIN)/python tests/benchmarks/scripts.py
	$(BIN)/python tests/benchmarks/typing_cost.py
	$(BIN)/python tests/benchmarks/editor.py
	$(BIN)/python tests/benchmarks/completion.py
	$(BIN)/python tests/benchmarks/results.py
	$(BIN)/python tests/benchmarks/sidebar.py
	$(BIN)/python tests/benchmarks/bulk.py
	$(BIN)/python tests/benchmarks/storm.py

messages: .venv/.installed-dev
	$(BIN)/python tools/messages.py

pictures: .venv/.installed-dev
	@tools/make-venv local,dev,pictures
	$(BIN)/python tests/pictures/draw.py

.venv/.installed: pyproject.toml constraints.txt
	@echo "dsqltui: installing into .venv (once)"
	@tools/make-venv local
	@touch $@

.venv/.installed-dev: pyproject.toml constraints.txt
	@echo "dsqltui: installing with the test tools into .venv (once)"
	@tools/make-venv local,dev
	@touch .venv/.installed $@

clean:
	rm -rf .venv dist build
