# common.mk has the rules that all examples share.
#
#   make            packs image.tar; if docker or podman is available, also runs it and
#                   checks that it works
#   make image.tar  only packs image.tar
#   make clean      removes the files that were made, and the image from the engine
#
# MKROOTFS is the mkrootfs to use: a name in PATH or an absolute path. The default is the
# one of this checkout, which is built if it does not exist.
#
# An example sets IMAGE before it includes this file. It has a rule that makes image.tar and
# a rule check that tests the image.

MKROOTFS ?= $(abspath ../../mkrootfs)
GO ?= go
TRY = ../try.sh

# Servers are in sbin, which is not in every user's PATH.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

# $(call need,PROGRAM,PACKAGE) stops with one line if PROGRAM is not installed.
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
