// Package publish sends an image to a container engine (Lookup finds one,
// Engine.Load sends to it) or to a registry (Push).
//
// It is the only package of this module that uses the network. It sends the one
// HTTP request that it needs to an engine itself, without the client library of
// docker and its dependencies. It reads credentials where docker and podman store
// them, and never writes any; it executes nothing but the credential helpers that
// they configure.
//
// Engines and registries are not trusted: the size of their answers is limited, a
// connection without a byte for a minute ends, and plain HTTP is used for
// registries on this machine alone unless PushOptions.Insecure is set. Its caveats:
// it does not reach engines through ssh, and the token server that a registry names
// may be any HTTPS host, as the protocol has it.
//
// Start with Lookup.Find or Push.
package publish
