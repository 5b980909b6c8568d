package notify

import "testing"

// A machine's own link is where its host hands out keys.
func TestLinkLocalIsNotCalled(t *testing.T) {
	for address, refused := range map[string]bool{
		"169.254.169.254:80": true, "[fe80::1]:443": true, "[::ffff:169.254.169.254]:443": true, "nonsense": true,
		"127.0.0.1:80": false, "203.0.113.7:443": false, "[2001:db8::1]:443": false,
	} {
		if err := refuseLinkLocal("tcp", address, nil); (err != nil) != refused {
			t.Errorf("%s: %v", address, err)
		}
	}
}
