# Everything on a fresh machine with Rust, a C++ compiler, make, and Python 3.8 or newer with pip. `make help` lists the targets.
#
# Set by the user where wanted: FSL_EXP_CACHE (what is downloaded lies there), LIBTORCH or LIBTORCH_USE_PYTORCH
# (a libtorch of one's own: none is fetched), CARGO_TARGET_DIR, SPEC (what `make run` runs), JOBS, RUNS and SEED (of
# `make soak`), TARGET and TIME (what `make fuzz` fuzzes, and for how many seconds).

.DEFAULT_GOAL := help
SHELL := /bin/sh

SPEC ?= experiments/quickstart.toml
JOBS ?=
RUNS ?=
SEED ?=
BUILT := $(or $(CARGO_TARGET_DIR),target)
TARGET ?= csv
TIME ?= 600
# Set but empty would reach torch-sys as a folder without a name.
ifeq ($(LIBTORCH),)
unexport LIBTORCH
endif

.PHONY: help tools libtorch build run test soak lint deny sanitize fmt golden fuzz bench bench-quick growth clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

tools:
	@scripts/tools.sh

libtorch: ## fetch the pinned libtorch into the cache and link it as .libtorch (nothing to do where LIBTORCH is set)
	@scripts/libtorch.sh

build: tools libtorch ## the release binaries, in target/release
	cargo build --release --locked --bins --workspace

run: build ## build, then run experiments/quickstart.toml (SPEC=… another one, JOBS=… trials at once)
	"$(BUILT)/release/fsl-exp" run $(SPEC) $(if $(JOBS),--jobs $(JOBS))

# The tests need no network. Those that need a real encoder, real texts, a browser or Python packages run where these are there.
test: tools libtorch ## all tests
	cargo build --locked --workspace --bins
	@"$(BUILT)/debug/fsl-exp" fetch all-MiniLM-L6-v2 tweets || \
		echo "notice: not everything could be fetched; the tests that need it will say so and be skipped" >&2
	@scripts/test.sh

soak: export SOAK_RUNS := $(RUNS)
soak: export SOAK_SEED := $(SEED)
soak: tools libtorch ## disturb hundreds of small experiments: ten to twenty minutes (RUNS=500 SEED=1; RUNS=1 SEED=… repeats one)
	cargo build --locked --workspace --bins
	cargo test --locked --workspace --test integration soak::whole -- --ignored --nocapture

lint: tools libtorch ## formatting, clippy and documentation, warnings being errors
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace --no-default-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

deny: ## licences, sources and known vulnerabilities of all packages (deny.toml); builds cargo-deny into the cache once
	@scripts/deny.sh

sanitize: libtorch ## unsafe code under Miri and AddressSanitizer; needs a nightly toolchain with miri and rust-src
	@scripts/sanitize.sh

fmt: ## format the code
	cargo fmt

golden: ## make the golden files anew, in a Python environment in the cache (see tests/golden)
	scripts/golden.sh

fuzz: tools $(if $(filter config tokenizer tokenizer_json safetensors pickle,$(TARGET)),libtorch) ## fuzz a reader of foreign files with nightly Rust (TARGET=csv TIME=600; see fuzz/README.md)
	scripts/fuzz.sh $(TARGET) $(TIME)

# FSL_EXP: a program that is built already. What else can be set: bench/README.md.
bench: $(if $(FSL_EXP),,build) ## measure fsl-exp beside its peers: some hours; installs them into the cache, about 7 GB
	bench/install.sh
	python3 bench/run.py

bench-quick: export BENCH_STEPS ?= 6
bench-quick: export BENCH_TEXTS ?= 200
bench-quick: export BENCH_REPEATS ?= 2
bench-quick: export BENCH_MODELS ?= minilm
bench-quick: export BENCH_FULL ?= 0
bench-quick: export BENCH_NAME ?= quick
bench-quick: bench ## the same on MiniLM in small sizes: minutes, once the peers are installed

growth: $(if $(FSL_EXP),,build) ## measure how time grows with texts, tokens, trials and the encoder
	bench/install.sh torch
	python3 bench/growth.py

clean: ## remove what was built in the clone; downloads stay
	cargo clean
	rm -f .libtorch

distclean: clean ## clean, and the cache too: shows what would go, removes it with YES=1
	@YES="$(YES)" scripts/distclean.sh
