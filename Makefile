# Every target runs its set-up first (.ci/setup), which takes no time when nothing has changed.
# Settings come from the environment: see docs/runbook.md.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run run-rabbit test access fuzz faults canaries machines nemesis cluster bench bench-hearing bench-learning isolated check check-types check-code check-imports check-committed check-drift \
  generate fmt migrate up down logs release-schemas lock model protocol clients cost uploads bench-spoken conversation-bench pooler nginx rolling-test k8s-check alerts-check week

bin := .venv/bin
python := $(bin)/python
sources := libs services voxbus deploy tests bench samples conftest.py
# a run of tests uses bytecode: with it collecting took 6.1 s, without it 9.8, and importing the product 1.8 s, without 2.1
with_bytecode := env -u PYTHONDONTWRITEBYTECODE

# Tests with made-up examples take the same ones each time, and no example is too slow: what they find must not depend on
# the day or the machine. `make faults` and `make machines` look for new ones. (It is hypothesis that reads CI.)
test isolated: export CI = true

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start all five services in one process, with nothing else to install
	@.ci/setup run
	@exec $(python) -m voxbus run

run-rabbit: ## start the five services as five processes on RabbitMQ
	@.ci/setup run
	@exec $(python) -m voxbus run-rabbit

test: ## run the tests in three workers with a RabbitMQ and a Postgres each (WORKERS=2 for fewer)
	@.ci/setup dev
	@$(with_bytecode) $(python) -m pytest -q -n $(or $(WORKERS),3) --no-loadscope-reorder --budget --durations=10 $(args)

access: ## ask for every operation as everyone: nobody, a thief, the wrong person, the right one; prints a table
	@.ci/setup dev
	@$(python) -m pytest -q -n 0 -s --landing tests/e2e/test_access.py $(args)

fuzz: ## ask for whatever schemathesis makes up, as everyone, until it is stopped (MINUTES=5 SEED=7, or ROUNDS=4)
	@.ci/setup dev
	@PYTHONHASHSEED=0 $(with_bytecode) $(python) -m tests.fuzz $(if $(SEED),--seed $(SEED)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(MINUTES),--minutes $(MINUTES))

faults: ## inject every fault in full, and report what was lost or done twice (args="-k database" for some)
	@.ci/setup dev
	@$(with_bytecode) $(python) -m pytest -q tests/faults tests/bench --faults=all --durations=5 $(args)
	$(if $(args),,@$(with_bytecode) $(python) -m pytest -q -m "in_full or landing" --faults=all --ignore=tests/faults --ignore=tests/bench)

canaries: ## erase a person who left a word in every field and look for the words everywhere; the same with callers' keys
	@.ci/setup dev
	@$(with_bytecode) $(python) -m pytest -q -n 0 --faults=all tests/faults/test_canaries_everywhere.py tests/faults/test_canaries_of_admins.py tests/faults/test_canary_keys.py $(args)

machines: ## run each state machine at length on a real database (EXAMPLES=2000; 200 by default)
	@.ci/setup dev
	@VOXBUS_TEST_EXAMPLES=$(or $(EXAMPLES),200) $(with_bytecode) $(python) -m pytest -q -k test_machine libs services $(args)

k8s-check: ## build every overlay of deploy/k8s and check it; CRD_SCHEMAS=folder also checks operators' kinds
	@.ci/setup dev
	@$(with_bytecode) $(python) -m pytest -q -n 0 tests/k8s $(args)

week: ## walk through a learner's week by a moved clock, in one process and on RabbitMQ; needs Debian's libfaketime
	@.ci/setup dev
	@$(with_bytecode) $(python) -m pytest -q -n 0 --faults=all tests/week $(args)

alerts-check: ## have promtool check and try the rules, then make faults until the named alerts fire and clear; needs Debian's prometheus
	@.ci/setup dev
	@$(python) -m tests.observability.promtool
	@$(with_bytecode) $(python) -m pytest -q -n 0 --faults=all tests/observability/test_promtool.py tests/faults/test_alerts.py $(args)

pooler: ## run conformance and faults behind PgBouncer, both modes, and print its cost; needs Debian's pgbouncer (args="-k restart")
	@.ci/setup dev
	@test -x /usr/sbin/pgbouncer || { echo "make pooler needs PgBouncer: apt-get install pgbouncer" >&2; exit 1; }
	@for mode in session transaction; do \
	  VOXBUS_TEST_POOLER=$$mode $(with_bytecode) $(python) -m pytest -q -n 0 --landing tests/conformance tests/faults tests/e2e/test_retention.py $(args) || exit 1; \
	done
	@$(python) -m bench --rows pooler --rounds 5

nemesis: ## inject faults at random under load: SEED=7 MINUTES=30, or HISTORY=file to repeat a run
	@.ci/setup dev
	@$(with_bytecode) $(python) -m tests.faults.nemesis $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) \
	  $(if $(HISTORY),--replay $(HISTORY))

cluster: ## cut off one of three RabbitMQ nodes under load and bring it back; needs root, for network namespaces
	@.ci/setup dev
	@$(with_bytecode) $(python) -m tests.faults.cluster

