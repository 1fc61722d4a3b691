# kqlpipe: make, make deps, make demo, make check, make install.  Debian only.
# Nothing is written outside build/ but by make install, and nothing is
# installed but by deps and check-deps, which demo and check call first.
VERSION := $(shell cat VERSION)
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
UNITDIR ?= $(PREFIX)/lib/systemd/system
CFLAGS  ?= -O2 -g
B       ?= build
COMMA   = ,
ifdef SAN                      # make SAN=address,undefined check
B       := build/san
CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) \
           -fno-sanitize-recover=all
endif
PKG  = libcurl yajl libprotobuf-c yaml-0.1 sqlite3 libpcre2-8 zlib \
       libmicrohttpd
LIBS = $(shell pkg-config --libs $(PKG)) -lsnappy -lpthread -lm

# Debian packages: what the build needs, and what the tests need besides.
DEPS       = gcc pkg-config libcurl4-openssl-dev libyajl-dev \
             libprotobuf-c-dev protobuf-c-compiler libyaml-dev libsqlite3-dev \
             libmicrohttpd-dev libpcre2-dev libsnappy-dev libssl-dev \
             libxxhash-dev zlib1g-dev
CHECK_DEPS = $(DEPS) bats bats-assert bats-support clang clang-format curl jq \
             mandoc openssl procps protobuf-compiler python3 \
             python3-grpcio shellcheck sqlite3 time universal-ctags valgrind xxd
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wformat=2 -Wwrite-strings -Wpointer-arith -Wvla -Wundef $(WERROR)
ALL  = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -iquote lib \
       -iquote $(B)/gen -MMD -MP $(WARN) $(CPPFLAGS) $(CFLAGS)
# Say what is made; make V=1 shows the command instead.
Q    = $(if $(V),,@echo '  $@' &&)
LINK = $(Q) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LIBS) $(LDLIBS)

