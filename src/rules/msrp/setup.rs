use hashbrown::HashMap;

use super::connection::{Agreed, Connection, focus_calls};
use super::path::first_address;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity, Stream};
use crate::session::{Direction, Leg, find_body};
use crate::timeline::Cause;
use crate::wire::resource_lists;
use crate::wire::sdp::Setup;

rule! {
    /// ## What it checks
    /// After the ACK the MSRP session comes into being: the focus announces `a=setup`, the side that is active by SDP opens the connection and
    /// binds it with a SEND, and the client uses the paths of the SDP.
    ///
    /// ## Why it matters
    /// When both sides wait, or both connect, there is no group chat although SIP says 200.
    ///
    /// ## Example
    /// The answer of the focus says `a=setup:passive`, and then the focus sends the SYN: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.6.1; RFC 6135 §4.2, RFC 4145 §4.1, RFC 4975 §5.4, §6.1
    ///
    /// Without `a=setup` in the answer the caller connects; a focus that does not write it is a warning. Who opened a connection is judged where its SYN was
    /// captured, between the addresses of the SDP, without relays, and where it is not used again. A connection that never came is told where MSRP
    /// of the same client, or of all others in the session, was captured.
    pub CPM_MSRP_SETUP: Error = "cpm-msrp-setup",
        ["5.2.1.1-resp-2.b", "5.2.1.2-resp-3", "5.2.1.3-resp-d", "5.2.1.4-resp-c", "5.2.2-ack-2", "5.2.6.1-conn-1", "5.2.6.1-conn-2"],
        check;
}

/// Seconds after the ACK in which a client sets up the media plane: 64 × T1 (RFC 3261 §17).
const ESTABLISHED_SECONDS: f64 = 32.0;

fn check(case: &Case<'_>, judge: &mut Judge) {
    let streams: HashMap<usize, &Stream<'_>> = case.streams().iter().map(|one| (one.leg_index, one)).collect();
    for (index, leg) in case.legs().filter(|_| case.is_group()) {
        let Some(focus_calls) = focus_calls(leg) else { continue };
        let Some(agreed) = Agreed::of(case, leg) else { continue };
        judge_announced(judge, &agreed, focus_calls);
        match streams.get(&index) {
            Some(stream) => judge_stream(case, judge, stream, &agreed, focus_calls),
            None => judge_missing(case, judge, leg, &agreed, focus_calls),
        }
    }
}

/// The role that the focus offers or takes.
fn judge_announced(judge: &mut Judge, agreed: &Agreed, focus_calls: bool) {
    let statement = "5.2.6.1-conn-1";
    let (media, at) = if focus_calls { (&agreed.offer, agreed.offered) } else { (&agreed.answer, agreed.answered) };
    match media.setup {
        None => {
            judge.remark(statement, Severity::Warning, at, "the focus did not announce a=setup").expected("a=setup");
        }
        Some(Setup::Passive) if focus_calls => {
            let message = "the focus offers a=setup:passive, and has to act as MSRP client";
            judge.fail(statement, at, message).expected("a=setup:actpass or a=setup:active");
        }
        // actpass in an answer is found by a rule of its own.
        Some(_) => judge.pass(statement),
    }
}

fn judge_stream<'a>(case: &Case<'a>, judge: &mut Judge, stream: &Stream<'a>, agreed: &Agreed, focus_calls: bool) {
    let (roles, client) = ("5.2.6.1-conn-2", client_statement(case, stream.leg));
    let who = stream.participant.map_or("a participant", |who| case.uri(who));
    let connection = Connection::of(case, stream, agreed);
    let opened = connection.as_ref().and_then(|connection| connection.opened_by_caller);
    // A client that does not write its role is found by the rule on CEMA.
    let is_told = !focus_calls || agreed.answer.setup.is_some();
    match agreed.caller_connects().filter(|_| is_told).zip(opened) {
        None => judge.undecided(roles, format!("needs the beginning of the connection with {who}")),
        Some((is_to, did)) if is_to == did => judge.pass(roles),
        Some((is_to, _)) => {
            let (role, what) = match is_to == focus_calls {
                true => ("active", "the other side connected"),
                false => ("passive", "connected itself"),
            };
            let message = format!("focus is {role} by SDP for {who} but {what}");
            judge.fail(roles, agreed.answered, message).also(stream.msrp.first).also(agreed.offered);
        }
    }
    if opened == Some(focus_calls) {
        judge_binding(case, judge, stream, connection.as_ref(), who);
    }
    // The client's first request has the paths of the SDP.
    let paths = case.paths(stream, !focus_calls);
    let wrong_to = paths.to.wrong.iter().map(|one| ("To-Path", one));
    let mut wrong = wrong_to.chain(paths.from.wrong.iter().map(|one| ("From-Path", one)));
    // Later ones are for the rule on the requests of clients.
    let mut own = case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(false));
    let first = own.next().map(|transfer| transfer.first);
    match wrong.find(|(_, one)| Some(one.place.message) == first) {
        None if paths.to.agreed > 0 => judge.pass(client),
        None => {}
        Some((name, one)) => {
            let message = format!("{name} {} of {who} is not the a=path {}", one.found, one.expected);
            judge.fail(client, one.place.clone(), message).expected(one.expected).also(agreed.answered);
        }
    }
}

