// The hub of the Go design that this project started from, with the bench's producer: one hub goroutine, channels of
// 256, two goroutines a client, JSON encoded for each client, and a client whose channel is full is closed.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

type options struct {
	port         int
	mode         string
	subscribers  int
	runs         int
	rate         float64
	messages     int
	seconds      float64
	messageBytes int
	lifetime     int
}

func parse() options {
	var o options
	flag.IntVar(&o.port, "port", 0, "port on 127.0.0.1")
	flag.StringVar(&o.mode, "mode", "saturated", "idle, saturated, rate or burst")
	flag.IntVar(&o.subscribers, "subscribers", 1, "begin once so many have attached")
	flag.IntVar(&o.runs, "runs", 1, "spread the events over so many runs")
	flag.Float64Var(&o.rate, "rate", 1000, "events a second, in all")
	flag.IntVar(&o.messages, "messages", 10000, "events of a burst")
	flag.Float64Var(&o.seconds, "seconds", 5, "how long to produce")
	flag.IntVar(&o.messageBytes, "message-bytes", 125, "bytes of text in an event")
	flag.IntVar(&o.lifetime, "lifetime", 120, "end after so many seconds, whatever happens")
	flag.Parse()
	return o
}

var upgrader = websocket.Upgrader{
	ReadBufferSize:  1024,
	WriteBufferSize: 1024,
	CheckOrigin:     func(*http.Request) bool { return true },
}

func runID(run int) string { return fmt.Sprintf("01JBENCH0000000000000%05d", run) }

func main() {
	o := parse()
	time.AfterFunc(time.Duration(o.lifetime)*time.Second, func() { os.Exit(0) })
	hub := newHub()
	go hub.run()
	producer := &producer{options: o, hub: hub, seqs: make([]uint64, o.runs)}

	var attached int64
	http.HandleFunc("/runs/", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		run, _ := strconv.Atoi(strings.Split(r.URL.Path, "/")[2])
		client := &Client{hub: hub, conn: conn, runID: runID(run % o.runs), send: make(chan *Message, 256)}
		hub.register <- client
		go client.writePump()
		go client.readPump()
		if atomic.AddInt64(&attached, 1) == int64(o.subscribers) && o.mode != "idle" {
			go producer.run()
		}
	})

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening %d\n", o.port)
	log.Fatal(http.Serve(listener, nil))
}
