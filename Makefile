# One command a wish; each target installs by itself what it needs (scripts/setup).
JOBS ?= $(shell nproc)
T ?= 60
PREFIX ?= /usr/local

.DEFAULT_GOAL := build
.PHONY: build test test-long crash simulate demo bench bench-big bench-bill bench-programs lint tidy format asan tsan fuzz install new-channel clean help

build: ## Build build/tollgate, build/tollgate-sandbox and build/plugins/*.so
	@scripts/setup build
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target src/all plugins/all

test: ## Build everything and run every test that needs no more than this machine
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS)
	ctest --preset release --no-label-summary

crash: ## Kills, failing disks, power cuts at length (KILLS=500, TOLLGATE_SEED=n repeats)
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target src/all plugins/all disk
	TOLLGATE_BUILD=build test/crash/run.py

SEEDS ?= 100
simulate: ## The platform in simulated time, from SEEDS=100 fresh seeds; failing ones are kept
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target tollgate-simulate
	build/tollgate-simulate --keys build/simulate-keys --known test/simulate/seeds.txt \
	  --keep test/simulate/seeds.txt --seeds $(SEEDS)

LIFETIMES ?= 10000
test-long: ## The same until LIFETIMES=10000 payments were played, each with its mishaps (some minutes)
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target tollgate-simulate
	build/tollgate-simulate --keys build/simulate-keys --known test/simulate/seeds.txt \
	  --keep test/simulate/seeds.txt --lifetimes $(LIFETIMES)

demo: ## Server and simulator: an order is placed, paid and reported (DEMO_EXIT=1: then end)
	@scripts/setup demo
	@$(MAKE) --no-print-directory build
	@scripts/demo

bench: ## Measure the built server against what the machine can do (some minutes; build/bench.json)
	@$(MAKE) --no-print-directory bench-programs
	test/bench/run.py

bench-big: ## The same with a file of ten million orders (long; some 30 GB in build/bench)
	@$(MAKE) --no-print-directory bench-programs
	test/bench/run.py --big

LINES ?= 2000000
bench-bill: ## A bill of LINES=2000000 lines against as many rows: what is found, how fast, at which peak
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target src/all plugins/all
	TOLLGATE_BUILD=build test/bench/bill.py $(LINES)

bench-programs:
	@scripts/setup bench
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target bench_programs

lint: ## The house's rules, the format, and clang-tidy over what changed since HEAD
	@scripts/setup lint
	cmake --preset release
	test/lint/lint.py
	scripts/format --check
	scripts/tidy --changed

tidy: ## clang-tidy over everything (long; files that passed before are skipped)
	@scripts/setup lint
	cmake --preset release
	scripts/tidy --all

format: ## Put every C and C++ file into the house's format
	@scripts/setup lint
	scripts/format

asan: ## Build and test under AddressSanitizer and UndefinedBehaviorSanitizer
tsan: ## Build and test under ThreadSanitizer
asan tsan:
	@scripts/setup test
	cmake --preset $@
	cmake --build --preset $@ --parallel $(JOBS)
	ctest --preset $@ --no-label-summary

fuzz: ## Run every fuzz target T seconds (T=60); FUZZ="url time" picks some
	@scripts/setup fuzz
	cmake --preset fuzz
	cmake --build --preset fuzz --parallel $(JOBS)
	scripts/fuzz $(T) $(FUZZ)

install: build ## Programs, plugins and the channel SDK into PREFIX (DESTDIR is heeded)
	DESTDIR=$(DESTDIR) cmake --install build --prefix $(PREFIX)

new-channel: ## A channel plugin from the template (NAME=foo, DIR=folder that is not there yet)
	@scripts/new-channel $(NAME) $(or $(DIR),$(NAME))

clean: ## Remove what was built
	rm -rf build build-dev build-asan build-tsan build-fuzz

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  %-10s %s\n' "$$name" "$$text"; done
