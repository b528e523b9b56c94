# Short names for what CMake's presets do (CMakePresets.json). Each of them installs what it
# needs first, through scripts/setup.
#
#   make            the program, as build/release/galatea
#   make demo       the main job on the synthetic sky
#   make test       all tests            make sanitize   the same under sanitizers
#   make bench      speed and memory     make coverage   lines that the tests reach, per room
#   make fuzz       every fuzz target, TIME seconds each
#   make lint       habits of the house  make format     put every C file into its format
#   make man        the manual pages     make install    into PREFIX (default /usr/local)
#   make clean      forget everything built

PREFIX ?= /usr/local
TIME ?= 60
GALATEA = build/release/galatea

.PHONY: all build demo test bench sanitize coverage fuzz format lint man install clean setup
all: build

setup:
	@scripts/setup

build/%: setup
	@[ -f $@/build.ninja ] || cmake --preset $*
	@cmake --build --preset $*

# What is installed, without the tests, which are half as much again.
build: setup
	@[ -f build/release/build.ninja ] || cmake --preset release
	@cmake --build --preset release --target installed

demo: build
	@scripts/demo $(GALATEA)

test: build/release
	@ctest --preset release

sanitize: build/asan
	@ctest --preset asan

bench: build
	@$(GALATEA) bench

coverage: build/coverage
	@ctest --preset coverage
	@scripts/coverage build/coverage

fuzz:
	@scripts/setup fuzz
	@[ -f build/fuzz/build.ninja ] || cmake --preset fuzz
	@cmake --build --preset fuzz
	@scripts/fuzz build/fuzz $(TIME)

format:
	@scripts/setup lint
	@scripts/format

lint:
	@scripts/setup lint
	@scripts/lint

man: build
	@echo build/release/man

install: build
	@cmake --install build/release --prefix $(PREFIX)

clean:
	rm -rf build
