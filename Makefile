# Everything that the project needs is installed, built and run from here: `make demo`, `make test`.

BUILD_PACKAGES = libuv1-dev libcurl4-openssl-dev libpq-dev libhiredis-dev libncurses-dev libyaml-dev \
  libcmark-dev libssl-dev libexpat1-dev libpcre2-dev pkg-config
DEMO_PACKAGES = postgresql redis-server rabbitmq-server prometheus prometheus-alertmanager \
  python3-celery python3-fastapi python3-uvicorn python3-psycopg2 python3-prometheus-client \
  python3-jwt python3-redis python3-pika supervisor
TEST_PACKAGES = $(DEMO_PACKAGES) dockerd:docker.io docker-compose busybox-static ip:iproute2 libvterm-dev \
  ncurses-term pgbouncer kubectl:kubernetes-client curl:curl openssl:openssl python3-venv
BENCH_PACKAGES = $(DEMO_PACKAGES) dockerd:docker.io busybox-static htop btop rg:ripgrep lnav python3-venv

# A Python environment in a directory, made anew when its list of packages is another.
venv = cmp -s $(2) $(1)/requirements.txt || { /usr/bin/python3 -m venv --clear $(1) && \
  $(1)/bin/pip install --quiet --disable-pip-version-check -r $(2) && cp $(2) $(1)/requirements.txt; }

PREFIX ?= /usr/local
RELEASE = .build/release/switchboard
SWIFT_FLAGS = --explicit-target-dependency-import-check error
# Swift's own backtracer hangs at a crash without a terminal; the tests crash the console on purpose.
export SWIFT_BACKTRACE = enable=no

.PHONY: demo test live-beside-builds lint bench sweep install setup setup-demo setup-test release clean swift

demo: setup-demo release
	@Tests/Stack/demo $(RELEASE)

test: setup-test lint
	swift build --build-tests $(SWIFT_FLAGS)
	@$(MAKE) --no-print-directory live-beside-builds
	TSAN_OPTIONS=halt_on_error=1 .ci/tests swift test $(THREADS) --skip-build --no-parallel \
	  --filter 'FactsTests|OperationsTests|ChildProcessTests|SourceSchedulerTests|ExecutedSessionTests|LogFollowerTests' \
	  --skip 'Kubernetes(Rotation|Restart)Tests|Cause(Accuracy|Property)Tests'
	@.ci/tests swift test --skip-build --no-parallel --skip $(LIVE)

# The tests against the whole stack wait most of the time, which is half of all that is needed: beside them go the
# stack's own tests, the tests' build for the thread sanitizer, and what the demo runs by the optimizer, which reads each
# module as a whole and finds errors of its own.
# The sanitizer watches what is pure, the loop and the executor; a race ends it. What only waits for other programs or
# has one thread is left out there: it tells no more and takes minutes.
LIVE = '^LiveTests\.'
THREADS = --sanitize=thread --scratch-path .build/thread
live-beside-builds:
	@{ /usr/bin/python3 Tests/Stack/test_stack.py && swift build --build-tests $(THREADS) && \
	  $(MAKE) --no-print-directory release; } >.build/beside.log 2>&1 & beside=$$!; \
	.ci/tests .build/debug/switchboardPackageTests.xctest --testing-library swift-testing --no-parallel \
	  --filter $(LIVE); live=$$?; \
	wait $$beside || { cat .build/beside.log; exit 1; }; exit $$live

# Every parser of bytes from outside over SWEEP times as many seeded cases as `make test` tries.
sweep: export SWEEP ?= 200
sweep: setup-test
	swift build --build-tests $(SWIFT_FLAGS)
	swift test --skip-build --no-parallel --filter Sweep

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@! grep -rnE --include='*.swift' '\bMutex[(<]' Sources Tests || \
	  { echo "take Locked: the thread sanitizer doesn't see how Synchronization.Mutex waits" >&2; exit 1; }

bench: setup-bench release
	@.venv/bin/python Tests/Bench/bench $(BENCH_FLAGS)

release: setup
	swift build -c release --static-swift-stdlib --product switchboard $(SWIFT_FLAGS)

install: release
	install -D -m 755 $(RELEASE) $(DESTDIR)$(PREFIX)/bin/switchboard

setup: swift
	@.ci/install $(BUILD_PACKAGES)

setup-demo: setup
	@.ci/install $(DEMO_PACKAGES)

setup-test: setup
	@.ci/install $(TEST_PACKAGES)
	@$(call venv,.venv-test,Tests/requirements.txt)

.PHONY: setup-bench
setup-bench: setup
	@.ci/install $(BENCH_PACKAGES)
	@$(call venv,.venv,Tests/Bench/requirements.txt)

swift:
	@command -v swift >/dev/null 2>&1 || { \
	  echo "switchboard: Swift 6.2 or newer is needed and none is in PATH; see https://www.swift.org/install" >&2; \
	  exit 1; }

clean:
	rm -rf .build
