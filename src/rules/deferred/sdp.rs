use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::sdp::offers::Described;
use crate::rules::{Case, Judge};
use crate::wire::sdp::{Media, Sdp};

rule! {
    /// ## What it checks
    /// The SDP of a deferred INVITE offers what the focus offered: the same m-lines, and the same content types.
    ///
    /// ## Why it matters
    /// Messages of a type that was not offered cannot be delivered, and streams that nobody has asked for break older
    /// clients.
    ///
    /// ## Example
    /// The focus offers `a=accept-types:message/cpim application/conference-info+xml`, the deferred INVITE only
    /// `message/cpim`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_SDP_MATCHES_ORIGINAL: Error = "cpm-deferred-sdp-matches-original", ["5.2.3.4.1.1-b-sdp"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-b-sdp";
    for one in deferred(case) {
        let Some(original) = one.invitation(case) else { continue };
        let offers =
            Described::of(case, original.leg, original.id).zip(Described::of(case, one.invite.leg, one.invite.id));
        let Some((was, is)) = offers else {
            judge.undecided(statement, "needs the two offers");
            continue;
        };
        let (Some(before), Some(now)) = (was.session(case), is.session(case)) else { continue };
        let difference = difference(&before, &now);
        let place = is.attribute(difference.as_ref().map_or("accept-types", |(name, _)| name));
        let message = || {
            let what = difference.as_ref().map_or("", |(_, what)| what);
            format!("the offer of the deferred INVITE to {} differs from that of the focus: {what}", one.invite.user())
        };
        let finding = judge.expect(statement, difference.is_none(), place, message);
        finding.into_iter().for_each(|finding| _ = finding.also(was.id));
    }
}

/// What differs, and the attribute in which it does.
fn difference(before: &Sdp<'_>, now: &Sdp<'_>) -> Option<(&'static str, String)> {
    let lines = |session: &Sdp<'_>| {
        let line = |media: &Media<'_>| format!("{} {} {}", media.kind, media.proto, media.formats.trim());
        session.media.iter().map(line).collect::<Vec<_>>()
    };
    let (was, is) = (lines(before), lines(now));
    if was != is {
        return Some(("", format!("{} instead of {}", is.join(", "), was.join(", "))));
    }
    let pairs = before.media.iter().zip(&now.media);
    pairs.into_iter().find_map(|(was, is)| {
        let differs = |name: &&str| tokens(was, name) != tokens(is, name);
        let name = ["accept-types", "accept-wrapped-types", "chatroom"].into_iter().find(differs)?;
        let value = |tokens: Option<Vec<String>>| tokens.map_or("none".to_owned(), |tokens| tokens.join(" "));
        Some((name, format!("a={name} {} instead of {}", value(tokens(is, name)), value(tokens(was, name)))))
    })
}

/// The tokens of an attribute in a form that compares.
fn tokens(media: &Media<'_>, name: &str) -> Option<Vec<String>> {
    let value = media.attribute(name)?.value();
    let mut tokens: Vec<String> = value.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
    tokens.sort_unstable();
    Some(tokens)
}
