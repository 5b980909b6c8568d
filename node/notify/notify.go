// Package notify tells people outside of the pages that something waits for
// them: by the collective's own mail account, or by calling a webhook.
package notify
