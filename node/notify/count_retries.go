package notify

import "time"

// retryDelays follow one failed try after the other, and the last for ever.
// The first is short, for servers that are being restarted or ask to be tried
// again; together with GiveUpAfter they make about 80 tries.
var retryDelays = []time.Duration{30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// GiveUpAfter is how long somebody is tried to be told, from the first try on.
const GiveUpAfter = 72 * time.Hour

// RetryDelay is the wait after the given number of failed tries, at least 1.
func RetryDelay(tries int) time.Duration {
	return retryDelays[min(max(tries, 1), len(retryDelays))-1]
}
