# Needs: Debian 12, Python 3.11, git, make. Everything else it installs into .tools and .venv.
UV := .tools/bin/uv
RUN := $(UV) run --frozen --no-sync
STAMP := .venv/.synced
# Programs and, where it has another name, their Debian package; tests/needs.py: what happens where one is missing.
PROGRAMS := mosquitto aplay:alsa-utils

.PHONY: setup programs demo test lint bench fuzz crash soak matrix sbom mutation proof clean

setup: $(STAMP) programs

programs:
	@missing=; for one in $(PROGRAMS); do (PATH=$$PATH:/usr/sbin; command -v $${one%:*} >/dev/null) || missing="$$missing $${one#*:}"; done; \
	[ -z "$$missing" ] \
	|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } \
	|| echo "not installed:$$missing (as root: apt-get install$$missing); the tests that need it do not run"

$(UV):
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } || { echo "python3-venv is missing: as root, apt-get install python3-venv"; exit 1; }
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

$(STAMP): $(UV) uv.lock pyproject.toml
	$(UV) sync --frozen --quiet
	@touch $@

demo: $(STAMP)
	$(RUN) infusiond-sim demo

lint: $(STAMP)
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

test: lint programs
	$(RUN) pytest -n auto --dist loadfile

bench: $(STAMP)
	code=0; for one in stop_latency feed_latency restart campaign_speed; do $(RUN) python -m tests.bench.$$one || code=1; done; exit $$code

fuzz: INPUTS ?= 1000000
fuzz: $(STAMP)
	$(RUN) python -m tests.fuzz --inputs $(INPUTS) $(TARGETS)

crash: $(STAMP)
	$(RUN) python -m tests.crash
	$(RUN) python -m tests.crash.real

soak: $(STAMP)
	$(RUN) python -m tests.soak

matrix: $(STAMP)
	$(RUN) python -m tests.matrix

mutation: SAMPLE ?= 0
mutation: SEED ?= 1
mutation: $(STAMP)
	$(RUN) python -m tests.mutation --sample $(SAMPLE) --seed $(SEED)

sbom: $(STAMP)
	$(RUN) python -m tests.sbom

proof: SEEDS ?= 0:100
proof: HOURS ?= 1
proof: ENGINE_HOURS ?= 10
proof: SWEEP ?= 24
proof: SWITCHES ?= 0:20000
proof: $(STAMP)
	$(RUN) python -m tests.proof --seeds $(SEEDS) --hours $(HOURS) --engine-hours $(ENGINE_HOURS) --sweep $(SWEEP) --switches $(SWITCHES)

clean:
	rm -rf build .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis
