//! Who plays: people, the nodes they use, and their addresses. All addresses are from documentation or benchmarking
//! ranges (RFC 5737, RFC 3849, RFC 2544), all names from example domains, all numbers fictional.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::random::Random;
use crate::script::{Info, Story};

pub const CONFERENCE_FACTORY: &str = "sip:conference-factory@cpm.example.net";
/// The CPM feature tag, percent-encoded in a media feature tag (3GPP TS 24.229 §7.2A.8.2).
pub const ICSI: &str = "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session\"";
/// Section 6.8 of OMA CPM names the type; it is not in the specification at hand: an assumption.
pub const GROUP_DATA_TYPE: &str = "application/vnd.oma.cpm-groupdata+xml";

/// The object in which the message store keeps the state of a group.
pub(super) const GROUP_STATE_TYPE: &str = "application/group-state-object+xml";

pub(super) const SIP_PORT: u16 = 5060;
pub(super) const MSRP_PORT: u16 = 2855;

/// The index of a node in [`Cast::nodes`]. The focus is 0; then, for each person, the client and the participating
/// function that serves it. One function serves several people: it is there once for each, under one address.
pub(super) type NodeId = usize;
pub(super) const FOCUS: NodeId = 0;

#[derive(Clone, Debug)]
pub(super) struct Node {
    /// `focus`, `pf1`, `A`.
    pub name: String,
    /// As in the labels of messages: the name, and for a function whom it serves (`pf1-A`).
    pub label: String,
    pub ip: IpAddr,
    /// The right-hand side of Call-IDs.
    pub host: String,
    pub agent: String,
    pub client: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The letter.
    pub name: String,
    pub display: &'static str,
    /// The CPM Address.
    pub uri: String,
    pub instance: String,
    pub node: NodeId,
    /// The participating function that serves this person.
    pub function: NodeId,
    pub subscribes: bool,
    /// Writes port 9 in its SDP, as an active endpoint may (RFC 6135 §4.2.2 by way of RFC 4145).
    pub discard_port: bool,
    pub anonymous: bool,
}

impl Person {
    /// The identity that others see.
    pub fn shown(&self) -> String {
        if self.anonymous { "sip:anonymous@anonymous.invalid".to_owned() } else { self.uri.clone() }
    }

    /// The From or To header value without tag.
    pub fn address(&self) -> String {
        if self.anonymous {
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned()
        } else {
            format!("\"{}\" <{}>", self.display, self.uri)
        }
    }
}

pub(super) struct Cast {
    pub nodes: Vec<Node>,
    pub people: Vec<Person>,
}

/// One per letter of the alphabet.
const DISPLAY_NAMES: &[&str] = &[
    "Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi", "Ivan", "Judy", "Kim", "Laura", "Mallory",
    "Niaj", "Olivia", "Peggy", "Quentin", "Rupert", "Sybil", "Trent", "Ursula", "Victor", "Wendy", "Xavier", "Yvonne",
    "Zoe",
];
/// Addresses a group may use for its clients.
const CLIENTS_PER_GROUP: u32 = 32;
/// Participating functions beside one focus.
const FUNCTIONS: u32 = 2;

impl Cast {
    pub fn of(story: &Story, random: &mut Random) -> Self {
        assert!(story.participants <= DISPLAY_NAMES.len(), "at most {} people in a story", DISPLAY_NAMES.len());
        let ip = |role: Role, number: u32| address(story.ipv6, role, number);
        let mut nodes = vec![Node {
            name: "focus".into(),
            label: "focus".into(),
            ip: ip(Role::Focus, story.group % 16),
            host: "cf1.example.net".into(),
            agent: "CPM-serv/OMA2.2 ExampleFocus/1.0".into(),
            client: false,
        }];
        let mut people = Vec::new();
        for (index, &display) in DISPLAY_NAMES.iter().enumerate().take(story.participants) {
            let name = char::from(b'A' + index as u8).to_string();
            let number = story.group * CLIENTS_PER_GROUP + index as u32;
            let client = ip(Role::Client, number);
            let node = nodes.len();
            nodes.push(Node {
                name: name.clone(),
                label: name.clone(),
                ip: client,
                host: host(client),
                agent: format!("CPM-client/OMA2.2 Example-{name}/1.{index}"),
                client: true,
            });
            let function = index as u32 % FUNCTIONS;
            let function_name = format!("pf{}", function + 1);
            nodes.push(Node {
                label: format!("{function_name}-{name}"),
                ip: ip(Role::Function, (story.group % 16) * FUNCTIONS + function),
                host: format!("{function_name}.example.net"),
                agent: "CPM-serv/OMA2.2 ExamplePF/1.0".into(),
                client: false,
                name: function_name,
            });
            people.push(Person {
                name,
                display,
                uri: number_uri(number, index % 2 == 1),
                instance: format!("urn:gsma:imei:35824005-{:06}-0", random.range(0, 1_000_000)),
                node,
                function: node + 1,
                subscribes: match story.info {
                    Info::Msrp => false,
                    Info::Notify => true,
                    Info::Mixed => index % 2 == 1,
                },
                discard_port: index % 2 == 1,
                anonymous: false,
            });
        }
        Self { nodes, people }
    }

    pub fn person(&self, name: &str) -> usize {
        let found = self.people.iter().position(|person| person.name == name);
        found.unwrap_or_else(|| panic!("nobody is called {name:?}: the story has {} participants", self.people.len()))
    }
}

#[derive(Clone, Copy)]
enum Role {
    Client,
    Focus,
    Function,
}

fn address(ipv6: bool, role: Role, number: u32) -> IpAddr {
    if ipv6 {
        let (high, low) = ((number >> 16) as u16, number as u16);
        return match role {
            Role::Client => Ipv6Addr::new(0x2001, 0xdb8, 1, high, 0, 0, low, 3),
            Role::Focus => Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, low, 2),
            Role::Function => Ipv6Addr::new(0x2001, 0xdb8, 8, 0, 0, 0, low, 1),
        }
        .into();
    }
    match role {
        Role::Client if number < 250 => Ipv4Addr::new(192, 0, 2, number as u8 + 3),
        // RFC 2544's benchmarking range, 198.18.0.0/15.
        Role::Client => Ipv4Addr::from(0xc612_0000 | (number & 0x1_ffff)),
        Role::Focus => Ipv4Addr::new(198, 51, 100, number as u8 + 2),
        Role::Function => Ipv4Addr::new(203, 0, 113, number as u8 + 2),
    }
    .into()
}

/// An address as a host of a URI.
pub(super) fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Numbers of the form +1 NPA 555 01xx are reserved for fiction.
fn number_uri(number: u32, user_phone: bool) -> String {
    let (area, line) = (200 + number / 100 % 800, number % 100);
    let phone = if user_phone { ";user=phone" } else { "" };
    format!("sip:+1{area}55501{line:02}@ims.example.net{phone}")
}