# A tool is a folder, and all the C files in it.
TOOLS = crdstatus crdwatch kql2rows kqlrun otlpsend promsend promserve rows2prom
$(foreach t,$(TOOLS),$(eval SRC_$t = $(patsubst $t/%.c,%,$(wildcard $t/*.c))))

# The library, by layer.
LIB   = err log mem arena buf map io file num strs utf8 when opts metrics
LIB  += json json_tree jsonw
LIB  += base64 uuid oneapi token child program
LIB  += entra entra_app entra_managed entra_cli entra_read
LIB  += out spool expo_write
LIB  += control receipt
LIB  += curl_late http http_advice http_route http_transfer http_url creds expo_read series batch ahead ship fleet parcels answer taken
LIB  += sender sender_lines sending dead aside metadata
LIB  += yaml yaml_part fields transform labels criteria resource
LIB  += gz regex re2 zone $(patsubst lib/%.c,%,$(wildcard lib/kql/*.c lib/kql/*/*.c))
LIB  += $(patsubst lib/%.c,%,$(wildcard lib/cel/*.c))
LIB  += kube kube_auth kube_config kube_context kube_credential kube_exec
LIB  += kube_plugin kube_status kube_user kubeconfig
LIB  += backoff hold verdict owed owed_json
PROTO = remote remote2 otlp

# Unit tests: a main per module; UNIT_name lists a tool's modules it reaches.
UNIT  = base formats streams
UNIT += yaml resource metrics
UNIT += kql_data kql_functions kql_cases
UNIT += kql_lang cel
UNIT += owed schedule away edits backfill hold verdict protocol
UNIT_sched    = $(addprefix kqlrun/,breaker gate schedule progress plan)
UNIT_backfill = $(UNIT_sched) $(addprefix kqlrun/,backfill done meter)
UNIT_schedule = $(UNIT_sched) tests/unit/plans
UNIT_away     = $(UNIT_schedule)
UNIT_edits    = $(UNIT_schedule)
UNIT_protocol = $(UNIT_sched) crdstatus/conditions crdstatus/runs \
    $(addprefix tests/unit/,chance account world meddle ghosts \
        stages tell)
UNIT += pace statuses
UNIT_pace     = crdstatus/pace
UNIT_statuses = $(addprefix crdstatus/,conditions journal next object runs)
UNIT += exposition ahead http
UNIT += tokens
UNIT_tokens = kqlrun/kusto_auth
UNIT += kube lease
UNIT_lease = crdwatch/lease
UNIT += query_text
UNIT_query_text = kqlrun/query_text
UNIT += kusto_answers
UNIT_kusto_answers = $(addprefix kqlrun/,kusto_reader kusto_frame \
                     kusto_error query_error) \
                     $(addprefix kql2rows/,reply events frames_v2 tables_v1 \
                     table)
UNIT += reflect
UNIT_reflect = crdwatch/reflect crdwatch/items
UNIT += samples
UNIT_samples = rows2prom/row rows2prom/cell rows2prom/metric_name \
               rows2prom/order

# Fuzz targets: each file stands alone; FUZZ_name as UNIT_name.
FUZZ  = $(filter-out main,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZ_watch      = kqlrun/watch_event
FUZZ_query_text = kqlrun/query_text
FUZZ_kube_watch = $(addprefix crdwatch/,reflect items object rule shard store)
FUZZ_frames     = kqlrun/frames
FUZZ_kusto_reader = kqlrun/kusto_reader kqlrun/kusto_frame
FUZZ_MAIN = $(B)/obj/tests/fuzz/main.o
FUZZ_answers = $(addprefix kql2rows/,reply events frames_v2 tables_v1 table)
FUZZ_otlp_answer = $(addprefix otlpsend/,otlp_answer otlp_grpc otlp_http otlp_json otlp_message)
FUZZ_scrape  = $(addprefix promserve/,accept block escape page rewrite seen store)
FUZZ_rows    = $(addprefix rows2prom/,mapper row cell metric_name order)

# Other C files of the tests, built by rules of their own.
TEST_SRC = tests/httpd/sink.c
TEST_SRC += $(SRC_kusto:%=tests/httpd/%.c) $(SRC_kube:%=tests/httpd/%.c)
TEST_SRC += tests/nojit.c
TEST_SRC += tests/bench/scan.c tests/bench/timed.c
TEST_SRC += tests/bench/query.c
TEST_SRC += tests/kql/manual.c
TEST_SRC += tests/cel/manual.c
TEST_SRC += tests/yaml2json.c
TEST_SRC += tests/chaos/clock.c tests/fault/fault.c
SINK     = $(B)/tests/sink
SRC_kusto = kusto kusto_answer kusto_ask kusto_fault kusto_mgmt kusto_out
KUSTO    = $(B)/tests/kusto
SRC_kube = kube kube_ask kube_control kube_fault kube_list kube_set kube_watch \
           kube_write
KUBE     = $(B)/tests/kube $(B)/tests/kubeask $(B)/tests/front
TEST_SRC += tests/httpd/front.c tests/httpd/kubeask.c
SCAN     = $(B)/tests/scan $(B)/tests/timed
QUERY    = $(B)/tests/query
CLOCK = $(B)/tests/clock.so
FAULT = $(B)/tests/fault.so
KQL_MANUAL = $(B)/tests/kql_manual
CEL_MANUAL = $(B)/tests/cel_manual
YAML2JSON = $(B)/tests/yaml2json

# The longest first, so that none of them runs on alone at the end.
LONG   = pipeline_outage pipeline_killed kqlrun crdstatus kqlrun_http \
         crdwatch_kube crdstatus_kube promsend_receivers tokens crdwatch_lease
BATS   = $(LONG:%=tests/%.bats) $(filter-out $(LONG:%=tests/%.bats) \
         tests/style.bats tests/real%.bats,$(wildcard tests/*.bats))
DATA   = build/examples/data
DEBIAN = build/debian

LIBA = $(B)/libkqlpipe.a
BIN  = $(TOOLS:%=$(B)/bin/%)
TEST = $(UNIT:%=$(B)/unit/%)
GEN  = $(PROTO:%=$(B)/gen/%.pb-c.h)
UNITS = $(wildcard examples/systemd/*.service examples/systemd/*.timer)
COMPLETIONS = $(B)/completions/kqlpipe.bash $(B)/completions/_kqlpipe

all: $(BIN) $(COMPLETIONS) $(SINK) $(KQL_MANUAL) $(CEL_MANUAL) $(YAML2JSON) data
$(B)/obj/%.o: %.c Makefile VERSION | $(GEN)
	@mkdir -p $(@D)
	$(Q) $(CC) $(ALL) -c -o $@ $<
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(Q) $(CC) -w $(CFLAGS) -iquote $(B)/gen -c -o $@ $<
$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h &: lib/proto/%.proto
	@mkdir -p $(@D)
	$(Q) protoc-c --proto_path=lib/proto --c_out=$(B)/gen $<
$(LIBA): $(LIB:%=$(B)/obj/lib/%.o) $(PROTO:%=$(B)/obj/gen/%.pb-c.o)
	@rm -f $@
	$(Q) $(AR) qcs $@ $^
.SECONDEXPANSION:
$(BIN): $(B)/bin/%: $$(addprefix $(B)/obj/$$*/,$$(addsuffix .o,$$(SRC_$$*))) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(TEST): $(B)/unit/%: $(B)/obj/tests/unit/%.o \
    $$(addprefix $(B)/obj/,$$(addsuffix .o,$$(UNIT_$$*))) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)

# What a tool takes its own --help says, of which completions are made.
$(COMPLETIONS) &: lib/completions.awk adxexporter/adxexporter $(BIN)
	@mkdir -p $(@D)
	$(Q) for t in adxexporter/adxexporter $(BIN); do \
	    $$t --help || exit 1; done >$(B)/completions/help
	@awk -v shell=bash -f $< $(B)/completions/help >$(B)/completions/kqlpipe.bash
	@awk -v shell=zsh -f $< $(B)/completions/help >$(B)/completions/_kqlpipe

$(FUZZ:%=$(B)/fuzz/%): $(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o \
    $$(addprefix $(B)/obj/,$$(addsuffix .o,$$(FUZZ_$$*))) $$(FUZZ_MAIN) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)

$(SINK): tests/httpd/sink.c Makefile
	@mkdir -p $(@D)
	$(Q) $(CC) $(ALL) -MF $@.d -o $@ $<
$(KQL_MANUAL) $(CEL_MANUAL): $(B)/tests/%_manual: $(B)/obj/tests/%/manual.o \
    $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(YAML2JSON): $(B)/obj/tests/yaml2json.o $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(KUSTO): $(SRC_kusto:%=$(B)/obj/tests/httpd/%.o) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(B)/tests/kube: $(SRC_kube:%=$(B)/obj/tests/httpd/%.o) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(B)/tests/kubeask: $(B)/obj/tests/httpd/kubeask.o $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
# Preloaded, so without the sanitizers of SAN.
$(CLOCK): tests/chaos/clock.c Makefile
$(FAULT): tests/fault/fault.c Makefile
$(CLOCK) $(FAULT):
	@mkdir -p $(@D)
	$(Q) $(CC) $(ALL) -fno-sanitize=all -MF $@.d -shared -fPIC -o $@ $<
$(B)/tests/front: $(B)/obj/tests/httpd/front.o
	@mkdir -p $(@D)
	$(LINK) -lssl -lcrypto
$(QUERY): $(B)/obj/tests/bench/query.o $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(SCAN): $(B)/tests/%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(Q) $(CC) $(ALL) -MF $@.d -o $@ $< $(LIBS)

# The sample data of examples/: from two hours ago to a day ahead, so that the
# examples have rows whenever they are tried; made again after half a day.
data:
	@[ -n "$$(find $(DATA)/.made -mmin -720 -newer examples/generate-data \
	    2>/dev/null)" ] || { examples/generate-data $(DATA) 26 \
	    --until '+24 hours' && touch $(DATA)/.made; }

# Install the packages $(1) that are missing: quick when there are none.
define install_missing
@missing=; for p in $(1); do \
	dpkg-query -W -f '$${db:Status-Status}\n' $$p 2>/dev/null | \
	    grep -qx installed || missing="$$missing $$p"; done; \
[ -n "$$missing" ] || exit 0; \
[ "$$(id -u)" -eq 0 ] && sudo= || sudo=sudo; \
set -x; $$sudo apt-get -q update; \
$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qy \
    --no-install-recommends install $$missing
endef

# Unpack the servers $(1) of Debian below build/, unless they are installed.
# No package is installed and no daemon is started on the user's machine.
define unpack_missing
@mkdir -p $(DEBIAN); for p in $(1); do \
	command -v $$p >/dev/null || [ -x $(DEBIAN)/usr/bin/$$p ] || \
	(set -ex; cd $(DEBIAN); rm -f $${p}_*.deb; \
	apt-get -q -o APT::Sandbox::User=root download $$p; \
	dpkg -x $${p}_*.deb .; rm -f $${p}_*.deb) || exit 1; done
endef

deps:
	$(call install_missing,$(DEPS))
check-deps:
	$(call install_missing,$(CHECK_DEPS))
	$(call unpack_missing,prometheus victoria-metrics)

# The compiler may come with check-deps, so what needs it is a make of its own.
check: check-deps
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory fuzz-check
	@$(MAKE) --no-print-directory bats
	@$(if $(SAN),,$(MAKE) --no-print-directory lint)
unit: $(TEST)
	@tests/each.bash $(TEST)
bats: all $(KUSTO) $(KUBE) $(CLOCK) $(FAULT)
	@KQLPIPE_BIN=$(CURDIR)/$(B)/bin tests/each.bash $(BATS)
# Microsoft's clients for Python and Go against the Kusto service of the tests,
# and our tools against a real Kubernetes and a Prometheus 3; they come from
# registries beyond Debian's, and so must Go: its own is older than they need.
check-real: check-deps
	$(call install_missing,python3-venv)
	@command -v go >/dev/null || { \
	    echo 'make check-real needs Go 1.26 or newer' >&2; exit 1; }
	@$(MAKE) --no-print-directory all $(KUSTO) $(KUBE)
	tests/real/kube/build.bash
	tests/real/prometheus/build.bash
	tests/real/otel/build.bash
	-tests/real/compliance/build.bash
	bats --timing $(wildcard tests/real*.bats)
lint: all $(KUBE)
	bats --timing tests/style.bats
# The whole pipeline for N windows while all goes wrong around it: CONTRIBUTING.
N ?= 10000
chaos: all $(KUSTO) $(CLOCK)
	KQLPIPE_BIN=$(CURDIR)/$(B)/bin tests/chaos/chaos.py -n $(N) $(SEED:%=-s %)
# Each tool, each kind of call: the first, second, third, ... fails in turn.
faults: all $(KUSTO) $(KUBE) $(FAULT)
	KQLPIPE_BIN=$(CURDIR)/$(B)/bin tests/fault/faults.py $(CASE)
# Compile and link everything, run nothing.
objects: all $(SCAN) $(KUSTO) $(KUBE) $(CLOCK) $(FAULT) $(TEST) $(FUZZ:%=$(B)/fuzz/%)
# What kqlpipe takes, in build/bench.md; make bench BENCH='rows kql' RUNS=5
# ROWS='10000 1000000 10000000' for some, more often, larger: tests/bench/run.bash.
bench: all $(SCAN) $(QUERY) $(KUSTO) $(KUBE)
	@tests/bench/run.bash $(BENCH)
# The same beside others, in build/bench-real.md; they are built from their
# sources, with Go, in the user's cache.
bench-real: all $(SCAN) $(KUSTO) $(KUBE)
	tests/real/adxmon/build.bash
	tests/real/prometheus/build.bash
	@tests/bench/run.bash -o build/bench-real.md peers
# Show where outputs are others than those kept, and ask which to keep.
golden: all
	PATH="$(CURDIR)/$(B)/bin:$$PATH" tests/golden.bash -u \
	    $(notdir $(wildcard tests/golden/*))
# Write the lists of kqlpipe-kql(7) and -cel(7) anew, from their own tables.
kql-manual cel-manual: %-manual: $(B)/tests/%_manual
	@$< page <man/kqlpipe-$*.7 >$(B)/kqlpipe-$*.7
	@cmp -s $(B)/kqlpipe-$*.7 man/kqlpipe-$*.7 || \
	    cp $(B)/kqlpipe-$*.7 man/kqlpipe-$*.7
# Ask the engine the recorded queries, and keep how many it answers.
KQL_CASES ?= ../shared/kql
kql-figures: all
	@tests/corpus.bash -u $(KQL_CASES)
valgrind: all $(KUSTO) $(KUBE) $(TEST)
	tests/valgrind.bash $(B)/bin $(TEST) $(wildcard $(TOOLS:%=tests/%.bats) \
	    tests/promsend_*.bats)

# Each fuzz target over its corpus; make fuzz NAME=json T=60 looks for more so
# many seconds, without NAME in all of them, one after the other, by libFuzzer
# (clang and libclang-rt-14-dev).
fuzz-check: $(FUZZ:%=$(B)/fuzz/%)
	@tests/each.bash $(FUZZ:%=$(B)/fuzz/%)
T ?= 60
FUZZ_FLAGS_kql       = -dict=$(B)/kql.dict -max_len=2000
FUZZ_FLAGS_kql_query = $(FUZZ_FLAGS_kql)
FUZZ_FLAGS_kube_watch = -dict=tests/fuzz/kube_watch.dict
FUZZ_FLAGS_control   = -dict=tests/fuzz/control.dict
FUZZ_FLAGS_cel       = -dict=$(B)/cel.dict -max_len=1000
$(B)/kql.dict $(B)/cel.dict: $(B)/%.dict: $(B)/tests/%_manual
	$(Q) $< words >$@
ifdef NAME
fuzz: $(B)/kql.dict $(B)/cel.dict
	$(MAKE) B=build/libfuzzer CC=clang FUZZ_MAIN= LDFLAGS=-fsanitize=fuzzer \
	    CFLAGS='-O1 -g -fno-sanitize-recover=all \
	    -fsanitize=fuzzer-no-link,address,undefined' \
	    build/libfuzzer/fuzz/$(NAME)
	mkdir -p build/libfuzzer/corpus/$(NAME)
	$(if $(filter kql kql_query,$(NAME)),awk -v dir=build/libfuzzer/corpus/$(NAME) \
	    -f tests/fuzz/queries.awk tests/kql/*.test)
	$(if $(filter cel,$(NAME)),awk -v dir=build/libfuzzer/corpus/$(NAME) \
	    -f tests/fuzz/expressions.awk tests/cel/*.test)
	build/libfuzzer/fuzz/$(NAME) -max_total_time=$(T) \
	    $(FUZZ_FLAGS_$(NAME)) \
	    build/libfuzzer/corpus/$(NAME) tests/fuzz/corpus/$(NAME)
else
fuzz:
	@for f in $(FUZZ); do $(MAKE) NAME=$$f fuzz || exit 1; done
endif

demo: deps
	$(call unpack_missing,prometheus)
	@$(MAKE) --no-print-directory all
	@PATH="$(CURDIR)/$(B)/bin:$$PATH:$(CURDIR)/$(DEBIAN)/usr/bin" \
	    examples/demo $(KEEP) build/demo

# What is generated, for the check of headers; what every list names.
gen: $(GEN)
sources:
	@printf '%s\n' $(sort $(LIB:%=lib/%.c) $(UNIT:%=tests/unit/%.c) \
	    $(foreach t,$(TOOLS),$(SRC_$t:%=$t/%.c)) \
	    $(foreach u,$(UNIT),$(UNIT_$u:%=%.c)) \
	    $(FUZZ:%=tests/fuzz/%.c) tests/fuzz/main.c $(TEST_SRC))
install: $(BIN) $(COMPLETIONS)
	install -d $(DESTDIR)$(BINDIR)
	install -m 755 $(BIN) adxexporter/adxexporter $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do install -d $(DESTDIR)$(MANDIR)/man$$s && \
	    install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s || exit 1; done
	install -d $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR)
	install -m 644 $(B)/completions/_kqlpipe $(DESTDIR)$(ZSHDIR)
	install -m 644 $(B)/completions/kqlpipe.bash $(DESTDIR)$(BASHDIR)/kqlpipe
	for t in adxexporter $(TOOLS); do \
	    ln -sf kqlpipe $(DESTDIR)$(BASHDIR)/$$t || exit 1; done
	install -d $(DESTDIR)$(UNITDIR)
	install -m 644 $(UNITS) $(DESTDIR)$(UNITDIR)
	sed -i 's,=/usr/bin/,=$(BINDIR)/,' \
	    $(UNITS:examples/systemd/%=$(DESTDIR)$(UNITDIR)/%)

# A tarball of what git knows, or of all that is here: the same bytes for the
# same commit, whoever makes it.
NAME_VERSION = kqlpipe-$(VERSION)
IN_GIT = git ls-files --error-unmatch Makefile >/dev/null 2>&1
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell $(IN_GIT) && \
    git log -1 --format=%ct || stat -c %Y VERSION))
dist:
	@mkdir -p build
	$(Q) if $(IN_GIT); then git ls-files -z; else find . -path ./build -prune \
	    -o ! -type d -printf '%P\0'; fi | LC_ALL=C sort -z | \
	    tar -c --null -T - --format=gnu --mtime=@$(EPOCH) --owner=0 --group=0 \
	    --numeric-owner --mode=u=rwX,go=rX \
	    --transform='flags=r;s,^,$(NAME_VERSION)/,' | \
	    gzip -9n >build/$(NAME_VERSION).tar.gz

# A Debian package of that tarball, in build/deb; its files are examples/debian
# and it needs dpkg-dev and debhelper.
DEB = build/deb/$(NAME_VERSION)
deb: dist
	@rm -rf build/deb && mkdir -p build/deb
	tar -xzf build/$(NAME_VERSION).tar.gz -C build/deb
	cp -r examples/debian $(DEB)/debian
	sed -i 's/@DEPS@/$(patsubst %,%$(COMMA),$(DEPS))/' $(DEB)/debian/control
	printf 'kqlpipe ($(VERSION)) unstable; urgency=medium\n\n  * %s\n\n%s  %s\n' \
	    'CHANGELOG.md says what is new.' \
	    " -- $$(sed -n 's/^Maintainer: //p' $(DEB)/debian/control)" \
	    "$$(date -uRd @$(EPOCH))" >$(DEB)/debian/changelog
	cd $(DEB) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
clean:
	rm -rf build
.PHONY: all data deps check-deps check check-real unit bats chaos faults lint objects bench bench-real golden \
    kql-manual cel-manual kql-figures valgrind fuzz fuzz-check demo gen sources install dist \
    deb clean
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
