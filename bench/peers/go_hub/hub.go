package main

import "sync"

// Message is one event of a run.
type Message struct {
	Type      string  `json:"type"`
	RunID     string  `json:"runId"`
	Seq       uint64  `json:"seq"`
	ID        uint64  `json:"id"`
	Timestamp int64   `json:"timestamp"`
	Payload   Payload `json:"payload"`
}

// Payload is a line of a step's log.
type Payload struct {
	StepID    string `json:"stepId"`
	Level     string `json:"level"`
	Message   string `json:"message"`
	Timestamp int64  `json:"timestamp"`
}

// Hub knows the clients of each run and hands them its messages.
type Hub struct {
	mutex      sync.RWMutex
	clients    map[string]map[*Client]bool
	broadcast  chan *Message
	register   chan *Client
	unregister chan *Client
}

func newHub() *Hub {
	return &Hub{
		clients:    make(map[string]map[*Client]bool),
		broadcast:  make(chan *Message, 256),
		register:   make(chan *Client),
		unregister: make(chan *Client),
	}
}

func (h *Hub) run() {
	for {
		select {
		case client := <-h.register:
			h.mutex.Lock()
			if h.clients[client.runID] == nil {
				h.clients[client.runID] = make(map[*Client]bool)
			}
			h.clients[client.runID][client] = true
			h.mutex.Unlock()
		case client := <-h.unregister:
			h.remove(client)
		case message := <-h.broadcast:
			h.deliver(message)
		}
	}
}

// A client whose channel is full loses the message, and its connection.
func (h *Hub) deliver(message *Message) {
	var full []*Client
	h.mutex.RLock()
	for client := range h.clients[message.RunID] {
		select {
		case client.send <- message:
		default:
			full = append(full, client)
		}
	}
	h.mutex.RUnlock()
	for _, client := range full {
		h.remove(client)
	}
}

func (h *Hub) remove(client *Client) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.clients[client.runID][client] {
		delete(h.clients[client.runID], client)
		close(client.send)
	}
}

// The longest queue of all clients, for the producer that does not want to lose one.
func (h *Hub) longestQueue() int {
	longest := len(h.broadcast)
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	for _, clients := range h.clients {
		for client := range clients {
			if waiting := len(client.send); waiting > longest {
				longest = waiting
			}
		}
	}
	return longest
}
