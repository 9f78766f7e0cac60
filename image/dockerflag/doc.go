// Package dockerflag parses the values of docker's command line flags: --tag,
// --env, --env-file, --expose, --user, --label, --annotation, --platform,
// --stop-signal, --entrypoint and the --health flags. Each function takes the
// values of one flag and returns what an image configuration has for them, to be
// put into an image.Config or passed on as tags.
//
// It is for programs that take these values from a user: a command line, a
// specification file or a build frontend. Programs that have an image.Config
// already do not need it. It never reads files or the environment by itself, never
// executes anything and uses no network. Its caveat: where docker would start a
// shell it does not, since a scratch image has none (see ParseCommand and Health).
//
// Start with ParseTags and ParseEnv.
package dockerflag