bench: ## measure the speed beside the same work written by hand, in half an hour (args="--rounds 3" for fewer)
	@.ci/setup dev
	@$(python) -m bench $(args)

bench-learning: ## measure a learner's requests, a streak of ten years and a rebuild (args="--rounds 50 --people 20")
	@.ci/setup dev
	@$(python) -m bench.learning $(args)

bench-hearing: ## measure what speech makes of readings, noises and whispers; needs flite (args="--readings 6 --voices 2")
	@.ci/setup dev
	@$(python) -m bench.hearing $(args)

conversation-bench: ## measure a conversation through Voxbus beside one with its provider, and a plain proxy (args="--rounds 3")
	@.ci/setup dev
	@$(python) -m bench.conversation $(args)

bench-spoken: ## read out what is written short in every right way, and write docs/spoken-forms.md; needs flite
	@.ci/setup dev
	@$(python) -m bench.spoken_forms

isolated: ## run each service's tests with only what that service declares
	@.ci/setup dev
	@$(with_bytecode) .ci/isolated

check: ## lint, format, types, import rules, migration drift, committed schemas, what was released
	@.ci/setup dev
	@$(MAKE) -j 2 --output-sync=target check-types check-code check-imports check-committed check-drift

check-types:
	$(bin)/mypy $(sources)

check-code:
	$(bin)/ruff check .
	$(bin)/ruff format --check .

check-imports:
	$(bin)/lint-imports

check-committed:
	$(python) -m voxbus.checks committed
	$(python) -W ignore -m deploy.observability.grafana
	$(python) -m voxbus.checks released
	$(python) -m deploy.observability.make_rules

check-drift:
	$(python) -m voxbus.checks drift

generate: ## write the generated files again: schemas, OpenAPI, the list of queues, pages about messages, dashboards
	@.ci/setup dev
	@$(python) -m voxbus.checks committed --write
	@$(python) -m deploy.observability.make_rules --write
	@$(python) -W ignore -m deploy.observability.grafana --write

clients: ## compile ordinary use of the TypeScript clients that two generators make of the document; needs npm
	@tests/clients/run

fmt: ## format the code, fix what ruff can fix, and name what is left
	@.ci/setup dev
	$(bin)/ruff check --fix-only .
	$(bin)/ruff format .
	$(bin)/ruff check .

migrate: ## bring a database up to date: the one VOXBUS_DATABASE_URL names, or the embedded one
	@.ci/setup run
	@exec $(python) -m voxbus migrate

up: ## build and start everything as containers, with nginx at http://localhost:8000 (args="--scale speech=3")
	@.ci/engine
	@docker compose up --build --wait $(args)

down: ## stop the containers of make up; their data stay (args=--volumes deletes them)
	@.ci/engine
	@docker compose down $(args)

.PHONY: dashboards-check
dashboards-check: ## run every expression of dashboards and rules over a run with faults; needs Debian's prometheus (args=--pictures draws them)
	@.ci/setup dev
	@$(with_bytecode) $(python) -W ignore -m tests.observability $(args)

.PHONY: compose-test
compose-test: ## run the containers for real: rights, requests, kills under load (args="--only attempt drain" for some); needs Docker
	@.ci/engine
	@.ci/setup dev
	@$(python) -m tests.compose $(args)

logs: ## follow the logs: of make up when it runs, else of make run or make run-rabbit (args=speech for one service of make up)
	@if [[ -n $$(docker compose ps --quiet 2>/dev/null) ]]; then exec docker compose logs --follow --tail 40 $(args); fi; \
	logs=("$${VOXBUS_DATA_DIR:-.voxbus}"/logs/*.log); \
	[[ -e $${logs[0]} ]] || { echo "There are no logs yet: start with make run." >&2; exit 1; }; \
	exec tail -n 40 -F "$${logs[@]}"

cost: ## print what each resource and each slow verb costs its author, in files and lines
	@.ci/setup dev
	@$(python) -m tests.resource_cost

uploads: ## print which clients read the answer to an upload that was refused while they sent it
	@.ci/setup dev
	@$(python) -m tests.faults.upload_table

nginx: ## send 10,000 requests through an nginx that keeps its connections, in four minutes; needs nginx
	@.ci/setup dev
	@$(python) -m tests.faults.proxy_table $(args)

rolling-test: ## roll from the release before to this one and back under load, behind nginx, in ten minutes; needs nginx (args="--previous COMMIT")
	@.ci/setup dev
	@$(with_bytecode) $(python) -m tests.rolling $(args)

model: ## install a small language model, 105 to 125 MB, for VOXBUS_LOCAL_MODEL=smollm2; nothing else needs it
	@.ci/setup run
	@.ci/model

protocol: ## check the models of the protocol in Spin (docs/model), in minutes; needs spin and gcc
	@docs/model/check

release-schemas: ## make today's message schemas the released ones, which later changes must keep
	@.ci/setup dev
	@$(python) -m voxbus.checks release

lock: ## lock the dependencies again, with hashes (args=--upgrade for newer versions)
	@.ci/setup dev
	@.ci/lock $(args)
