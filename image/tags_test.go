package image

import "testing"

func TestTagNames(t *testing.T) {
	for _, tt := range []struct{ in, familiar, qualified string }{
		{"redis", "redis:latest", "docker.io/library/redis:latest"},
		{"me/redis:1", "me/redis:1", "docker.io/me/redis:1"},
		{"docker.io/me/redis:1", "docker.io/me/redis:1", "docker.io/me/redis:1"},
		{"localhost:5000/redis", "localhost:5000/redis:latest", "localhost:5000/redis:latest"},
		{"latest", "latest:latest", "docker.io/library/latest:latest"},
	} {
		tag := testTags(t, tt.in)[0]
		if Familiar(tag) != tt.familiar || Qualified(tag) != tt.qualified {
			t.Errorf("%s: got %s and %s, want %s and %s", tt.in, Familiar(tag), Qualified(tag), tt.familiar, tt.qualified)
		}
	}
}
