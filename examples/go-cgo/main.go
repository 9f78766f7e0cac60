// Lookup asks the C library for a host and a user, which is what a Go program
// built with cgo does, and the pure Go one does for itself.
package main

import (
	"fmt"
	"log"
	"net"
	"os/user"
)

func main() {
	log.SetFlags(0)
	addresses, err := net.LookupHost("localhost")
	if err != nil {
		log.Fatal(err)
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("localhost is %v, nobody is %s\n", addresses, u.Uid)
}
