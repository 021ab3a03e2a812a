package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// producer makes the bench's events: the same schedule as that of the other peers.
type producer struct {
	options  options
	hub      *Hub
	seqs     []uint64
	produced uint64
	padding  string
}

func (p *producer) run() {
	if p.options.messageBytes > 20 {
		p.padding = strings.Repeat(".", p.options.messageBytes-20)
	}
	start := time.Now()
	switch p.options.mode {
	case "saturated":
		p.saturate(start.Add(seconds(p.options.seconds)))
	case "burst":
		for i := 0; i < p.options.messages; i++ {
			p.produce(i%p.options.runs, time.Now())
		}
	case "rate":
		p.keepRate(start)
	}
	for p.hub.longestQueue() > 0 {
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(time.Second) // for what is being written
	os.Exit(0)
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// As fast as the clients take it: it looks at their queues, since a hub of this design drops whoever falls behind.
func (p *producer) saturate(end time.Time) {
	const atOnce, atMost = 64, 64
	for time.Now().Before(end) {
		for p.hub.longestQueue() > atMost {
			time.Sleep(20 * time.Microsecond)
		}
		for run := 0; run < p.options.runs; run++ {
			for i := 0; i < atOnce; i++ {
				p.produce(run, time.Now())
			}
		}
	}
}

func (p *producer) keepRate(start time.Time) {
	total := uint64(p.options.rate * p.options.seconds)
	for p.produced < total {
		due := start.Add(seconds(float64(p.produced+1) / p.options.rate))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		p.produce(int(p.produced)%p.options.runs, due)
	}
}

func (p *producer) produce(run int, due time.Time) {
	p.seqs[run]++
	p.produced++
	p.hub.broadcast <- &Message{
		Type:      "step_log",
		RunID:     runID(run),
		Seq:       p.seqs[run],
		ID:        p.produced,
		Timestamp: due.UnixMilli(),
		Payload: Payload{
			StepID:    "build",
			Level:     "info",
			Message:   fmt.Sprintf("%d %s", due.UnixNano(), p.padding),
			Timestamp: due.UnixMilli(),
		},
	}
}
