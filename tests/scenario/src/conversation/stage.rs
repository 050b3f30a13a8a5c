//! Where messages are sent: the clock, the nodes, the SIP connections, and the list of what was sent.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use super::cast::{Node, NodeId, SIP_PORT};
use super::text::{Msrp, Name, Sip};
use super::{Message, MessageId, Payload, Transport};
use crate::random::Random;
use crate::script::{SipTransport, Story, Style};

pub(super) struct Stage {
    pub now_us: u64,
    pub random: Random,
    pub nodes: Vec<Node>,
    messages: Vec<Message>,
    step: String,
    /// How often each step name was used.
    step_uses: HashMap<String, u32>,
    sip: SipTransport,
    style: Style,
    /// The persistent SIP connection of two nodes, from the point of view of the first.
    sip_connections: HashMap<(IpAddr, IpAddr), (SocketAddr, SocketAddr)>,
    next_port: HashMap<IpAddr, u16>,
    first_port: u16,
}

/// Ports that one node uses towards the nodes of one group.
const PORTS_PER_GROUP: u32 = 128;
const FIRST_EPHEMERAL_PORT: u32 = 32_768;
const GROUPS_WITH_OWN_PORTS: u32 = 250;

impl Stage {
    pub fn new(story: &Story, nodes: Vec<Node>, random: Random) -> Self {
        let first_port = FIRST_EPHEMERAL_PORT + story.group % GROUPS_WITH_OWN_PORTS * PORTS_PER_GROUP;
        Self {
            now_us: story.start_us,
            random,
            next_port: HashMap::new(),
            first_port: first_port as u16,
            nodes,
            messages: Vec::new(),
            step: String::new(),
            step_uses: HashMap::new(),
            sip: story.sip,
            style: story.style,
            sip_connections: HashMap::new(),
        }
    }

    /// Names what is sent from now on; a name that was used before gets a number.
    pub fn begin(&mut self, step: &str) -> String {
        let uses = self.step_uses.entry(step.to_owned()).or_default();
        *uses += 1;
        self.step = if *uses == 1 { step.to_owned() } else { format!("{step} #{uses}") };
        self.step.clone()
    }

    /// Goes back to a step that was begun before.
    pub fn resume(&mut self, step: &str) {
        self.step = step.to_owned();
    }

    pub fn step(&self) -> &str {
        &self.step
    }

    /// What was sent, by time.
    pub fn finish(self) -> Vec<Message> {
        let mut messages = self.messages;
        messages.sort_by_key(|message| message.time_us);
        messages
    }

    /// Time for a node to handle what it got.
    pub fn tick(&mut self) {
        self.now_us += self.random.range(300, 1500);
    }

    pub fn ephemeral_port(&mut self, node: NodeId) -> u16 {
        let next = self.next_port.entry(self.nodes[node].ip).or_insert(self.first_port);
        let port = *next;
        *next += 1;
        port
    }

    pub fn sip(&mut self, from: NodeId, to: NodeId, mut sip: Sip) -> MessageId {
        let what = sip.what();
        restyle(&mut sip, self.style);
        let (source, destination, transport) = match self.sip {
            SipTransport::Udp => (self.sip_address(from), self.sip_address(to), Transport::Udp),
            SipTransport::Tcp => {
                let (source, destination) = self.sip_connection(from, to);
                (source, destination, Transport::Tcp)
            }
        };
        self.emit((from, source), (to, destination), transport, &what, Payload::Sip(sip))
    }

    pub fn msrp(&mut self, from: (NodeId, SocketAddr), to: (NodeId, SocketAddr), what: &str, msrp: Msrp) -> MessageId {
        self.emit(from, to, Transport::Tcp, what, Payload::Msrp(msrp))
    }

    pub fn open(&mut self, from: (NodeId, SocketAddr), to: (NodeId, SocketAddr)) {
        self.emit(from, to, Transport::Tcp, "OPEN", Payload::Open);
    }

    pub fn close(&mut self, from: (NodeId, SocketAddr), to: (NodeId, SocketAddr)) {
        self.emit(from, to, Transport::Tcp, "CLOSE", Payload::Close);
    }

    /// The transport as written in Via.
    pub fn via_transport(&self) -> &'static str {
        match self.sip {
            SipTransport::Udp => "UDP",
            SipTransport::Tcp => "TCP",
        }
    }

    fn sip_address(&self, node: NodeId) -> SocketAddr {
        SocketAddr::new(self.nodes[node].ip, SIP_PORT)
    }

    fn sip_connection(&mut self, from: NodeId, to: NodeId) -> (SocketAddr, SocketAddr) {
        let (near, far) = (self.nodes[from].ip, self.nodes[to].ip);
        if let Some(&ends) = self.sip_connections.get(&(near, far)) {
            return ends;
        }
        let source = SocketAddr::new(near, self.ephemeral_port(from));
        let destination = self.sip_address(to);
        self.sip_connections.insert((near, far), (source, destination));
        self.sip_connections.insert((far, near), (destination, source));
        self.open((from, source), (to, destination));
        (source, destination)
    }

    fn emit(
        &mut self,
        (from_node, from): (NodeId, SocketAddr),
        (to_node, to): (NodeId, SocketAddr),
        transport: Transport,
        what: &str,
        payload: Payload,
    ) -> MessageId {
        let id = MessageId(self.messages.len() as u32);
        let label = format!("{} {}>{} {what}", self.step, self.nodes[from_node].label, self.nodes[to_node].label);
        self.messages.push(Message { id, time_us: self.now_us, from, to, transport, label, payload });
        self.tick();
        id
    }
}

/// RFC 3261 §7.3.3, and the RFCs that define the other headers.
const COMPACT_NAMES: &[(&str, &str)] = &[
    ("Via", "v"),
    ("From", "f"),
    ("To", "t"),
    ("Call-ID", "i"),
    ("Contact", "m"),
    ("Content-Type", "c"),
    ("Supported", "k"),
    ("Subject", "s"),
    ("Event", "o"),
    ("Refer-To", "r"),
    ("Referred-By", "b"),
    ("Session-Expires", "x"),
    ("Accept-Contact", "a"),
];

fn restyle(sip: &mut Sip, style: Style) {
    if style == Style::Standard {
        return;
    }
    let body_headers = sip.body.iter_mut().flat_map(|body| &mut body.headers.0);
    for (name, value) in sip.headers.0.iter_mut().chain(body_headers) {
        match style {
            Style::Standard => {}
            Style::Compact => {
                if let Some(&(_, short)) = COMPACT_NAMES.iter().find(|(long, _)| long == name) {
                    *name = Name::Borrowed(short);
                }
            }
            Style::Folded => *value = value.replace(">;", ">\r\n ;").replace(", ", ",\r\n\t"),
            Style::LowerCase => *name = Name::Owned(name.to_ascii_lowercase()),
        }
    }
}
