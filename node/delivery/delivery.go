// Package delivery carries private messages from one collective's node to
// another's: sealed to the other collective's key, kept until they are
// acknowledged, and counted once however often they are sent.
package delivery
