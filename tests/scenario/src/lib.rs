//! Builds captures of CPM group sessions, with the truth beside them, for tests, samples and benchmarks.
//!
//! It is an independent witness: it shares no code with what it is used to test.
//!
//! ```text
//! script        Story: what happens, in words
//!   ↓ conversation::Conversation::of
//! conversation  Messages: SIP and MSRP as editable text, with times, addresses and labels   ← faults are made here
//!   ↓ packets
//! packets       Frames: UDP and TCP, IPv4 and IPv6, link headers, impairments
//!   ↓ output::Capture::of
//! output        FILE (classic pcap), and truth: FILE.truth.json with exact frame numbers
//! ```
//!
//! # A story
//! People are called A, B, C, …; operations happen in the order in which they are written, about a second apart.
//! ```
//! use rcshark_scenario::conversation::Conversation;
//! use rcshark_scenario::output::Capture;
//! use rcshark_scenario::packets::{Impairments, Link, Packeting, Segments};
//! use rcshark_scenario::script::{Answer, Ending, Info, Story, Text, Topology};
//!
//! let story = Story::new(7)
//!     .participants(4)
//!     .info(Info::Mixed)
//!     .topology(Topology::ParticipatingFunctions)
//!     .create_with("A", &[("B", Answer::Accept), ("C", Answer::AcceptAfter(5.0))])
//!     .message("A", "Hello")
//!     .wait(6.0)
//!     .message("C", Text::Words(4_000))
//!     .add("A", "D")
//!     .remove("B", "C")
//!     .end(Ending::Inactivity);
//! let packeting = Packeting {
//!     link: Link::Vlan,
//!     segments: Segments::Random,
//!     impairments: Impairments { seed: 7, duplicate: 1.0, ..Impairments::default() },
//!     ..Packeting::default()
//! };
//! let capture = Capture::of(vec![Conversation::of(&story)], &packeting);
//! assert_eq!(capture.truth.groups[0].messages.len(), 2);
//! ```
//! Several conversations in one capture are several groups at once: give each story its own [`script::Story::group`]
//! number, from which addresses, telephone numbers and ports follow. [`stories::ALL`] holds stories with a name.
//!
//! # A fault
//! A story is always told as the specification wants it. A fault is one change to one message before it becomes packets:
//! find the message by its label, edit it, and say which clause is broken. `scenario STORY` prints all labels; they read
//! `STEP SENDER>RECEIVER WHAT`, and `*` in a pattern stands for anything.
//! ```
//! use rcshark_scenario::conversation::{Conversation, Fault};
//! use rcshark_scenario::script::{Ending, Story};
//!
//! let story = Story::new(1).create("A", &["B", "C"]).message("A", "Hello").leave("B").end(Ending::Inactivity);
//! let count = Fault {
//!     id: "cinfo-user-count-wrong",
//!     clause: "9.2.14.3-msrp-a.v",
//!     actor: "focus",
//!     severity: "error",
//!     summary: "<user-count> one too high",
//! };
//! let conversation = Conversation::of(&story)
//!     .fault(count, "info #2 focus>A SEND", |message| message.replace("<user-count>3<", "<user-count>4<"));
//!
//! let silent = Fault { id: "bye-leave-no-reason", clause: "5.2.3.2-2.a.A", actor: "client", severity: "note", summary: "" };
//! let conversation = Conversation::of(&story).fault(silent, "leave B B>focus BYE", |message| {
//!     message.sip().headers.remove("Reason");
//! });
//!
//! let lossy = Fault { id: "relay-missing-one", clause: "5.2.6.1-2.c", actor: "focus", severity: "error", summary: "" };
//! let missing = ["message1 focus>C SEND", "message1 C>focus 200 SEND", "delivered1 C *"];
//! let conversation = Conversation::of(&story).fault_missing(lossy, "message1 A>focus SEND", &missing);
//! ```
//! Lengths (Content-Length at every level, Byte-Range) follow an edit by themselves, unless the header is set by hand:
//! `message.sip().headers.set("Content-Length", "5")` stays 5. [`conversation::Message`] also lets a fault change times,
//! addresses, MSRP chunks, or put raw bytes on the wire. In place of [`conversation::Conversation::fault`],
//! [`conversation::Conversation::mutate`] changes a message without recording a violation: for what is odd but right.
//! [`faults::ALL`] holds faults with a name.

pub mod conversation;
pub mod faults;
pub mod large;
pub mod output;
pub mod packets;
pub mod random;
pub mod script;
pub mod stories;
pub mod truth;
