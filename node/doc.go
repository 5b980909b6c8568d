// Package node is the daemon of a collective: it joins the host, gossip,
// catch-up and the local replica, and offers what people and programs do with
// them as methods on Node.
//
// It promises three things. Every record, whatever way it came, passes
// protocol's checks and the one function ingest before it is stored. What is
// acknowledged to the local caller is durable. And Run ends only after every
// goroutine that the node started has ended.
//
// The files are named after the steps of the way a record takes:
//
//	gossip in    validate_record → consume_records → ingest_record
//	local        publish_… → ingest_record → publish_gossip
//	catch-up     catchup_schedule → catchup_session → catchup_fetch → ingest_record
//	discovery    bootstrap_…, mdns_…, peers_… → peers_connect
package node
