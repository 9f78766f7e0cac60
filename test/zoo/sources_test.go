//go:build linux

package zoo

// muslProgram looks up a user, a time zone, a service and a host.
const muslProgram = `#include <arpa/inet.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>
int main(void) {
	time_t t = 0;
	struct passwd *p = getpwuid(0);
	struct servent *s = getservbyname("https", "tcp");
	struct hostent *h = gethostbyname("localhost");
	printf("%s %d %d %s\n", p ? p->pw_name : "-", localtime(&t)->tm_hour, s ? ntohs(s->s_port) : 0,
		h ? inet_ntoa(*(struct in_addr *)h->h_addr_list[0]) : "-");
}
`

// cxxProgram throws, and cancels a thread: glibc dlopens libgcc_s for that.
const cxxProgram = `#include <cstdio>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>
static void *wait(void *) { for (;;) pause(); }
int main() {
	try { throw std::runtime_error("zoo"); } catch (std::exception &e) { printf("caught %s, ", e.what()); }
	pthread_t t;
	pthread_create(&t, nullptr, wait, nullptr);
	pthread_cancel(t);
	pthread_join(t, nullptr);
	puts("cancelled");
}
`

// goProgram uses the files that a static Go program may need.
const goProgram = `package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/user"
	"time"
)

func main() {
	u, err := user.Current()
	if err != nil {
		panic(err)
	}
	pool, err := x509.SystemCertPool()
	zone, _ := time.Now().Zone()
	if _, err := os.CreateTemp("", ""); err != nil {
		panic(err)
	}
	fmt.Println(u.Username, err == nil && !pool.Equal(x509.NewCertPool()), zone, os.TempDir())
}
`

// pdf is a page with three words, in a font that is not embedded.
const pdf = `%PDF-1.1
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 38>> stream
BT /F 20 Tf 9 50 Td (the zoo) Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
trailer <</Root 1 0 R>>
`
