//! The rules: sessions → verdicts on every statement of the specification, and findings with their evidence.
//!
//! A rule is one file in the folder of its family, see [`Rule`]; [`FAMILIES`] lists them all. [`check`] runs them over an analysis
//! and a [`Profile`]. A rule fails a statement only on what the capture shows; where the capture lacks the leg or the setting that a
//! clause needs, it says *undecided* and what is missing.

mod attendance;
pub mod case;
pub mod catalogue;
mod chat;
mod cinfo;
mod deferred;
mod dialog;
mod document;
mod finding;
mod focus;
mod glance;
mod inside;
mod invite;
mod judge;
mod look;
mod loss;
mod msrp;
mod notify;
mod pager;
mod pf;
mod profile;
mod reading;
mod rejoin;
mod rule;
mod sdp;
mod sip;
mod store;
mod users;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

pub use attendance::{Attendance, Attendant, Listing};
use case::Surroundings;
pub use case::{Case, Stream};
pub use document::Document;
pub use finding::{Actor, Finding, Place};
pub use glance::{Glance, Sent};
use judge::AtWork;
pub use judge::{Judge, Tally, Verdict};
use loss::signs_of_loss;
pub use profile::{Ignore, Profile, ProfileError};
use reading::Reading;
pub use rule::{Rule, Severity};

use crate::analysis::Captured;
use crate::capture::FrameReader;
use crate::{Analysis, timeline};

/// Rules about one thing, sorted by name.
pub struct Family {
    pub name: &'static str,
    pub about: &'static str,
    pub rules: &'static [&'static Rule],
}

/// All rules there are.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "invite",
        about: "INVITEs that make or enter a group session, and their answers",
        rules: invite::RULES,
    },
    Family {
        name: "dialog",
        about: "how the dialogs of a group are acknowledged, kept alive and ended",
        rules: dialog::RULES,
    },
    Family { name: "focus", about: "whom the focus accepts, refuses and invites", rules: focus::RULES },
    Family { name: "cinfo", about: "conference-info documents: root, description, state", rules: cinfo::RULES },
    Family { name: "users", about: "users and endpoints in conference-info documents", rules: users::RULES },
    Family { name: "notify", about: "when and how participants are told", rules: notify::RULES },
    Family { name: "msrp", about: "MSRP sessions, relaying, responses and REPORTs", rules: msrp::RULES },
    Family { name: "pf", about: "the participating function between a client and the focus", rules: pf::RULES },
    Family { name: "chat", about: "what is inside of messages: CPIM and IMDN", rules: chat::RULES },
    Family { name: "rejoin", about: "coming back to a group, and what the focus makes of it", rules: rejoin::RULES },
    Family {
        name: "deferred",
        about: "what a participating function keeps for a client that is away, and delivers later",
        rules: deferred::RULES,
    },
    Family {
        name: "store",
        about: "what the message store says of a group, and the client is given",
        rules: store::RULES,
    },
    Family { name: "sdp", about: "session descriptions, and what they agree on", rules: sdp::RULES },
    Family { name: "sip", about: "SIP: messages, transactions, dialogs", rules: sip::RULES },
];

/// All rules, sorted by name.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = FAMILIES.iter().flat_map(|family| family.rules).copied().collect();
    rules.sort_by_key(|rule| rule.name);
    rules
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules).copied().find(|rule| rule.name == name)
}

/// What the rules say of an analysis.
#[derive(Default)]
pub struct Outcome {
    /// By session, then by the first frame; what the profile ignores is left out.
    pub findings: Vec<Finding>,
    /// In step with [`crate::session::Sessions::sessions`]: the statements that apply, in the order of the catalogue, and what
    /// became of them.
    pub statements: Vec<Vec<(&'static str, Tally)>>,
    /// Findings that the profile ignores.
    pub ignored: usize,
}

/// Runs `rules` over every session.
pub fn check(analysis: &Analysis, profile: &Profile, rules: &[&'static Rule]) -> Outcome {
    let lossy = signs_of_loss(&analysis.problems, &analysis.messages, &analysis.sessions);
    let none = analysis.sessions.sessions.iter().map(|_| None).collect();
    check_rest(analysis, profile, &at_work(rules, profile), lossy, none)
}

/// Reads a capture set, and runs `rules` over every session: the same as [`crate::analyze`] and [`check`], in less time. A session is
/// judged right behind its timeline, while the processor has its messages at hand. Who is not alone in a conversation, or has
/// notifications in other sessions, waits for all timelines.
pub fn analyze_and_check(frames: FrameReader, profile: &Profile, rules: &[&'static Rule]) -> (Analysis, Outcome) {
    let rules = at_work(rules, profile);
    rayon::scope(|_| {
        let captured = Captured::read(frames);
        let Captured { capture, messages, sessions, problems, .. } = &captured;
        let lossy = signs_of_loss(problems.iter(), messages, sessions);
        let surroundings = Surroundings { capture, messages, sessions, timelines: &[], profile, lossy };
        let conversations = sessions.conversations.iter().filter(|(_, members)| members.len() > 1);
        let mut is_alone = vec![true; sessions.sessions.len()];
        conversations.flat_map(|(_, members)| members).for_each(|&member| is_alone[member] = false);
        let (timelines, judged) = timeline::build_and(
            sessions,
            messages,
            captured.lacks_packets(),
            || Reading::new(messages, sessions),
            |index, timeline, reading| {
                is_alone[index].then(|| judge_session(&Case::read(surroundings, index, timeline, reading), &rules))
            },
        );
        let analysis = captured.with(timelines);
        let outcome = check_rest(&analysis, profile, &rules, lossy, judged.into_iter().map(Option::flatten).collect());
        (analysis, outcome)
    })
}

/// What the rules say of one session.
type Judged = (Vec<Finding>, Vec<(&'static str, Tally)>);

/// Runs `rules` over the sessions that were not judged yet.
fn check_rest(
    analysis: &Analysis,
    profile: &Profile,
    rules: &[AtWork],
    lossy: bool,
    judged: Vec<Option<Judged>>,
) -> Outcome {
    let Analysis { capture, messages, sessions, timelines, .. } = analysis;
    let surroundings = Surroundings { capture, messages, sessions, timelines, profile, lossy };
    let judged: Vec<_> = judged
        .into_par_iter()
        .enumerate()
        .map(|(index, judged)| {
            judged.unwrap_or_else(|| judge_session(&Case::new(surroundings, index, &timelines[index]), rules))
        })
        .collect();
    let mut outcome = Outcome::default();
    for (mut findings, statements) in judged {
        let found = findings.len();
        findings.retain(|finding| !profile.ignores(finding, analysis));
        outcome.ignored += found - findings.len();
        outcome.findings.extend(findings);
        outcome.statements.push(statements);
    }
    outcome
}

/// The rules that the profile does not switch off, each with the severity that it has there.
fn at_work(rules: &[&'static Rule], profile: &Profile) -> Vec<AtWork> {
    rules.iter().filter_map(|&rule| Some(AtWork::new(rule, profile.severity(rule)?))).collect()
}

fn judge_session(case: &Case<'_>, rules: &[AtWork]) -> Judged {
    let mut judge = Judge::new(case);
    for next in rules {
        judge.begin(next);
        let run = AssertUnwindSafe(|| (next.rule.check)(case, &mut judge));
        if catch_unwind(run).is_err() {
            judge.panicked();
        }
    }
    judge.finish()
}
