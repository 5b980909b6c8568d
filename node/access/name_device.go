package access

import "strings"

// What a User-Agent names, the more special first: nearly all say Mozilla,
// Safari and Chrome as well.
var (
	browsers = []named{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Chromium", "Chromium"}, {"Safari", "Safari"}}
	systems = []named{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"}, {"Linux", "Linux"}}
)

type named struct{ sign, name string }

// deviceOf is a browser in two words at most, enough for people to know their
// own; the whole header would be a fingerprint, and is not kept.
func deviceOf(userAgent string) string {
	return strings.TrimSpace(firstNamed(browsers, userAgent) + " " + firstNamed(systems, userAgent))
}

func firstNamed(list []named, text string) string {
	for _, n := range list {
		if strings.Contains(text, n.sign) {
			return n.name
		}
	}
	return ""
}
