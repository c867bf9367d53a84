# A thin face over the CMake presets: make, make demo, make check,
# make fuzz, make bench, make install.

PRESET ?= release
PREFIX ?= install
TALE ?= Once upon a time
SECONDS ?= 60

# With MLIR_DIR (PREFIX/lib/cmake/mlir) LLVM is elsewhere and nothing is
# installed from Debian's packages.
MLIR_DIR ?=
configure = cmake --preset $(1) $(if $(MLIR_DIR),-DMLIR_DIR="$(MLIR_DIR)")

checked := release asan tsan

.PHONY: all setup demo chat check fuzz bench install clean
.DELETE_ON_ERROR:

all: build/$(PRESET)/build.ninja
	cmake --build --preset $(PRESET)

setup:
	$(if $(MLIR_DIR),,@cmake/setup.sh)

build/%/build.ninja: CMakePresets.json | setup
	$(call configure,$*)

demo: all
	build/$(PRESET)/bin/gptc models/fairy -o build/$(PRESET)/fairy
	build/$(PRESET)/fairy -p "$(TALE)" -n 200

# A chat with a model that people have; -n and other flags as CHAT_FLAGS.
chat: all
	cmake/smollm2.sh build/smollm2
	build/$(PRESET)/bin/gptc build/smollm2/smollm2.gguf -o build/$(PRESET)/smollm2
	build/$(PRESET)/smollm2 --chat $(CHAT_FLAGS)

# The tests that fail are counted in the end, so that one preset's failures do
# not hide the next one's; a build that fails stops at once.
check: $(checked:%=build/%/build.ninja)
	@cmake/smollm2.sh build/smollm2 || echo "check: no SmolLM2, its test is left out"
	@rm -f $(checked:%=build/%/test-results.json)
	for preset in $(checked); do \
	  cmake --build --preset $$preset --target all test-depends || exit 1; \
	  cmake --build --preset $$preset --target check-gptc || true; \
	done
	@python3 test/summary.py $(checked:%=build/%/test-results.json)

# Each reader of files for SECONDS, from the inputs in test/fuzz/corpus.
fuzz: build/fuzz/build.ninja
	cmake --build --preset fuzz
	test/fuzz/run.sh build/fuzz $(SECONDS)

# Peers are installed from PyPI where it is reachable. A part of it, or faster:
# make bench BENCH_FLAGS="--only kernels,start --peers none --turns 3"
bench: all
	python3 bench/run.py build/$(PRESET)/bin/gptc clang++-22 build/$(PRESET)/bench $(BENCH_FLAGS)

install: all
	cmake --install build/$(PRESET) --prefix "$(PREFIX)"

clean:
	rm -rf build
