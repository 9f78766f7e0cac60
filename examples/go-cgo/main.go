// Lookup looks up a host and a user through the C library, as a Go program that is built
// with cgo does.
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
