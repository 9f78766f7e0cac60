package dockerflag_test

import (
	"fmt"
	"os"

	"github.com/mkrootfs/mkrootfs/image"
	"github.com/mkrootfs/mkrootfs/image/dockerflag"
)

func Example() {
	ports, err := dockerflag.ParsePorts("6379", "8000-8001/udp")
	if err != nil {
		fmt.Println(err)
	}
	env, err := dockerflag.ParseEnv([]string{"LANG=C", "NOT_SET_HERE"}, os.LookupEnv)
	if err != nil {
		fmt.Println(err)
	}
	c := image.Config{ExposedPorts: ports, Env: env}
	fmt.Println(c.ExposedPorts, c.Env)

	_, err = dockerflag.ParseTags("Redis:1")
	fmt.Println(err)
	// Output:
	// [6379/tcp 8000/udp 8001/udp] [LANG=C]
	// tag "Redis:1": names must be lower case
}