/// The first SEND of the focus over a connection that it opened.
fn judge_binding<'a>(
    case: &Case<'a>,
    judge: &mut Judge,
    stream: &Stream<'a>,
    connection: Option<&Connection<'_>>,
    who: &str,
) {
    let statement = "5.2.6.1-conn-1";
    let Some(connection) = connection else { return };
    let first = case.transfers(stream).find(|transfer| stream.is_from_focus(transfer) == Some(true));
    let Some(first) = first.map(|transfer| transfer.first).filter(|_| !case.lossy) else { return };
    let seconds = case.time(first).nanos_since(connection.flow.first_time) as f64 / 1e9;
    let message = || format!("focus bound the connection to {who} with a SEND only after {seconds:.0} s");
    judge.expect(statement, seconds <= case.profile.timings.bind, first, message);
}

/// A leg whose MSRP session was not captured.
fn judge_missing(case: &Case<'_>, judge: &mut Judge, leg: &Leg, agreed: &Agreed, focus_calls: bool) {
    let (client, focus) = (client_statement(case, leg), "5.2.6.1-conn-1");
    let Some(ack) = leg.established else { return };
    let statement = if agreed.caller_connects() == Some(focus_calls) { focus } else { client };
    let who = leg.participant().map_or("a participant", |who| who.uri.as_str());
    let stays = leg.ended.is_none_or(|(bye, _)| case.seconds_between(ack, bye) > ESTABLISHED_SECONDS);
    let is_secure =
        [&agreed.offer, &agreed.answer].iter().any(|media| media.path.to_ascii_lowercase().starts_with("msrps:"));
    if case.lossy
        || is_secure
        || !stays
        || case.seconds_captured_after(ack) <= ESTABLISHED_SECONDS
        || !is_heard(case, leg, agreed, focus_calls)
    {
        judge.undecided(
            statement,
            format!("needs the connection with {who}, for {ESTABLISHED_SECONDS} s after the ACK"),
        );
        return;
    }
    // The connection that the focus owes is for the rule on its media plane.
    if statement == focus {
        return;
    }
    let side = who;
    let message = format!("MSRP session not established after ACK: {side} did not connect");
    let actor = if statement == focus { Actor::ControllingFunction } else { Actor::Client };
    judge.fail(statement, ack, message).also(agreed.answered).actor(actor);
}

/// Would the MSRP of this leg have been captured? So it is where that of the same client was, or of all others.
fn is_heard(case: &Case<'_>, leg: &Leg, agreed: &Agreed, focus_calls: bool) -> bool {
    let media = if focus_calls { &agreed.answer } else { &agreed.offer };
    let address = first_address(&media.path).map(|(ip, _)| ip);
    let is_of_client = |stream: &Stream<'_>| {
        let flow = case.messages().flow(&case.messages()[stream.msrp.first]);
        address.is_some_and(|ip| flow.client.ip() == ip || flow.server.ip() == ip)
    };
    let mut others = case.legs().filter(|(_, other)| other.call != leg.call && other.established.is_some()).peekable();
    case.streams().iter().any(is_of_client)
        || (others.peek().is_some() && others.all(|(_, other)| other.msrp.is_some()) && case.streams().len() > 1)
}

/// The statement that tells this client to set up the media plane.
fn client_statement(case: &Case<'_>, leg: &Leg) -> &'static str {
    if leg.direction == Direction::FocusToClient {
        return "5.2.2-ack-2";
    }
    let focus = leg.focus.as_ref().map(|(focus, _)| focus.key.as_str());
    let called = leg.request_uri.as_ref().map(|uri| uri.key.as_str());
    let has_list = || {
        let invite = leg.invited.and_then(|id| case.sip(id));
        invite.is_some_and(|invite| find_body(&invite, resource_lists::MEDIA_TYPE).is_some())
    };
    let cause = || {
        let who = leg.participant().and_then(|who| case.timeline.participant(&who.key))?;
        let at = leg.answered.map(|(answer, _)| answer)?;
        case.timeline.participants[who].timeline.iter().find(|change| change.at >= at)?.cause
    };
    match () {
        () if focus.is_some() && focus == called => "5.2.1.4-resp-c",
        () if has_list() => "5.2.1.1-resp-2.b",
        () if matches!(cause(), Some(Cause::Joined | Cause::Rejoined)) => "5.2.1.3-resp-d",
        () => "5.2.1.2-resp-3",
    }
}
