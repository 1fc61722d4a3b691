# kqlpipe: make, make deps, make demo, make check, make install.  Debian only.
VERSION := $(shell cat VERSION)
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
CFLAGS  ?= -O2 -g
B       ?= build
ifdef SAN                      # make SAN=address,undefined check
B       := build/san
CFLAGS  := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) \
           -fno-sanitize-recover=all
endif
PKG  = libcurl yajl libprotobuf-c yaml-0.1 sqlite3 libpcre2-8 zlib
LIBS = $(shell pkg-config --libs $(PKG)) -lsnappy -lpthread -lm
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wformat=2 -Wwrite-strings -Wpointer-arith -Wvla -Wundef $(WERROR)
ALL  = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -iquote lib \
       -iquote $(B)/gen -MMD -MP $(WARN) $(CPPFLAGS) $(CFLAGS)
LINK = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LIBS) $(LDLIBS)

# A tool is a folder; SRC_tool names its files.  tests/style.bats finds a .c
# file that no list names.
TOOLS =

# The library, by layer.
LIB   = err log arena buf map io file num when opts metrics
LIB  += json json_tree jsonw
LIB  += control receipt
LIB  += yaml fields transform labels criteria resource
LIB  += kql/types kql/fail
PROTO =

# Unit tests: a main per module; UNIT_name lists a tool's modules it reaches.
UNIT  = base formats streams
UNIT += yaml resource

LIBA = $(B)/libkqlpipe.a
BIN  = $(TOOLS:%=$(B)/bin/%)
TEST = $(UNIT:%=$(B)/unit/%)
GEN  = $(PROTO:%=$(B)/gen/%.pb-c.h)

all: $(BIN)
$(B)/obj/%.o: %.c Makefile VERSION | $(GEN)
	@mkdir -p $(@D)
	$(CC) $(ALL) -c -o $@ $<
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(CC) -w $(CFLAGS) -iquote $(B)/gen -c -o $@ $<
$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h &: lib/proto/%.proto
	@mkdir -p $(@D)
	protoc-c --proto_path=lib/proto --c_out=$(B)/gen $<
$(LIBA): $(LIB:%=$(B)/obj/lib/%.o) $(PROTO:%=$(B)/obj/gen/%.pb-c.o)
	@rm -f $@
	$(AR) rcs $@ $^
.SECONDEXPANSION:
$(BIN): $(B)/bin/%: $$(addprefix $(B)/obj/$$*/,$$(addsuffix .o,$$(SRC_$$*))) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)
$(TEST): $(B)/unit/%: $(B)/obj/tests/unit/%.o \
    $$(addprefix $(B)/obj/,$$(addsuffix .o,$$(UNIT_$$*))) $(LIBA)
	@mkdir -p $(@D)
	$(LINK)

check: unit bats lint
unit: $(TEST)
	@for t in $(TEST); do $$t || exit 1; done
bats: $(BIN)
	PATH="$(CURDIR)/$(B)/bin:$(CURDIR)/adxexporter:$$PATH" bats tests
lint:
	clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')
install: all
	install -d $(DESTDIR)$(BINDIR)
	install -m 755 $(BIN) adxexporter/adxexporter $(DESTDIR)$(BINDIR)
	for s in 1 5 7; do install -d $(DESTDIR)$(MANDIR)/man$$s && \
	    install -m 644 man/*.$$s $(DESTDIR)$(MANDIR)/man$$s || exit 1; done
clean:
	rm -rf build
.PHONY: all check unit bats lint install clean
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
