# One command a wish; each target installs by itself what it needs (scripts/setup).
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

.DEFAULT_GOAL := build
.PHONY: build test demo bench bench-big bench-programs lint tidy format asan tsan install clean help

build: ## Build build/tollgate, build/tollgate-sandbox and build/plugins/*.so
	@scripts/setup build
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target src/all plugins/all

test: ## Build everything and run every test that needs no more than this machine
	@scripts/setup test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS)
	ctest --preset release --no-label-summary

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

install: build ## Copy binaries and plugins below PREFIX (/usr/local), with DESTDIR in front
	install -D -m 0755 -t $(DESTDIR)$(PREFIX)/bin build/tollgate build/tollgate-sandbox
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/lib/tollgate/plugins build/plugins/*.so

clean: ## Remove what was built
	rm -rf build build-dev build-asan build-tsan

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  %-10s %s\n' "$$name" "$$text"; done
