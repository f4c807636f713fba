package telegramtest

import "slices"

// generalTopic is the number of the topic that every forum has. Its messages
// have no topic, and no message can be sent to it by its number.
const generalTopic = 1

// topic is a part of a forum, which is a supergroup.
type topic struct {
	id     int
	name   string
	closed bool
	made   map[string]any // the service message that began it
}

// AddTopic opens a topic in a supergroup, which becomes a forum by it, and
// returns the topic's number; 0: there is no such supergroup.
func (s *Server) AddTopic(chat int64, name string) (thread int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.chats[chat]
	if !ok || c.Type != Supergroup {
		return 0
	}
	c.Forum = true
	t := &topic{id: s.nextMessage, name: name}
	t.made = s.service(c, "forum_topic_created", map[string]any{"name": name, "icon_color": 0x6FB9F0})
	t.made["message_thread_id"], t.made["is_topic_message"] = t.id, true
	c.topics = append(c.topics, t)
	s.hear(c, t.made)
	return t.id
}

// CloseTopic keeps all but administrators from writing in a topic.
func (s *Server) CloseTopic(chat int64, thread int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.chats[chat]; ok {
		if t := c.topic(thread); t != nil {
			t.closed = true
		}
	}
}

// DeleteTopic removes a topic with its messages.
func (s *Server) DeleteTopic(chat int64, thread int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.chats[chat]
	if !ok {
		return
	}
	c.topics = slices.DeleteFunc(c.topics, func(t *topic) bool { return t.id == thread })
	for _, m := range c.messages {
		m.Deleted = m.Deleted || m.Topic == thread
	}
	s.notify()
}

// topic returns a topic of a chat; nil: there is none.
func (c *room) topic(thread int) *topic {
	i := slices.IndexFunc(c.topics, func(t *topic) bool { return t.id == thread })
	if i < 0 {
		return nil
	}
	return c.topics[i]
}

// topicOf returns the topic that a call names; 0: none. A chat that can't have
// topics ignores it.
func (c *room) topicOf(p params) (thread int, err error) {
	thread = int(p.integer("message_thread_id", 0, 0, 1<<31))
	if thread == 0 || !c.Forum && c.Type != Private {
		return 0, nil
	}
	if thread == generalTopic || c.topic(thread) == nil {
		return 0, badRequest("message thread not found")
	}
	return thread, nil
}

// mayWriteIn refuses somebody in a topic that is closed.
func (c *room) mayWriteIn(thread int, user int64) error {
	if t := c.topic(thread); t != nil && t.closed && !c.status(user).leads() {
		return badRequest("TOPIC_CLOSED")
	}
	return nil
}

// wireTopic adds to a message's JSON the topic that it is in. What answers
// nothing there answers the message that began the topic.
func (c *room) wireTopic(m *stored, w map[string]any) {
	if m.Topic == 0 {
		return
	}
	w["message_thread_id"], w["is_topic_message"] = m.Topic, true
	if t := c.topic(m.Topic); t != nil && w["reply_to_message"] == nil {
		w["reply_to_message"] = t.made
	}
}
