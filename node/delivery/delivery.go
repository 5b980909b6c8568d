// Package delivery carries private messages from one collective's node to
// another's: sealed to the other collective's key, kept until they are
// acknowledged, and counted once however often they are sent.
//
// Exactly once rests on three steps, each durable before the next begins: the
// sender queues the message in the step that makes it necessary; the receiver
// marks it as seen in the step that handles it, and only then answers; the
// sender takes it out of the outbox in the step that notes the outcome. What a
// crash or a lost answer repeats, the mark makes harmless.
//
// A message is sealed and signed when it is sent, not when it is queued: until
// then the recipient may have another sealing key, and the sender another key
// of its own. What waits in the outbox lies in the clear, beside what it was
// made of, in the private database of the node that wrote it.
package delivery
