# common.mk: what the examples share.
#
#   make            packs image.tar; where docker or podman answers, also runs
#                   it and looks whether it does its job
#   make image.tar  packs it, no more
#   make clean      removes what was made, the engine's image too
#
# MKROOTFS says which mkrootfs packs it: a name in PATH or an absolute path.
# Without that it is the one of this checkout, built when it is not there.
#
# An example names its IMAGE before it includes this file, says in a rule how
# image.tar is made, and in a rule for check what the image must do.

MKROOTFS ?= $(abspath ../../mkrootfs)
GO ?= go
TRY = ../try.sh

# Servers live in sbin, which not everybody's PATH names.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

# $(call need,PROGRAM,PACKAGE) stops with one line where PROGRAM is not here.
need = @command -v $(1) >/dev/null || { echo "$(notdir $(CURDIR)): install $(1) (Debian, Ubuntu: $(2))" >&2; exit 1; }

.PHONY: all check clean tool
.DELETE_ON_ERROR:

all: check
check: image.tar
image.tar: | tool

tool:
	@command -v $(MKROOTFS) >/dev/null || $(MAKE) -C ../.. build

clean:
	rm -rf image.tar $(MADE)
	@$(TRY) remove $(IMAGE)
