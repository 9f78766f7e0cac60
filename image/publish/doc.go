// Package publish brings an image to where it is used: into a container engine
// (Lookup finds one, Engine.Load fills it) or a registry (Push).
//
// This is the only package of the module that uses the network. It speaks the
// engines' HTTP interface itself, for all it needs of that is one request; it
// reads credentials as docker and podman store them and writes none. Its
// caveat: no engine is reached through ssh.
package publish
