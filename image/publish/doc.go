// Package publish brings an image to where it is used: into a container engine
// (Lookup finds one, Engine.Load fills it) or a registry (Push).
//
// This is the only package of the module that uses the network. It speaks the
// engines' HTTP interface itself, for all it needs of that is one request; it
// reads credentials as docker and podman store them and writes none. The other
// side may be hostile: what it answers is bounded, a connection without a byte
// for a minute ends, and registries get nothing in plain HTTP but on this
// machine, unless that is asked for. Its caveats: no engine is reached through
// ssh, and a registry's token server may be any host that speaks HTTPS, which is
// how the protocol has it.
package publish
