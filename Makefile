# `make` lists the targets. Needs make and Python 3.11 or newer; everything else is installed into .venv.
PYTHON := .venv/bin/python
INSTALL := sh deploy/local/install.sh
COMPILE = $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
FAST_TESTS := tests/architecture tests/contracts tests/property tests/unit
WORKERS := 3
PYTEST := $(PYTHON) -m pytest -n $(WORKERS) --no-loadscope-reorder

# Otherwise each of some twenty processes compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test check soak gates scan asn key preview clock check-invariants contracts mails mail mutants bench clean lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Run everything on this machine until Ctrl-C (ONCE=1 ends after the sample shift, KEEP=1 keeps the data)
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local up

test: ## Run the gates and every test
	@$(INSTALL) dev
	@$(MAKE) --no-print-directory gates
	@$(PYTEST)

check: ## Run the gates and the fast tests (before every commit)
	@$(INSTALL) dev
	@$(MAKE) --no-print-directory gates
	@EFFORT=0.1 $(PYTEST) -n 2 $(FAST_TESTS)

soak: ## Run what takes hours: thousands of histories, five storms, three fresh checkouts on a busy machine
	@$(INSTALL) dev
	@EFFORT=10 $(PYTHON) -m pytest tests/property tests/soak

gates:
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

scan: ## Be a handheld scanner on the running installation: make scan NODE=ams ASN=north-trading/ASN-1002
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local scan "$(NODE)" "$(ASN)" "$(or $(DEVICE),terminal-1)"

asn: ## Hand a supplier's file in on the running installation: make asn FILE=truck.edi SENDER=mills
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local asn "$(FILE)" --sender "$(or $(SENDER),supplier)"

key: ## Make a key for the HTTP API of the running installation: make key NAME=me SCOPE="read scan" MERCHANT=… NODE=…
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local key "$(or $(NAME),me)" "$(or $(SCOPE),read)" "$(MERCHANT)" "$(NODE)"

preview: ## Say who would gain and lose by a slip, a receipt and a move: make preview SUPPLY=… DAYS=5 SKU=… UNITS=50
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local preview

clock: ## Move the clock of the running installation forward: make clock TO=2027-03-12T09:00
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local clock "$(TO)"

check-invariants: ## Check what must always be true on the running installation (or on DATABASE_URL)
	@$(INSTALL) local
	@$(PYTHON) -m deploy.invariants

mails: ## Compile the template of mails (MJML) into the HTML that is committed
	@$(INSTALL) dev
	@$(PYTHON) -m deploy.mails

mail: ## Write every mail, in every language and two brands, on pages to look at in a browser
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local.mail_gallery

contracts: ## Generate AsyncAPI, schemas and the flow from the contracts
	@$(INSTALL) local
	@$(PYTHON) -m shared.contracts.asyncapi

mutants: ## Break the rules of allocation one by one, and name each breach that no test notices (half an hour)
	@$(INSTALL) dev
	@rm -rf mutants
	nice -n 10 .venv/bin/mutmut run --max-children 1
	@$(PYTHON) -m tests.mutation

bench: ## Measure it beside its floors (QUICK=1 a tenth, 3 minutes; ONLY="P2 P6" a part)
	@$(INSTALL) dev
	@$(PYTHON) -m tests.performance.bench

clean: ## Remove the data of local runs and tests
	@$(INSTALL) local
	@$(PYTHON) -m deploy.local clean

lock: ## Pin the newest allowed versions in requirements/*.txt
	@$(INSTALL) dev
	$(COMPILE) pyproject.toml -o requirements/run.txt
	$(COMPILE) --group local pyproject.toml -c requirements/run.txt -o requirements/local.txt
	$(COMPILE) --group dev pyproject.toml -c requirements/local.txt -o requirements/dev.txt
