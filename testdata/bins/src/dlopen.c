/* A program that declares the libraries that it opens with dlopen: "dlopen() Metadata
 * for ELF Files", UAPI group. */
#include <dlfcn.h>

#define TEXT \
	"[{\\\"feature\\\":\\\"packing\\\",\\\"description\\\":\\\"Support for packed files\\\"," \
	"\\\"priority\\\":\\\"recommended\\\",\\\"soname\\\":[\\\"libinner.so.1\\\",\\\"libinner.so\\\"]}]"

__asm__(".pushsection .note.dlopen, \"a\"\n"
	".balign 4\n"
	".long 1f - 0f\n"         /* size of the owner's name */
	".long 3f - 2f\n"         /* size of the description */
	".long 0x407c0c0a\n"      /* NT_FDO_DLOPEN_METADATA */
	"0: .asciz \"FDO\"\n"
	"1: .balign 4\n"
	"2: .asciz \"" TEXT "\"\n"
	"3: .balign 4\n"
	".popsection\n");

int main(void) {
	return dlopen("libinner.so.1", RTLD_NOW) == 0;
}
