//! Every generated capture of the corpus against the truth that its generator wrote beside it, through the JSON document that
//! scripts read: group sessions, legs, MSRP paths, messages with their copies, notifications.
//!
//! Where document and truth mean different things by the same word, the place below says so.

#[path = "support/document.rs"]
mod document;
#[path = "support/corpus.rs"]
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};

use document::{document, list, text, with_truth};
use serde_json::Value;
use shared::corpus;

/// How far the generator's clock may be beside the packet.
const CLOCK_SLACK_MICROS: i64 = 20_000;

#[test]
fn clean_captures_are_read_as_they_were_made() {
    check("group");
}

#[test]
fn faulty_captures_are_read_as_they_were_made() {
    check("faults");
}

fn check(folder: &str) {
    let Some(folder) = corpus(folder) else { return };
    let mut wrong = String::new();
    for (capture, truth) in with_truth(&folder) {
        let document = document(std::slice::from_ref(&capture));
        for difference in differences(&document, &truth) {
            wrong.push_str(&format!("{}: {difference}\n", capture.file_name().unwrap().display()));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_comparison_notices_what_is_missing_or_other() {
    let Some(folder) = corpus("group") else { return };
    let (capture, truth) = with_truth(&folder).swap_remove(0);
    let whole = document(&[capture]);
    assert_eq!(differences(&whole, &truth), [""; 0]);
    let places = [
        "conversation_id",
        "focus_uri",
        "legs/1",
        "legs/1/participant",
        "legs/1/direction",
        "legs/1/established",
        "legs/1/ended",
        "legs/1/msrp/remote_path",
        "messages/0",
        "participants/0/timeline/0",
        "participants/1/timeline/1/cause",
        "participants/2/timeline/2/frame",
        "messages/0/sha256",
        "messages/0/copies/1",
        "messages/0/copies/1/delivered",
        "notifications/3",
        "notifications/3/user_count",
    ];
    for place in places {
        let mut changed = whole.clone();
        *changed.pointer_mut(&format!("/sessions/0/{place}")).expect(place) = Value::Null;
        assert_ne!(differences(&changed, &truth), [""; 0], "{place}");
    }
}

fn differences(document: &Value, truth: &Value) -> Vec<String> {
    let mut comparison = Comparison { document, truth, names: BTreeMap::new(), found: vec![] };
    comparison.expect("schema", text(&document["schema"]), "rcshark.analysis/1");
    comparison.expect("frames", &document["capture"]["frames"], &truth["packets"]);
    for group in list(&truth["groups"]) {
        comparison.group(group);
    }
    for one_to_one in list(&truth["one2one"]) {
        comparison.one_to_one(one_to_one);
    }
    comparison.nothing_else();
    comparison.found
}

/// A change of a participant.
#[derive(Debug, PartialEq)]
struct Step<'a> {
    state: &'a str,
    cause: &'a str,
    by: Option<&'a str>,
    frame: Option<u64>,
}

struct Comparison<'a> {
    document: &'a Value,
    truth: &'a Value,
    /// The truth's short names of the participants → their URIs.
    names: BTreeMap<&'a str, &'a str>,
    found: Vec<String>,
}

impl<'a> Comparison<'a> {
    fn expect<T: PartialEq + Debug>(&mut self, what: impl Display, ours: T, truth: T) {
        if ours != truth {
            self.found.push(format!("{what}: {ours:?}, in truth {truth:?}"));
        }
    }

    /// What is in one set and not in the other.
    fn expect_same<T: Ord + Debug>(&mut self, what: impl Display, ours: &BTreeSet<T>, truth: &BTreeSet<T>) {
        let (more, less): (Vec<_>, Vec<_>) = (ours.difference(truth).collect(), truth.difference(ours).collect());
        if !more.is_empty() || !less.is_empty() {
            self.found.push(format!("{what}: only here {more:?}, only in truth {less:?}"));
        }
    }

    /// As [`Self::expect_same`]; but where packets are missing from the capture, so may facts be. None is invented.
    fn expect_captured<T: Ord + Debug>(&mut self, what: impl Display, ours: &BTreeSet<T>, truth: &BTreeSet<T>) {
        if list(&self.truth["losses"]).is_empty() || !ours.is_subset(truth) {
            self.expect_same(what, ours, truth);
        }
    }

    fn sessions(&self) -> &'a [Value] {
        list(&self.document["sessions"])
    }

    /// The only session of this kind with this Contribution-ID.
    fn session(&mut self, kind: &str, contribution_id: &'a Value) -> Option<&'a Value> {
        let has_id = |session: &&Value| list(&session["contribution_ids"]).contains(contribution_id);
        let found: Vec<&Value> = self.sessions().iter().filter(has_id).collect();
        self.expect(format!("sessions with Contribution-ID {contribution_id}"), found.len(), 1);
        let session = *found.first()?;
        self.expect(format!("kind of {contribution_id}"), text(&session["kind"]), kind);
        Some(session)
    }

    fn group(&mut self, group: &'a Value) {
        let Some(session) = self.session("group", &group["contribution_id"]) else { return };
        let participants = list(&group["participants"]);
        self.names = participants.iter().map(|one| (text(&one["name"]), text(&one["uri"]))).collect();
        self.expect("conversation", &session["conversation_id"], &group["conversation_id"]);
        // A refused session has no focus that anybody was told of.
        if !session["focus_uri"].is_null() || list(&group["legs"]).iter().any(|leg| leg["final_code"] == 200) {
            self.expect("focus", without_parameters(&session["focus_uri"]), without_parameters(&group["focus_uri"]));
        }
        self.participants(session, group);
        self.legs(session, group);
        self.messages(session, group);
        self.notifications(session, group);
        let subscriptions = list(&session["subscriptions"]).iter().map(|one| text(&one["call_id"])).collect();
        let truth = list(&group["sessions"]).iter().flat_map(|one| list(&one["call_ids"])).map(text).collect();
        self.expect_same("subscriptions", &subscriptions, &truth);
    }

    fn participants(&mut self, session: &'a Value, group: &'a Value) {
        let truth: BTreeMap<&str, &Value> =
            list(&group["participants"]).iter().map(|one| (text(&one["uri"]), one)).collect();
        for participant in list(&session["participants"]) {
            let uri = text(&participant["uri"]);
            let Some(truth) = truth.get(uri) else {
                self.found.push(format!("participant {uri} does not exist"));
                continue;
            };
            self.expect(format!("anonymity of {uri}"), &participant["anonymous"], &truth["anonymous"]);
            // Who never sends may never be named.
            if !participant["display_name"].is_null() {
                self.expect(format!("name of {uri}"), &participant["display_name"], &truth["display"]);
            }
            self.timeline(uri, participant, truth);
        }
        let uris: BTreeSet<&str> = list(&session["participants"]).iter().map(|one| text(&one["uri"])).collect();
        let with_legs: BTreeSet<&str> = list(&group["legs"])
            .iter()
            .filter(|leg| !is_elsewhere(leg))
            .map(|leg| self.uri(&leg["participant"]))
            .collect();
        self.expect_same("participants with legs", &uris.intersection(&with_legs).copied().collect(), &with_legs);
    }

    /// Every change of a participant, to the frame, with its cause and who caused it.
    fn timeline(&mut self, uri: &str, participant: &'a Value, truth: &'a Value) {
        let ours: Vec<Step<'_>> = list(&participant["timeline"])
            .iter()
            .map(|one| Step {
                state: text(&one["state"]),
                cause: text(&one["cause"]),
                by: one["by"].as_str(),
                frame: one["frame"].as_u64(),
            })
            .collect();
        // Inviting is not yet a state of who invites; who was refused because its session was not found has a session of its own.
        let steps = list(&truth["timeline"]).iter().filter(|one| one["state"] != "inviting" && one["cause"] != "404");
        let mut truth: Vec<Step<'_>> = steps.map(|one| self.step(one)).collect();
        for (truth, ours) in truth.iter_mut().zip(&ours) {
            // The truth names no frame of a refusal.
            truth.frame = truth.frame.or(ours.frame);
        }
        self.expect(format!("timeline of {uri}"), ours, truth);
    }

    fn step(&self, truth: &'a Value) -> Step<'a> {
        let has_by = truth.get("by").is_some();
        let (state, cause) = match (text(&truth["state"]), text(&truth["cause"])) {
            ("declined" | "rejected" | "failed", _) => ("disconnected", "declined"),
            ("pending", _) => ("pending", "invited"),
            (state, "accepted invitation" | "accepted invitation (late)" | "accepted restart") => (state, "accepted"),
            (state, "added by REFER") => (state, "added"),
            (state, "joined pre-defined group") => (state, "joined"),
            // One participant is removed, or the session is over for all.
            (state, "terminated") if has_by => (state, "booted"),
            (state, "inactivity" | "terminated") => (state, "ended"),
            known => known,
        };
        // By is a URI, or a name.
        let by = truth["by"].as_str().map(|by| self.names.get(by).copied().unwrap_or(by));
        Step { state, cause, by, frame: truth["frame"].as_u64() }
    }

    fn uri(&self, name: &Value) -> &'a str {
        self.names.get(text(name)).copied().unwrap_or("nobody")
    }

    fn legs(&mut self, session: &'a Value, group: &'a Value) {
        let ours: BTreeMap<_, &Value> = list(&session["legs"]).iter().map(|leg| (dialog(leg), leg)).collect();
        let elsewhere: BTreeMap<_, &Value> =
            self.sessions().iter().flat_map(|session| list(&session["legs"])).map(|leg| (dialog(leg), leg)).collect();
        for truth in list(&group["legs"]) {
            let place = if is_elsewhere(truth) { &elsewhere } else { &ours };
            match place.get(&dialog(truth)) {
                Some(leg) => self.leg(leg, truth),
                None => self.found.push(format!("leg {:?} is missing", dialog(truth))),
            }
        }
        let truth = list(&group["legs"]).iter().map(dialog).collect();
        let ours: BTreeSet<_> = ours.into_keys().collect();
        self.expect_same("legs", &ours.difference(&truth).collect(), &BTreeSet::new());
    }

    fn leg(&mut self, leg: &'a Value, truth: &'a Value) {
        let name = text(&leg["call_id"]);
        self.expect(format!("participant of {name}"), text(&leg["participant"]), self.uri(&truth["participant"]));
        let direction = text(&truth["direction"]).replace("->", "-to-");
        self.expect(format!("direction of {name}"), text(&leg["direction"]), &direction);
        self.expect(format!("status of {name}"), &leg["final_status"], &truth["final_code"]);
        self.expect_time(format!("ACK of {name}"), &leg["established"], &truth["t_established_us"]);
        // The truth's time of a BYE is that of the refusal when there was no dialog to end.
        let is_refused = truth["final_code"].as_u64().is_some_and(|status| status >= 300);
        let bye = if is_refused { &Value::Null } else { &truth["t_bye_us"] };
        self.expect_time(format!("BYE of {name}"), &leg["ended"], bye);
        // The network's BYE (truth: "network") is one in the client's name: on this leg, the client's side ends it.
        let by = match text(&truth["bye_by"]) {
            "network" => "client",
            other => other,
        };
        self.expect(format!("who ended {name}"), text(&leg["ended_by"]), by);
        let paths =
            |paths: [&'a Value; 2]| -> BTreeSet<&'a str> { paths.into_iter().filter_map(Value::as_str).collect() };
        let ours = paths([&leg["msrp"]["local_path"], &leg["msrp"]["remote_path"]]);
        let truth = paths([&truth["msrp_path_caller"], &truth["msrp_path_callee"]]);
        self.expect_same(format!("MSRP paths of {name}"), &ours, &truth);
    }

    fn expect_time(&mut self, what: impl Display, ours: &Value, truth_micros: &Value) {
        let is_near = match (ours.as_str(), truth_micros.as_i64()) {
            (Some(ours), Some(truth)) => {
                let ours: jiff::Timestamp = ours.parse().unwrap();
                (ours.as_microsecond() - truth).abs() <= CLOCK_SLACK_MICROS
            }
            (ours, truth) => ours.is_none() && truth.is_none(),
        };
        if !is_near {
            self.found.push(format!("{what}: {ours}, in truth {truth_micros} µs"));
        }
    }

    fn messages(&mut self, session: &'a Value, group: &'a Value) {
        let ours: BTreeMap<&str, &Value> =
            list(&session["messages"]).iter().map(|message| (text(&message["message_id"]), message)).collect();
        for truth in list(&group["messages"]) {
            let id = text(&truth["message_id"]);
            match ours.get(id) {
                Some(message) => self.message(id, message, truth),
                None => self.found.push(format!("message {id} is missing")),
            }
        }
        // The truth does not count a message that the focus refused; here it is listed with nobody who got it.
        let accepted = |message: &Value| !list(&message["copies"]).is_empty();
        let ids: BTreeSet<&str> = ours.iter().filter(|(_, message)| accepted(message)).map(|(id, _)| *id).collect();
        let truth = list(&group["messages"]).iter().map(|message| text(&message["message_id"])).collect();
        self.expect_same("messages", &ids.difference(&truth).copied().collect(), &BTreeSet::new());
    }

    fn message(&mut self, id: &str, message: &'a Value, truth: &'a Value) {
        let fields = [
            ("from", "sender_uri"),
            ("to", "cpim_to"),
            ("content_type", "content_type"),
            ("size", "size"),
            ("sha256", "sha256"),
            ("frame", "frame"),
            ("chunks", "chunks"),
        ];
        for (ours, theirs) in fields {
            self.expect(format!("{ours} of {id}"), &message[ours], &truth[theirs]);
        }
        // A copy's frame is that of its first packet; the truth names the last chunk's.
        let is_chunked = truth["chunks"] != 1;
        let frame = |value: &Value| value.as_u64().filter(|_| !is_chunked);
        // Where the truth knows no frame, the copy was lost.
        let received = list(&truth["recipients"]).iter().filter(|one| !one["frame"].is_null());
        let received = received.map(|one| (self.uri(&one["participant"]), frame(&one["frame"]))).collect();
        let copies = list(&message["copies"]);
        let accepted = copies.iter().filter(|copy| copy["response"].is_null() || copy["response"] == 200);
        let accepted = accepted.map(|copy| (text(&copy["participant"]), frame(&copy["frame"]))).collect();
        self.expect_same(format!("copies of {id}"), &accepted, &received);
        for disposition in ["delivered", "displayed"] {
            let confirmed = copies.iter().filter(|copy| !copy[disposition].is_null());
            let confirmed = confirmed.map(|copy| text(&copy["participant"])).collect();
            let truth = list(&truth[disposition]).iter().map(|name| self.uri(name)).collect();
            self.expect_captured(format!("{id} {disposition} at"), &confirmed, &truth);
        }
    }

    fn notifications(&mut self, session: &'a Value, group: &'a Value) {
        // Behind a B2BUA the frame is that of the hop nearest the client; the truth names the first hop's.
        let is_direct = self.truth["options"]["topo"] == "direct";
        // The fault is in the document, the truth keeps what should have been in it.
        let counts_are_true =
            !list(&self.truth["violations"]).iter().any(|one| one["fault"] == "cinfo-user-count-wrong");
        let row = |to: &'a str, source: &'a str, one: &'a Value| {
            let frame = one["frame"].as_u64().filter(|_| is_direct);
            let count = one["user_count"].as_u64().filter(|_| counts_are_true);
            (to, source, one["version"].as_u64(), count, frame)
        };
        let ours = list(&session["notifications"]);
        let truth = list(&group["notifications"]);
        self.expect("number of notifications", ours.len(), truth.len());
        let ours = ours.iter().map(|one| row(text(&one["to"]), text(&one["source"]), one)).collect();
        let truth = truth.iter().map(|one| row(self.uri(&one["to"]), text(&one["via"]), one)).collect();
        self.expect_same("notifications", &ours, &truth);
    }

    fn one_to_one(&mut self, truth: &'a Value) {
        let Some(session) = self.session("one-to-one", &truth["contribution_id"]) else { return };
        let legs: BTreeSet<_> = list(&session["legs"]).iter().map(dialog).collect();
        self.expect_same("1-1 legs", &legs, &list(&truth["legs"]).iter().map(dialog).collect());
        let messages = |value: &'a Value| -> Vec<(&str, u64)> {
            list(&value["messages"])
                .iter()
                .map(|one| (text(&one["message_id"]), one["size"].as_u64().unwrap()))
                .collect()
        };
        self.expect("1-1 messages", messages(session), messages(truth));
        let is_extended = self.sessions().iter().any(|one| one["predecessor"] == session["id"]);
        self.expect("1-1 session is extended", is_extended, true);
    }

    /// No session is there that the truth does not know, and what was lost is told.
    fn nothing_else(&mut self) {
        let is_unknown_focus = |session: &&Value| list(&session["legs"]).iter().all(|leg| leg["final_status"] == 404);
        let elsewhere = self.sessions().iter().filter(is_unknown_focus).count();
        let known = list(&self.truth["groups"]).len() + list(&self.truth["one2one"]).len();
        self.expect("sessions", self.sessions().len() - elsewhere, known);
        let problems = list(&self.document["capture"]["problems"]);
        let gaps = problems.iter().filter(|problem| problem["kind"] == "tcp-gap").count();
        self.expect("gaps are told", gaps > 0, !list(&self.truth["losses"]).is_empty());
    }
}

/// An INVITE to a focus that is no more is a session of its own: nothing says which one it wanted.
fn is_elsewhere(leg: &Value) -> bool {
    leg["final_code"] == 404
}

fn dialog(leg: &Value) -> [&str; 3] {
    ["call_id", "from_tag", "to_tag"].map(|name| text(&leg[name]))
}

fn without_parameters(uri: &Value) -> &str {
    text(uri).split(';').next().unwrap_or_default()
}
