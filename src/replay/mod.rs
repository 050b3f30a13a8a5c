//! Replay: a captured session played against a server, or a server played for clients.
//!
//! ```text
//! Analysis, roles ─▶ builder ─▶ Plan ─▶ Player ⇄ Hub ⇄ driver (sockets, clock) or network (simulated)
//!                    hops       plan_file   sip, msrp, answers          └▶ trace (pcapng)
//!                                        └▶ Verdict ─▶ report
//! ```
//! A [`Plan`] is what one side of a session does and expects. A [`Player`] plays it: messages and time in, messages out, without
//! sockets or clock. Captured messages are taken apart once (`originals`, `sip_template`, `msrp_template`, `body`); `identifiers`
//! makes the captured identifiers new and learns what the far end chose, `compose` puts them into messages, `judge` tells what differs from what was expected.

mod body;
mod builder;
mod came;
mod compare;
mod compose;
mod dialog;
mod digest;
mod digits;
mod driver;
mod fingerprint;
mod fresh;
mod hops;
mod hub;
mod identifiers;
mod judge;
mod learn;
mod load;
mod local;
mod msrp_template;
mod mutate;
mod network;
mod originals;
mod parts;
mod plain;
mod plan;
mod plan_file;
mod player;
mod register;
pub mod report;
mod restore;
mod roles;
mod settings;
mod sip_template;
mod tls;
mod trace;
mod transaction;
mod verdict;

pub use builder::build;
pub use compare::compare;
pub use driver::{Driver, End, local_ip};
pub use fresh::Fresh;
pub use hub::{Hub, Output};
pub use judge::Difference;
pub use load::Load;
pub use local::{Local, Transport};
pub use mutate::{Fault, mutate};
pub use network::{Network, Weather};
pub use plan::{Act, Kind, Leg, Plan, Side, Step};
pub use plan_file::PlanFileError;
pub use player::{Action, ConnectionId, Ended, Hop, Player, Score, Shown};
pub use roles::{PlanError, Roles};
pub use settings::{Route, Settings, Speed};
pub use tls::{Config as TlsConfig, Files as TlsFiles};
pub use trace::Trace;
pub use verdict::{Outcome, Verdict};
