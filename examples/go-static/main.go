// Hello is a static Go program that trusts the system's certificates: it connects to itself
// with TLS, and must refuse its own certificate, which no authority has signed.
package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os/user"
)

func main() {
	log.SetFlags(0)
	roots, err := x509.SystemCertPool()
	if err != nil || roots.Equal(x509.NewCertPool()) {
		log.Fatalf("no certificates: %v", err)
	}
	me, err := user.Current()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("hello from %s: %v\n", me.Username, refused())
}

// refused connects to a server whose certificate no system trusts.
func refused() error {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err == nil {
		answer.Body.Close()
		return errors.New("a certificate without a known authority was trusted")
	}
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return errors.New("certificates are checked")
	}
	return err
}
